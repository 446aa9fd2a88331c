"""How contacts of the past threatened: what the watch told then; where that is not kept, it is reckoned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.airspace.told_threats import TOLD_EACH
from fleet.columns import Rows
from fleet.geofences.geofence import Geofence
from telemetry.airspace.protecting import levels_then

HOLDS = 2 * TOLD_EACH
"""What was told so long before a contact was there is not what it threatened there: a row is missing."""

REACTS = np.timedelta64(1_000_000, "us")
"""So soon after it was heard of, what is told of a contact is told of where it was then."""


class ThreatsThen(NamedTuple):
    """Of each CONTACT row."""

    levels: NDArray[np.int8]
    """0 none, 1 low, 2 medium, 3 high."""

    reckoned: NDArray[np.bool_]
    """Whether that is reckoned anew, because what was told is not kept."""


def threats_then(
    contacts: Rows,
    told: Rows,
    zones: Sequence[Geofence],
    near: float,
    start: datetime,
    end: datetime,
) -> ThreatsThen:
    """How each of CONTACT rows threatened; they and `told`, THREAT rows, are by contact and time.

    Of a row it is what was told last within REACTS of when it was heard, and before the next one of its
    contact was. `zones`, `near` and the window are those of `protecting.levels_then`.
    """
    found = np.full(len(contacts), -1, np.intp)
    for rows, of_told in slices(contacts, told):
        heard = np.fmax(contacts["time"][rows], contacts["heard_time"][rows])
        last = _last_told(heard, told["time"][of_told])
        found[rows] = np.where(last >= 0, of_told.start + last, -1)
    reckoned = found < 0
    levels = np.zeros(len(contacts), np.int8)
    levels[~reckoned] = told["level"][found[~reckoned]]
    levels[reckoned] = levels_then(contacts[reckoned], zones, near, start, end)
    return ThreatsThen(levels, reckoned)


def _last_told(heard: NDArray[np.datetime64], times: NDArray[np.datetime64]) -> NDArray[np.intp]:
    """Of each row the place in `times` of what was told of it; -1: nothing that holds."""
    before = heard + REACTS
    before[:-1] = np.minimum(before[:-1], heard[1:])
    last = np.searchsorted(times, before) - 1
    known = last >= 0
    known[known] = times[last[known]] >= heard[known] - HOLDS
    return np.where(known, last, -1)


def slices(contacts: Rows, told: Rows) -> Iterator[tuple[slice, slice]]:
    """Of each contact its rows and what was told of it; both are by contact."""
    keys = np.unique(contacts["contact"])
    edges = [
        np.searchsorted(rows["contact"], keys, side).tolist()
        for rows in (contacts, told)
        for side in ("left", "right")
    ]
    for first, end, first_told, end_told in zip(*edges, strict=True):
        yield slice(first, end), slice(first_told, end_told)
