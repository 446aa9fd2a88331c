"""What we say, as bytes: MAVLink 2 frames made by pymavlink, signed where the vehicle has a key.

pymavlink's `mavutil` is not used: it keeps module globals and chooses its dialect by environment
variables.
"""

from __future__ import annotations

from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.codec import Command
from telemetry.mavlink.signing import Signing

EVERYBODY = 0
"""The system id that means all systems."""


class Encoder:
    """Makes the MAVLink 2 frames of one sender, numbered one after another.

    With `signing`, frames to a system that has a key there are signed with it.
    """

    def __init__(self, system: int, component: int, signing: Signing | None = None) -> None:
        self._out = dialect.MAVLink(None, srcSystem=system, srcComponent=component)
        self._signing = signing

    def ground_station_heartbeat(self, system: int = EVERYBODY) -> bytes:
        """HEARTBEAT of a ground station: without it vehicles take the link for lost.

        `system` chooses the key: where vehicles have keys of their own, each wants its own one.
        """
        message = self._out.heartbeat_encode(
            dialect.MAV_TYPE_GCS, dialect.MAV_AUTOPILOT_INVALID, 0, 0, dialect.MAV_STATE_ACTIVE
        )
        return self._pack(message, system)

    def command(
        self, system: int, component: int, command: Command, *parameters: float, repetition: int = 0
    ) -> bytes:
        """COMMAND_LONG with up to seven parameters, the rest zero; `repetition` counts from 0."""
        given = [*parameters, *[0.0] * (7 - len(parameters))]
        message = self._out.command_long_encode(system, component, command, repetition, *given)
        return self._pack(message, system)

    def timesync(self, tc1: int, ts1: int, system: int = EVERYBODY) -> bytes:
        """TIMESYNC: a question with `tc1` zero, else an answer; `system` chooses the key."""
        return self._pack(self._out.timesync_encode(tc1, ts1), system)

    def _pack(self, message: Any, system: int) -> bytes:
        if self._signing is not None:
            out = self._out.signing
            out.secret_key = self._signing.key(system)
            out.sign_outgoing = out.secret_key is not None
            if out.sign_outgoing:
                out.link_id = self._signing.link
                out.timestamp = self._signing.next_timestamp()
        frame: bytes = message.pack(self._out)
        self._out.seq = (self._out.seq + 1) % 256
        return frame
