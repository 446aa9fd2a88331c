"""Orders to fly plans, and what became of their sorties. What an order says is the caller's JSON.

All functions raise psycopg.Error, and want a connection in autocommit.
"""

from __future__ import annotations

from collections.abc import Sequence
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

State = Literal["planned", "cancelled", "flown"]

_TABLE = sql.Identifier("nigehban", "sortie_order")


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order as it is now."""

    id: UUID
    revision: int
    plan: UUID
    plan_version: int
    order: dict[str, Any]
    since: datetime
    """From when it holds as it is now; what was before stands in its sorties."""

    changed_time: datetime
    deleted_time: datetime | None


@dataclass(frozen=True, slots=True)
class KeptSortie:
    """One run of a plan of which more is known than its order tells."""

    order: UUID
    planned_time: datetime
    plan: UUID
    plan_version: int
    form: dict[str, Any]
    state: State
    changed_time: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Past:
    """The runs of an order that are to stay as they were, when it is changed."""

    times: Sequence[datetime]
    until: datetime


_COLUMNS = sql.SQL('id, revision, plan, plan_version, "order", since, changed_time, deleted_time')
_SORTIE = sql.SQL('"order", planned_time, plan, plan_version, form, state, changed_time, who, why')


async def put_order(
    connection: psycopg.AsyncConnection,
    order: UUID,
    plan: UUID,
    plan_version: int,
    told: dict[str, Any],
    *,
    asked: str,
    who: str,
    now: datetime,
) -> tuple[KeptOrder, bool]:
    """Keep a new order; one that has this id already stays as it is. Says whether it was new.

    `asked` tells the request from others. Raises OtherRequestError, and ChangedError for a plan
    that was deleted.
    """
    async with connection.transaction():
        await _plan_is_there(connection, plan)
        made = await connection.execute(
            "INSERT INTO nigehban.sortie_order"
            ' (id, plan, plan_version, "order", since, changed_time)'
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [order, plan, plan_version, Jsonb(told), now, now],
        )
        if made.rowcount:
            detail = {**told, "asked": asked}
            await note(connection, "order", order, "made", who=who, now=now, detail=detail)
        else:
            await same_request(connection, order, asked, "order")
    return await one_order(connection, order), bool(made.rowcount)


async def change_order(
    connection: psycopg.AsyncConnection,
    order: UUID,
    plan: UUID,
    plan_version: int,
    told: dict[str, Any],
    past: Past,
    *,
    expected: int,
    who: str,
    now: datetime,
) -> KeptOrder:
    """Have an order otherwise from `past.until` on. Raises MissingError, ChangedError."""
    async with connection.transaction():
        await _open(connection, order, expected)
        await _plan_is_there(connection, plan)
        await _keep_past(connection, order, past, who, now)
        await connection.execute(
            'UPDATE nigehban.sortie_order SET plan = %s, plan_version = %s, "order" = %s,'
            " since = %s, revision = revision + 1, changed_time = %s WHERE id = %s",
            [plan, plan_version, Jsonb(told), past.until, now, order],
        )
        await note(connection, "order", order, "changed", who=who, now=now, detail=told)
    return await one_order(connection, order)


async def delete_order(
    connection: psycopg.AsyncConnection,
    order: UUID,
    past: Past,
    *,
    expected: int,
    who: str,
    now: datetime,
) -> KeptOrder:
    """End an order from `past.until` on. Raises MissingError, ChangedError."""
    async with connection.transaction():
        await _open(connection, order, expected)
        await _keep_past(connection, order, past, who, now)
        await connection.execute(
            "UPDATE nigehban.sortie_order SET deleted_time = %s, since = %s,"
            " revision = revision + 1, changed_time = %s WHERE id = %s",
            [now, past.until, now, order],
        )
        await note(connection, "order", order, "deleted", who=who, now=now)
    return await one_order(connection, order)


async def restore_order(
    connection: psycopg.AsyncConnection, order: UUID, *, who: str, now: datetime
) -> KeptOrder:
    """Have an order back, from `now` on; one that is there stays. Raises MissingError.

    Raises ChangedError if its plan was deleted meanwhile.
    """
    async with connection.transaction():
        await must_be(connection, _TABLE, order, "order")
        known = await one_order(connection, order)
        if known.deleted_time is not None:
            await _plan_is_there(connection, known.plan)
            await connection.execute(
                "UPDATE nigehban.sortie_order SET deleted_time = NULL, since = %s,"
                " revision = revision + 1, changed_time = %s WHERE id = %s",
                [now, now, order],
            )
            await note(connection, "order", order, "restored", who=who, now=now)
    return await one_order(connection, order)


async def one_order(connection: psycopg.AsyncConnection, order: UUID) -> KeptOrder:
    """An order, deleted or not. Raises MissingError."""
    found = await connection.execute(
        sql.SQL("SELECT {} FROM nigehban.sortie_order WHERE id = %s").format(_COLUMNS), [order]
    )
    row = await found.fetchone()
    if row is None:
        raise MissingError(f"there is no order {order}")
    return KeptOrder(*row)


async def list_orders(
    connection: psycopg.AsyncConnection,
    *,
    after: tuple[datetime, UUID] | None,
    most: int,
    plan: UUID | None = None,
) -> list[KeptOrder]:
    """The orders changed before `after` (time, id), the last changed first."""
    time, key = after or (None, None)
    found = await connection.execute(
        sql.SQL(
            "SELECT {} FROM nigehban.sortie_order WHERE deleted_time IS NULL"
            " AND (%(plan)s::uuid IS NULL OR plan = %(plan)s)"
            " AND (%(time)s::timestamptz IS NULL"
            "      OR (changed_time, id) < (%(time)s, %(key)s::uuid))"
            " ORDER BY changed_time DESC, id DESC LIMIT %(most)s"
        ).format(_COLUMNS),
        {"plan": plan, "time": time, "key": key, "most": most},
    )
    return [KeptOrder(*row) for row in await found.fetchall()]


async def sorties(
    connection: psycopg.AsyncConnection, begin: datetime, end: datetime, most: int
) -> list[KeptSortie]:
    """The first `most` of which more is known, planned within [begin, end)."""
    found = await connection.execute(
        sql.SQL(
            "SELECT {} FROM nigehban.sortie WHERE planned_time >= %s AND planned_time < %s"
            ' ORDER BY planned_time, "order" LIMIT %s'
        ).format(_SORTIE),
        [begin, end, most],
    )
    return [KeptSortie(*row) for row in await found.fetchall()]


async def one_sortie(
    connection: psycopg.AsyncConnection, order: UUID, planned: datetime
) -> KeptSortie | None:
    """What is known of one run beyond its order; None: nothing."""
    found = await connection.execute(
        sql.SQL('SELECT {} FROM nigehban.sortie WHERE "order" = %s AND planned_time = %s').format(
            _SORTIE
        ),
        [order, planned],
    )
    row = await found.fetchone()
    return None if row is None else KeptSortie(*row)


async def mark_sortie(
    connection: psycopg.AsyncConnection,
    order: UUID,
    planned: datetime,
    state: State,
    *,
    who: str,
    why: str,
    now: datetime,
) -> KeptSortie:
    """Say what became of one run of an order, which the caller knows to be one.

    Raises MissingError.
    """
    async with connection.transaction():
        await must_be(connection, _TABLE, order, "order")
        await connection.execute(
            sql.SQL(
                "INSERT INTO nigehban.sortie ({})"
                ' SELECT id, %s, plan, plan_version, "order", %s, %s, %s, %s'
                " FROM nigehban.sortie_order WHERE id = %s"
                ' ON CONFLICT ("order", planned_time) DO UPDATE SET state = excluded.state,'
                " changed_time = excluded.changed_time, who = excluded.who, why = excluded.why"
            ).format(_SORTIE),
            [planned, state, now, who, why, order],
        )
        await note(connection, "sortie", order, state, who=who, why=why, now=now, planned=planned)
    found = await one_sortie(connection, order, planned)
    assert found is not None
    return found


async def _open(connection: psycopg.AsyncConnection, order: UUID, expected: int) -> None:
    """Lock an order that is to be changed. Raises MissingError, ChangedError."""
    expect(await must_be(connection, _TABLE, order, "order"), expected, "order")
    if (await one_order(connection, order)).deleted_time is not None:
        raise ChangedError("the order was deleted; have it back before it is changed")


async def _plan_is_there(connection: psycopg.AsyncConnection, plan: UUID) -> None:
    found = await connection.execute(
        "SELECT FROM nigehban.plan WHERE id = %s AND deleted_time IS NULL FOR SHARE", [plan]
    )
    if await found.fetchone() is None:
        raise ChangedError("the plan was deleted; have it back, or choose another")


async def _keep_past(
    connection: psycopg.AsyncConnection, order: UUID, past: Past, who: str, now: datetime
) -> None:
    """What is past stays as it was; what was cancelled and restored is the new form's again."""
    await connection.execute(
        "DELETE FROM nigehban.sortie"
        " WHERE \"order\" = %s AND planned_time >= %s AND state = 'planned'",
        [order, past.until],
    )
    await connection.execute(
        sql.SQL(
            "INSERT INTO nigehban.sortie ({})"
            " SELECT id, planned, plan, plan_version, \"order\", 'planned', %s, %s, ''"
            " FROM nigehban.sortie_order, unnest(%s::timestamptz[]) planned WHERE id = %s"
            " ON CONFLICT DO NOTHING"
        ).format(_SORTIE),
        [now, who, list(past.times), order],
    )
