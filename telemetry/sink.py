"""Where links and trackers put what they took in: the seam between them and the collector."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from telemetry.batch import Batch


class NotStoredError(Exception):
    """The batch was not kept in time; whoever sent it should send it again."""


class RefusedError(ValueError):
    """What came cannot be taken; `reason` is a short fixed word to count by.

    The message says what was wrong with which input, in one line.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Sink(Protocol):
    """What takes the batches in."""

    async def accept(self, batch: Batch) -> None:
        """Keep the batch; returns after COMMIT, or when it is on disk in the spool.

        Raises NotStoredError: do not acknowledge it, it is to come again. Raises RefusedError: it
        cannot be kept, and sending it again would not mend that.
        """

    def offer(self, batch: Batch) -> None:
        """Keep the batch where nobody waits for an acknowledgement; never blocks."""

    def refuse(self, origin: str, error: RefusedError, *, raw: bytes = b"", peer: str = "") -> None:
        """Count something that could not be taken; never blocks.

        `origin` names the link (`osmand`), `raw` is what came and `peer` who sent it
        (`127.0.0.1:4711`): both are kept with the reason as a dead letter, for as long as the
        settings say and in a flood only so many of a sort.
        """

    async def set_aside(self, origin: str, error: RefusedError, *, raw: bytes, peer: str) -> None:
        """As `refuse`, but returns when the dead letter is kept for certain.

        For what is acknowledged to the device though it is not taken (an unknown device in
        quarantine). Raises NotStoredError.
        """


class Refusals:
    """How often each origin was refused for each reason, and the latest example of each."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.latest: dict[tuple[str, str], str] = {}

    def add(self, origin: str, error: RefusedError) -> int:
        """Count one; returns how many of its sort there are now."""
        sort = (origin, error.reason)
        self.counts[sort] += 1
        self.latest[sort] = error.detail[:200]
        return self.counts[sort]
