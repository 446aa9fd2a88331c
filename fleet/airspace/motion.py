"""Motion at constant velocity: a Kalman filter over all tracks at once.

The three axes are filtered apart, and east and north have one variance between them, since a
sensor's error is told as a circle: an axis is a position and a velocity with three numbers of
covariance. The acceleration is white noise of spectral density q (m²/s³), after Bar-Shalom, Li and
Kirubarajan, "Estimation with Applications to Tracking and Navigation" (2001), section 6.2.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.earth import metres_per_degree

Floats = NDArray[np.float64]


class Spread(NamedTuple):
    """Covariance of one axis: of the position, of both, of the velocity. All of one shape."""

    position: Floats
    both: Floats
    velocity: Floats


def offsets(
    latitude: ArrayLike, longitude: ArrayLike, to_latitude: ArrayLike, to_longitude: ArrayLike
) -> tuple[Floats, Floats]:
    """Metres east and north from one place to another, on the plane that touches the first.

    Good to a thousandth over 20 km; the shorter way round is taken across the antimeridian.
    """
    per_latitude, per_longitude = metres_per_degree(latitude)
    turn = np.subtract(to_longitude, longitude, dtype=float)
    away = np.subtract(to_latitude, latitude, dtype=float)
    return ((turn + 180) % 360 - 180) * per_longitude, away * per_latitude


def moved(
    latitude: ArrayLike, longitude: ArrayLike, east: ArrayLike, north: ArrayLike
) -> tuple[Floats, Floats]:
    """The place so many metres east and north of another; the reverse of `offsets`."""
    per_latitude, per_longitude = metres_per_degree(latitude)
    turned = np.asarray(longitude, float) + np.asarray(east, float) / per_longitude
    outside = np.abs(turned) > 180
    if outside.any():
        turned = np.where(outside, (turned + 180) % 360 - 180, turned)
    return np.asarray(latitude, float) + np.asarray(north, float) / per_latitude, turned


def ahead(spread: Spread, seconds: Floats, q: float) -> Spread:
    """The covariance after `seconds` (not negative)."""
    velocity = spread.velocity + q * seconds
    both = spread.both + seconds * spread.velocity + q * seconds**2 / 2
    position = (
        spread.position
        + 2 * seconds * spread.both
        + seconds**2 * spread.velocity
        + q * seconds**3 / 3
    )
    return Spread(position, both, velocity)


def by_position(spread: Spread, variance: Floats) -> tuple[Spread, Floats, Floats]:
    """After a measured position of this variance: covariance, and gains of position and velocity."""
    total = spread.position + variance
    gain, gain_velocity = spread.position / total, spread.both / total
    after = Spread(
        spread.position - gain * spread.position,
        spread.both - gain * spread.both,
        spread.velocity - gain_velocity * spread.both,
    )
    return after, gain, gain_velocity


def by_velocity(spread: Spread, variance: Floats) -> tuple[Spread, Floats, Floats]:
    """After a measured velocity of this variance: covariance, and gains of position and velocity."""
    total = spread.velocity + variance
    gain, gain_velocity = spread.both / total, spread.velocity / total
    after = Spread(
        spread.position - gain * spread.both,
        spread.both - gain * spread.velocity,
        spread.velocity - gain_velocity * spread.velocity,
    )
    return after, gain, gain_velocity
