"""What the database is to hold of what was sent, by the protocols' own words, and what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg

from fleet.assets import Asset, Kind
from fleet.columns import Source
from tests.chaos.devices import Device, OsmandDevice, OwntracksDevice, TeltonikaDevice
from tests.chaos.fixes import Fix

Row = tuple[Any, ...]

KNOT, KILOMETRE_PER_HOUR = 1852 / 3600, 1000 / 3600
"""Metres per second."""

_SOURCES = {
    OsmandDevice: Source.OSMAND,
    OwntracksDevice: Source.OWNTRACKS,
    TeltonikaDevice: Source.TELTONIKA,
}

_QUERIES = {
    "position": """
        SELECT asset, extract(epoch FROM fix_time)::float8, source, latitude, longitude, altitude,
            height, heading, speed, climb, accuracy, suspect
        FROM nigehban.position""",
    "status": """
        SELECT asset, extract(epoch FROM status_time)::float8,
            extract(epoch FROM vehicle_time)::float8, battery_percent, battery_voltage, hdop,
            satellites
        FROM nigehban.vehicle_status""",
    "event": """
        SELECT asset, extract(epoch FROM event_time)::float8, kind, detail::text
        FROM nigehban.event""",
    "asset": "SELECT id, identity, kind FROM nigehban.asset",
    "dead letter": "SELECT origin, reason, detail FROM nigehban.dead_letter",
}


@dataclass(frozen=True)
class Difference:
    """How what is stored differs from what is expected; all counts are of rows."""

    expected: int
    stored: int
    lost: list[Row]
    """Expected and not there."""
    doubled: list[Row]
    """There more than once."""
    strange: list[Row]
    """There and not expected: never sent, or with other values."""

    @property
    def none(self) -> bool:
        return not (self.lost or self.doubled or self.strange)

    def __str__(self) -> str:
        return (
            f"{self.expected} expected, {self.stored} stored, {len(self.lost)} lost, "
            f"{len(self.doubled)} doubled, {len(self.strange)} strange"
        )


def expected(devices: Iterable[Device]) -> Counter[Row]:
    """Every row, headed by its table, of what these devices have been acknowledged."""
    rows: Counter[Row] = Counter()
    for device in devices:
        asset = Asset(device.identity, Kind.CAR)
        rows["asset", asset.key, asset.identity, int(asset.kind)] = 1
        for number in device.acknowledged:
            rows.update(_of_fix(device, asset.key, device.journey.fix(number)))
    return rows


def _of_fix(device: Device, key: int, fix: Fix) -> list[Row]:
    source = _SOURCES[type(device)]
    speed = fix.speed * (KNOT if source == Source.OSMAND else KILOMETRE_PER_HOUR)
    teltonika = source == Source.TELTONIKA
    place = (
        *(fix.latitude_e7 / 1e7, fix.longitude_e7 / 1e7, float(fix.altitude), None),
        *(float(fix.heading), _single(speed), None),
        *(None if teltonika else float(fix.accuracy), 0),
    )
    at = float(fix.seconds)
    satellites = 9 if teltonika else None
    rows: list[Row] = [
        ("position", key, at, int(source), *place),
        ("status", key, at, at, float(fix.battery_percent), None, None, satellites),
    ]
    if fix.panic and teltonika:
        rows.append(("event", key, at, "panic", '{"cause": 7}'))
    elif fix.panic and source == Source.OSMAND:
        rows.append(("event", key, at, "panic", '{"alarm": "sos"}'))
    return rows


def _single(value: float) -> float:
    """As a column of single precision holds it."""
    return float(np.float32(value))


def stored(dsn: str) -> Counter[Row]:
    """Every row, headed by its table, that the database holds."""
    rows: Counter[Row] = Counter()
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        for table, query in _QUERIES.items():
            for row in connection.execute(query, binary=True):  # single precision as it is
                rows[table, *row] += 1
    return rows


def difference(wanted: Counter[Row], there: Counter[Row]) -> Difference:
    """Compare row by row; rows of one table with the same first two columns are doubled."""
    keys = Counter(row[:3] for row in there.elements() if row[0] != "dead letter")
    return Difference(
        wanted.total(),
        there.total(),
        list((wanted - there).elements()),
        [row for row, count in there.items() if count > 1 or keys[row[:3]] > 1],
        list((there - wanted).elements()),
    )
