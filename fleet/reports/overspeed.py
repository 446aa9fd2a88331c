"""Overspeed, with the place where it began: what `fleet.rules.speeding` finds in the history."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from fleet.assets import Kind
from fleet.columns import Rows
from fleet.rules.duties import SpeedZones
from fleet.rules.speeding import SPEEDING, speeding

OVERSPEED = np.dtype([*SPEEDING.descr, ("latitude", "f8"), ("longitude", "f8")])

_NO_KINDS: Mapping[int, Kind] = MappingProxyType({})


def overspeed(
    positions: Rows,
    limit: float,
    zones: SpeedZones | None = None,
    kinds: Mapping[int, Kind] = _NO_KINDS,
    *,
    dead_band: float = 1.5,
    most_gap: float = 60.0,
) -> Rows:
    """OVERSPEED rows of POSITION rows of any order; `limit` in m/s holds where no zone has a lower.

    `kinds` are those of the assets by key: a zone may be for some only.
    Dead band and gap are those of `speeding`.
    """
    limits = np.full(len(positions), limit)
    if zones is not None:
        told = [kinds.get(asset, Kind.UNKNOWN) for asset in positions["asset"].tolist()]
        of_kind = np.array(told, np.int8)
        there, _ = zones.limits(positions["latitude"], positions["longitude"], of_kind)
        limits = np.fmin(limits, there)
    found = speeding(positions, limits, dead_band=dead_band, most_gap=most_gap)
    rows = np.zeros(len(found), OVERSPEED)
    for name in SPEEDING.names or ():
        rows[name] = found[name]
    counted = positions[positions["suspect"] == 0]
    keys = [counted[name] for name in ("longitude", "latitude", "source", "fix_time", "asset")]
    counted = counted[np.lexsort(keys)]
    for row in rows:
        mine = counted[counted["asset"] == row["asset"]]
        at = mine[np.searchsorted(mine["fix_time"], row["begins"])]
        row["latitude"], row["longitude"] = at["latitude"], at["longitude"]
    return rows
