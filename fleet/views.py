"""Where the cameras of assets look, as they told last."""

from __future__ import annotations

import numpy as np

from fleet.columns import TIME

VIEW = np.dtype(
    [
        ("asset", "i8"),
        ("time", TIME),  # when it was told, by our clock
        ("across", "f4"),  # angles of view of the whole picture
        ("upwards", "f4"),
        ("roll", "f4"),
        ("pitch", "f4"),  # 0 is level, -90 straight down
        ("yaw", "f4"),  # clockwise from true north, or from the vehicle's nose
        ("from_nose", "?"),
        ("latitude", "f8"),  # of the camera; unknown where only the gimbal tells
        ("longitude", "f8"),
        ("altitude", "f4"),  # of the camera, above mean sea level
        ("ground", "f4"),  # altitude of the ground in the middle of the picture
    ]
)
"""How the camera of an asset looks. What is unknown is NaN."""

PROGRESS = np.dtype(
    [
        ("asset", "i8"),
        ("time", TIME),  # when it was told, by our clock
        ("item", "i4"),  # of its mission: the one that it flies to
        ("total", "i4"),  # of items, ArduPilot's without home; 0 if it does not say, 65535 for none
    ]
)
"""Where in its mission a vehicle is (MISSION_CURRENT)."""
