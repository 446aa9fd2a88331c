"""Which stretches of the assets' tracks have positions that the roll-ups do not hold yet.

A stretch is the 10 minutes of one asset. Whoever writes positions marks the stretches that they
lie in, in the same transaction, and remembers what it has marked: while the epoch in the database
is the same, the marks are there. `rollups` ends the epoch before it takes marks away, and waits for
the transactions that relied on them (0005_rollups.sql).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg

from fleet.columns import Rows

STRETCH = timedelta(minutes=10)
"""Also the longest bucket of a roll-up, so that a stretch is rolled up by itself."""

REMEMBERED = 200_000
"""Stretches of which one writer remembers that they are marked; some 30 MB."""

Stretch = tuple[int, int]
"""An asset's key, and which stretch since 1970."""

_MICROSECONDS = STRETCH // timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_EPOCH = -1

_MARK = "SELECT nigehban.mark(%s, %s::bigint[], %s::timestamptz[])"


class Marks:
    """Marks through one connection."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._connection = connection
        self._epoch = _NO_EPOCH
        self._marked: set[Stretch] = set()

    async def put(self, positions: Rows) -> set[Stretch]:
        """Mark where POSITION rows lie, in the transaction that writes them.

        Pass what it returns to `keep` after COMMIT. Raises psycopg.Error.
        """
        touched = stretches(positions)
        while True:
            new = touched - self._marked
            epoch = await self._mark(sorted(new))
            if epoch == self._epoch:
                return new
            self._epoch, self._marked = epoch, set()

    def keep(self, marked: set[Stretch]) -> None:
        """Remember what was marked: it is committed."""
        if len(self._marked) + len(marked) > REMEMBERED:
            self._marked = set()
        self._marked |= marked

    async def _mark(self, new: list[Stretch]) -> int:
        """The epoch; nothing is marked if it is another one than we thought."""
        assets = [asset for asset, _ in new]
        buckets = [_EPOCH + number * STRETCH for _, number in new]
        cursor = await self._connection.execute(_MARK, [self._epoch, assets, buckets])
        told = await cursor.fetchone()
        assert told is not None
        epoch: int = told[0]
        return epoch


def stretches(positions: Rows) -> set[Stretch]:
    """The stretches that POSITION rows lie in."""
    assets = positions["asset"]
    numbers = positions["fix_time"].view(np.int64) // _MICROSECONDS
    is_first = np.ones(len(positions), np.bool_)  # rows are mostly sorted by asset and time
    is_first[1:] = (assets[1:] != assets[:-1]) | (numbers[1:] != numbers[:-1])
    return set(zip(assets[is_first].tolist(), numbers[is_first].tolist(), strict=True))
