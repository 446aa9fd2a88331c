"""The talk with a SAPIENT node on one connection: registers, tells, is acknowledged.

A message has its length before it, 4 bytes little-endian (BSI Flex 335 v2, clause 5). The first one is
the registration; what comes before it ends the connection. What cannot be taken later is answered with
an error message, counted and kept, and the talk goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Any

from google.protobuf.message import DecodeError
from pydantic import JsonValue
from sapient_msg.bsi_flex_335_v2_0.alert_ack_pb2 import AlertAck
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport

from telemetry.airspace.heard import SAID_BYTES, Heard, Said, SensorEvent, Take, moment, sensor_name
from telemetry.airspace.sapient_flood import Allowance
from telemetry.airspace.sapient_nodes import (
    INTERVAL,
    INTERVAL_LEAST,
    INTERVAL_MOST,
    Node,
    Nodes,
)
from telemetry.airspace.sapient_reports import detection, place_of, scales_of, told_time
from telemetry.sink import RefusedError
from telemetry.trackers.intake import Intake
from telemetry.trackers.values import receive_time

MESSAGE_MOST = 256 << 10
"""Bytes of a message: detections with pictures name them, they do not carry them."""

BAD_MOST = 100
"""Messages in a row that cannot be taken, after which the connection ends."""

TEXT_MOST = 200
"""Characters of a text that are kept in an event."""

VERSION = "BSI Flex 335 v2"
OWN_NODE = "1e5f0c5a-5a0e-4f3b-8f0e-6e6967656862"
"""Our id as the fusion node; fixed, so that nodes see the same one on each connection."""

_UNITS = {
    Registration.TIME_UNITS_SECONDS: 1.0,
    Registration.TIME_UNITS_MINUTES: 60.0,
    Registration.TIME_UNITS_HOURS: 3600.0,
    Registration.TIME_UNITS_MILLISECONDS: 1e-3,
    Registration.TIME_UNITS_MICROSECONDS: 1e-6,
    Registration.TIME_UNITS_NANOSECONDS: 1e-9,
}
_LENGTH = 4


class SapientSession:
    """One connection's talk. `steady` gives seconds of a steady clock, for the rate."""

    def __init__(
        self,
        nodes: Nodes,
        intake: Intake,
        take: Take,
        peer: str,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.frames = 0
        self.over = False
        self._nodes, self._intake, self._hand_on, self._peer = nodes, intake, take, peer
        self._steady = steady
        self._allowance = Allowance(steady())
        self._rest = b""
        self._bad = 0
        self._node: Node | None = None
        self._last = 0

    @property
    def admitted(self) -> bool:
        """Whether the node has registered."""
        return self._node is not None

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun that is not complete."""
        return bool(self._rest)

    async def take(self, data: bytes) -> bytes:
        """Deal with what came; returns the answers, each with its length.

        Raises RefusedError when the connection is to end: `flood`, `too_large`, `unregistered`,
        `malformed` again and again.
        """
        self._rest += data
        answers = []
        at = 0
        while not self.over and len(self._rest) >= at + _LENGTH:
            size = int.from_bytes(self._rest[at : at + _LENGTH], "little")
            if not 0 < size <= MESSAGE_MOST:
                raise RefusedError("too_large", f"a message of {size} bytes")
            if len(self._rest) < at + _LENGTH + size:
                break
            if not self._allowance.spend(self._steady()):
                self._tell("flooding")
                raise RefusedError("flood", "more messages than a node may send")
            raw = self._rest[at + _LENGTH : at + _LENGTH + size]
            at += _LENGTH + size
            self.frames += 1
            self._intake.statistics.received += 1
            answers.append(self._deal(raw))
        self._rest = self._rest[at:]
        return b"".join(framed(answer) for answer in answers if answer is not None)

    def end(self) -> None:
        """The connection is closed."""
        if self._node is not None and self._nodes.find(self._node.node) is self._node:
            self._node.connected = False
            self._tell("gone")

    def _deal(self, raw: bytes) -> SapientMessage | None:
        """Deal with one message; returns the answer to it. Raises RefusedError to end it all."""
        try:
            answer = self._read(raw)
        except RefusedError as error:
            self._bad += 1
            if self._node is None or self._bad > BAD_MOST:
                raise
            self._intake.refuse(error, raw=raw, peer=self._peer)
            answer = self._message()
            answer.error.packet = raw[:1024]
            answer.error.error_message.append(str(error))
            return answer
        self._bad = 0
        return answer

    def _read(self, raw: bytes) -> SapientMessage | None:
        """What a message says, and the answer to it. Raises RefusedError."""
        try:
            message = SapientMessage.FromString(raw)
        except DecodeError:
            raise RefusedError(
                "malformed", f"{len(raw)} bytes that are no SAPIENT message"
            ) from None
        kind = message.WhichOneof("content")
        if self._node is None and kind != "registration":
            raise RefusedError("unregistered", f"{kind or 'nothing'} before a registration")
        if self._node is not None and message.node_id != self._node.node:
            raise RefusedError("bad_id", f"a message of another node: {message.node_id[:40]!r}")
        match kind:
            case "registration":
                return self._register(message, raw)
            case "status_report":
                self._status(message.status_report, raw)
            case "detection_report":
                self._detection(message, raw)
            case "alert":
                return self._alert(message, raw)
            case "registration_ack" | "alert_ack" | "task_ack" | "error":
                self._say(raw)  # answers to what we never ask; kept for evidence
            case _:
                raise RefusedError("unexpected", f"a node sends no {kind or 'empty message'}")
        return None

    def _register(self, message: SapientMessage, raw: bytes) -> SapientMessage:
        told, answer = message.registration, self._message()
        answer.destination_id = message.node_id
        why = _why_not(message)
        interval = told.status_definition.status_interval
        seconds = interval.value * _UNITS.get(interval.units, 0.0)
        seconds = seconds if 0 < seconds < inf else INTERVAL
        now = self._intake.clock()
        node = Node(
            message.node_id,
            told.name[:TEXT_MOST],
            self._peer,
            interval=min(max(seconds, INTERVAL_LEAST), INTERVAL_MOST),
            registered_time=now,
            status_time=now,
            scales=scales_of(told),
            kinds=tuple(
                _word(Registration.NodeType, each.node_type) for each in told.node_definition[:20]
            ),
        )
        if not why and not self._nodes.register(node):
            why = "too many nodes"
        answer.registration_ack.acceptance = not why
        if why:
            answer.registration_ack.ack_response_reason.append(why)
            self._intake.refuse(RefusedError("registration", why), raw=raw, peer=self._peer)
            self.over = True
            return answer
        self._node = node
        detail: dict[str, JsonValue] = {"name": node.name, "interval": node.interval}
        self._say(raw, "registered", detail | {"kinds": list(node.kinds)})
        return answer

    def _status(self, told: StatusReport, raw: bytes) -> None:
        node = self._known()
        node.status_time = self._intake.clock()
        node.system, node.mode = _word(StatusReport.System, told.system), told.mode[:TEXT_MOST]
        if node.lost:
            node.lost = False
            self._tell("regained")
        self._say(raw, "status", {"system": node.system, "mode": node.mode})
        if told.system == StatusReport.SYSTEM_GOODBYE:
            self.over = True
        if told.HasField("node_location"):  # last: also with a bad place it is a heartbeat
            node.place = place_of(told.node_location)

    def _detection(self, message: SapientMessage, raw: bytes) -> None:
        node, received = self._known(), self._received()
        sensor, told = self._sensor(node), told_time(message)
        rows = detection(message.detection_report, sensor, told, received, node.place, node.scales)
        node.detections += 1
        self._intake.statistics.stored += 1
        self._hand_on(Heard((Said(moment(received), sensor, "sapient", raw[:SAID_BYTES]),), rows))

    def _alert(self, message: SapientMessage, raw: bytes) -> SapientMessage:
        told, answer = message.alert, self._message()
        if not told.alert_id:
            raise RefusedError("no_id", "an alert without id")
        self._known().alerts += 1
        detail: dict[str, JsonValue] = {
            "alert_id": told.alert_id[:TEXT_MOST],
            "type": _word(told.AlertType, told.alert_type),
            "status": _word(told.AlertStatus, told.status),
            "priority": _word(told.DiscretePriority, told.priority),
            "description": told.description[:TEXT_MOST],
        }
        self._say(raw, "alert", detail)
        answer.destination_id = message.node_id
        answer.alert_ack.alert_id = told.alert_id
        answer.alert_ack.alert_ack_status = AlertAck.ALERT_ACK_STATUS_ACCEPTED
        return answer

    def _known(self) -> Node:
        assert self._node is not None, "nothing but a registration comes before it"
        return self._node

    @staticmethod
    def _sensor(node: Node) -> str:
        return sensor_name("sapient", node.node)

    def _received(self) -> int:
        """Our time; no two messages of a connection have the same one."""
        self._last = max(receive_time(self._intake.clock()), self._last + 1)
        return self._last

    def _say(self, raw: bytes, kind: str = "", detail: dict[str, JsonValue] | None = None) -> None:
        """Keep a message, and what happened with it."""
        received, sensor = moment(self._received()), self._sensor(self._known())
        events = (SensorEvent(received, sensor, kind, detail or {}),) if kind else ()
        self._hand_on(Heard((Said(received, sensor, "sapient", raw[:SAID_BYTES]),), events=events))

    def _tell(self, kind: str) -> None:
        """Tell of something that is in no message."""
        if self._node is not None:
            received = moment(self._received())
            self._hand_on(Heard(events=(SensorEvent(received, self._sensor(self._node), kind),)))

    def _message(self) -> SapientMessage:
        message = SapientMessage(node_id=OWN_NODE)
        message.timestamp.FromMicroseconds(receive_time(self._intake.clock()))
        return message


def framed(message: SapientMessage) -> bytes:
    """The bytes of a message with its length before it."""
    data: bytes = message.SerializeToString()
    return len(data).to_bytes(_LENGTH, "little") + data


def _word(enumeration: Any, value: int) -> str:
    """The name of a value; its number, if a later version of the standard has added it."""
    return str(enumeration.Name(value)) if value in enumeration.values() else str(value)


def _why_not(message: SapientMessage) -> str:
    """Why a registration cannot be accepted; empty if it can."""
    node, version = message.node_id, message.registration.icd_version
    if not 0 < len(node) <= 40 or not node.isascii() or not node.isprintable():
        return "node_id is no id of 1 to 40 printable characters"
    if node == OWN_NODE:
        return "node_id is that of the fusion node"
    if not version.startswith(VERSION):
        return f"icd_version {version[:40]!r}: {VERSION} is spoken here"
    return ""
