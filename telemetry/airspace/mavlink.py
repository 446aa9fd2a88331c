"""MAVLink's words on the airspace: OPEN_DRONE_ID_* of receivers and drones, ADSB_VEHICLE.

https://mavlink.io/en/services/opendroneid.html; both come from components that are no autopilots, so
they are read from all frames that a network takes, not from its vehicles' alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fleet.airspace.columns import DETECTION, Datum, Flag, Means
from fleet.columns import Rows, blank
from telemetry.airspace.heard import Heard, Said, sensor_name
from telemetry.airspace.remote_id import SERIAL, Broadcasts
from telemetry.mavlink.codec import Decoded, Table
from telemetry.remote_id.messages import (
    EPOCH,
    SIZE,
    BasicId,
    Location,
    Message,
    OperatorId,
    RemoteIdError,
    System,
    printable,
)
from telemetry.remote_id.pack import unpack
from telemetry.sink import RefusedError


class AirspaceMessage(IntEnum):
    """The messages that are read, by their MAVLink id."""

    ADSB_VEHICLE = 246
    BASIC_ID = 12900
    LOCATION = 12901
    SYSTEM = 12904
    OPERATOR_ID = 12905
    MESSAGE_PACK = 12915


class Adsb(IntEnum):
    """Bits of ADSB_VEHICLE's `flags` (ADSB_FLAGS)."""

    COORDINATES = 1
    ALTITUDE = 2
    HEADING = 4
    VELOCITY = 8
    CALL_SIGN = 16
    CLIMB = 128


_ANY = frozenset(int(each) for each in AirspaceMessage)
_GEOMETRIC = 1  # ADSB_ALTITUDE_TYPE_GEOMETRIC
_OLDEST = 60.0  # s: an aircraft that was last heard so long ago tells nothing of now


@dataclass(frozen=True)
class Taken:
    """What some frames tell, and numbers of the frames that cannot be taken, with the reason."""

    heard: Heard
    refused: tuple[tuple[int, RefusedError], ...] = ()


@dataclass
class _Found:
    said: list[Said] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)
    refused: list[tuple[int, RefusedError]] = field(default_factory=list)


class MavlinkAirspace:
    """Reads the airspace of one MAVLink network."""

    def __init__(self, network: str) -> None:
        self.serials: dict[int, str] = {}
        """Serial numbers that vehicles of the network said of themselves, by system."""

        self._network = network
        self._broadcasts = Broadcasts()

    def take(self, decoded: Decoded, vehicles: Collection[int] = ()) -> Taken:
        """What the frames of one batch tell, in their order.

        `vehicles` are the systems that are drones of ours: what one of them says of itself, and not of
        what it heard, is no sensor's word, but tells its serial number.
        """
        found = _Found()
        tables = decoded.tables
        if AirspaceMessage.ADSB_VEHICLE in tables:
            self._take_aircraft(decoded, tables[AirspaceMessage.ADSB_VEHICLE], found)
        readers = {kind: read for kind, read in _READERS.items() if kind in tables}
        pieces = [
            (int(frame), kind, number)
            for kind in readers
            for number, frame in enumerate(tables[kind].frames.tolist())
        ]
        for frame, kind, number in sorted(pieces):
            row = tables[kind].rows[number]
            if self._is_own(row, int(decoded.frames["system"][frame]), kind, vehicles):
                continue
            sensor = self._sensor(decoded, frame)
            received = int(decoded.frames["received_time"][frame].astype(np.int64))
            self._say(decoded, frame, sensor, "remote-id", found)
            try:
                messages = readers[kind](row)
            except RemoteIdError as error:
                found.refused.append((frame, RefusedError("malformed", str(error))))
                continue
            sender = bytes(row["id_or_mac"]).rstrip(b"\0").hex(":") or sensor
            found.rows.append(self._broadcasts.take(sensor, sender, messages, received))
        detections = np.concatenate(found.rows) if found.rows else blank(DETECTION, 0)
        return Taken(Heard(tuple(found.said), detections), tuple(found.refused))

    def _is_own(
        self, row: np.void, system: int, kind: AirspaceMessage, vehicles: Collection[int]
    ) -> bool:
        """Whether a vehicle speaks of itself."""
        if system not in vehicles or bytes(row["id_or_mac"]).strip(b"\0"):
            return False
        if kind is AirspaceMessage.BASIC_ID and int(row["id_type"]) & 15 == SERIAL:
            self.serials[system] = printable(bytes(row["uas_id"]))
        return True

    def _take_aircraft(self, decoded: Decoded, table: Table, found: _Found) -> None:
        received = decoded.frames["received_time"][table.frames]
        rows = aircraft(table.rows, received)
        rows["sensor"] = [self._sensor(decoded, frame) for frame in table.frames.tolist()]
        for frame, sensor in zip(table.frames.tolist(), rows["sensor"].tolist(), strict=True):
            self._say(decoded, frame, sensor.decode(), "adsb", found)
        told = np.abs(rows["latitude"]) <= 90
        told &= np.abs(rows["longitude"]) <= 180
        told &= table.rows["tslc"] <= _OLDEST
        found.rows.append(rows[told])

    def _sensor(self, decoded: Decoded, frame: int) -> str:
        head = decoded.frames[frame]
        return sensor_name("mavlink", f"{self._network}/{head['system']}.{head['component']}")

    @staticmethod
    def _say(decoded: Decoded, frame: int, sensor: str, protocol: str, found: _Found) -> None:
        received = decoded.frames["received_time"][frame]
        found.said.append(Said(received, sensor, protocol, bytes(decoded.raw[frame]), frame))


def tells(decoded: Decoded) -> bool:
    """Whether a batch tells of the airspace at all."""
    return any(kind in decoded.tables for kind in _ANY)


def aircraft(vehicles: Rows, received: NDArray[np.datetime64]) -> Rows:
    """DETECTION of ADSB_VEHICLE columns, without their sensor; NaN where flags say not valid."""
    rows = blank(DETECTION, len(vehicles))
    flags = vehicles["flags"]
    rows["means"], rows["flags"] = Means.AIRCRAFT, Flag.CLOCK
    age = np.where(np.isfinite(vehicles["tslc"]), vehicles["tslc"], 0)
    rows["received_time"] = received
    rows["time"] = received - (age * 1e6).astype("m8[us]")
    addresses = [f"{address & 0xFFFFFF:06x}" for address in vehicles["ICAO_address"].tolist()]
    rows["key"], rows["identity"] = addresses, [f"icao:{address}" for address in addresses]
    rows["call_sign"] = [
        printable(name) if named else ""
        for name, named in zip(
            vehicles["callsign"].tolist(), ((flags & Adsb.CALL_SIGN) != 0).tolist(), strict=True
        )
    ]
    placed = (flags & Adsb.COORDINATES) != 0
    rows["latitude"] = np.where(placed, vehicles["lat"], np.nan)
    rows["longitude"] = np.where(placed, vehicles["lon"], np.nan)
    rows["altitude"] = np.where((flags & Adsb.ALTITUDE) != 0, vehicles["altitude"], np.nan)
    geometric = vehicles["altitude_type"] == _GEOMETRIC
    rows["datum"] = np.where(geometric, Datum.WGS84, Datum.PRESSURE)
    moving = (flags & (Adsb.HEADING | Adsb.VELOCITY)) == (Adsb.HEADING | Adsb.VELOCITY)
    course, speed = np.radians(vehicles["heading"]), vehicles["hor_velocity"]
    rows["east"] = np.where(moving, speed * np.sin(course), np.nan)
    rows["north"] = np.where(moving, speed * np.cos(course), np.nan)
    rows["up"] = np.where((flags & Adsb.CLIMB) != 0, vehicles["ver_velocity"], np.nan)
    return rows


def _basic_id(row: np.void) -> list[Message]:
    name = printable(bytes(row["uas_id"]))
    return [BasicId(name, int(row["id_type"]) & 15, int(row["ua_type"]) & 15)]


def _location(row: np.void) -> list[Message]:
    latitude, longitude = float(row["latitude"]), float(row["longitude"])
    known = latitude != 0 or longitude != 0
    return [
        Location(
            latitude=latitude if known else None,
            longitude=longitude if known else None,
            direction=_value(row["direction"], 0, 360),
            speed=_value(row["speed_horizontal"], 0, 254.25),
            climb=_value(row["speed_vertical"], -62, 62),
            pressure_altitude=_value(row["altitude_barometric"], -999.9, 31_767.5),
            altitude=_value(row["altitude_geodetic"], -999.9, 31_767.5),
            height=_value(row["height"], -999.9, 31_767.5),
            second_of_hour=_value(row["timestamp"], 0, 3600),
            status=int(row["status"]),
            height_above_ground=bool(row["height_reference"]),
            horizontal_accuracy=int(row["horizontal_accuracy"]),
            vertical_accuracy=int(row["vertical_accuracy"]),
            speed_accuracy=int(row["speed_accuracy"]),
        )
    ]


def _system(row: np.void) -> list[Message]:
    latitude, longitude = float(row["operator_latitude"]), float(row["operator_longitude"])
    known = (latitude != 0 or longitude != 0) and abs(latitude) <= 90 and abs(longitude) <= 180
    return [
        System(
            latitude=latitude if known else None,
            longitude=longitude if known else None,
            altitude=_value(row["operator_altitude_geo"], -999.9, 31_767.5),
            time=EPOCH + int(row["timestamp"]),
            location_type=int(row["operator_location_type"]),
        )
    ]


def _operator_id(row: np.void) -> list[Message]:
    return [OperatorId(printable(bytes(row["operator_id"])), int(row["operator_id_type"]))]


def _message_pack(row: np.void) -> list[Message]:
    size, count = int(row["single_message_size"]), int(row["msg_pack_size"])
    if size != SIZE:
        raise RemoteIdError(f"a pack of messages of {size} bytes")
    return unpack(bytes([0xF2, size, count]) + bytes(row["messages"]))


_READERS: dict[AirspaceMessage, Callable[[np.void], list[Message]]] = {
    AirspaceMessage.BASIC_ID: _basic_id,
    AirspaceMessage.LOCATION: _location,
    AirspaceMessage.SYSTEM: _system,
    AirspaceMessage.OPERATOR_ID: _operator_id,
    AirspaceMessage.MESSAGE_PACK: _message_pack,
}


def _value(value: np.float64, low: float, high: float) -> float | None:
    """None where it is beyond what the message can say: unknown."""
    return float(value) if low <= value <= high else None
