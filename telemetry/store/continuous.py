"""Where the roll-ups are continuous aggregates: how far back these follow what comes in.

A continuous aggregate that is refreshed where single positions have been dropped loses what it held
of them. So it is refreshed no further back than a day less than single positions are kept, and what
is older than that would not be in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isinf

import psycopg

from telemetry.store.chunks import chunked
from telemetry.store.settings import cutoff

_LIMIT_REFRESH = """
SELECT alter_job(job_id, config => config || jsonb_build_object('start_offset', %(offset)s::text))
FROM timescaledb_information.jobs JOIN _timescaledb_catalog.continuous_agg
ON mat_hypertable_id = (config ->> 'mat_hypertable_id')::integer
WHERE proc_name = 'policy_refresh_continuous_aggregate' AND user_view_schema = 'nigehban'
AND (config ->> 'start_offset')::interval IS DISTINCT FROM %(offset)s::interval
"""


async def limit_refresh(connection: psycopg.AsyncConnection, raw_days: float) -> None:
    """Have them refreshed as far back as they may be; to be called before positions are dropped."""
    if await _are_used(connection):
        offset = None if isinf(raw_days) else timedelta(days=raw_days - 1)
        await connection.execute(_LIMIT_REFRESH, {"offset": offset})


async def followed_since(
    connection: psycopg.AsyncConnection, raw_days: float, now: datetime
) -> datetime | None:
    """Since when what comes in gets into the roll-ups; None where it always does."""
    return cutoff(now, raw_days - 1) if await _are_used(connection) else None


async def _are_used(connection: psycopg.AsyncConnection) -> bool:
    return any(held.continuous for held in (await chunked(connection)).values())
