"""How long a leg takes and how tight a turn can be."""

from __future__ import annotations

import math


def leg_time(distance: float, speed: float, acceleration: float) -> float:
    """Seconds for `distance` metres from rest to rest.

    d/v + v/a where the speed is reached (d ≥ v²/a), else 2√(d/a).
    """
    if distance * acceleration >= speed**2:
        return distance / speed + speed / acceleration
    return 2 * math.sqrt(distance / acceleration)


def turn_radius(speed: float, lateral_acceleration: float) -> float:
    """Metres: r = v²/a."""
    return speed**2 / lateral_acceleration
