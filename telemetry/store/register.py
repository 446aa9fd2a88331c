"""The register of assets: what people call them, which group they are in, when they are serviced.

Each change makes a new version of an asset's entry, and is kept with who made it when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fleet.assets import Asset, Kind, default_name

FIELDS = (
    "name",
    "call_sign",
    "group_name",
    "note",
    "shown_kind",
    "maintenance_hours",
    "maintained_time",
    "uncounted_hours",
    "uncounted_distance",
    "out_of_service",
    "camera",
)
"""What people may change."""

ENTRIES_MOST = 1000
"""Entries of one question, and of one assignment."""


class RegisterError(Exception):
    """The register cannot be changed so; the message says why in one line."""


class UnknownAssetError(RegisterError):
    """There is no such asset."""


class ChangedError(RegisterError):
    """Somebody else has changed the entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the register says of one asset; None for what nobody has said."""

    id: int
    identity: str
    kind: int
    name: str | None
    call_sign: str | None
    group_name: str | None
    note: str | None
    shown_kind: int | None
    maintenance_hours: float | None
    maintained_time: datetime | None
    uncounted_hours: float | None
    uncounted_distance: float | None
    out_of_service: bool
    camera: dict[str, Any] | None
    version: int
    first_seen: datetime

    @property
    def shown_as(self) -> int:
        """The kind that somebody has said, else the one that it has by its identity."""
        return self.kind if self.shown_kind is None else self.shown_kind

    @property
    def shown_name(self) -> str:
        """What people call it."""
        return self.call_sign or self.name or default_name(self.identity)


@dataclass(frozen=True, slots=True)
class Change:
    """Who made which version of an entry, when, and what was otherwise before."""

    version: int
    change_time: datetime
    who: str
    changes: dict[str, list[Any]]
    """By field: before, after; as JSON has them."""


_COLUMNS = sql.SQL(", ").join(sql.Identifier(each.name) for each in fields(Entry))

_LIST = sql.SQL("""
SELECT {} FROM nigehban.asset
WHERE identity > %(after)s
AND (%(group)s::text IS NULL OR coalesce(group_name, '') = %(group)s)
AND (%(kind)s::smallint IS NULL OR coalesce(shown_kind, kind) = %(kind)s)
AND (%(words)s::text IS NULL
    OR strpos(lower(concat_ws(' ', name, call_sign, group_name, identity, note)), %(words)s) > 0)
ORDER BY identity LIMIT %(limit)s
""").format(_COLUMNS)

_SOME = sql.SQL("SELECT {} FROM nigehban.asset WHERE id = ANY (%s)").format(_COLUMNS)

_LOCKED = _SOME + sql.SQL(" ORDER BY id FOR UPDATE")

_CAMERAS = sql.SQL("""
SELECT {} FROM nigehban.asset
WHERE camera IS NOT NULL OR coalesce(shown_kind, kind) = %(camera)s OR starts_with(identity, 'camera:')
ORDER BY identity COLLATE "C"
""").format(_COLUMNS)

_PUT_CHANGE = """
INSERT INTO nigehban.asset_change (asset, version, change_time, who, changes)
VALUES (%s, %s, %s, %s, %s::jsonb)
"""

_CHANGES = """
SELECT version, change_time, who, changes FROM nigehban.asset_change
WHERE asset = %s AND version < %s ORDER BY version DESC LIMIT %s
"""

_BEGIN_WITH_CAMERAS = """
INSERT INTO nigehban.asset (id, identity, kind, camera)
SELECT id, identity, kind, camera::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::text[]) new (id, identity, kind, camera)
ON CONFLICT (id) DO UPDATE SET camera = excluded.camera
"""

_LABELS = """
SELECT id, coalesce(call_sign, name), shown_kind, group_name FROM nigehban.asset
WHERE coalesce(call_sign, name, group_name) IS NOT NULL OR shown_kind IS NOT NULL
"""


async def entries(
    connection: psycopg.AsyncConnection,
    *,
    after: str = "",
    limit: int = ENTRIES_MOST,
    group: str | None = None,
    kind: int | None = None,
    words: str | None = None,
) -> list[Entry]:
    """Entries by identity, those after `after`; group "" is that of those in none."""
    async with connection.cursor(row_factory=class_row(Entry)) as cursor:
        asked = {"after": after, "limit": limit, "group": group, "kind": kind}
        await cursor.execute(_LIST, asked | {"words": words and words.lower()})
        return await cursor.fetchall()


async def some(connection: psycopg.AsyncConnection, assets: Sequence[int]) -> dict[int, Entry]:
    """The entries of these assets, by key."""
    return await _read(connection, _SOME, assets)


async def labels(
    connection: psycopg.AsyncConnection,
) -> tuple[dict[int, str], dict[int, int], dict[int, str]]:
    """What assets are called on the page (call sign, else name), shown as, and grouped in; by key."""
    found = await (await connection.execute(_LABELS)).fetchall()
    return (
        {asset: name for asset, name, _, _ in found if name is not None},
        {asset: kind for asset, _, kind, _ in found if kind is not None},
        {asset: group for asset, _, _, group in found if group is not None},
    )


async def out_of_service(connection: psycopg.AsyncConnection) -> frozenset[int]:
    """Keys of the assets that must not fly or drive."""
    question = "SELECT id FROM nigehban.asset WHERE out_of_service"
    return frozenset(asset for (asset,) in await (await connection.execute(question)).fetchall())


async def cameras(connection: psycopg.AsyncConnection) -> list[Entry]:
    """Entries of the assets that are cameras, or of whose camera something is said, by identity."""
    async with connection.cursor(row_factory=class_row(Entry)) as cursor:
        await cursor.execute(_CAMERAS, {"camera": int(Kind.CAMERA)})
        return await cursor.fetchall()


async def begin_with_cameras(
    connection: psycopg.AsyncConnection, known: Mapping[Asset, Mapping[str, Any]]
) -> int:
    """Say this of the cameras of assets where nothing was ever said of any; of how many."""
    async with connection.transaction():
        said = "SELECT EXISTS (SELECT FROM nigehban.asset WHERE camera IS NOT NULL)"
        if (await (await connection.execute(said)).fetchone()) == (True,):
            return 0
        rows = [
            (asset.key, asset.identity, int(asset.kind), json.dumps(dict(camera)))
            for asset, camera in known.items()
        ]
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            await connection.execute(_BEGIN_WITH_CAMERAS, columns)
        return len(rows)


async def in_group(connection: psycopg.AsyncConnection, group: str) -> set[int]:
    """Keys of the assets in a group; those in none for ""."""
    question = "SELECT id FROM nigehban.asset WHERE coalesce(group_name, '') = %s"
    return {asset for (asset,) in await (await connection.execute(question, [group])).fetchall()}


async def change(
    connection: psycopg.AsyncConnection,
    asset: int,
    wanted: Mapping[str, Any],
    *,
    seen: int,
    who: str,
    now: datetime,
) -> Entry:
    """Change fields of one entry (FIELDS) whose version `seen` the caller knows.

    The entry after it. Raises UnknownAssetError, ChangedError, psycopg.Error.
    """
    async with connection.transaction():
        entry = (await _read(connection, _LOCKED, [asset])).get(asset)
        if entry is None:
            raise UnknownAssetError(f"no asset has the key {asset}")
        if entry.version != seen:
            raise ChangedError(
                f"version {entry.version} is there already; look at it and say so in If-Match"
            )
        await _change(connection, entry, wanted, who, now)
        return (await _read(connection, _SOME, [asset]))[asset]


async def assign(
    connection: psycopg.AsyncConnection,
    assets: Sequence[int],
    wanted: Mapping[str, Any],
    *,
    who: str,
    now: datetime,
) -> dict[int, Entry]:
    """Change the same fields of several entries at once, whatever their versions.

    The entries after it. Raises UnknownAssetError if one is not there: then nothing is changed.
    """
    async with connection.transaction():
        known = await _read(connection, _LOCKED, assets)
        for asset in assets:
            if asset not in known:
                raise UnknownAssetError(f"no asset has the key {asset}")
        for entry in known.values():
            await _change(connection, entry, wanted, who, now)
        return await _read(connection, _SOME, assets)


async def changes(
    connection: psycopg.AsyncConnection, asset: int, *, before: int, limit: int
) -> list[Change]:
    """What was changed of an entry, the newest first, those of versions before `before`."""
    async with connection.cursor(row_factory=class_row(Change)) as cursor:
        await cursor.execute(_CHANGES, [asset, before, limit])
        return await cursor.fetchall()


async def _read(
    connection: psycopg.AsyncConnection, question: sql.Composed, assets: Sequence[int]
) -> dict[int, Entry]:
    async with connection.cursor(row_factory=class_row(Entry)) as cursor:
        await cursor.execute(question, [list(assets)])
        return {entry.id: entry for entry in await cursor.fetchall()}


async def _change(
    connection: psycopg.AsyncConnection,
    entry: Entry,
    wanted: Mapping[str, Any],
    who: str,
    now: datetime,
) -> None:
    """Write what is other than before; nothing if nothing is."""
    assert set(wanted) <= set(FIELDS)
    new = {name: value for name, value in wanted.items() if getattr(entry, name) != value}
    if not new:
        return
    version = entry.version + 1
    assigned = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in new
    )
    statement = sql.SQL(
        "UPDATE nigehban.asset SET {}, version = %(version)s WHERE id = %(id)s"
    ).format(assigned)
    values = {name: Jsonb(new[name]) if isinstance(new[name], dict) else new[name] for name in new}
    await connection.execute(statement, {**values, "version": version, "id": entry.id})
    told = {name: [_plain(getattr(entry, name)), _plain(value)] for name, value in new.items()}
    row = [entry.id, version, now, who, json.dumps(told)]
    await connection.execute(_PUT_CHANGE, row)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
