"""Dead letters are kept for a while, then forgotten."""

from __future__ import annotations

from telemetry.store.connection import connect, cut_after

STATEMENT_LIMIT = 60.0
"""Seconds that the deletion of one part may take."""

ROWS_AT_ONCE = 10_000
"""Letters that are deleted in one transaction, so that no lock is held for long."""

_FORGET = """
DELETE FROM nigehban.dead_letter WHERE id IN (
    SELECT id FROM nigehban.dead_letter WHERE received_time < to_timestamp(%s) LIMIT %s
)
"""


async def forget_letters(dsn: str, before: float) -> int:
    """Delete the dead letters received before a time (seconds since 1970); returns how many.

    Raises psycopg.Error.
    """
    forgotten = 0
    async with await connect(dsn, STATEMENT_LIMIT) as connection:
        while True:
            with cut_after(connection, STATEMENT_LIMIT):
                cursor = await connection.execute(_FORGET, [before, ROWS_AT_ONCE])
            forgotten += cursor.rowcount
            if cursor.rowcount < ROWS_AT_ONCE:
                return forgotten
