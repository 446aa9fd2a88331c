"""Our own drones as detections, so that what receivers and radars tell of them is known as ours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fleet.airspace.columns import DETECTION, Datum, Means
from fleet.assets import Kind
from fleet.columns import Rows, blank

SENSOR = b"own"


def own_detections(picture: Rows, serials: Mapping[int, str]) -> Rows:
    """DETECTION of the drones among PICTURE rows that changed (see `Picture.changed_since`).

    `serials` gives the Remote ID serial numbers of those that broadcast one, by asset. Their time is
    that of the position by our clock.
    """
    drones = picture[(picture["kind"] == Kind.DRONE) & np.isfinite(picture["latitude"])]
    rows = blank(DETECTION, len(drones))
    rows["sensor"], rows["means"], rows["datum"] = SENSOR, Means.OWN, Datum.AMSL
    rows["key"] = drones["identity"]
    rows["identity"] = [
        f"rid:{serials[asset]}" if asset in serials else "" for asset in drones["asset"].tolist()
    ]
    rows["time"] = rows["received_time"] = drones["position_time"]
    for name in ("latitude", "longitude", "altitude", "height"):
        rows[name] = drones[name]
    course = np.radians(drones["heading"])
    rows["east"], rows["north"] = drones["speed"] * np.sin(course), drones["speed"] * np.cos(course)
    rows["up"], rows["error"] = drones["climb"], drones["accuracy"]
    return rows
