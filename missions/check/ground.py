"""How high a track is above the ground below it, and above mean sea level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions.check.geodesy import Floats
from missions.errors import PlanningError
from missions.plan import Home

Heights = Callable[[Floats, Floats], NDArray[np.floating]]
"""Ground heights in metres above mean sea level of longitudes and latitudes.

May raise PlanningError, or give NaN, where there is none.
"""


@dataclass(frozen=True)
class Void:
    """The first sample whose ground is not known, and why."""

    sample: int
    reason: str


@dataclass(frozen=True)
class Ground:
    """Of each sample: metres above the ground below; above mean sea level, None if not known.

    Without heights, and where they have a void, the ground is as high as home everywhere. `home`
    is the ground's height at home by the heights.
    """

    above: Floats
    altitude: Floats | None
    home: float | None = None
    void: Void | None = None


def below(
    home: Home, longitude: Floats, latitude: Floats, height: Floats, heights: Heights | None
) -> Ground:
    """The ground along a track, from `height` above home."""
    if heights is None:
        return _flat(home.altitude, height)
    try:
        ground = _asked(heights, longitude, latitude)
        at_home = float(_asked(heights, np.array([home.longitude]), np.array([home.latitude]))[0])
    except PlanningError as error:
        return _flat(home.altitude, height, _first_void(heights, longitude, latitude, str(error)))
    base = at_home if home.altitude is None else home.altitude
    return Ground(base + height - ground, base + height, at_home)


def _flat(base: float | None, height: Floats, void: Void | None = None) -> Ground:
    return Ground(height, None if base is None else base + height, void=void)


def _asked(heights: Heights, longitude: Floats, latitude: Floats) -> Floats:
    """Heights, with PlanningError for NaN too."""
    ground = np.asarray(heights(longitude, latitude), float)
    if not (known := np.isfinite(ground)).all():
        where = int(np.argmin(known))
        raise PlanningError(f"no height at {latitude[where]:.5f}, {longitude[where]:.5f}")
    return ground


def _first_void(heights: Heights, longitude: Floats, latitude: Floats, reason: str) -> Void:
    """By halving: the first sample up to which the heights cannot be asked; 0 for one at home."""
    known, unknown = 0, len(longitude)
    while unknown - known > 1:
        middle = (known + unknown) // 2
        try:
            _asked(heights, longitude[:middle], latitude[:middle])
            known = middle
        except PlanningError as error:
            unknown, reason = middle, str(error)
    return Void(unknown - 1, reason)
