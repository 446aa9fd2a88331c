"""What detections measure: how certain they are, and when."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.airspace import tuning
from fleet.airspace.motion import Floats
from fleet.columns import Rows

_SECOND = np.timedelta64(1_000_000, "us")


class Errors(NamedTuple):
    """Variances of detections."""

    horizontal: Floats
    vertical: Floats
    speed: Floats


def errors(detections: Rows) -> Errors:
    """Variances of DETECTION rows, with what is usual where a sensor tells none."""
    means = detections["means"]

    def variance(name: str, usual: Floats) -> Floats:
        told = detections[name].astype(np.float64)
        return np.where(told > 0, told, usual[means]) ** 2

    return Errors(
        variance("error", tuning.ERROR),
        variance("altitude_error", tuning.ALTITUDE_ERROR),
        variance("speed_error", tuning.SPEED_ERROR),
    )


def seconds(later: NDArray[np.datetime64], earlier: NDArray[np.datetime64]) -> Floats:
    """Seconds from `earlier` to `later`; NaN where one is unknown."""
    return np.asarray((later - earlier) / _SECOND, np.float64)
