"""Where a vehicle comes back to: home, or the nearest of its rally points.

The rules are ArduPilot's: a rally point further off than RALLY_LIMIT_KM is not flown to (0 is no
limit), home is one of the places only where RALLY_INCL_HOME says so, and a copter wants the point
to lie within its fence.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot, inf

from fleet.peshawar import to_metres
from sitl.autopilot.flying import Refuge
from sitl.autopilot.modes import COPTER
from sitl.autopilot.sight import Sight
from sitl.autopilot.state import State

_ABOVE_SEA = 0  # MAV_FRAME_GLOBAL


def refuge(vehicle: State, sight: Sight) -> Refuge:
    """Where `vehicle` comes back to from where it is."""
    home = Refuge(*vehicle.home_metres)
    read = vehicle.parameters.__getitem__
    nearest = min(_points(vehicle), key=lambda point: _away(point, sight), default=None)
    if nearest is None or _away(nearest, sight) > (read("RALLY_LIMIT_KM") * 1000 or inf):
        return home
    if read("RALLY_INCL_HOME") and _away(home, sight) <= _away(nearest, sight):
        return home
    return nearest


def _points(vehicle: State) -> Iterator[Refuge]:
    fenced = vehicle.kind is COPTER and vehicle.parameters["FENCE_ENABLE"]
    for item in vehicle.rally.items:
        east, north = to_metres(item.x / 1e7, item.y / 1e7)
        below = vehicle.place.altitude if item.frame == _ABOVE_SEA else 0.0
        point = (float(east), float(north), item.z - below)
        if not (fenced and vehicle.outside(*point)):
            yield Refuge(*point)


def _away(place: Refuge, sight: Sight) -> float:
    return hypot(place.east - sight.east, place.north - sight.north)
