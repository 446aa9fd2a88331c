"""Positions of files, one by one, gathered into columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fleet.assets import Asset, IdentityError, Kind
from fleet.columns import POSITION, TIME, Source, blank
from telemetry.batch import Batch
from telemetry.history.imports.piece import Judge
from telemetry.sink import RefusedError
from telemetry.trackers.report import MAX_ACCURACY, MAX_ALTITUDE, MAX_SPEED, MIN_ALTITUDE
from telemetry.trackers.values import (
    coordinates,
    fix_time,
    heading,
    number,
    positive,
    receive_time,
)

Told = Mapping[str, object]
"""Fields of a position as text or numbers, by the names of `fleet.columns`."""

COLUMNS = (
    "asset",
    "received_time",
    "fix_time",
    "source",
    "latitude",
    "longitude",
    "altitude",
    "height",
    "heading",
    "speed",
    "climb",
    "accuracy",
    "suspect",
)
"""What `Gathered.add` takes, in this order."""

assert POSITION.names == COLUMNS, "a column was added: say how it is read"


def asset_called(name: str, kind: str = "") -> Asset:
    """The asset of an identity (`mavlink:default/7`), or `imported:<name>` for any other name.

    `kind` is a name of `Kind`; without one, what comes from MAVLink is a drone and all else a car.
    Raises RefusedError.
    """
    if not name:
        raise RefusedError("no_id", "no asset is named; give --asset")
    identity = name if ":" in name else f"imported:{name}"
    usual = Kind.DRONE if identity.startswith("mavlink:") else Kind.CAR
    try:
        return Asset(identity, Kind[kind.upper()] if kind else usual)
    except IdentityError as error:
        raise RefusedError("bad_id", str(error)) from None
    except KeyError:
        raise RefusedError("bad_kind", f"kind {kind[:40]!r} is not known") from None


def position(asset: Asset, told: Told, received: float) -> tuple[object, ...]:
    """A position that somebody else's file tells, checked as one of a tracker is.

    `received` is our clock in seconds since 1970. Raises RefusedError.
    """
    latitude, longitude = coordinates(told.get("latitude"), told.get("longitude"))
    if not told.get("fix_time"):
        raise RefusedError("no_time", "no time")
    return (
        asset.key,
        receive_time(received),
        fix_time(told["fix_time"], received),
        Source.IMPORTED,
        latitude,
        longitude,
        number("altitude", told.get("altitude"), MIN_ALTITUDE, MAX_ALTITUDE),
        number("height", told.get("height"), -MAX_ALTITUDE, MAX_ALTITUDE),
        heading("heading", told.get("heading")),
        positive("speed", told.get("speed"), MAX_SPEED),
        number("climb", told.get("climb"), -MAX_SPEED, MAX_SPEED),
        positive("accuracy", told.get("accuracy"), MAX_ACCURACY),
        0,
    )


@dataclass(slots=True)
class Gathered:
    """Positions as they are read; `judge` marks those that are suspect, if the file does not."""

    judge: Judge | None
    assets: dict[int, Asset] = field(default_factory=dict)
    rows: list[tuple[object, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, asset: Asset, row: tuple[object, ...]) -> None:
        """Take one position: its COLUMNS, times in µs since 1970."""
        self.assets[asset.key] = asset
        self.rows.append(row)

    def batch(self) -> Batch:
        """All of it as columns; empty afterwards."""
        positions = blank(POSITION, len(self.rows))
        for name, column in zip(COLUMNS, zip(*self.rows, strict=True), strict=False):
            kind = POSITION[name]
            if kind.kind == "M":
                positions[name] = np.array(column, np.int64).view(TIME)
            else:
                positions[name] = np.array(column, kind)
        if self.judge is not None:
            self.judge(positions)
        batch = Batch(tuple(self.assets.values()), positions)
        self.assets, self.rows = {}, []
        return batch
