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

from fleet.assets import KEY_BITS
from fleet.columns import Rows

STRETCH = timedelta(minutes=10)
"""Also the longest bucket of a roll-up, so that a stretch is rolled up by itself."""

REMEMBERED = 200_000
"""Stretches of which one writer remembers that they are marked; some 20 MB."""

Stretches = dict[int, set[int]]
"""By era, a run of 2**ERA_BITS times STRETCH since 1970: each an asset's key, and behind it which
one of the era, as one number. That is quicker than pairs."""

ERA_BITS = 64 - KEY_BITS

_MICROSECONDS = STRETCH // timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_EPOCH = -1
_NONE: set[int] = set()

_MARK = "SELECT nigehban.mark_stretches(%s, %s::bigint[], %s::timestamptz[])"


class Marks:
    """Marks through one connection."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._connection = connection
        self._epoch = _NO_EPOCH
        self._marked: Stretches = {}

    async def put(self, positions: Rows) -> Stretches:
        """Mark where POSITION rows lie, in the transaction that writes them.

        Pass what it returns to `keep` after COMMIT. Raises psycopg.Error.
        """
        touched = stretches(positions)
        while True:
            new = {era: some - self._marked.get(era, _NONE) for era, some in touched.items()}
            epoch = await self._mark(new)
            if epoch == self._epoch:
                return new
            self._epoch, self._marked = epoch, {}

    def keep(self, marked: Stretches) -> None:
        """Remember what was marked: it is committed."""
        if sum(map(len, self._marked.values())) > REMEMBERED:
            self._marked = {}
        for era, some in marked.items():
            self._marked.setdefault(era, set()).update(some)

    async def _mark(self, new: Stretches) -> int:
        """The epoch; nothing is marked if it is another one than we thought."""
        pairs = sorted(pairs_of(new))  # in one order, so that no two writers wait in a circle
        assets, starts = [asset for asset, _ in pairs], [start for _, start in pairs]
        cursor = await self._connection.execute(_MARK, [self._epoch, assets, starts])
        told = await cursor.fetchone()
        assert told is not None
        epoch: int = told[0]
        return epoch


def stretches(positions: Rows) -> Stretches:
    """The stretches that POSITION rows lie in."""
    assets = positions["asset"]
    numbers = positions["fix_time"].view(np.int64) // _MICROSECONDS
    is_first = np.ones(len(positions), np.bool_)  # rows are mostly sorted by asset and time
    is_first[1:] = (assets[1:] != assets[:-1]) | (numbers[1:] != numbers[:-1])
    assets, numbers = assets[is_first].astype(np.uint64), numbers[is_first]
    packed = assets << np.uint64(ERA_BITS) | (numbers & (2**ERA_BITS - 1)).astype(np.uint64)
    eras = numbers >> ERA_BITS
    return {int(era): set(packed[eras == era].tolist()) for era in np.unique(eras)}


def pairs_of(told: Stretches) -> list[tuple[int, datetime]]:
    """The key of the asset of each stretch, and when it begins."""
    return [
        (one >> ERA_BITS, _EPOCH + (era << ERA_BITS | one & (2**ERA_BITS - 1)) * STRETCH)
        for era, some in told.items()
        for one in some
    ]
