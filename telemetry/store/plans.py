"""Plans in the database. What is in a plan is the caller's: here it is bytes and JSON.

All functions raise psycopg.Error, and want a connection in autocommit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from telemetry.store.revisions import (
    ChangedError,
    MissingError,
    expect,
    must_be,
    note,
    same_request,
)

Content = Literal["plan", "result"]

_TABLE = sql.Identifier("nigehban", "plan")


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as a list shows it; `version` and what follows are of one of its versions."""

    id: UUID
    revision: int
    name: str
    changed_time: datetime
    deleted_time: datetime | None
    version: int
    kind: str
    request: dict[str, Any] | None
    summary: dict[str, Any]
    passed: bool
    made_by: str
    made_time: datetime


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version of a plan that is to be kept; `plan` and `result` are JSON."""

    kind: str
    request: dict[str, Any] | None
    plan: bytes
    result: bytes
    summary: dict[str, Any]
    flights: list[dict[str, Any]]
    passed: bool


_COLUMNS = (
    "p.id, p.revision, p.name, p.changed_time, p.deleted_time, v.version, v.kind, v.request,"
    " v.summary, v.passed, v.made_by, v.made_time"
)
_FROM = "FROM nigehban.plan p JOIN nigehban.plan_version v USING (id)"


async def put_plan(
    connection: psycopg.AsyncConnection,
    plan: UUID,
    name: str,
    new: NewVersion,
    *,
    asked: str,
    who: str,
    now: datetime,
) -> tuple[KeptPlan, bool]:
    """Keep a new plan; one that has this id already stays as it is. Says whether it was new.

    `asked` tells the request from others. Raises OtherRequestError.
    """
    async with connection.transaction():
        made = await connection.execute(
            "INSERT INTO nigehban.plan (id, version, name, changed_time) VALUES (%s, 1, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [plan, name, now],
        )
        if made.rowcount:
            await _put_version(connection, plan, 1, new, who, now)
            told: dict[str, object] = {"name": name, "asked": asked}
            await note(connection, "plan", plan, "made", who=who, now=now, detail=told)
        else:
            await same_request(connection, plan, asked, "plan")
    return await one_plan(connection, plan), bool(made.rowcount)


async def add_version(
    connection: psycopg.AsyncConnection,
    plan: UUID,
    new: NewVersion,
    *,
    expected: int | None,
    who: str,
    now: datetime,
) -> KeptPlan:
    """A new version of a plan. Raises MissingError, ChangedError."""
    async with connection.transaction():
        await _open(connection, plan, expected)
        found = await connection.execute(
            "UPDATE nigehban.plan SET version = version + 1, revision = revision + 1,"
            " changed_time = %s WHERE id = %s RETURNING version",
            [now, plan],
        )
        row = await found.fetchone()
        assert row is not None
        await _put_version(connection, plan, int(row[0]), new, who, now)
        await note(
            connection, "plan", plan, "changed", who=who, now=now, detail={"version": row[0]}
        )
    return await one_plan(connection, plan)


async def copy_plan(
    connection: psycopg.AsyncConnection,
    source: UUID,
    version: int | None,
    plan: UUID,
    name: str,
    *,
    asked: str,
    who: str,
    now: datetime,
) -> tuple[KeptPlan, bool]:
    """A plan like a version of another (None: the newest).

    Raises MissingError, and OtherRequestError as `put_plan` does.
    """
    known = await one_plan(connection, source, version)
    async with connection.transaction():
        made = await connection.execute(
            "INSERT INTO nigehban.plan (id, version, name, changed_time) VALUES (%s, 1, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [plan, name, now],
        )
        if made.rowcount:
            await connection.execute(
                "INSERT INTO nigehban.plan_version (id, version, kind, request, plan, result,"
                " summary, flights, passed, made_by, made_time)"
                " SELECT %s, 1, kind, request, plan, result, summary, flights, passed, %s, %s"
                " FROM nigehban.plan_version WHERE id = %s AND version = %s",
                [plan, who, now, source, known.version],
            )
            detail: dict[str, object] = {"of": str(source), "version": known.version}
            detail["asked"] = asked
            await note(connection, "plan", plan, "duplicated", who=who, now=now, detail=detail)
        else:
            await same_request(connection, plan, asked, "plan")
    return await one_plan(connection, plan), bool(made.rowcount)


async def rename_plan(
    connection: psycopg.AsyncConnection,
    plan: UUID,
    name: str,
    *,
    expected: int | None,
    who: str,
    now: datetime,
) -> KeptPlan:
    """Raises MissingError, ChangedError."""
    async with connection.transaction():
        await _open(connection, plan, expected)
        await connection.execute(
            "UPDATE nigehban.plan SET name = %s, revision = revision + 1, changed_time = %s"
            " WHERE id = %s",
            [name, now, plan],
        )
        await note(connection, "plan", plan, "renamed", who=who, now=now, detail={"name": name})
    return await one_plan(connection, plan)


async def delete_plan(
    connection: psycopg.AsyncConnection,
    plan: UUID,
    *,
    expected: int | None,
    who: str,
    now: datetime,
) -> KeptPlan:
    """Put a plan away, so that `restore_plan` has it back.

    Raises MissingError, and ChangedError for one that an order still has flown.
    """
    async with connection.transaction():
        await _open(connection, plan, expected)
        found = await connection.execute(
            "SELECT \"order\"->>'name' FROM nigehban.sortie_order"
            " WHERE plan = %s AND deleted_time IS NULL ORDER BY changed_time LIMIT 3",
            [plan],
        )
        if used := [str(name) for (name,) in await found.fetchall()]:
            raise ChangedError(f"the plan is scheduled by {', '.join(used)}; end that first")
        await connection.execute(
            "UPDATE nigehban.plan SET deleted_time = %s, revision = revision + 1,"
            " changed_time = %s WHERE id = %s",
            [now, now, plan],
        )
        await note(connection, "plan", plan, "deleted", who=who, now=now)
    return await one_plan(connection, plan)


async def restore_plan(
    connection: psycopg.AsyncConnection, plan: UUID, *, who: str, now: datetime
) -> KeptPlan:
    """Have a plan back; one that is there stays. Raises MissingError."""
    async with connection.transaction():
        await must_be(connection, _TABLE, plan, "plan")
        done = await connection.execute(
            "UPDATE nigehban.plan SET deleted_time = NULL, revision = revision + 1,"
            " changed_time = %s WHERE id = %s AND deleted_time IS NOT NULL",
            [now, plan],
        )
        if done.rowcount:
            await note(connection, "plan", plan, "restored", who=who, now=now)
    return await one_plan(connection, plan)


async def one_plan(
    connection: psycopg.AsyncConnection, plan: UUID, version: int | None = None
) -> KeptPlan:
    """A plan, deleted or not, with its newest version or another. Raises MissingError."""
    found = await connection.execute(
        f"SELECT {_COLUMNS} {_FROM}"
        " WHERE p.id = %s AND v.version = coalesce(%s::integer, p.version)",
        [plan, version],
    )
    row = await found.fetchone()
    if row is None:
        which = "" if version is None else f", version {version}"
        raise MissingError(f"there is no plan {plan}{which}")
    return KeptPlan(*row)


async def list_plans(
    connection: psycopg.AsyncConnection,
    *,
    after: tuple[datetime, UUID] | None,
    most: int,
    name: str = "",
    kind: str | None = None,
    deleted: bool = False,
) -> list[KeptPlan]:
    """The plans changed before `after` (time, id), the last changed first; `name`: a part of it."""
    time, key = after or (None, None)
    found = await connection.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE v.version = p.version"
        " AND (p.deleted_time IS NOT NULL) = %(deleted)s"
        " AND strpos(lower(p.name), lower(%(name)s)) > 0"
        " AND (%(kind)s::text IS NULL OR v.kind = %(kind)s)"
        " AND (%(time)s::timestamptz IS NULL"
        "      OR (p.changed_time, p.id) < (%(time)s, %(key)s::uuid))"
        " ORDER BY p.changed_time DESC, p.id DESC LIMIT %(most)s",
        {
            "deleted": deleted,
            "name": name,
            "kind": kind,
            "time": time,
            "key": key,
            "most": most,
        },
    )
    return [KeptPlan(*row) for row in await found.fetchall()]


async def content(
    connection: psycopg.AsyncConnection, plan: UUID, version: int | None, what: Content
) -> bytes:
    """The plan's file, or what is shown of it, of a version (None: the newest).

    Raises MissingError.
    """
    found = await connection.execute(
        sql.SQL(
            "SELECT v.{} FROM nigehban.plan p JOIN nigehban.plan_version v USING (id)"
            " WHERE p.id = %s AND v.version = coalesce(%s::integer, p.version)"
        ).format(sql.Identifier(what)),
        [plan, version],
    )
    row = await found.fetchone()
    if row is None:
        raise MissingError(f"there is no plan {plan}" + (f", version {version}" if version else ""))
    return bytes(row[0])


async def flights(
    connection: psycopg.AsyncConnection, wanted: Iterable[tuple[UUID, int]]
) -> dict[tuple[UUID, int], list[dict[str, Any]]]:
    """The flights of versions of plans; those that are not there are left out."""
    keys = sorted(set(wanted))
    found = await connection.execute(
        "SELECT id, version, flights FROM nigehban.plan_version"
        " JOIN unnest(%s::uuid[], %s::integer[]) AS wanted (id, version) USING (id, version)",
        [[key for key, _ in keys], [version for _, version in keys]],
    )
    return {(key, version): told for key, version, told in await found.fetchall()}


async def _open(connection: psycopg.AsyncConnection, plan: UUID, expected: int | None) -> None:
    """Lock a plan that is to be changed. Raises MissingError, ChangedError."""
    expect(await must_be(connection, _TABLE, plan, "plan"), expected, "plan")
    if (await one_plan(connection, plan)).deleted_time is not None:
        raise ChangedError("the plan was deleted; have it back before it is changed")


async def _put_version(
    connection: psycopg.AsyncConnection,
    plan: UUID,
    version: int,
    new: NewVersion,
    who: str,
    now: datetime,
) -> None:
    await connection.execute(
        "INSERT INTO nigehban.plan_version (id, version, kind, request, plan, result, summary,"
        " flights, passed, made_by, made_time) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            plan,
            version,
            new.kind,
            None if new.request is None else Jsonb(new.request),
            new.plan,
            new.result,
            Jsonb(new.summary),
            Jsonb(new.flights),
            new.passed,
            who,
            now,
        ],
    )
