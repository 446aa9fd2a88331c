"""What a vehicle carries: a camera that is triggered and a gimbal that is pointed."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import hypot

MAX_SHOTS = 64
"""Shots not told yet; of more than that within one step only these are told."""


@dataclass
class Payload:
    """Camera and gimbal; angles in degrees, pitch negative downwards."""

    pitch: float = 0.0
    yaw: float = 0.0
    region: tuple[float, float, float] | None = None  # what it looks at: metres, height above home
    distance: float = 0.0  # metres between two shots, 0 takes none
    shots: int = 0  # since power-on
    untold: list[int] = field(default_factory=list)  # numbers of shots not told yet
    _last: tuple[float, float] | None = None

    def point(self, pitch: float, yaw: float) -> None:
        """Look there and at no region."""
        self.pitch = max(-90.0, min(90.0, pitch))
        self.yaw = (yaw + 180) % 360 - 180
        self.region = None

    def trigger_each(self, distance: float) -> None:
        """Take a picture each `distance` metres; 0 or less stops it."""
        self.distance = max(distance, 0.0)
        self._last = None

    def shoot(self) -> None:
        """Take a picture."""
        self.shots += 1
        if len(self.untold) < MAX_SHOTS:
            self.untold.append(self.shots)

    def moved(self, east: float, north: float) -> None:
        """Take the picture that is due here, if one is."""
        if self._last is None or hypot(east - self._last[0], north - self._last[1]) >= (
            self.distance
        ):
            self._last = (east, north)
            self.shoot()
