"""A fleet of ArduCopters on the wire as they would send it in real time, made by numpy.

The messages and rates are those of `_traffic`. pymavlink packs one frame of each; from it are made
the frames of all vehicles for the next moment, each with its own system, sequence number, time,
place and checksum, so that a sender costs a small part of what it sends to.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.crc import checksums
from telemetry.mavlink.fields import layout
from telemetry.mavlink.framing import CHECKSUM, HEADER_2
from telemetry.mavlink.pieces import Pieces
from tests.benchmarks._traffic import KINDS

RATE = 50
"""Messages a second of each vehicle: it sends one in each slot of 20 ms."""

SYSTEMS = 250
"""Vehicles of a network; those of the next one have the same system ids again."""

_LATITUDE, _LONGITUDE = 340_000_000, 715_000_000
_STEP = 20
"""How far a vehicle goes in a slot, in 1e-7 degrees: some 10 m/s."""


@dataclass(frozen=True)
class _Kind:
    """One message: its frame, and where in it what stands."""

    frame: NDArray[np.uint8]
    extra: int
    offsets: dict[str, int]

    def make(self, rows: NDArray[np.uint8]) -> None:
        """Write the checksums of some frames."""
        length = rows.shape[1]
        pieces = Pieces.of([rows.tobytes()])
        starts = np.arange(len(rows)) * length + 1
        lengths = np.full(len(rows), length - 1 - CHECKSUM)
        extras = np.full(len(rows), self.extra, np.uint8)
        rows[:, -CHECKSUM:] = checksums(pieces, starts, lengths, extras).view("u1").reshape(-1, 2)


@dataclass(frozen=True)
class Moment:
    """What all vehicles send in one slot: the frame of each, in their order."""

    data: bytes
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]


class Flying:
    """So many vehicles, numbered from 0; `number % SYSTEMS + 1` is the system id of one."""

    def __init__(self, vehicles: int) -> None:
        chance = random.Random(1)
        self._kinds = [_kind(name, chance) for name in KINDS]
        rates = [rate for rate, _ in KINDS.values()]
        # Each message at even distances, as an autopilot sends it; one slot a message and second.
        places = sorted(
            ((turn + chance.random()) / rate, kind)
            for kind, rate in enumerate(rates)
            for turn in range(rate)
        )
        self._plan = np.array([kind for _, kind in places])
        self._numbers = np.arange(vehicles)
        self._phases = self._numbers % len(self._plan)
        self._systems = (self._numbers % SYSTEMS + 1).astype(np.uint8)

    def messages(self, slot: int) -> NDArray[np.int64]:
        """The place in KINDS of what each vehicle sends in a slot."""
        planned: NDArray[np.int64] = self._plan[(slot + self._phases) % len(self._plan)]
        return planned

    def moment(self, slot: int, unix: float) -> Moment:
        """The frames of slot number `slot` (from 0 on), sent at `unix` (s since 1970)."""
        planned = self.messages(slot)
        lengths = np.array([len(kind.frame) for kind in self._kinds])[planned]
        starts = np.cumsum(lengths) - lengths
        data = np.empty(int(lengths.sum()), np.uint8)
        boot = 1_000_000 + slot * (1000 // RATE) + self._numbers  # ms; each booted at its own time
        for place, kind in enumerate(self._kinds):
            chosen = np.flatnonzero(planned == place)
            if len(chosen):
                rows = self._frames(kind, chosen, slot, boot[chosen], unix)
                into = starts[chosen][:, np.newaxis] + np.arange(rows.shape[1])
                data[into] = rows
        return Moment(data.tobytes(), starts, starts + lengths)

    def _frames(
        self,
        kind: _Kind,
        vehicles: NDArray[np.intp],
        slot: int,
        boot: NDArray[np.int64],
        unix: float,
    ) -> NDArray[np.uint8]:
        rows = np.tile(kind.frame, (len(vehicles), 1))
        rows[:, 4] = slot % 256
        rows[:, 5] = self._systems[vehicles]
        values: dict[str, tuple[Any, str]] = {
            "time_boot_ms": (boot, "<u4"),
            "time_usec": (boot * 1000, "<u8"),
            "time_unix_usec": (np.full(len(boot), round(unix * 1e6)), "<u8"),
            "lat": (_LATITUDE + vehicles * 5000 + slot * _STEP, "<i4"),
            "lon": (_LONGITUDE + vehicles * 7000, "<i4"),
        }
        for name, offset in kind.offsets.items():
            value, dtype = values[name]
            column = np.asarray(value).astype(dtype).view("u1").reshape(len(rows), -1)
            rows[:, offset : offset + column.shape[1]] = column
        kind.make(rows)
        return rows


_PATCHED = ("time_boot_ms", "time_usec", "time_unix_usec", "lat", "lon")


def _kind(name: str, chance: random.Random) -> _Kind:
    message = getattr(dialect, f"MAVLink_{name}_message")
    given = KINDS[name][1]
    values: dict[str, Any] = {}
    for field, kind in zip(message.fieldnames, message.fieldtypes, strict=True):
        value = given.get(field, (0, 0))
        if isinstance(value, tuple):
            exact = chance.uniform(*value)
            values[field] = exact if kind in {"float", "double"} else round(exact)
        else:
            values[field] = value
    if name == "battery_status":
        values["id"] = 0
    packed = np.frombuffer(message(**values).pack(dialect.MAVLink(None, 1, 1)), np.uint8)
    wire = layout(message.id).wire
    assert wire.fields is not None
    offsets = {
        field: HEADER_2 + wire.fields[field][1]
        for field in _PATCHED
        if field in (wire.names or ()) and name != "terrain_report"
    }
    return _Kind(packed, message.crc_extra, offsets)
