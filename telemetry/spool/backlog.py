"""The backlog: what was kept on disk because the database could not take it, to be replayed.

Two spools, because they end differently when there is no more room. What a device was told is kept
stands in `awaited`, which takes no more when it is full. What nobody waits for stands in `offered`,
whose oldest goes then. Each has half of the room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from telemetry.batch import Batch, merged, rows_of, size_of
from telemetry.spool.errors import SpoolFullError
from telemetry.spool.packing import PackingError, pack, unpack
from telemetry.spool.records import Record
from telemetry.spool.segments import SEGMENT_BYTES, Spool

RECORD_ROWS = 5000
"""Rows of a record, unless a dead letter in it is larger; also those of a replayed transaction."""

REPLAY_BYTES = 1 << 20
"""Bytes of records that are replayed in one transaction, unless one is larger."""

_SEGMENTS_LEAST = 16  # of a full spool, so that dropping the oldest drops little


@dataclass(slots=True)
class SpoolStatistics:
    """Counters are since the start, and in rows unless they say otherwise; updated in place."""

    bytes: int = 0  # on disk, now
    fill: float = 0.0  # how full the spool is that devices wait for, 0–1
    waiting: int = 0  # records that are not replayed yet
    spooled: int = 0  # written to disk
    replayed: int = 0  # of them in the database since
    dropped: int = 0  # nobody waited for them, and the spool had no room
    damaged: int = 0  # stretches of the spool, and records, that could not be read
    torn: int = 0  # bytes that a crash had left half written
    last_error: str | None = None  # stays when all is well again


@dataclass(frozen=True, slots=True)
class Replay:
    """Some records of one of the spools, as one batch."""

    batch: Batch
    spool: Spool
    last: Record


class Backlog:
    """Both spools. For one thread at a time; `statistics` may be read from any."""

    def __init__(self, folder: Path, limit: int) -> None:
        """At most `limit` bytes."""
        self.statistics = SpoolStatistics()
        half = limit // 2
        segment = min(SEGMENT_BYTES, half // _SEGMENTS_LEAST)
        self._awaited = Spool(folder / "awaited", half, segment)
        self._offered = Spool(folder / "offered", half, segment)
        self._turns = [self._awaited, self._offered]
        self._unreadable = 0
        self._open = ExitStack()

    def open(self) -> None:
        """Take the folder. Raises SpoolError."""
        with ExitStack() as opened:
            for spool in (self._awaited, self._offered):
                spool.open()
                opened.callback(spool.close)
            self._open = opened.pop_all()
        self._count()

    def close(self) -> None:
        """Give the folder back."""
        self._open.close()

    def keep(self, batches: Sequence[Batch]) -> None:
        """Write batches that devices wait for; they are on disk when this returns.

        Raises SpoolFullError, SpoolError: none of them counts as kept then.
        """
        self._awaited.append([pack(part) for part in _parts(batches)])
        self._count(spooled=sum(map(len, batches)))

    def keep_offered(self, batches: Sequence[Batch]) -> None:
        """Write batches that nobody waits for, dropping the oldest if need be. Raises SpoolError.

        It is a SpoolFullError if there is no room even so, as on a disk that others fill.
        """
        payloads = [pack(part) for part in _parts(batches)]
        while True:
            try:
                self._offered.append(payloads)
            except SpoolFullError:
                lost = self._offered.drop_oldest()
                if not lost:
                    raise
                self._count(dropped=sum(len(batch) for batch in self._unpacked(lost)))
            else:
                self._count(spooled=sum(map(len, batches)))
                return

    def oldest(self) -> Replay | None:
        """What is to be replayed next, the spools taking turns. Raises SpoolError."""
        for spool in self._turns:
            while records := spool.oldest(REPLAY_BYTES):
                batches = list(self._unpacked(record.payload for record in records))
                self._count()
                if batches:
                    return Replay(merged(batches), spool, records[-1])
                spool.commit(records[-1])
        self._count()
        return None

    def done(self, replay: Replay) -> None:
        """The replay is committed in the database. Raises SpoolError if it may come again."""
        self._turns.sort(key=lambda spool: spool is replay.spool)  # the other one's turn
        try:
            replay.spool.commit(replay.last)
        finally:
            self._count(replayed=len(replay.batch))

    def _unpacked(self, payloads: Iterable[bytes]) -> Iterator[Batch]:
        for payload in payloads:
            try:
                yield unpack(payload)
            except PackingError as error:
                self._unreadable += 1
                self.statistics.last_error = str(error)

    def _count(self, *, spooled: int = 0, replayed: int = 0, dropped: int = 0) -> None:
        statistics, both = self.statistics, self._turns
        statistics.spooled += spooled
        statistics.replayed += replayed
        statistics.dropped += dropped
        statistics.bytes = sum(spool.size for spool in both)
        statistics.fill = self._awaited.size / self._awaited.limit
        statistics.waiting = sum(spool.waiting for spool in both)
        statistics.damaged = sum(spool.damaged for spool in both) + self._unreadable
        statistics.torn = sum(spool.torn for spool in both)


def _parts(batches: Sequence[Batch]) -> Iterator[Batch]:
    """The rows of all batches, joined and cut so that each part makes one record."""
    group: list[Batch] = []
    size = 0
    for batch in batches:
        if group and size + size_of(batch) > RECORD_ROWS:
            yield merged(group)
            group, size = [], 0
        if len(batch) > RECORD_ROWS:
            yield from _cut(batch)
        else:
            group.append(batch)
            size += size_of(batch)
    if group:
        yield merged(group)


def _cut(batch: Batch) -> Iterator[Batch]:
    """The batch in records; the first has all the assets, also those that no row names."""
    for start in range(0, len(batch), RECORD_ROWS):
        part = rows_of(batch, start, start + RECORD_ROWS)
        yield replace(part, assets=batch.assets) if start == 0 else part
