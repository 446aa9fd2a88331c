"""`nigehban fences`: geofences from files and into them, and which there are."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast, get_args
from zoneinfo import ZoneInfo

import psycopg
from rich.console import Console
from rich.table import Table

from fleet.forms import FormError
from fleet.geofences.files.documents import SUFFIXES, Form, read_fences, write_fences
from fleet.geofences.geofence import Geofence, valid_at
from fleet.geofences.taking import taken
from nigehban.database import newest_schema
from nigehban.errors import FencesError
from nigehban.settings import Settings
from telemetry.store.connection import connect
from telemetry.store.migrate import first_line
from telemetry.store.programs import DatabaseError
from telemetry.watching.kept import geofences, put_geofences

T = TypeVar("T")

STATEMENT_LIMIT = 60.0
"""Seconds that one statement may take."""

FILE_MOST = 64 << 20
"""Bytes of a file that is read."""

ZONE = ZoneInfo("Asia/Karachi")
"""Of times in files that name no zone."""

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def import_fences(settings: Settings, console: Console, file: Path, form: str | None) -> None:
    """Take the geofences of a file; those that are there already get a new version.

    Raises FencesError, DatabaseError; nothing is taken then.
    """
    chosen = _form(form)
    try:
        if file.stat().st_size > FILE_MOST:
            raise FencesError(f"{file} has more than {FILE_MOST >> 20} MB")
        read = read_fences(file.read_bytes(), file.name, chosen, ZONE)
    except OSError as error:
        raise FencesError(f"{file}: {error.strerror}") from None
    except FormError as error:
        raise FencesError(f"{file}: {error}") from None
    now = datetime.now(UTC)
    with newest_schema(settings) as dsn:
        known = _run(_read(dsn))
        try:
            changes = [change for fence in read.fences for change in taken(fence, known, now)]
        except FormError as error:
            raise FencesError(f"{file}: {error}") from None
        _run(_write(dsn, changes))
    new = sum(1 for fence in changes if fence.valid_until is None or fence.valid_until > now)
    same = len(read.fences) - new
    console.print(f"{new} geofences taken, {same} known already", highlight=False)
    _report(console, "not carried over", read.lost)


def begin_with(dsn: str, data: bytes, name: str) -> int:
    """Take the geofences of a file where none were ever known; how many. Raises DatabaseError.

    Raises FormError for a file that cannot be read.
    """
    if _run(_read(dsn)):
        return 0
    now = datetime.now(UTC)
    read = read_fences(data, name, None, ZONE)
    changes = [change for fence in read.fences for change in taken(fence, (), now)]
    _run(_write(dsn, changes))
    return len(changes)


def export_fences(settings: Settings, console: Console, out: Path, form: str | None) -> None:
    """Write the geofences that are valid now to a file. Raises FencesError, DatabaseError."""
    named = (name for name, suffix in SUFFIXES.items() if out.name.endswith(suffix))
    chosen = _form(form) or next(named, None)
    if chosen is None:
        raise FencesError(
            f"{out}: its suffix names no form ({', '.join(SUFFIXES.values())}); give --format"
        )
    with newest_schema(settings) as dsn:
        fences = valid_at(_run(_read(dsn)), datetime.now(UTC))
    try:
        written = write_fences(fences, chosen)
        out.write_bytes(written.data)
    except FormError as error:
        raise FencesError(f"{out}: {error}") from None
    except OSError as error:
        raise FencesError(f"{out}: {error.strerror}") from None
    console.print(f"{len(fences)} geofences written to {out}", highlight=False, soft_wrap=True)
    _report(console, "not carried", written.lost)


def list_fences(settings: Settings, console: Console) -> None:
    """Say which geofences there are. Raises DatabaseError."""
    now = datetime.now(UTC)
    with newest_schema(settings) as dsn:
        fences = _run(_read(dsn))
    newest = {fence.id: fence for fence in sorted(fences, key=lambda fence: fence.version)}
    table = Table("name", "kind", "version", "valid", "id", box=None, pad_edge=False)
    for fence in sorted(newest.values(), key=lambda fence: fence.name):
        ended = fence.valid_until is not None and fence.valid_until <= now
        until = "" if fence.valid_until is None else f"{fence.valid_until:%Y-%m-%d %H:%M} UTC"
        valid = f"ended {until}" if ended else f"until {until}" if until else "yes"
        table.add_row(fence.name, fence.kind, str(fence.version), valid, fence.id)
    console.print(table)


def end_fence(settings: Settings, console: Console, name: str) -> None:
    """End the geofence with this id or name now. Raises FencesError, DatabaseError."""
    now = datetime.now(UTC)
    with newest_schema(settings) as dsn:
        found = [f for f in valid_at(_run(_read(dsn)), now) if name in {f.id, f.name}]
        if len(found) != 1:
            why = f"{len(found)} geofences are called" if found else "no geofence in force is"
            raise FencesError(f"{why} {name!r}; `nigehban fences list` tells their ids")
        _run(_write(dsn, [replace(found[0], valid_until=now)]))
    console.print(f"geofence {found[0].name!r} has ended", highlight=False)


def _form(name: str | None) -> Form | None:
    if name is not None and name not in get_args(Form):
        raise FencesError(f"no form is called {name!r}; there are {', '.join(get_args(Form))}")
    return cast("Form | None", name)


def _report(console: Console, what: str, lost: Sequence[str]) -> None:
    for sentence in lost:
        console.print(f"{what}: {sentence}", markup=False, highlight=False, soft_wrap=True)


async def _read(dsn: str) -> list[Geofence]:
    async with await connect(dsn, STATEMENT_LIMIT) as connection:
        return await geofences(connection, _EVER)


async def _write(dsn: str, fences: Sequence[Geofence]) -> None:
    async with await connect(dsn, STATEMENT_LIMIT) as connection:
        await put_geofences(connection, fences)


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except psycopg.Error as error:
        raise DatabaseError(f"the database does not do it: {first_line(error)}") from error
    except FormError as error:
        raise FencesError(f"a geofence in the database cannot be read: {error}") from None
