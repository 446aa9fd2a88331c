"""Overspeed, with the place where it began: what `fleet.rules.speeding` finds in the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Kind
from fleet.columns import Rows
from fleet.rules.duties import SpeedZones
from fleet.rules.speeding import SPEEDING, speeding

OVERSPEED = np.dtype(
    [
        *SPEEDING.descr,
        ("zone", "U200"),  # whose limit was the lowest; empty: that of the asset
        ("latitude", "f8"),
        ("longitude", "f8"),
    ]
)

_NO_KINDS: Mapping[int, Kind] = MappingProxyType({})


class Held(NamedTuple):
    """Speed zones, and the time in which they held; its end is not in it."""

    begins: np.datetime64
    ends: np.datetime64
    zones: SpeedZones


def overspeed(
    positions: Rows,
    limit: float,
    zones: Sequence[Held] = (),
    kinds: Mapping[int, Kind] = _NO_KINDS,
    *,
    dead_band: float = 1.5,
    most_gap: float = 60.0,
) -> Rows:
    """OVERSPEED rows of POSITION rows of any order; `limit` in m/s holds where no zone has a lower.

    `kinds` are those of the assets by key: a zone may be for some only.
    Dead band and gap are those of `speeding`.
    """
    limits, names = _limits(positions, limit, zones, kinds)
    found = speeding(positions, limits, dead_band=dead_band, most_gap=most_gap)
    rows = np.zeros(len(found), OVERSPEED)
    for name in SPEEDING.names or ():
        rows[name] = found[name]
    kept = np.flatnonzero(positions["suspect"] == 0)
    keys = [
        positions[kept][name] for name in ("longitude", "latitude", "source", "fix_time", "asset")
    ]
    kept = kept[np.lexsort(keys)]
    counted = positions[kept]
    for row in rows:
        mine = np.flatnonzero(counted["asset"] == row["asset"])
        times = counted["fix_time"][mine]
        first, last = np.searchsorted(times, row["begins"]), np.searchsorted(times, row["ends"])
        at = counted[mine[first]]
        row["latitude"], row["longitude"] = at["latitude"], at["longitude"]
        meanwhile = kept[mine[first : last + 1]]
        lowest = meanwhile[limits[meanwhile] == row["limit"]]
        row["zone"] = names[lowest[0]] if len(lowest) else ""
    return rows


def _limits(
    positions: Rows, limit: float, zones: Sequence[Held], kinds: Mapping[int, Kind]
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """The limit of each row, and the name of the zone that has it."""
    limits = np.full(len(positions), limit)
    names = np.full(len(positions), "", np.object_)
    if not zones:
        return limits, names
    told = [kinds.get(asset, Kind.UNKNOWN) for asset in positions["asset"].tolist()]
    of_kind = np.array(told, np.int8)
    times = positions["fix_time"]
    for held in zones:
        within = np.flatnonzero((times >= held.begins) & (times < held.ends))
        latitude, longitude = positions["latitude"][within], positions["longitude"][within]
        there, numbers = held.zones.limits(latitude, longitude, of_kind[within])
        lower = np.flatnonzero(there < limits[within])
        limits[within[lower]] = there[lower]
        called = np.array([zone.name for zone in held.zones.zones], np.object_)
        names[within[lower]] = called[numbers[lower]]
    return limits, names
