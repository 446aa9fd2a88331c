"""Sensors of the airspace: where they stand, how far they see, and with what error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import dist

import numpy as np

from fleet.peshawar import to_metres
from sitl.intruders.flight import Motion


class SensorKind(Enum):
    """What a sensor is and in which words it speaks."""

    REMOTE_ID_MAVLINK = "remote-id-mavlink"
    """Hears Remote ID; tells it as MAVLink OPEN_DRONE_ID messages."""
    REMOTE_ID_SCOUT = "remote-id-scout"
    """Hears Remote ID; tells it as JSON over MQTT, as DroneScout receivers do."""
    ADSB = "adsb"
    """Hears aircraft; tells them as MAVLink ADSB_VEHICLE and as SBS lines."""
    RADAR = "radar"
    """Sees what flies, whether it tells of itself or not; speaks SAPIENT."""

    @property
    def hears_only(self) -> bool:
        """Whether it knows of an aircraft only what that tells of itself."""
        return self is not SensorKind.RADAR


@dataclass(frozen=True)
class Sensor:
    """One sensor, with its range in metres and the standard deviation of its own error."""

    name: str
    kind: SensorKind
    latitude: float
    longitude: float
    height: float = 15.0
    range: float = 3000.0
    error: float = 0.0
    """Metres, each axis; a receiver repeats what the aircraft says of itself, and has none."""
    misses: float = 0.05
    """Part of the looks at something in range that see nothing."""

    def look(self, motion: Motion, random: np.random.Generator) -> Motion | None:
        """What it makes of an aircraft at `motion`; None: out of range, or missed.

        As many numbers are drawn whatever it sees, so that one flight does not change another's.
        """
        luck, *errors = random.random(), *random.standard_normal(3)
        east, north = to_metres(self.latitude, self.longitude)
        away = dist((east, north, self.height), motion[:3])
        if away > self.range or luck < self.misses:
            return None
        off = [self.error * float(error) for error in errors]
        return motion._replace(
            east=motion.east + off[0],
            north=motion.north + off[1],
            height=max(0.0, motion.height + off[2]),
        )
