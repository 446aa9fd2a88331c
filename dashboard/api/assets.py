"""Drones, cars, officers, posts and cameras, and where they are now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.etags import tagged
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.live import airborne
from dashboard.situation import Situation
from fleet.assets import Kind
from fleet.columns import Rows
from fleet.moments import if_known

AssetKey = Annotated[str, Path(pattern=r"^\d{1,19}$", description="The asset's key.")]


class AssetNow(BaseModel):
    """An asset as it is now; what is unknown is null."""

    key: str
    identity: str
    name: str
    kind: str = Field(description="`drone`, `car` …")
    group: str | None = Field(description="As the register says.")
    latitude: float | None
    longitude: float | None
    height: float | None = Field(description="Metres above the home position.")
    heading: float | None
    speed: float | None
    battery_percent: float | None
    mode: str
    armed: bool | None
    airborne: bool | None
    position_time: datetime | None
    status_time: datetime | None


_LIST = TypeAdapter(list[AssetNow])


def router(services: Services) -> APIRouter:
    """`/assets`."""
    routes = APIRouter(prefix="/assets", tags=["assets"])
    situation = services.situation

    @routes.get("", response_model=list[AssetNow])
    async def list_assets(request: Request) -> Response:
        """All assets."""
        told = list(assets_now(situation, situation.picture.rows))
        return tagged(request, _LIST.dump_json(told))

    @routes.get("/{key}")
    async def one_asset(key: AssetKey) -> AssetNow:
        """One asset."""
        return next(assets_now(situation, row_of(situation, key)))

    return routes


def row_of(situation: Situation, key: str) -> Rows:
    """The PICTURE row of an asset, as an array of length 1. Raises ProblemError (404)."""
    if int(key) not in situation.picture:
        raise ProblemError(404, f"no asset has the key {key}")
    return np.atleast_1d(situation.picture.row(int(key)))


def assets_now(situation: Situation, rows: Rows) -> Iterator[AssetNow]:
    """What PICTURE rows tell."""
    for row, flies in zip(rows, airborne(rows).tolist(), strict=True):
        key, identity = int(row["asset"]), bytes(row["identity"]).decode(errors="replace")
        yield AssetNow(
            key=str(key),
            identity=identity,
            name=situation.name(key, identity),
            kind=Kind(situation.kind(key, int(row["kind"]))).name.lower(),
            group=situation.group(key),
            latitude=_known(row["latitude"]),
            longitude=_known(row["longitude"]),
            height=_known(row["height"]),
            heading=_known(row["heading"]),
            speed=_known(row["speed"]),
            battery_percent=_known(row["battery_percent"]),
            mode=bytes(row["mode"]).decode(errors="replace"),
            armed=None if row["armed"] < 0 else bool(row["armed"]),
            airborne=bool(flies) if flies <= 1 else None,
            position_time=if_known(row["position_time"]),
            status_time=if_known(row["status_time"]),
        )


def _known(value: Any) -> float | None:
    return None if value != value else float(f"{float(value):.9g}")  # noqa: PLR0124 - NaN is unknown
