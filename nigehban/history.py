"""`nigehban replay`, `nigehban export` and `nigehban evidence`: files into history and out of it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from nigehban.database import newest_schema
from nigehban.settings import Settings
from nigehban.times import moment
from telemetry.history.errors import HistoryError
from telemetry.history.evidence import Wanted, write_evidence
from telemetry.history.export import export
from telemetry.history.formats import format_of
from telemetry.history.imports.formats import Reading, reading
from telemetry.history.reading import Window, known_assets
from telemetry.history.replay import Outcome, replay
from telemetry.store.connection import connect
from telemetry.store.continuous import followed_since
from telemetry.store.migrate import first_line
from telemetry.store.settings import cutoff
from telemetry.trackers.plausibility import Plausibility

T = TypeVar("T")

STATEMENT_LIMIT = 600.0
"""Seconds that one statement may take."""


def replay_files(
    settings: Settings,
    console: Console,
    files: Sequence[Path],
    *,
    asset: str | None = None,
    network: str | None = None,
    format_name: str | None = None,
) -> None:
    """Take files into history, one after the other, and tell what came of each.

    Raises HistoryError, DatabaseError. What was done until then stays, and another run goes on
    from there.
    """
    readings = [reading(file, format_name, asset=asset, network=network) for file in files]
    with newest_schema(settings) as dsn, _bar(console) as bar:
        for one in readings:
            outcome = _run(_replay(settings, dsn, one, bar), str(one.path))
            for line in _told(one, outcome):
                console.print(line, markup=False, highlight=False, soft_wrap=True)


def export_tracks(
    settings: Settings,
    console: Console,
    *,
    assets: Sequence[str],
    since: str,
    until: str,
    out: Path | None,
    format_name: str | None,
) -> None:
    """Write the positions of assets to a file. Raises HistoryError, DatabaseError."""
    if out is None:
        raise HistoryError("no file to write: name it with --out FILE, or ask for --list")
    window = _window(since, until, datetime.now(UTC))
    file_type = format_of(out, format_name)
    with newest_schema(settings) as dsn, _bar(console) as bar:
        task = bar.add_task(out.name, total=None)

        async def write() -> int:
            async with await connect(dsn, STATEMENT_LIMIT) as connection:
                return await export(
                    connection,
                    assets,
                    window,
                    out,
                    file_type,
                    lambda done, whole: bar.update(task, completed=done, total=whole),
                )

        written = _run(write(), str(out))
    console.print(f"{out}: {written:,} positions", markup=False, highlight=False, soft_wrap=True)


def export_evidence(
    settings: Settings,
    console: Console,
    *,
    since: str,
    until: str,
    contact: str | None,
    sensors: Sequence[str],
    out: Path,
    force: bool,
) -> None:
    """Write a file of evidence of the airspace. Raises HistoryError, DatabaseError."""
    now = datetime.now(UTC)
    window = _window(since, until, now)
    if out.exists() and not force:
        raise HistoryError(f"{out} exists; take another name, or --force to replace it")
    wanted = Wanted(window.start, window.end, _contact(contact), tuple(sensors))
    with newest_schema(settings) as dsn, _bar(console) as bar:
        task = bar.add_task(out.name, total=1)

        async def write() -> dict[str, int]:
            async with await connect(dsn, STATEMENT_LIMIT) as connection:
                return await write_evidence(
                    connection,
                    wanted,
                    out,
                    software=f"nigehban {version('nigehban')}",
                    now=now,
                    progress=lambda member, share: bar.update(
                        task, description=member, completed=share
                    ),
                )

        written = _run(write(), str(out))
    rows = ", ".join(f"{count:,} in {name}" for name, count in written.items() if count)
    with out.open("rb") as file:
        proof = hashlib.file_digest(file, "sha256").hexdigest()
    for told in (f"{out}: {rows or 'nothing is known of that time'}", f"SHA-256 {proof}"):
        console.print(told, markup=False, highlight=False, soft_wrap=True)


def _window(since: str, until: str, now: datetime) -> Window:
    try:
        window = Window(moment(since, now), moment(until, now))
    except ValueError as error:
        raise HistoryError(str(error)) from None
    if window.start >= window.end:
        raise HistoryError(f"--from {since} is not before --to {until}")
    return window


def _contact(told: str | None) -> int | None:
    """A contact's id, in decimal or, after 0x, in hexadecimal digits."""
    if told is None:
        return None
    try:
        key = int(told, 0)
    except ValueError:
        key = -1
    if not 0 <= key < 1 << 63:
        raise HistoryError(f"--contact {told!r} is no id of a contact: it is a number")
    return key


def list_assets(settings: Settings, console: Console) -> None:
    """Say which assets there are. Raises HistoryError, DatabaseError."""

    async def read(dsn: str) -> Table:
        table = Table("asset", "name", "kind", box=None, pad_edge=False)
        async with await connect(dsn, STATEMENT_LIMIT) as connection:
            for identity, (asset, name) in (await known_assets(connection)).items():
                table.add_row(Text(identity), Text(name), asset.kind.name.lower())
        return table

    with newest_schema(settings) as dsn:
        table = _run(read(dsn), "the assets")
    console.print(table)


async def _replay(settings: Settings, dsn: str, what: Reading, bar: Progress) -> Outcome:
    task = bar.add_task(what.path.name, total=None)
    judge, now = Plausibility(settings.plausibility).mark, datetime.now(UTC)
    history = settings.history
    async with await connect(dsn, STATEMENT_LIMIT) as connection:
        limits = [
            cutoff(now, history.replay_days),
            await followed_since(connection, history.source_days, now),
        ]
        return await replay(
            connection,
            what,
            what.pieces(now.timestamp(), judge, settings.mavlink),
            settings.data_dir / "replays",
            oldest=max((limit for limit in limits if limit is not None), default=None),
            progress=lambda done, whole: bar.update(task, completed=done, total=whole),
        )


def _told(what: Reading, outcome: Outcome) -> Iterator[str]:
    went_on = f", {outcome.resumed} pieces of them before" if outcome.resumed else ""
    yield (
        f"{what.path}: {outcome.rows:,} rows, {outcome.new:,} of them new{went_on}; "
        f"{sum(outcome.skipped.values()):,} skipped"
    )
    for reason, count in sorted(outcome.skipped.items()):
        yield f"  skipped {count:,} as {reason}, such as"
        yield from (f"    {example}" for example in outcome.examples[reason])


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _run(work: Coroutine[Any, Any, T], what: str) -> T:
    """The result of `work`; what can go wrong with `what` becomes one line (HistoryError)."""
    try:
        return asyncio.run(work)
    except psycopg.Error as error:
        raise HistoryError(f"{what}: the database says: {first_line(error)}") from error
    except OSError as error:
        raise HistoryError(f"{what}: {error.strerror or error}") from error
