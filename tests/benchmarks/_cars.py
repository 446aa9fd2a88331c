"""Patrol cars with Teltonika trackers on the wire, made by numpy.

A tracker sends each fix at once, in a packet of codec 8 of its own, and waits for its
acknowledgement.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.telemetry.trackers.teltonika_wire import Record, login, packet

_STEP = 150
"""How far a car goes in a second, in 1e-7 degrees: some 17 m/s."""

_TIME, _LONGITUDE, _LATITUDE = 10, 19, 23
"""Where they stand in a packet of one record."""


class Cars:
    """So many cars, numbered from 0."""

    def __init__(self, cars: int) -> None:
        self.logins = [login(f"35{number:013d}") for number in range(cars)]
        self._template = np.frombuffer(packet([Record(seconds=0.0)]), np.uint8)

    def packets(self, cars: NDArray[np.int64], seconds: float) -> list[bytes]:
        """A packet of each of these cars with a fix of `seconds` since 1970."""
        rows = np.tile(self._template, (len(cars), 1))
        way = round(seconds) * _STEP
        _put(rows, _TIME, np.full(len(cars), round(seconds * 1000)), ">u8")
        _put(rows, _LONGITUDE, 715_000_000 + cars * 900 + way % 1_000_000, ">i4")
        _put(rows, _LATITUDE, 339_000_000 + cars % 1000 * 1000, ">i4")
        registers = np.zeros(len(cars), np.uint16)
        for place in range(8, rows.shape[1] - 4):
            registers = _step(registers, rows[:, place])
        _put(rows, rows.shape[1] - 4, registers, ">u4")
        return [row.tobytes() for row in rows]


def _put(rows: NDArray[np.uint8], place: int, values: NDArray[np.integer], dtype: str) -> None:
    column = values.astype(dtype).view(np.uint8).reshape(len(rows), -1)
    rows[:, place : place + column.shape[1]] = column


def _step(registers: NDArray[np.uint16], values: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """The registers of CRC-16/ARC one byte on."""
    return _TABLE.take((registers ^ values) & np.uint16(0xFF)) ^ (registers >> np.uint16(8))


def _table() -> NDArray[np.uint16]:
    """Of (register ^ byte) & 0xFF: what is XORed into the register shifted by eight."""
    table = np.arange(256, dtype=np.uint16)
    for _ in range(8):
        table = (table >> np.uint16(1)) ^ (table & np.uint16(1)) * np.uint16(0xA001)
    return table


_TABLE = _table()
