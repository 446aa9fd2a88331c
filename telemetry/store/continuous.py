"""Where the roll-ups are continuous aggregates: how far back these follow what comes in.

A continuous aggregate that is refreshed where its source has been dropped loses what it held of it.
So it is refreshed no further back than a day less than all sources are kept, single positions and
finer roll-ups (`HistorySettings.source_days`), and what is older than that would not be in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isinf

import psycopg

from telemetry.store.chunks import chunked
from telemetry.store.settings import cutoff

FOLLOWED_LEAST = 0.5
"""Days that they are refreshed back at least, however short something is kept."""

_LIMIT_REFRESH = """
SELECT alter_job(job_id, config => config || jsonb_build_object('start_offset', %(offset)s::text))
FROM timescaledb_information.jobs JOIN _timescaledb_catalog.continuous_agg
ON mat_hypertable_id = (config ->> 'mat_hypertable_id')::integer
WHERE proc_name = 'policy_refresh_continuous_aggregate' AND user_view_schema = 'nigehban'
AND (config ->> 'start_offset')::interval IS DISTINCT FROM %(offset)s::interval
"""


def refreshed_days(source_days: float) -> float:
    """How many days back they may be refreshed."""
    return max(source_days - 1, FOLLOWED_LEAST)


async def limit_refresh(connection: psycopg.AsyncConnection, source_days: float) -> None:
    """Have them refreshed as far back as they may be; to be called before something is dropped."""
    if await are_used(connection):
        offset = None if isinf(source_days) else timedelta(days=refreshed_days(source_days))
        await connection.execute(_LIMIT_REFRESH, {"offset": offset})


async def followed_since(
    connection: psycopg.AsyncConnection, source_days: float, now: datetime
) -> datetime | None:
    """Since when what comes in gets into the roll-ups; None where it always does."""
    return cutoff(now, refreshed_days(source_days)) if await are_used(connection) else None


async def are_used(connection: psycopg.AsyncConnection) -> bool:
    """Whether the roll-ups are continuous aggregates, which TimescaleDB fills."""
    return any(held.continuous for held in (await chunked(connection)).values())
