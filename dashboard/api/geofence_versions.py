"""A geofence with all its versions, as the API tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, Field

from dashboard.api.problems import ProblemError
from fleet.geofences.geofence import valid_at
from fleet.geofences.stored import to_json
from telemetry.store import fence_queries

FenceId = Annotated[UUID, Path(description="The geofence's id.")]


class FenceVersion(BaseModel):
    """A version of a geofence."""

    version: int
    changed_time: datetime
    who: str = Field(description="Who wrote it last; empty for the command line.")
    fence: dict[str, Any]


class FenceTold(BaseModel):
    """A geofence with all its versions, the newest first."""

    id: str
    version: int
    valid: bool = Field(description="Whether it counts now, its hours aside.")
    fence: dict[str, Any]
    versions: list[FenceVersion]


def told_of(rows: list[fence_queries.Row], now: datetime) -> FenceTold:
    """What the versions of a geofence, the newest first, tell. Raises ProblemError (404)."""
    if not rows:
        raise ProblemError(404, "no geofence has this id")
    versions = [
        FenceVersion(
            version=row.fence.version,
            changed_time=row.changed_time,
            who=row.who,
            fence=to_json(row.fence),
        )
        for row in rows
    ]
    valid = bool(valid_at([row.fence for row in rows], now))
    newest = rows[0].fence
    return FenceTold(
        id=newest.id, version=newest.version, valid=valid, fence=to_json(newest), versions=versions
    )
