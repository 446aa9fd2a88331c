"""Rows that people change: each has a revision, so that nobody writes over what he has not seen."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb


class MissingError(LookupError):
    """There is no such row; the message says which."""


class ChangedError(Exception):
    """The row is not as the caller knows it, or cannot be changed so; the message says why."""


class OtherRequestError(Exception):
    """The row was made by another request than the one that comes again; the message says what."""


class StaleError(ChangedError):
    """The row has another revision than the caller knows."""


async def must_be(
    connection: psycopg.AsyncConnection, table: psycopg.sql.Identifier, row: UUID, what: str
) -> int:
    """The revision of a row, which is locked until the transaction's end. Raises MissingError."""
    question = psycopg.sql.SQL("SELECT revision FROM {} WHERE id = %s FOR UPDATE").format(table)
    found = await (await connection.execute(question, [row])).fetchone()
    if found is None:
        raise MissingError(f"there is no {what} {row}")
    return int(found[0])


def expect(revision: int, expected: int | None, what: str) -> None:
    """Raises StaleError if a revision is not the `expected` one (None: whichever it is)."""
    if expected is not None and revision != expected:
        raise StaleError(
            f"the {what} was changed since: it has revision {revision}, not {expected}; look at it "
            "again"
        )


async def same_request(
    connection: psycopg.AsyncConnection, row: UUID, asked: str, what: str
) -> None:
    """Raises OtherRequestError if a row was made by another request than `asked`.

    Of a row that was made before requests were kept, none is known to be another.
    """
    found = await connection.execute(
        "SELECT detail->>'asked' FROM nigehban.planning_change WHERE id = %s"
        " ORDER BY number LIMIT 1",
        [row],
    )
    first = await found.fetchone()
    if first is not None and first[0] is not None and first[0] != asked:
        raise OtherRequestError(what)


async def note(
    connection: psycopg.AsyncConnection,
    subject: str,
    row: UUID,
    what: str,
    *,
    who: str,
    now: datetime,
    why: str = "",
    planned: datetime | None = None,
    detail: dict[str, object] | None = None,
) -> None:
    """Keep who changed what."""
    await connection.execute(
        "INSERT INTO nigehban.planning_change"
        " (subject, id, planned_time, change_time, who, what, why, detail)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [subject, row, planned, now, who, what, why, Jsonb(detail or {})],
    )


async def changes(
    connection: psycopg.AsyncConnection, row: UUID, most: int
) -> list[dict[str, object]]:
    """The last `most` changes of a plan or an order, the newest first."""
    found = await connection.execute(
        "SELECT change_time, planned_time, who, what, why, detail - 'asked'"
        " FROM nigehban.planning_change"
        " WHERE id = %s ORDER BY number DESC LIMIT %s",
        [row, most],
    )
    names = ("time", "planned_time", "who", "what", "why", "detail")
    return [dict(zip(names, each, strict=True)) for each in await found.fetchall()]
