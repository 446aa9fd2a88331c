"""What the simulated trackers tell: the same for the same seed, and in what order it is sent.

A fix holds whole numbers of the units of its protocols, so that what the database is to hold of it
follows from the description of the protocol alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

BLOCK = 20
"""Fixes that are shuffled among each other."""

DOUBLED, DELAYED = 0.2, 0.1
"""Shares of the fixes that are sent twice, and that are held back."""

DELAY_BLOCKS = 4
"""Blocks by which a fix is held back at most."""

PANIC_EVERY = 50
"""One fix in so many calls for help, where the protocol can."""

_LEG = 1000  # fixes from one end of the way to the other


@dataclass(frozen=True)
class Fix:
    """One fix of one tracker, in units that the protocols write."""

    seconds: int  # since 1970
    latitude_e7: int  # 10⁻⁷ degrees
    longitude_e7: int
    altitude: int
    heading: int
    speed: int  # in the protocol's unit
    accuracy: int
    battery_percent: int
    panic: bool


@dataclass(frozen=True)
class Journey:
    """All fixes of one tracker; it drives to and fro at some 10 m/s and tells a fix each second."""

    seed: int
    tracker: str
    began: int  # the second of its first fix

    def fix(self, number: int) -> Fix:
        """The fix of this number, from 0 on."""
        return _fix(self, number)

    def ordered(self, blocks: int | None = None) -> Iterator[list[int]]:
        """The numbers of the fixes, each once and in its order, in `blocks` blocks or for ever."""
        for block in count() if blocks is None else range(blocks):
            yield list(range(block * BLOCK, (block + 1) * BLOCK))

    def disturbed(self, blocks: int | None = None) -> Iterator[list[int]]:
        """The same shuffled, some doubled and some held back, until after the last block at most."""
        order = random.Random(f"{self.seed}/{self.tracker}/order")
        late: list[list[int]] = [[] for _ in range(DELAY_BLOCKS)]
        for block in self.ordered(blocks):
            sent = late.pop(0)
            late.append([])
            for fix in block:
                if order.random() < DELAYED:
                    order.choice(late).append(fix)
                else:
                    sent.append(fix)
                if order.random() < DOUBLED:
                    order.choice([sent, *late]).append(fix)
            order.shuffle(sent)
            yield sent
        yield from late


@lru_cache(1 << 16)
def _fix(journey: Journey, number: int) -> Fix:
    chance = random.Random(f"{journey.seed}/{journey.tracker}/{number}")
    along = abs(number % (2 * _LEG) - _LEG)
    return Fix(
        seconds=journey.began + number,
        latitude_e7=340_000_000 + 900 * along + chance.randrange(100),
        longitude_e7=715_000_000 + chance.randrange(100),
        altitude=chance.randrange(300, 400),
        heading=chance.randrange(360),
        speed=chance.randrange(60),
        accuracy=chance.randrange(1, 50),
        battery_percent=chance.randrange(101),
        panic=chance.randrange(PANIC_EVERY) == 0,
    )
