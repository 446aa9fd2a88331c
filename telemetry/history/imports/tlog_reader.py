"""Flight recordings: a .tlog gives what the vehicles in it gave when they were heard.

A record is the time in µs since 1970 as 8 big-endian bytes, then one MAVLink frame. Time runs as the
records tell: what waited for a while in flight, the first positions for their vehicle's clock and
the pieces of a text for each other, waits for as long here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np

from fleet.columns import TIME
from telemetry.batch import Batch, merged
from telemetry.history.errors import HistoryError
from telemetry.history.imports.piece import ROWS, Judge, Piece
from telemetry.mavlink import framing
from telemetry.mavlink.codec import Decoder
from telemetry.mavlink.sieve import Sieve
from telemetry.mavlink.vehicles import Vehicles
from telemetry.sink import RefusedError

BLOCK = 256 << 10
"""Bytes that are read at a time."""

STEP = 100_000
"""Microseconds of flight that are taken at a time; a network looks at its links more often."""

_STAMP = 8
_HEAD = _STAMP + 3
"""Bytes that tell how long a record is."""

_START = re.compile(b"[\xfd\xfe]")
_EARLIEST, _LATEST = 946_684_800_000_000, 4_102_444_800_000_000
"""2000 and 2100: what is not between them is no time of a record."""

_Record = tuple[int, bytes]
"""Its time and its frame."""


def read_tlog(path: Path, vehicles: Vehicles, judge: Judge) -> Iterator[Piece]:
    """Pieces of a recording of a network, of whose vehicles nothing was heard yet.

    What is torn or no record is passed over and told as skipped. Raises HistoryError for a file
    that begins with none, OSError.
    """
    flight = _Flight(vehicles, judge)
    with path.open("rb") as file:
        rest, position = b"", 0
        block = file.read(BLOCK)
        if not _records(block, 0)[0]:
            raise HistoryError(f"{path}: is no recording of MAVLink, or an empty one")
        while block:
            data = rest + block
            records, end, skipped = _records(data, position)
            flight.pass_over(skipped)
            for group in _grouped(records):
                flight.take(group)
                if flight.rows >= ROWS:
                    yield flight.piece(position + end)
            rest, position = data[end:], position + end
            block = file.read(BLOCK)
        if rest:
            detail = f"byte {position}: the file ends within a record"
            flight.pass_over([RefusedError("torn_record", detail)])
        flight.end()
        yield flight.piece(position + len(rest))


def _records(data: bytes, begins: int) -> tuple[list[_Record], int, list[RefusedError]]:
    """The whole records of a block, where the last ends, and what lies between them.

    `begins` is where in the file the block does.
    """
    records: list[_Record] = []
    skipped: list[RefusedError] = []
    at = 0
    while at + _HEAD <= len(data):
        length = _record_length(data, at)
        if length is None:
            wrong, at = at, _next_record(data, at + 1)
            detail = f"byte {begins + wrong}: {at - wrong} bytes are no record"
            skipped.append(RefusedError("bad_record", detail))
        elif at + length > len(data):
            break
        else:
            stamp = int.from_bytes(data[at : at + _STAMP], "big")
            records.append((stamp, data[at + _STAMP : at + length]))
            at += length
    return records, at, skipped


def _record_length(data: bytes, at: int) -> int | None:
    """Bytes of the record that begins there, by its frame's header; None if none does."""
    if not _EARLIEST <= int.from_bytes(data[at : at + _STAMP], "big") < _LATEST:
        return None
    start, payload, flags = data[at + _STAMP : at + _HEAD]
    match start:
        case framing.START_1:
            return _STAMP + framing.HEADER_1 + payload + framing.CHECKSUM
        case framing.START_2:
            signature = framing.SIGNATURE if flags & framing.SIGNED else 0
            return _STAMP + framing.HEADER_2 + payload + framing.CHECKSUM + signature
    return None


def _next_record(data: bytes, since: int) -> int:
    """Where the next record begins that another follows; the end of the block if none does."""
    last = len(data) - _HEAD
    for match in _START.finditer(data, since + _STAMP):
        at = match.start() - _STAMP
        length = _record_length(data, at) if at <= last else None
        if length is not None:
            then = at + length
            if then > last or _record_length(data, then) is not None:
                return at
    return max(since, last + 1)


def _grouped(records: Sequence[_Record]) -> Iterator[list[_Record]]:
    """Records of the same STEP of time that follow one another."""
    for _, group in groupby(records, key=lambda record: record[0] // STEP):
        yield list(group)


@dataclass(slots=True)
class _Flight:
    """The vehicles of the recording, and what they gave since the last piece."""

    vehicles: Vehicles
    judge: Judge
    sieve: Sieve = field(default_factory=lambda: Sieve(None))
    decoder: Decoder = field(default_factory=Decoder)
    batches: list[Batch] = field(default_factory=list)
    skipped: list[RefusedError] = field(default_factory=list)
    rows: int = 0
    """Of both together."""

    now: float = 0.0
    """Seconds since 1970, never backwards."""

    def take(self, records: list[_Record]) -> None:
        """Take records of a STEP."""
        stamps = np.array([stamp for stamp, _ in records], np.int64)
        self.now = max(self.now, int(stamps[-1]) / 1e6)
        decoded = self.decoder.decode([frame for _, frame in records], stamps.view(TIME))
        for reason, counts in (("bad_frame", decoded.bad), ("unknown_message", decoded.unknown)):
            for number in np.flatnonzero(counts).tolist():
                self._skip(RefusedError(reason, f"{counts[number]} in a record"), stamps[number])
        peers = np.zeros(len(decoded.frames), np.int64)  # a recording does not tell of them
        sifted = self.sieve.sift(decoded, peers, self.vehicles.roles, self.now)
        frames = sifted.decoded.frames
        for refused in sifted.refused:
            self._skip(refused.error, stamps[refused.chunk])
        taken = self.vehicles.take(sifted.decoded, sifted.peers, self.now)
        for frame, error in taken.refused:
            self._skip(error, frames["received_time"][frame].astype(np.int64))
        self._add(taken.batch)

    def pass_over(self, errors: Iterable[RefusedError]) -> None:
        """Note what is not taken."""
        before = len(self.skipped)
        self.skipped += errors
        self.rows += len(self.skipped) - before

    def end(self) -> None:
        """Take what still waits."""
        self._add(self.vehicles.rest())

    def piece(self, position: int) -> Piece:
        """What has come since the last one."""
        piece = Piece(merged([Batch(), *self.batches]), tuple(self.skipped), position)
        self.batches, self.skipped, self.rows = [], [], 0
        return piece

    def _add(self, batch: Batch) -> None:
        if len(batch):
            self.judge(batch.positions)
            self.batches.append(batch)
            self.rows += len(batch)

    def _skip(self, error: RefusedError, stamp: int) -> None:
        when = np.datetime64(int(stamp), "us")
        self.pass_over([RefusedError(error.reason, f"{when}: {error.detail}")])
