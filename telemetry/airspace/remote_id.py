"""Remote ID becomes detections: what a drone broadcasts piece by piece is joined by its sender.

A position comes several times a second, the serial number and the operator every few seconds, each
from the same radio address. What was last said of a sender goes with each of its positions.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, inf, radians, sin

import numpy as np

from fleet.airspace.columns import DETECTION, Datum, Flag, Means
from fleet.columns import Rows, blank
from telemetry.airspace.heard import moment
from telemetry.remote_id.messages import (
    SIZE,
    BasicId,
    Location,
    Message,
    OperatorId,
    RemoteIdError,
    System,
    decode,
)
from telemetry.remote_id.pack import unpack

SENDERS_MOST = 4096
"""Senders that are remembered; of more, those not heard for longest are forgotten."""

FORGOTTEN_AFTER = 300_000_000
"""Microseconds after which what a sender said is no longer taken for true: addresses are used again."""

CLOCK_WITHIN = 30_000_000
"""Microseconds by which a drone's clock may differ from ours; beyond, its position has our time."""

_HOUR = 3_600_000_000
SERIAL = 1
"""The type of an identity that is a serial number."""

_GROUND, _EMERGENCY = 1, 3
_LIVE = 1
_PACK = 0xF

# Upper bounds of the accuracy classes, each holding 95 % of all (ASTM F3411-22a, table 6): a circle's
# radius is 2.45 sigmas of an axis, a single axis 1.96.
_HORIZONTAL = (inf, 18_520, 7_408, 3_704, 1_852, 926, 555.6, 185.2, 92.6, 30, 10, 3, 1)
_VERTICAL = (inf, 150, 45, 25, 10, 3, 1)
_SPEED = (inf, 10, 3, 1, 0.3)
_CIRCLE, _LINE = 2.45, 1.96


@dataclass(slots=True)
class _Sender:
    heard: int
    serial: str = ""
    other_id: str = ""
    operator: System | None = None
    operator_id: str = ""

    @property
    def identity(self) -> str:
        name = self.serial or self.other_id
        return f"rid:{name}" if name else ""


class Broadcasts:
    """What is known of each sender."""

    def __init__(self) -> None:
        self._senders: OrderedDict[tuple[str, str], _Sender] = OrderedDict()

    def take(self, sensor: str, sender: str, messages: Sequence[Message], received: int) -> Rows:
        """DETECTION of each position among the messages that a sensor heard together.

        `sender` is the address they came from, `received` microseconds since 1970 by our clock. What
        they say of the drone goes with its positions, also of those before it in the same broadcast.
        """
        known = self._know(sensor, sender, received)
        for message in messages:
            match message:
                case BasicId(id_type=kind, identifier=name) if name:
                    if kind == SERIAL:
                        known.serial = name
                    else:
                        known.other_id = name
                case System():
                    known.operator = message
                case OperatorId(identifier=name) if name:
                    known.operator_id = name
        placed = [
            (message, place)
            for message in messages
            if isinstance(message, Location) and (place := _place(message)) is not None
        ]
        rows = blank(DETECTION, len(placed))
        for row, (location, place) in zip(rows, placed, strict=True):
            row["sensor"], row["key"], row["means"] = sensor, sender, Means.COOPERATIVE
            row["received_time"] = moment(received)
            row["latitude"], row["longitude"] = place
            _locate(row, location, received)
            _describe(row, known)
        return rows

    def _know(self, sensor: str, sender: str, received: int) -> _Sender:
        key = sensor, sender
        known = self._senders.get(key)
        if known is None or received - known.heard > FORGOTTEN_AFTER:
            known = self._senders[key] = _Sender(received)
        known.heard = received
        self._senders.move_to_end(key)
        if len(self._senders) > SENDERS_MOST:
            self._senders.popitem(last=False)
        return known


def messages_of(data: bytes) -> list[Message]:
    """The messages of a pack, or of one message alone. Raises RemoteIdError."""
    if data and data[0] >> 4 == _PACK:
        return unpack(data)
    if len(data) < SIZE:
        raise RemoteIdError(f"{len(data)} bytes: a message has {SIZE}")
    return [decode(data[:SIZE])]


def time_of(second_of_hour: float | None, received: int) -> tuple[int, bool]:
    """When a position was true (µs since 1970), told as a second of an hour; whether that is known.

    The hour is the one that puts it nearest to its receipt. Where that is farther off than
    CLOCK_WITHIN, the clock is wrong and the time of receipt is taken.
    """
    if second_of_hour is None:
        return received, False
    time = received - received % _HOUR + round(second_of_hour * 1e6)
    time += _HOUR * round((received - time) / _HOUR)
    return (time, True) if abs(time - received) <= CLOCK_WITHIN else (received, False)


def _locate(row: np.void, location: Location, received: int) -> None:
    time, dated = time_of(location.second_of_hour, received)
    row["time"] = moment(time)
    if location.altitude is not None:
        row["altitude"], row["datum"] = location.altitude, Datum.WGS84
    elif location.pressure_altitude is not None:
        row["altitude"], row["datum"] = location.pressure_altitude, Datum.PRESSURE
    if location.height is not None:
        row["height"] = location.height
    if location.speed is not None and (location.direction is not None or location.speed == 0):
        course = radians(location.direction or 0)
        row["east"], row["north"] = location.speed * sin(course), location.speed * cos(course)
    if location.climb is not None:
        row["up"] = location.climb
    row["error"] = _sigma(_HORIZONTAL, location.horizontal_accuracy, _CIRCLE)
    row["altitude_error"] = _sigma(_VERTICAL, location.vertical_accuracy, _LINE)
    row["speed_error"] = _sigma(_SPEED, location.speed_accuracy, _CIRCLE)
    row["flags"] = (
        (Flag.EMERGENCY if location.status == _EMERGENCY else 0)
        | (Flag.ON_GROUND if location.status == _GROUND else 0)
        | (0 if dated else Flag.CLOCK)
    )


def _describe(row: np.void, known: _Sender) -> None:
    row["identity"] = known.identity
    row["operator_id"] = known.operator_id
    operator = known.operator
    place = None if operator is None else _place(operator)
    if operator is not None and place is not None:
        row["operator_latitude"], row["operator_longitude"] = place
        if operator.location_type == _LIVE:
            row["flags"] |= Flag.OPERATOR_LIVE


def _place(told: Location | System) -> tuple[float, float] | None:
    """Latitude and longitude, if they are told and on Earth."""
    if told.latitude is None or told.longitude is None:
        return None
    on_earth = abs(told.latitude) <= 90 and abs(told.longitude) <= 180
    return (told.latitude, told.longitude) if on_earth else None


def _sigma(bounds: Sequence[float], accuracy: int, per_sigma: float) -> float:
    """One sigma of an accuracy class; NaN where the class is unknown."""
    if not 0 < accuracy < len(bounds):
        return np.nan
    return bounds[accuracy] / per_sigma
