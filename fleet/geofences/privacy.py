"""Where cameras may record: everywhere but in privacy fences. Positions are flagged, never dropped."""

from __future__ import annotations

import numpy as np
import shapely

from fleet.columns import POSITION
from fleet.columns import Rows as Columns
from fleet.geofences.compiled import Bools, Compiled
from fleet.geofences.looking import Ground, Points, can_be_judged, look
from fleet.geofences.members import Members


def recordable(
    fences: Compiled, members: Members, positions: Columns, ground: Ground | None = None
) -> Bools:
    """(n,) whether a camera may record at each of POSITION rows.

    Whoever is not known to be outside is taken as inside: a fix within its own margin of the edge,
    or without a height where the fence has one. Where there is a privacy fence at all, so are fixes
    without a place or a time.
    """
    assert positions.dtype == POSITION
    allowed = np.ones(len(positions), np.bool_)
    private = np.flatnonzero(fences.privacy)
    if not len(positions) or not len(private):
        return allowed
    placed = can_be_judged(positions)
    allowed &= placed
    rows = np.flatnonzero(placed)
    at = Points(
        positions["fix_time"].astype(np.int64)[rows],
        *(positions[name].astype(np.float64)[rows] for name in Points._fields[1:]),
    )
    accuracies = positions["accuracy"].astype(np.float64)[rows]
    most = np.max([fence.margin.most for fence in fences.fences])
    reach = most / (111_000 * np.maximum(np.cos(np.radians(at.latitude)), 1e-3))
    boxes = shapely.box(
        at.longitude - reach, at.latitude - reach, at.longitude + reach, at.latitude + reach
    )
    found, which = fences.near(boxes)
    kept = fences.privacy[which] & members.meant(fences, positions["asset"][rows], found, which)
    found, which = found[kept], which[kept]
    here = at.of(found)
    seen = look(fences, which, here, ground)
    margins = fences.margins(which, accuracies[found])
    near = seen.inside | ~fences.beyond(which, here.longitude, here.latitude, margins)
    allowed[rows[found[near & seen.level & seen.active]]] = False
    return allowed
