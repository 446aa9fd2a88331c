"""How the writer does, as numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class WriterStatistics:
    """Counters are since the start and in rows unless they say otherwise; updated in place."""

    committed: int = 0  # in the database after our COMMIT
    duplicates: int = 0  # those of them that had been there before
    dropped: int = 0  # nobody waited for them, and the queue had no room
    refused: int = 0  # the database did not take them
    waiting: int = 0  # in the queue or under way, now; not those that are replayed
    waiting_peak: int = 0  # the most there ever were
    connected: bool = False
    reconnects: int = 0  # connections that were lost
    last_error: str | None = None  # of connection or transaction; stays when all is well again
    commit_seconds: float = 0.0  # of the latest transaction
    commit_seconds_peak: float = 0.0
