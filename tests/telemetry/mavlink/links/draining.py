"""Looking at a link until something has come of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from telemetry.mavlink.links.base import Arrived, Link
from tests.waiting import until_sync

LIMIT = 10.0


def drained(link: Link, enough: Callable[[Arrived], bool], *, now: float | None = None) -> Arrived:
    """All that came until it is enough; `now` is the link's clock (the real one by default)."""
    everything = Arrived()

    def look() -> bool:
        arrived = link.receive(time.monotonic() if now is None else now)
        everything.chunks += arrived.chunks
        everything.peers += arrived.peers
        return enough(everything)

    until_sync(look, LIMIT)
    return everything


def bytes_of(arrived: Arrived) -> bytes:
    """All of it, one after the other."""
    return b"".join(arrived.chunks)
