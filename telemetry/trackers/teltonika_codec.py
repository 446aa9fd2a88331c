"""Teltonika's codec 8 and 8 extended: bytes to reports.

A packet is four zero bytes, the length of the data (4), the data, and their CRC-16/IBM (4). The
data are the codec (0x08 or 0x8E), the number of records, the records, and the number again. A
record is a time (8, milliseconds since 1970), a priority (1; 2 is panic), longitude and latitude
(4 each, degrees × 10⁷), altitude (2), angle (2), satellites (1), speed (2, km/h), then the elements
that the device is set to tell: which one caused the record, how many there are, and four groups of
those with 1, 2, 4 and 8 bytes, each with its number. In 8 extended these numbers and ids have two
bytes instead of one, and a fifth group has elements of any length.
https://wiki.teltonika-gps.com/view/Teltonika_Data_Sending_Protocols
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

from fleet.assets import Asset
from fleet.columns import Source
from telemetry.sink import RefusedError
from telemetry.trackers.crc import crc16_ibm
from telemetry.trackers.intake import Refused
from telemetry.trackers.report import MAX_SPEED, Report
from telemetry.trackers.values import coordinates, plausible, receive_time

CODEC_8, CODEC_8E = 0x08, 0x8E

MAX_DATA = 16 << 10
"""Bytes of a packet's data; the devices send 1,280 at most."""

PANIC = 2
"""The priority of a record that calls for help."""

EXTERNAL_VOLTAGE, OWN_VOLTAGE, BATTERY_PERCENT, HDOP = 66, 67, 113, 182
"""Elements for which there is a column: millivolts of the car and of the device, its charge, and
HDOP in tenths."""

_WANTED = {1: (BATTERY_PERCENT,), 2: (EXTERNAL_VOLTAGE, OWN_VOLTAGE, HDOP), 4: (), 8: ()}

_HEAD_BYTES = 8
_RECORD = struct.Struct(">QBiihHBH")
_KILOMETRE_PER_HOUR = 1 / 3.6


@dataclass(slots=True)
class Packet:
    """What a packet told."""

    records: int
    """How many it has: the number that acknowledges it."""
    reports: list[Report] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    """Records that cannot be taken, though the packet is whole."""
    other_elements: int = 0
    """Elements for which there is no column."""


def packet_length(buffer: bytes) -> int:
    """Bytes of the packet that `buffer` begins with, 0 if that is not known yet.

    Raises RefusedError if it is no packet.
    """
    if any(buffer[:4]):
        raise RefusedError("malformed", "a packet does not begin with four zeros")
    if len(buffer) < _HEAD_BYTES:
        return 0
    length = int.from_bytes(buffer[4:8], "big")
    if not 3 <= length <= MAX_DATA:
        raise RefusedError("too_large", f"a packet with {length} bytes of data")
    return _HEAD_BYTES + length + 4


def parse(packet: bytes, asset: Asset, received: float) -> Packet:
    """What a packet of the length that `packet_length` tells has in it.

    `received` is our clock in seconds since 1970. Raises RefusedError if it is not whole (`crc`)
    or not what it claims to be (`bad_codec`, `malformed`): the device is to send it again.
    """
    data = packet[_HEAD_BYTES:-4]
    if crc16_ibm(data) != int.from_bytes(packet[-4:], "big"):
        raise RefusedError("crc", f"the CRC of {len(data)} bytes is not the one that came")
    if data[0] not in {CODEC_8, CODEC_8E}:
        raise RefusedError("bad_codec", f"codec {data[0]:#x}; 8 and 8 extended are taken")
    if data[1] != data[-1]:
        raise RefusedError(
            "malformed", f"{data[1]} records at the beginning, {data[-1]} at the end"
        )
    told = Packet(data[1])
    offset = 2
    try:
        for _ in range(told.records):
            offset = _record(data, offset, asset, received, told)
    except (struct.error, IndexError):
        offset = 0
    if offset != len(data) - 1:
        raise RefusedError("malformed", f"{told.records} records do not fill {len(data)} bytes")
    return told


def _record(data: bytes, start: int, asset: Asset, received: float, told: Packet) -> int:
    """Read the record at `start` into `told`; returns where the next one begins.

    Raises struct.error or IndexError if it does not fit.
    """
    milliseconds, priority, *place = _RECORD.unpack_from(data, start)
    values, cause, others, end = _elements(data, start + _RECORD.size)
    told.other_elements += others
    now = receive_time(received)
    report = Report(asset, Source.TELTONIKA, now, now)
    refusal = None
    try:
        report.time = plausible(milliseconds * 1000, now)
        _put_place(report, *place)
    except RefusedError as error:
        refusal = error
        told.refused.append((error, data[start:end]))
    own = values.get(OWN_VOLTAGE, math.nan)
    report.battery_voltage = values.get(EXTERNAL_VOLTAGE, own) / 1000
    percent = values.get(BATTERY_PERCENT, math.nan)
    report.battery_percent = percent if percent <= 100 else math.nan
    report.hdop = values.get(HDOP, math.nan) / 10
    if priority == PANIC:  # kept whatever is wrong with the rest of its record
        why = {} if refusal is None else {"refused": str(refusal)}
        report.events = (report.event("panic", cause=cause, **why),)
    if refusal is None or report.events:
        told.reports.append(report)
    return end


def _put_place(
    report: Report,
    longitude: int,
    latitude: int,
    altitude: int,
    angle: int,
    satellites: int,
    speed: int,
) -> None:
    """Put in where the device was. Raises RefusedError.

    Without a fix it tells the last one it had, with no satellites and no speed: that is no
    position, only a sign of life.
    """
    report.satellites = satellites
    if satellites == 0 or latitude == longitude == 0:
        report.alive = True
        return
    report.latitude, report.longitude = coordinates(latitude / 1e7, longitude / 1e7)
    report.altitude = altitude
    report.heading = angle % 360 if angle <= 360 else math.nan
    metres_per_second = speed * _KILOMETRE_PER_HOUR
    report.speed = metres_per_second if metres_per_second <= MAX_SPEED else math.nan


def _elements(data: bytes, offset: int) -> tuple[dict[int, int], int, int, int]:
    """The wanted elements by id, the id of the cause, how many are not wanted, and the end.

    Raises IndexError if they do not fit.
    """
    extended = data[0] == CODEC_8E
    width = 2 if extended else 1
    cause = int.from_bytes(data[offset : offset + width], "big")
    offset += 2 * width
    found: dict[int, int] = {}
    others = 0
    for size, wanted in _WANTED.items():
        count = int.from_bytes(data[offset : offset + width], "big")
        offset += width
        stride = width + size
        end = offset + count * stride
        if end >= len(data):
            raise IndexError
        ids = data[offset + width - 1 : end : stride]  # their low bytes
        for element in wanted:
            index = ids.find(element)
            while extended and index >= 0 and data[offset + index * stride]:
                index = ids.find(element, index + 1)
            if index >= 0:
                at = offset + index * stride + width
                found[element] = int.from_bytes(data[at : at + size], "big")
        others += count
        offset = end
    if extended:
        count = int.from_bytes(data[offset : offset + 2], "big")
        offset += 2
        others += count
        for _ in range(count):
            offset += 4 + int.from_bytes(data[offset + 2 : offset + 4], "big")
            if offset >= len(data):
                raise IndexError
    return found, cause, others - len(found), offset
