"""Takes a file into history, piece by piece, and goes on where it was stopped.

A piece is one transaction, and after it a note says how far the file is done. Who is killed between
the two writes the piece again: rows have natural keys, so they are there once.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

import orjson
import psycopg

from fleet.moments import as_numpy
from telemetry.batch import Batch
from telemetry.history.imports.formats import Reading
from telemetry.history.imports.piece import Piece
from telemetry.store.housekeeping import REPLAYING
from telemetry.store.insert import Inserter

SAMPLE = 1 << 20
"""Bytes of the beginning and the end of a file by which it is known again, beside size and time."""

EXAMPLES = 3
"""Skipped rows of each reason that are told in full."""

TOO_OLD = "too_old"


@dataclass(slots=True)
class Outcome:
    """What came of a file, all runs together."""

    pieces: int = 0
    rows: int = 0
    """Rows that were good."""

    new: int = 0
    """Of them not in history before; those of a piece at which a run was killed may be missing."""

    skipped: dict[str, int] = field(default_factory=dict)
    """By reason."""

    examples: dict[str, list[str]] = field(default_factory=dict)
    resumed: int = 0
    """Pieces that an earlier run had done."""

    def skip(self, reason: str, detail: str) -> None:
        """Count something that is not taken."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1
        examples = self.examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append(detail)


Progress = Callable[[int, int], None]
"""Told of the bytes done so far and of all."""


async def replay(
    connection: psycopg.AsyncConnection,
    reading: Reading,
    pieces: Iterable[Piece],
    notes: Path,
    *,
    oldest: datetime | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Outcome:
    """Write the pieces of a file, those that an interrupted run has written left out.

    The connection is in autocommit. `notes` is the folder in which it is noted how far each file
    has come. Rows from before `oldest` are skipped as TOO_OLD; rows that history has already change
    nothing. Nothing is dropped from history meanwhile. Raises psycopg.Error, OSError, and what the
    pieces raise.
    """
    size = reading.path.stat().st_size
    note = notes / f"{_fingerprint(reading, size)}.json"
    outcome = _resumed(note)
    inserter = Inserter(connection)
    known: set[int] = set()
    async with _nothing_dropped(connection):
        await inserter.prepare([])
        for number, piece in enumerate(pieces):
            if number >= outcome.resumed:
                batch = piece.batch if oldest is None else _since(oldest, piece.batch, outcome)
                new_assets = [asset for asset in batch.assets if asset.key not in known]
                outcome.new += await inserter.write(batch, new_assets)
                known.update(asset.key for asset in new_assets)
                outcome.rows += len(batch)
                outcome.pieces += 1
                for error in piece.skipped:
                    outcome.skip(error.reason, error.detail)
                _write_note(note, outcome)
            progress(min(piece.position, size), size)
    note.unlink(missing_ok=True)
    return outcome


@asynccontextmanager
async def _nothing_dropped(connection: psycopg.AsyncConnection) -> AsyncIterator[None]:
    """Keep the housekeeper from dropping what is old: the rest of a track may still come."""
    await connection.execute("SELECT pg_advisory_lock_shared(%s)", [REPLAYING])
    try:
        yield
    finally:
        if not connection.closed:
            await connection.execute("SELECT pg_advisory_unlock_shared(%s)", [REPLAYING])


def _since(oldest: datetime, batch: Batch, outcome: Outcome) -> Batch:
    """The rows of a batch that are not too old; the others are counted."""
    limit = as_numpy(oldest)
    positions = batch.positions[batch.positions["fix_time"] >= limit]
    statuses = batch.statuses[batch.statuses["status_time"] >= limit]
    texts = tuple(text for text in batch.texts if text.received_time >= oldest)
    left = replace(batch, positions=positions, statuses=statuses, texts=texts)
    for _ in range(len(batch) - len(left)):
        outcome.skip(TOO_OLD, f"from before {oldest:%Y-%m-%d %H:%M} UTC")
    return left


def _fingerprint(reading: Reading, size: int) -> str:
    """What makes it the same file, read in the same way."""
    told = [reading.format, reading.asset or "", reading.network, str(size)]
    told.append(str(reading.path.stat().st_mtime_ns))
    digest = hashlib.blake2b("\0".join(told).encode(), digest_size=16)
    with reading.path.open("rb") as file:
        digest.update(file.read(SAMPLE))
        file.seek(max(0, size - SAMPLE))
        digest.update(file.read(SAMPLE))
    return digest.hexdigest()


def _resumed(note: Path) -> Outcome:
    """What an interrupted run has noted; a note that cannot be read is as good as none."""
    try:
        outcome = Outcome(**orjson.loads(note.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return Outcome()
    outcome.resumed = outcome.pieces
    return outcome


def _write_note(note: Path, outcome: Outcome) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    part = note.with_suffix(".part")
    part.write_bytes(orjson.dumps(asdict(outcome)))
    part.replace(note)
