"""What the protocols of a vehicle need of its autopilot, and how they are called."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from sitl.autopilot.parameters import Parameters


class Place(NamedTuple):
    """Latitude and longitude in degrees, altitude in metres above mean sea level."""

    latitude: float
    longitude: float
    altitude: float


Reply = tuple[int, Any]
"""The number of the channel that it goes out on, and a pymavlink message."""


class Handler(Protocol):
    """One protocol of a vehicle: commands, parameters, transfers of missions and fences."""

    @property
    def busy(self) -> bool:
        """Whether `tick` has something to do: a list to tell, a timeout to watch."""

    def receive(self, message: Any, channel: int, now: float) -> list[Reply]:
        """Take one message that is addressed to this vehicle; nothing if it is none of ours.

        `channel` is the number of the link that it came over, `now` seconds of the simulation.
        """

    def tick(self, now: float) -> list[Reply]:
        """What is due without having been asked for."""

    def reboot(self) -> None:
        """Forget what is under way; what is stored stays."""


class Vehicle(Protocol):
    """What a protocol needs of the autopilot."""

    @property
    def home(self) -> Place | None:
        """Home, once the vehicle knows where it is."""

    @property
    def parameters(self) -> Parameters:
        """Its parameters."""

    @property
    def in_auto(self) -> bool:
        """Whether it flies its mission now."""

    def say(self, severity: int, text: str) -> None:
        """Send `text` as STATUSTEXT on all channels; `severity` is a MAV_SEVERITY."""
