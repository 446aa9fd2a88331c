"""What is told of a plan: its map, its sorties with their profiles, its figures, its proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from fleet.wording import coded

FileForm = Literal["json", "plan", "waypoints", "kml", "kmz", "geojson", "gpx"]
"""The formats that a plan is handed on in, by the suffixes of their files."""

FINDINGS_MOST = 500
"""That are told; how many there are is told too."""


class FindingTold(BaseModel):
    """One thing that the checker found wrong."""

    rule: str
    severity: str = Field(description="`error`: must not fly. `warning`.")
    message: str
    code: str = Field(description="Names the message, for words in other languages.")
    values: dict[str, str] = Field(description="What stands in its gaps; times are ISO 8601.")
    sortie: str | None
    waypoint: int | None
    latitude: float | None
    longitude: float | None
    amount: float | None
    limit: float | None
    unit: str


class Said(BaseModel):
    """A sentence, with what words it in other languages."""

    message: str
    code: str
    values: dict[str, str]


def worded(message: str) -> dict[str, Any]:
    """The fields of `Said`; a mere str has neither code nor values."""
    code, values = coded(message)
    return {"message": str(message), "code": code, "values": values}


class SortieTold(BaseModel):
    """One flight of one drone."""

    number: int
    name: str
    drone: str
    kind: str
    asset: str | None
    start: float = Field(description="Seconds after the plan's beginning.")
    duration: float
    length: float
    energy: float = Field(description="Watt-hours.")
    energy_usable: float = Field(description="Watt-hours above the reserve.")
    battery_need: float = Field(description="Share of a full battery, its reserve included.")
    waypoints: int
    profile: list[list[float | None]] = Field(
        description="Points: seconds of the plan, metres flown, metres above home, watt-hours used, "
        "metres of the ground above home (null: not known)."
    )


class Totals(BaseModel):
    """The figures of a plan; null: does not apply."""

    sorties: int
    drones: int
    duration: float = Field(description="Seconds from the first take-off to the last landing.")
    length: float
    energy: float
    area: float | None = Field(description="Square metres.")
    pod: float | None = Field(description="Probability of detection, of a search.")
    coverage_factor: float | None
    coverage_percent: float | None
    more: dict[str, float] = Field(description="All that the planner reckoned, by its own names.")


class PlanResult(BaseModel):
    """A plan as the page shows it."""

    name: str
    pattern: str
    created: datetime
    start: datetime | None
    complete: bool = Field(description="False: planning was ended early, this is the best so far.")
    passed: bool = Field(description="The checker found nothing that must not fly.")
    errors: int
    warnings: int
    findings: list[FindingTold] = Field(description=f"The first {FINDINGS_MOST}, errors first.")
    assumptions: list[str] = Field(
        description="What the plan does not say, and how the checker took it."
    )
    assumed: list[Said] = Field(description="The same, with codes.")
    rules: dict[str, str] = Field(description="What the rules of the findings ask.")
    totals: Totals
    sorties: list[SortieTold]
    bounds: tuple[float, float, float, float] = Field(description="West, south, east, north.")
    map: dict[str, Any] = Field(description="A GeoJSON FeatureCollection; features have a `role`.")
