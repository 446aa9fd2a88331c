"""How a vehicle boots: what it can do after how many seconds, and what it says meanwhile.

The seconds and the texts are those of a recorded ArduCopter 4.7.
"""

from __future__ import annotations

Text = tuple[int, str]
"""MAV_SEVERITY and the text of a STATUSTEXT."""

READY = 2.4
TILT = 5.8
GPS_FIX = 10.0
ORIGIN = 20.0
PREARM = 23.6
POSITION = 42.0

_INFO = 6
_TEXTS = (
    (0.2, "Calibrating barometer"),
    (1.9, "Barometer 1 calibration complete"),
    (1.9, "Barometer 2 calibration complete"),
    (READY, "ArduPilot Ready"),
    (READY, "AHRS: DCM active"),
    (4.4, "EKF3 IMU0 initialised"),
    (4.4, "EKF3 IMU1 initialised"),
    (4.4, "AHRS: EKF3 active"),
    (TILT, "EKF3 IMU0 tilt alignment complete"),
    (TILT, "EKF3 IMU1 tilt alignment complete"),
    (5.9, "EKF3 IMU0 MAG0 initial yaw alignment complete"),
    (5.9, "EKF3 IMU1 MAG0 initial yaw alignment complete"),
    (9.9, "GPS 1: probing for u-blox at 230400 baud"),
    (GPS_FIX, "GPS 1: detected u-blox"),
    (ORIGIN, "EKF3 IMU0 origin set"),
    (ORIGIN, "Field Elevation Set: {altitude:.0f}m"),
    (20.2, "EKF3 IMU1 origin set"),
    (POSITION, "EKF3 IMU0 is using GPS"),
    (42.2, "EKF3 IMU1 is using GPS"),
)


class Boot:
    """The boot of one vehicle; `scale` 1 takes as long as a real one."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._said = len(_TEXTS)
        self.at = 0.0
        """When it was switched on, in seconds of the simulation."""

    def begin(self, now: float) -> None:
        """Be switched on."""
        self.at = now
        self._said = 0

    def finished(self, now: float, uptime: float) -> None:
        """Be booted already, for `uptime` seconds."""
        self.at = now - max(uptime, _TEXTS[-1][0] * self._scale)
        self._said = len(_TEXTS)

    @property
    def speaks(self) -> bool:
        """Whether `texts` has any left to give."""
        return self._said < len(_TEXTS)

    def has(self, milestone: float, now: float) -> bool:
        """Whether it has come to `milestone` (seconds of a real boot)."""
        return now >= self.at + milestone * self._scale

    def texts(self, now: float, altitude: float) -> list[Text]:
        """What it has to say since the last call; `altitude` is that of the field."""
        texts = []
        while self._said < len(_TEXTS) and self.has(_TEXTS[self._said][0], now):
            texts.append((_INFO, _TEXTS[self._said][1].format(altitude=altitude)))
            self._said += 1
        return texts
