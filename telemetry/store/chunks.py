"""Which of our tables TimescaleDB keeps in chunks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

_HAS_TIMESCALEDB = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')"

_CHUNKED = """
SELECT hypertable_name, hypertable_schema, hypertable_name, false
FROM timescaledb_information.hypertables WHERE hypertable_schema = 'nigehban'
UNION ALL
SELECT view_name, materialization_hypertable_schema, materialization_hypertable_name, true
FROM timescaledb_information.continuous_aggregates WHERE view_schema = 'nigehban'
"""

_CHUNKS = """
SELECT range_start, range_end FROM timescaledb_information.chunks
WHERE hypertable_schema = %s AND hypertable_name = %s AND range_end <= %s
ORDER BY range_end LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Chunked:
    """A hypertable or continuous aggregate of ours."""

    schema: str
    table: str
    """The hypertable that holds it."""

    continuous: bool
    """Whether it is a continuous aggregate."""


async def chunked(connection: psycopg.AsyncConnection) -> dict[str, Chunked]:
    """All of them by the name that they have in the schema nigehban."""
    cursor = await connection.execute(_HAS_TIMESCALEDB)
    if await cursor.fetchone() != (True,):
        return {}
    cursor = await connection.execute(_CHUNKED)
    return {name: Chunked(*told) for name, *told in await cursor.fetchall()}


async def chunks_before(
    connection: psycopg.AsyncConnection, held: Chunked, before: datetime, limit: int
) -> list[tuple[datetime, datetime]]:
    """From when to before when the chunks are that end by `before`, the oldest first."""
    asked = [held.schema, held.table, before, limit]
    return await (await connection.execute(_CHUNKS, asked)).fetchall()
