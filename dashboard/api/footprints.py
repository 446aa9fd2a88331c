"""What the cameras of assets see of the ground now."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dashboard.api.services import Services
from fleet.moments import from_milliseconds

Place = tuple[float, float]


class Footprint(BaseModel):
    """The ground that one camera sees. Places are longitude and latitude."""

    key: str = Field(description="The asset's key.")
    fixed: bool = Field(description="Whether the register says it of a camera that is fixed.")
    time: datetime | None = Field(description="When it was told; null of a fixed one.")
    camera: Place
    ring: list[Place] = Field(description="Its outline, counterclockwise and not closed.")
    image: Place | None = Field(description="The ground in the middle of the picture.")


def router(services: Services) -> APIRouter:
    """`/footprints`."""
    routes = APIRouter(tags=["assets"])

    @routes.get("/footprints")
    async def footprints() -> list[Footprint]:
        """Of all cameras of which it is known; `/live` tells of changes."""
        return [
            Footprint(
                key=told["key"],
                fixed=told["fixed"],
                time=from_milliseconds(told.get("time")),
                camera=told["camera"],
                ring=told["ring"],
                image=told.get("image"),
            )
            for told in services.footprinting.all()
        ]

    return routes
