"""The 25-byte messages of Remote ID: written and read.

Layout, scales and the values for "unknown" are those of ASTM F3411-22a, section 5.4.5, tables 1 to
12. Numbers are little-endian. What is unknown is None (angles, heights, speeds) on our side.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

SIZE = 25
"""Bytes of one message."""

VERSION = 2  # F3411-22a

EPOCH = 1_546_300_800
"""Unix time of 2019-01-01 00:00 UTC, from which System counts its seconds."""

_BASIC_ID = struct.Struct("<B20s3x")
_LOCATION = struct.Struct("<BBBbiiHHHBBHBx")
_SELF_ID = struct.Struct("<B23s")
_SYSTEM = struct.Struct("<BiiHBHHBHIx")
_OPERATOR_ID = struct.Struct("<B20s3x")

_NO_DIRECTION, _NO_SPEED, _NO_CLIMB, _NO_TIME = 361, 255, 126, 65535
_COARSE_FROM = 63.75  # m/s: above it speed is told in steps of 0.75
_FASTEST = 254.25
_STEEPEST = 62.0  # m/s, up or down
_NO_HEIGHT = 0  # −1000 m


class RemoteIdError(ValueError):
    """Bytes that are no message of Remote ID, or a value that one cannot carry."""


@dataclass(frozen=True)
class BasicId:
    """Who it is."""

    identifier: str
    id_type: int = 1  # 1 serial number (CTA-2063-A), 2 CAA registration, 3 UTM, 4 session
    aircraft_type: int = 2  # 1 aeroplane, 2 helicopter or multirotor, …
    TYPE: ClassVar[int] = 0


@dataclass(frozen=True)
class Location:
    """Where it is. Heights are metres: by pressure, above WGS-84, and above where it took off."""

    latitude: float | None
    longitude: float | None
    direction: float | None = None  # course over ground
    speed: float | None = None
    climb: float | None = None
    pressure_altitude: float | None = None
    altitude: float | None = None
    height: float | None = None
    second_of_hour: float | None = None  # UTC, 0 to 3600
    status: int = 2  # 0 undeclared, 1 ground, 2 airborne, 3 emergency, 4 Remote ID fails
    height_above_ground: bool = False  # else above the take-off
    horizontal_accuracy: int = (
        0  # the standard's classes: 10 below 10 m, 11 below 3 m, 12 below 1 m
    )
    vertical_accuracy: int = 0
    pressure_accuracy: int = 0
    speed_accuracy: int = 0
    time_accuracy: float = 0.0  # seconds
    TYPE: ClassVar[int] = 1


@dataclass(frozen=True)
class SelfId:
    """What its pilot says about the flight."""

    text: str
    text_type: int = 0  # 0 text, 1 emergency, 2 extended status
    TYPE: ClassVar[int] = 3


@dataclass(frozen=True)
class System:
    """Where its operator is, and what area it flies in."""

    latitude: float | None
    longitude: float | None
    altitude: float | None = None
    time: int = EPOCH  # unix seconds
    location_type: int = 1  # 0 take-off, 1 live, 2 fixed
    classification: int = 0
    area_count: int = 1
    area_radius: float = 0.0
    area_ceiling: float | None = None
    area_floor: float | None = None
    category: int = 0  # of the European Union
    category_class: int = 0
    TYPE: ClassVar[int] = 4


@dataclass(frozen=True)
class OperatorId:
    """Who its operator is."""

    identifier: str
    id_type: int = 0
    TYPE: ClassVar[int] = 5


@dataclass(frozen=True)
class Other:
    """A message that is not read further: Authentication, and what the standard has since added."""

    kind: int
    body: bytes  # 24 bytes


Message = BasicId | Location | SelfId | System | OperatorId | Other


def encode(message: Message) -> bytes:
    """The 25 bytes of `message`. Raises RemoteIdError for a value that it cannot carry."""
    try:
        match message:
            case BasicId():
                kinds = _nibbles(message.id_type, message.aircraft_type)
                body = _BASIC_ID.pack(kinds, _text(message.identifier, 20))
            case Location():
                body = _location(message)
            case SelfId():
                body = _SELF_ID.pack(message.text_type, _text(message.text, 23))
            case System():
                body = _system(message)
            case OperatorId():
                body = _OPERATOR_ID.pack(message.id_type, _text(message.identifier, 20))
            case Other():
                if len(message.body) != SIZE - 1:
                    raise RemoteIdError(f"a body of {len(message.body)} bytes, not {SIZE - 1}")
                return bytes([_nibbles(message.kind, VERSION)]) + message.body
    except struct.error as error:
        raise RemoteIdError(f"{type(message).__name__}: {error}") from None
    return bytes([_nibbles(message.TYPE, VERSION)]) + body


def decode(data: bytes) -> Message:
    """The message of 25 bytes. Raises RemoteIdError."""
    if len(data) != SIZE:
        raise RemoteIdError(f"{len(data)} bytes: a message has {SIZE}")
    kind, body = data[0] >> 4, bytes(data[1:])
    match kind:
        case BasicId.TYPE:
            kinds, identifier = _BASIC_ID.unpack(body)
            return BasicId(printable(identifier), kinds >> 4, kinds & 15)
        case Location.TYPE:
            return _read_location(body)
        case SelfId.TYPE:
            text_type, text = _SELF_ID.unpack(body)
            return SelfId(printable(text), text_type)
        case System.TYPE:
            return _read_system(body)
        case OperatorId.TYPE:
            id_type, identifier = _OPERATOR_ID.unpack(body)
            return OperatorId(printable(identifier), id_type)
    return Other(kind, body)


def _location(message: Location) -> bytes:
    direction = _NO_DIRECTION if message.direction is None else round(message.direction) % 360
    east_west = direction >= 180
    speed, coarse = _speed(message.speed)
    status = message.status << 4 | message.height_above_ground << 2 | east_west << 1 | coarse
    second = message.second_of_hour
    return _LOCATION.pack(
        status,
        direction - 180 * east_west,
        speed,
        _NO_CLIMB
        if message.climb is None
        else round(min(max(message.climb, -_STEEPEST), _STEEPEST) * 2),
        _angle(message.latitude),
        _angle(message.longitude),
        _height(message.pressure_altitude),
        _height(message.altitude),
        _height(message.height),
        _nibbles(message.vertical_accuracy, message.horizontal_accuracy),
        _nibbles(message.pressure_accuracy, message.speed_accuracy),
        _NO_TIME if second is None else round(second * 10) % 36001,
        round(message.time_accuracy * 10) & 15,
    )


def _read_location(body: bytes) -> Location:
    (
        status,
        direction,
        speed,
        climb,
        latitude,
        longitude,
        pressure_altitude,
        altitude,
        height,
        accuracies,
        further_accuracies,
        tenths,
        time_accuracy,
    ) = _LOCATION.unpack(body)
    course = direction + 180 * (status >> 1 & 1)
    known = latitude != 0 or longitude != 0
    scaled = speed * 0.75 + _COARSE_FROM if status & 1 else speed * 0.25
    return Location(
        latitude=latitude / 1e7 if known else None,
        longitude=longitude / 1e7 if known else None,
        direction=course if course < 360 else None,
        speed=None if speed == _NO_SPEED else scaled,
        climb=climb / 2 if abs(climb / 2) <= _STEEPEST else None,
        pressure_altitude=_read_height(pressure_altitude),
        altitude=_read_height(altitude),
        height=_read_height(height),
        second_of_hour=tenths / 10 if tenths <= 36000 else None,
        status=status >> 4,
        height_above_ground=bool(status >> 2 & 1),
        horizontal_accuracy=accuracies & 15,
        vertical_accuracy=accuracies >> 4,
        pressure_accuracy=further_accuracies >> 4,
        speed_accuracy=further_accuracies & 15,
        time_accuracy=(time_accuracy & 15) / 10,
    )


def _system(message: System) -> bytes:
    return _SYSTEM.pack(
        message.classification << 2 | message.location_type,
        _angle(message.latitude),
        _angle(message.longitude),
        message.area_count,
        min(round(message.area_radius / 10), 255),
        _height(message.area_ceiling),
        _height(message.area_floor),
        _nibbles(message.category, message.category_class),
        _height(message.altitude),
        message.time - EPOCH,
    )


def _read_system(body: bytes) -> System:
    (
        kinds,
        latitude,
        longitude,
        area_count,
        area_radius,
        area_ceiling,
        area_floor,
        categories,
        altitude,
        seconds,
    ) = _SYSTEM.unpack(body)
    known = latitude != 0 or longitude != 0
    return System(
        latitude=latitude / 1e7 if known else None,
        longitude=longitude / 1e7 if known else None,
        altitude=_read_height(altitude),
        time=seconds + EPOCH,
        location_type=kinds & 3,
        classification=kinds >> 2 & 7,
        area_count=area_count,
        area_radius=area_radius * 10.0,
        area_ceiling=_read_height(area_ceiling),
        area_floor=_read_height(area_floor),
        category=categories >> 4,
        category_class=categories & 15,
    )


def _speed(speed: float | None) -> tuple[int, bool]:
    """What tells `speed`, and whether in the coarser steps."""
    if speed is None:
        return _NO_SPEED, False
    if speed <= _COARSE_FROM:
        return round(speed * 4), False
    return round((min(speed, _FASTEST) - _COARSE_FROM) / 0.75), True


def _angle(degrees: float | None) -> int:
    return 0 if degrees is None else round(degrees * 1e7)


def _height(metres: float | None) -> int:
    return _NO_HEIGHT if metres is None else min(max(round((metres + 1000) * 2), 1), 65535)


def _read_height(told: int) -> float | None:
    return None if told == _NO_HEIGHT else told / 2 - 1000


def _nibbles(high: int, low: int) -> int:
    if not (0 <= high <= 15 and 0 <= low <= 15):
        raise RemoteIdError(f"{high}, {low}: a field of four bits holds 0 to 15")
    return high << 4 | low


def _text(text: str, size: int) -> bytes:
    data = text.encode("ascii", "replace")
    if len(data) > size:
        raise RemoteIdError(f"{text!r} is longer than {size} bytes")
    return data


def printable(data: bytes) -> str:
    """ASCII up to the first NUL; what cannot be printed is a question mark."""
    told = data.split(b"\0", 1)[0]
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in told).strip()
