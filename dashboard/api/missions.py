"""The missions that vehicles carry, as they were overheard from other ground stations."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dashboard.api.services import Services
from fleet.moments import from_milliseconds


class MissionPlace(BaseModel):
    """An item of a mission that leads somewhere."""

    number: int = Field(description="Its place in the list of all items.")
    longitude: float
    latitude: float


class CarriedMission(BaseModel):
    """What a vehicle carries."""

    key: str = Field(description="The asset's key.")
    time: datetime = Field(description="Since when.")
    places: list[MissionPlace]
    item: int | None = Field(description="The number of the item that it flies to; null: unknown.")
    item_time: datetime | None = Field(description="When it said so.")


def router(services: Services) -> APIRouter:
    """`/missions`."""
    routes = APIRouter(tags=["assets"])

    @routes.get("/missions")
    async def missions() -> list[CarriedMission]:
        """Of all vehicles of which it is known; `/live` tells of changes."""
        flown = {each["key"]: each for each in services.carrying.progress.all()}
        return [
            CarriedMission(
                key=told["key"],
                time=from_milliseconds(told["time"]),
                places=[
                    MissionPlace(number=number, longitude=longitude, latitude=latitude)
                    for longitude, latitude, number in told["places"]
                ],
                item=at["item"] if (at := flown.get(told["key"])) else None,
                item_time=from_milliseconds(at["time"]) if at else None,
            )
            for told in services.carrying.all()
        ]

    return routes
