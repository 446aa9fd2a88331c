"""Breaches to come: how long until an asset that goes on as it does crosses the edge of a fence."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.columns import POSITION
from fleet.columns import Rows as Columns
from fleet.earth import EARTH_RADIUS
from fleet.geofences.compiled import Bools, Compiled, Floats, Indices
from fleet.geofences.crossing import Ways, crossing, pieces
from fleet.geofences.geofence import Geofence
from fleet.geofences.looking import Ground, Points, between, can_be_judged, look
from fleet.geofences.members import Members
from fleet.moments import from_microseconds

LOOK_AHEAD_MOST = 600.0
"""Seconds: nothing goes straight on for longer."""

LATITUDE_MOST = 85.0
"""Degrees; nearer to a pole nothing is foretold."""


class Ahead(NamedTuple):
    """An asset that will be in breach of a fence if nothing changes."""

    asset: int
    fence: Geofence
    seconds: float
    """From its fix to the edge."""
    time: datetime
    latitude: float
    longitude: float


def ahead(
    fences: Compiled,
    members: Members,
    positions: Columns,
    look_ahead: float,
    ground: Ground | None = None,
) -> list[Ahead]:
    """The first crossing into a breach of each asset and fence within `look_ahead` seconds.

    `positions` are POSITION rows, one of each asset: its newest. Straight on with speed and
    heading, and up or down with the climb (none where it is not known). Those in a breach already
    are left out, as are fixes without speed or heading, and suspect ones. What comes into force
    meanwhile counts: the time is then that of its hours. Soonest first. Raises ValueError for a
    `look_ahead` beyond LOOK_AHEAD_MOST.
    """
    assert positions.dtype == POSITION
    if not 0 < look_ahead <= LOOK_AHEAD_MOST:
        raise ValueError(
            f"a look ahead of {look_ahead:g} s: at most {LOOK_AHEAD_MOST:g} are reckoned"
        )
    usable = ~np.isnan(positions["speed"]) & ~np.isnan(positions["heading"])
    usable &= can_be_judged(positions) & (positions["suspect"] == 0)
    usable &= np.abs(positions["latitude"]) <= LATITUDE_MOST
    rows = positions[usable]
    if not len(rows) or not len(fences):
        return []
    start, end = _straight_on(rows, look_ahead)
    found, which = _candidates(fences, members, rows["asset"], start, end)
    before, after = start.of(found), end.of(found)
    looked = look(fences, which, before, ground), look(fences, which, after, ground)
    ways = Ways(which, before, after, looked).of(~looked[0].breach)
    found = found[~looked[0].breach]
    crossed = crossing(fences, ways)
    ways, found = ways.of(crossed), found[crossed]
    cut = pieces(fences, ways, ground)
    breach = np.flatnonzero(cut.seen.breach)
    _, firsts = np.unique(cut.ways[breach], return_index=True)
    piece = breach[firsts]
    piece = piece[np.argsort(cut.starts[piece], kind="stable")]
    way, part = cut.ways[piece], cut.starts[piece]
    edge = between(ways.before.of(way), ways.after.of(way), part)
    columns = (
        rows["asset"][found[way]],
        ways.fences[way],
        part * look_ahead,
        edge.time,
        edge.latitude,
        edge.longitude,
    )
    return [
        Ahead(asset, fences.fences[fence], seconds, from_microseconds(time), latitude, longitude)
        for asset, fence, seconds, time, latitude, longitude in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def _straight_on(rows: Columns, seconds: float) -> tuple[Points, Points]:
    """Where fixes are, and where they will be."""
    latitude, longitude = rows["latitude"], rows["longitude"]
    way = rows["speed"].astype(np.float64) * seconds / EARTH_RADIUS
    heading = np.radians(rows["heading"].astype(np.float64))
    north = np.degrees(way * np.cos(heading))
    east = np.degrees(way * np.sin(heading)) / np.cos(np.radians(latitude))
    climb = np.nan_to_num(rows["climb"].astype(np.float64)) * seconds
    times = rows["fix_time"].astype(np.int64)
    altitude, height = (rows[name].astype(np.float64) for name in ("altitude", "height"))
    later = times + round(seconds * 1e6)
    return (
        Points(times, latitude, longitude, altitude, height),
        Points(later, latitude + north, longitude + east, altitude + climb, height + climb),
    )


def _candidates(
    fences: Compiled, members: Members, assets: NDArray[np.int64], start: Points, end: Points
) -> tuple[Indices, Indices]:
    """Pairs (row, fence) whose boxes touch; keep-ins are left within their own box."""
    corners: list[Floats] = [start.longitude, start.latitude, end.longitude, end.latitude]
    lines = shapely.linestrings(np.column_stack(corners).reshape(-1, 2, 2))
    found, which = fences.near(np.asarray(lines, object))
    meant: Bools = members.meant(fences, assets, found, which)
    return found[meant], which[meant]
