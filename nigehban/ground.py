"""The height of the ground for geofences, from the height grid that the settings name."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fleet.geofences.looking import Ground
from missions.errors import PlanningError
from missions.terrain import HeightGrid
from nigehban.settings import WrongSettingError

_log = logging.getLogger(__name__)


def ground_of(path: Path) -> Ground:
    """The ground of a file or folder of height files; NaN where they do not tell it.

    Raises WrongSettingError for what is no height grid.
    """
    try:
        grid = HeightGrid.open(path)
    except PlanningError as error:
        raise WrongSettingError(f"terrain: {error}") from None
    told: set[str] = set()  # one a file at most

    def ground(
        latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        try:
            return grid.known_heights(longitudes, latitudes)
        except PlanningError as error:  # a part of the file that cannot be read
            if str(error) not in told:
                _log.error("terrain: %s", error)
                told.add(str(error))
            return np.full(len(latitudes), np.nan)

    return ground
