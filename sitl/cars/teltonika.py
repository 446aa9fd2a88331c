"""Teltonika's codec 8 extended, as the tracker of a simulated car says it.

The device says its IMEI and hears 1; then it sends packets of records, each until it hears how many
it sent. https://wiki.teltonika-gps.com/view/Teltonika_Data_Sending_Protocols
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sitl.cars.car import Report
from sitl.cars.nmea import METRES_PER_HDOP, satellites
from telemetry.trackers.crc import crc16_ibm

MOST_RECORDS = 16
"""Records of one packet; the devices keep to 1,280 bytes."""

ADMITTED = b"\x01"
"""What the server answers to an IMEI that may report."""

PANIC = 2
"""The priority of a record that calls for help."""

_CODEC = b"\x8e"
_BUTTON, _BATTERY, _IGNITION, _MOVING = 2, 113, 239, 240  # elements of 1 byte; 2 is input 2
_EXTERNAL_VOLTAGE, _HDOP = 66, 182  # of 2 bytes: millivolts, tenths
_RUNNING, _STANDING = 14_100, 12_500  # millivolts of the car with and without its engine
_RECORD = struct.Struct(">QBiihHBH")
_FASTEST, _WORST_HDOP = 0xFFFF, 999


def login(imei: str) -> bytes:
    """What a device says first."""
    return struct.pack(">H", len(imei)) + imei.encode()


def record(report: Report) -> bytes:
    """One record; a panic is its priority, and the button the element that caused it."""
    hdop = min(round(report.accuracy / METRES_PER_HDOP * 10), _WORST_HDOP)
    head = _RECORD.pack(
        report.time_us // 1000,
        PANIC if report.panic else 0,
        round(report.longitude * 1e7),
        round(report.latitude * 1e7),
        round(report.altitude),
        round(report.course) % 360,
        satellites(report),
        min(round(report.speed * 3.6), _FASTEST),
    )
    single = {
        _BUTTON: int(report.panic),
        _BATTERY: report.battery_percent,
        _IGNITION: int(bool(report.ignition)),
        _MOVING: int(report.speed > 0),
    }
    double = {_EXTERNAL_VOLTAGE: _RUNNING if report.ignition else _STANDING, _HDOP: hdop}
    count = len(single) + len(double)
    parts = [head, struct.pack(">HHH", _BUTTON if report.panic else 0, count, len(single))]
    parts += [struct.pack(">HB", *element) for element in single.items()]
    parts.append(struct.pack(">H", len(double)))
    parts += [struct.pack(">HH", *element) for element in double.items()]
    parts.append(bytes(6))  # none of 4, of 8 and of any number of bytes
    return b"".join(parts)


def packet(records: Sequence[bytes]) -> bytes:
    """The packet of one to MOST_RECORDS records."""
    count = bytes([len(records)])
    data = _CODEC + count + b"".join(records) + count
    return struct.pack(">II", 0, len(data)) + data + struct.pack(">I", crc16_ibm(data))


def taken(answer: bytes) -> int:
    """How many records the server says to have taken, from its 4 bytes."""
    return int.from_bytes(answer, "big")
