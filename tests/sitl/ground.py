"""A ground station's end of a vehicle's protocols, and the vehicle that they need, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.parameters import Parameters
from sitl.autopilot.vehicle import Handler, Place, Reply

HOME = Place(34.0150998, 71.5249, 331.1)
"""Home in the recordings."""

GROUND = (255, 190)
"""System and component of the ground station in the recordings."""

OTHER_GROUND = (254, 190)


@dataclass
class StandingVehicle:
    """An autopilot as the protocols see it."""

    home: Place | None = HOME
    in_auto: bool = False
    said: list[tuple[int, str]] = field(default_factory=list)
    parameters: Parameters = field(default_factory=lambda: Parameters.copter(1))

    def say(self, severity: int, text: str) -> None:
        """Remember a text."""
        self.said.append((severity, text))


def over_the_wire(message: Any, sender: tuple[int, int]) -> Any:
    """`message` as it arrives from `sender` (system, component): packed and parsed."""
    link = mavlink.MAVLink(None, srcSystem=sender[0], srcComponent=sender[1])
    [arrived] = mavlink.MAVLink(None).parse_buffer(message.pack(link))
    return arrived


def say_to(
    handler: Handler,
    message: Any,
    now: float = 0.0,
    *,
    sender: tuple[int, int] = GROUND,
    channel: int = 0,
) -> list[Any]:
    """What `handler` answers on `channel`, as it arrives on the ground; nothing goes elsewhere."""
    replies = handler.receive(over_the_wire(message, sender), channel, now)
    assert {number for number, _ in replies} <= {channel}
    return arrived(replies)


def arrived(replies: list[Reply]) -> list[Any]:
    """The messages of `replies` as they arrive on the ground."""
    return [over_the_wire(message, (1, 1)) for _, message in replies]


def fields(message: Any) -> dict[str, Any]:
    """The fields of a message without the name of its type."""
    told: dict[str, Any] = message.to_dict()
    del told["mavpackettype"]
    return told
