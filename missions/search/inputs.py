"""What every pattern asks of its inputs."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.errors import PlanningError
from missions.projection import EXTENT_MOST

Turn = Literal["starboard", "port"]


def point(place: ArrayLike) -> NDArray[np.float64]:
    """(2,) a place on the local plane. Raises PlanningError if it is none."""
    values = np.asarray(place, float)
    if values.shape != (2,) or not (np.abs(values) <= EXTENT_MOST).all():
        raise PlanningError(f"{place!r} is no place on the plane; give east and north in metres")
    return values


def positive(value: float, what: str) -> float:
    """The value. Raises PlanningError unless it is a number above 0."""
    if not (math.isfinite(value) and value > 0):
        raise PlanningError(f"{what} is {value:g}; give a number above 0")
    return float(value)


def metres(value: float, what: str) -> float:
    """The value. Raises PlanningError unless it is above 0 and at most EXTENT_MOST."""
    if not 0 < value <= EXTENT_MOST:
        raise PlanningError(f"{what} is {value:g} m; give more than 0 and at most {EXTENT_MOST:g}")
    return float(value)


def side(turn: str) -> int:
    """1 for starboard, -1 for port. Raises PlanningError for another word."""
    if turn not in {"starboard", "port"}:
        raise PlanningError(f"{turn!r} is no side; take starboard or port")
    return 1 if turn == "starboard" else -1


def turned(heading: float, by: float, repeat: int) -> float:
    """The first heading of a search flown for the `repeat`-th time again, degrees.

    Raises PlanningError for a heading that is no number and a negative `repeat`.
    """
    if not math.isfinite(heading):
        raise PlanningError(f"a heading of {heading:g}° is none; give degrees from true north")
    if repeat < 0:
        raise PlanningError(f"repeat is {repeat}; the first search is 0, the next 1, and so on")
    return (heading + by * repeat) % 360
