"""Which geofences protect from drones that are not ours, and how contacts of the past threatened them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import psycopg
from numpy.typing import NDArray

from fleet.airspace.threat import Protected, assess, beyond_levels, levels
from fleet.assets import Kind
from fleet.columns import Rows
from fleet.geofences.geofence import Geofence
from fleet.geofences.looking import Ground
from fleet.moments import as_numpy
from telemetry.store import fence_queries

EACH = np.timedelta64(5_000_000, "us")
"""A contact's threat of the past is reckoned so often; in between it stays."""

NOT_RECKONED = -1

FENCES_MOST = 5_000
"""Versions of geofences of which those that protected in a window are chosen."""

_OF_DRONES = frozenset({Kind.DRONE, Kind.UNKNOWN})
"""A keep-out of one of these kinds is against drones; of UNKNOWN alone against those of others."""


def protects(fence: Geofence, named: Sequence[str]) -> bool:
    """Whether a geofence is one that drones which are not ours are kept from."""
    if named:
        kept_from = fence.kind in {"keep-out", "alert-only"}
        return kept_from and (fence.name in named or fence.id in named)
    scope = fence.scope
    of_some = scope.assets or scope.groups or (scope.kinds and not scope.kinds & _OF_DRONES)
    return fence.kind == "keep-out" and not of_some


async def protecting(
    connection: psycopg.AsyncConnection, start: datetime, end: datetime, named: Sequence[str]
) -> list[Geofence]:
    """The versions of geofences that protected at some time of a window.

    Raises psycopg.Error, FormError.
    """
    kept = await fence_queries.within(connection, start, end, limit=FENCES_MOST)
    return [row.fence for row in kept if protects(row.fence, named)]


def protected(fence: Geofence, near: float, ground: Ground | None = None) -> Protected:
    """It as a zone that is protected."""
    return Protected(
        fence.name, fence.outline, near, fence.floor, fence.ceiling, fence.hysteresis, ground
    )


def levels_then(
    contacts: Rows, zones: Sequence[Geofence], near: float, start: datetime, end: datetime
) -> NDArray[np.int8]:
    """The level of threat (`threat.levels`) of each of CONTACT rows, by contact and time.

    It is reckoned again from the rows, as they were kept, and the zones that were in force then; what
    is kept of a contact is not foreseen, so it can be another one than that which was shown when it
    is close to a bound. Without a zone it is of the contact alone.
    """
    found = np.full(len(contacts), NOT_RECKONED, np.int8)
    asked = _sampled(contacts)
    made = {fence.key: protected(fence, near) for fence in zones}
    spans = {fence.key: fence.in_force(start, end) for fence in zones}
    bounds = sorted(
        {start, *(moment for each in spans.values() for span in each for moment in span)}
    )
    times = contacts["time"]
    for begin, stop in zip(bounds, [*bounds[1:], None], strict=True):
        within = asked[times[asked] >= as_numpy(begin)] if begin > start else asked
        within = within if stop is None else within[times[within] < as_numpy(stop)]
        there = [made[key] for key, each in spans.items() if any(a <= begin < b for a, b in each)]
        if len(within):
            found[within] = _levels(contacts[within], there)
    # The rows in between have what was reckoned before them; the first of each contact has its own.
    last = np.maximum.accumulate(np.where(found != NOT_RECKONED, np.arange(len(found)), 0))
    held: NDArray[np.int8] = found[last]
    return held


def _sampled(contacts: Rows) -> NDArray[np.intp]:
    """The first row of each contact in each stretch of EACH."""
    stretch = (contacts["time"] - np.datetime64("2000-01-01", "us")) // EACH
    first = np.ones(len(contacts), np.bool_)
    first[1:] = (np.diff(contacts["contact"]) != 0) | (np.diff(stretch) != 0)
    return np.flatnonzero(first)


def _levels(contacts: Rows, zones: Sequence[Protected]) -> NDArray[np.int8]:
    """Of rows of several times: each is judged at its own."""
    rows = contacts.copy()
    rows["contact"] = np.arange(len(rows))  # one contact has several rows here
    now = rows["time"].max()
    rows["stays_since"] += now - rows["time"]
    beyond = beyond_levels(rows, zones, frozenset())
    scores = np.zeros(len(rows), np.int64)
    for threat in assess(rows, zones, now, beyond):
        scores[threat.contact] = threat.score
    return levels(scores)
