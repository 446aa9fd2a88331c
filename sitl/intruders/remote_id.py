"""What a drone broadcasts of itself, and how two kinds of receivers pass it on.

Messages are those of ASTM F3411 (`telemetry.remote_id`). A receiver bridge speaks MAVLink
(https://mavlink.io/en/services/opendroneid.html); DroneScout receivers publish JSON over MQTT.
"""

from __future__ import annotations

from base64 import b64encode
from math import atan2, degrees, hypot
from typing import Any

import orjson
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.vehicle import Place
from sitl.intruders.flight import Motion
from telemetry.remote_id.messages import EPOCH, BasicId, Location, Message, OperatorId, System
from telemetry.remote_id.pack import pack

RECEIVER_COMPONENT = mavlink.MAV_COMP_ID_ODID_TXRX_1
"""The component id of a receiver bridge."""

SCOUT_TOPIC = "dronescout"
"""The first level of the topics that DroneScout receivers publish to; their name is the second."""

_FULL_EVERY = 3
"""Seconds between two broadcasts that say more than the position, as a real drone does."""

_ACCURACY_10_M, _ACCURACY_3_MPS = 10, 2


def broadcast(
    name: str, motion: Motion, operator: Place | None, operator_id: str, unix: float, number: int
) -> list[Message]:
    """What a drone says at `unix` (UTC seconds), in its broadcast `number`: a position each time."""
    place = motion.place
    messages: list[Message] = [
        Location(
            latitude=place.latitude,
            longitude=place.longitude,
            direction=degrees(atan2(motion.east_speed, motion.north_speed)) % 360,
            speed=hypot(motion.east_speed, motion.north_speed),
            climb=motion.climb,
            pressure_altitude=place.altitude,
            altitude=place.altitude,
            height=motion.height,
            second_of_hour=round(unix % 3600, 1),
            horizontal_accuracy=_ACCURACY_10_M,
            vertical_accuracy=4,
            speed_accuracy=_ACCURACY_3_MPS,
            time_accuracy=0.1,
        )
    ]
    if number % _FULL_EVERY:
        return messages
    messages.append(BasicId(name))
    if operator is not None:
        messages.append(
            System(operator.latitude, operator.longitude, operator.altitude, time=int(unix))
        )
    if operator_id:
        messages.append(OperatorId(operator_id))
    return messages


def scout_payload(
    receiver: str, address: bytes, messages: list[Message], unix_ms: int, strength: float
) -> bytes:
    """The JSON that a DroneScout receiver publishes for one broadcast.

    `address` is the six bytes of the sender's MAC, `strength` the signal's in dBm.
    """
    heard = {
        "sensor ID": receiver,
        "RSSI": round(strength),
        "channel": 6,
        "timestamp": unix_ms,
        "MAC address": address.hex(":"),
        "type": "WLAN beacon",
        "UASdata": b64encode(pack(messages)).decode(),
    }
    status = {"sensor ID": receiver, "timestamp": unix_ms}
    return orjson.dumps({"protocol": 1.0, "data": heard, "status": status})


def bridge_messages(address: bytes, messages: list[Message]) -> list[Any]:
    """The MAVLink messages with which a receiver bridge passes one broadcast on."""
    sender = list(address.ljust(20, b"\0"))
    return [_bridged(sender, message) for message in messages]


def _bridged(sender: list[int], message: Message) -> Any:
    match message:
        case BasicId():
            return mavlink.MAVLink_open_drone_id_basic_id_message(
                0,
                0,
                sender,
                message.id_type,
                message.aircraft_type,
                _characters(message.identifier),
            )
        case Location():
            return _bridged_location(sender, message)
        case System():
            return mavlink.MAVLink_open_drone_id_system_message(
                0,
                0,
                sender,
                message.location_type,
                message.classification,
                _angle(message.latitude),
                _angle(message.longitude),
                message.area_count,
                round(message.area_radius),
                _height(message.area_ceiling),
                _height(message.area_floor),
                message.category,
                message.category_class,
                _height(message.altitude),
                message.time - EPOCH,
            )
        case OperatorId():
            return mavlink.MAVLink_open_drone_id_operator_id_message(
                0, 0, sender, message.id_type, message.identifier.encode()
            )
    raise TypeError(f"a simulated drone broadcasts no {type(message).__name__}")


_NO_DIRECTION, _NO_SPEED, _NO_CLIMB, _NO_SECOND = 36100, 25500, 6300, 65535.0
_NO_HEIGHT = -1000.0


def _bridged_location(sender: list[int], message: Location) -> Any:
    direction, speed, climb = message.direction, message.speed, message.climb
    second = message.second_of_hour
    return mavlink.MAVLink_open_drone_id_location_message(
        0,
        0,
        sender,
        message.status,
        _NO_DIRECTION if direction is None else round(direction * 100) % 36000,
        _NO_SPEED if speed is None else min(round(speed * 100), 25425),
        _NO_CLIMB if climb is None else round(min(max(climb, -62.0), 62.0) * 100),
        _angle(message.latitude),
        _angle(message.longitude),
        _height(message.pressure_altitude),
        _height(message.altitude),
        int(message.height_above_ground),
        _height(message.height),
        message.horizontal_accuracy,
        message.vertical_accuracy,
        message.pressure_accuracy,
        message.speed_accuracy,
        _NO_SECOND if second is None else second,
        round(message.time_accuracy * 10),
    )


def _angle(value: float | None) -> int:
    return 0 if value is None else round(value * 1e7)


def _height(value: float | None) -> float:
    return _NO_HEIGHT if value is None else value


def _characters(text: str) -> list[int]:
    return list(text.encode("ascii", "replace").ljust(20, b"\0")[:20])
