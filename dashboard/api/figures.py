"""What each desk has to bear: the figures of EEMUA 191."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dashboard.api.services import Services
from fleet.alerts.figures import report_as_json


class Common(BaseModel):
    """One of the commonest alerts."""

    alert: str
    count: int
    share: float = Field(description="Of all annunciations of the day, 0 to 1.")


class DeskFigures(BaseModel):
    """The figures of one desk; of the last day where nothing else is said."""

    ten_minutes: int = Field(description="Alerts that asked for attention in the last 10 minutes.")
    hour: int
    day: int
    mean_ten_minutes: float
    peak_ten_minutes: int
    in_flood: bool
    flood_share: float = Field(description="Part of the time in flood, 0 to 1.")
    shares: dict[Literal["low", "medium", "high"], float] = Field(description="0 to 1.")
    chattering: list[str] = Field(description="Keys of alerts, the first of them.")
    chattering_count: int
    commonest: list[Common]
    active: int
    waiting: int = Field(description="Alerts that wait to be acknowledged now.")
    stale: list[str]
    stale_count: int
    masked: int
    truncated: bool = Field(description="Whether there were too many to count all.")


def router(services: Services) -> APIRouter:
    """`/figures`."""
    routes = APIRouter(prefix="/figures", tags=["alerts"])

    @routes.get("")
    async def figures() -> dict[str, DeskFigures]:
        """By desk; the desk without a name is that of all that have none."""
        reports = services.alerting.figures(services.now())
        return {
            desk: DeskFigures.model_validate(report_as_json(report))
            for desk, report in reports.items()
        }

    return routes
