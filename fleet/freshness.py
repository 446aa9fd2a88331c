"""How old is too old: fresh, late or lost. The one rule, for the page, the lists and the KPIs."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Kind
from fleet.columns import Rows


class Freshness(IntEnum):
    """How far an asset's mark can be believed."""

    FRESH = 0
    LATE = 1
    LOST = 2


LATE_AFTER = {
    Kind.UNKNOWN: 5.0,
    Kind.DRONE: 3.0,
    Kind.CAR: 15.0,
    Kind.OFFICER: 30.0,
    Kind.POST: 150.0,
    Kind.CAMERA: 150.0,
}
"""Seconds after which a mark is late: a drone reports several times a second, a car every few, a
post that stands each minute."""

LOST_AFTER = {
    Kind.UNKNOWN: 60.0,
    Kind.DRONE: 5.0,
    Kind.CAR: 60.0,
    Kind.OFFICER: 120.0,
    Kind.POST: 300.0,
    Kind.CAMERA: 300.0,
}
"""Seconds after which it is lost; a MAVLink link after 4–5 missed heartbeats."""

_LATE = np.array([LATE_AFTER[kind] for kind in Kind])
_LOST = np.array([LOST_AFTER[kind] for kind in Kind])


def ages(picture: Rows, now: np.datetime64) -> NDArray[np.float64]:
    """Seconds since each asset of PICTURE rows was where its mark is; inf where it never was."""
    since = (now - picture["position_time"]).astype("m8[us]")
    age = np.where(np.isnat(since), np.inf, since.astype(np.int64) / 1e6)
    return np.maximum(age, 0.0)


def freshness(picture: Rows, now: np.datetime64) -> NDArray[np.int8]:
    """Freshness of each of PICTURE rows at `now` (UTC)."""
    age = ages(picture, now)
    kind = picture["kind"]
    level: NDArray[np.int8] = np.add(age > _LATE[kind], age > _LOST[kind], dtype=np.int8)
    return level
