"""What happened in a window: alerts, geofence events, events, texts and gaps, in one order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

KINDS = ("alert", "fence", "event", "text", "gap")

LOOKS_MOST = 100_000
"""Looks into the index that the gaps of one question may take."""

_CHANGES_TOLD = ("update", "join", "realert")
"""What happens to alerts and is no matter of the time line."""


class Place(NamedTuple):
    """Where an item stands in the order: after those of an earlier place."""

    time: datetime
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something that happened. Times are aware, UTC."""

    time: datetime
    kind: str
    """One of KINDS."""

    id: str
    """Tells it from the others of its kind at its time."""

    what: str
    """`activate`, `entered`, `panic` …; of a text its severity, of a gap `gap`."""

    assets: tuple[int, ...]
    known_time: datetime
    """When it was known here: later than its time for what came late."""

    until: datetime | None
    """The end of a gap; None while it lasts."""

    detail: Mapping[str, Any]

    @property
    def place(self) -> Place:
        """Its place in the order."""
        return Place(self.time, self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Asked:
    """From `start` to before `end`, the `limit` first items after the place `after`."""

    start: datetime
    end: datetime
    assets: Sequence[int]
    kinds: Collection[str]
    limit: int
    severity: int = 4
    """Of texts the least important ones, by MAV_SEVERITY; 4 is a warning."""

    gap: float = 300.0
    """Seconds without a position that are a gap."""

    all_alerts: bool = True
    """Also alerts that are about no asset."""

    after: Place | None = None


# Each statement gives time, id, what, assets, known_time, until, detail in the order of (time, id),
# from `since` on, which is the place of the last item already told or the start.

_ALERTS = """
SELECT happened.event_time, lpad(happened.id::text, 19, '0') COLLATE "C", happened.what,
    coalesce(raised."values"->'assets', '[]'), happened.event_time, NULL,
    jsonb_build_object(
        'alert', happened.alert, 'who', happened.who, 'why', happened.why,
        'priority', raised."values"->'priority', 'reason', raised."values"->'reason',
        'action', raised."values"->'action',
        'value', happened."values"->'value', 'limit', raised."values"->'limit'
    )
FROM nigehban.alert_event happened LEFT JOIN LATERAL (
    SELECT "values" FROM nigehban.alert_event
    WHERE alert = happened.alert AND id <= happened.id AND what = 'activate'
    ORDER BY id DESC LIMIT 1
) raised ON true
WHERE happened.event_time >= %(since)s AND happened.event_time < %(end)s
AND (happened.event_time, lpad(happened.id::text, 19, '0') COLLATE "C") > (%(since)s, %(after)s)
AND NOT happened.what = ANY(%(untold)s)
AND (%(all)s OR raised."values"->'assets' @> ANY(%(named)s::jsonb[]))
ORDER BY happened.event_time, happened.id LIMIT %(limit)s
"""

_FENCES = """
SELECT happened.event_time, happened.id::text COLLATE "C", happened.what,
    jsonb_build_array(happened.asset),
    timestamptz 'epoch' + happened.told * interval '1 microsecond', NULL,
    jsonb_build_object(
        'fence', happened.fence, 'version', happened.version, 'fence_kind', happened.fence_kind,
        'name', drawn.fence->>'name', 'cause', happened.cause,
        'latitude', happened.latitude, 'longitude', happened.longitude
    )
FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN LATERAL (
    SELECT * FROM nigehban.fence_event
    WHERE asset = known.id AND event_time >= %(since)s AND event_time < %(end)s
    AND (event_time, id::text COLLATE "C") > (%(since)s, %(after)s) AND NOT withdrawn
    ORDER BY event_time, id::text COLLATE "C" LIMIT %(limit)s
) happened LEFT JOIN nigehban.geofence drawn
ON drawn.id = happened.fence AND drawn.version = happened.version
ORDER BY 1, 2 LIMIT %(limit)s
"""

_EVENTS = """
SELECT event_time, (asset || '/' || kind) COLLATE "C", kind, jsonb_build_array(asset), received_time, NULL, detail
FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN LATERAL (
    SELECT * FROM nigehban.event
    WHERE asset = known.id AND event_time >= %(since)s AND event_time < %(end)s
    AND (event_time, (asset || '/' || kind) COLLATE "C") > (%(since)s, %(after)s)
    ORDER BY event_time, kind COLLATE "C" LIMIT %(limit)s
) happened
ORDER BY 1, 2 LIMIT %(limit)s
"""

_TEXTS = """
SELECT received_time, (asset || '/' || severity || '/' || md5(text)) COLLATE "C", severity::text,
    jsonb_build_array(asset), received_time, NULL, jsonb_build_object('text', text)
FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN LATERAL (
    SELECT * FROM nigehban.status_text
    WHERE asset = known.id AND received_time >= %(since)s AND received_time < %(end)s
    AND severity <= %(severity)s
    AND (received_time, (asset || '/' || severity || '/' || md5(text)) COLLATE "C") > (%(since)s, %(after)s)
    ORDER BY received_time, (asset || '/' || severity || '/' || md5(text)) COLLATE "C" LIMIT %(limit)s
) said
ORDER BY 1, 2 LIMIT %(limit)s
"""

# From a fix to the last one within the time that makes a gap, and so on; where there is none, a gap
# to the next fix. Two looks for each such time, whatever the number of rows.
_GAPS = """
WITH RECURSIVE way AS (
    SELECT known.id AS asset, first.fix_time AS since, NULL::timestamptz AS until, false AS gap
    FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN LATERAL (
        SELECT fix_time FROM nigehban.position
        WHERE asset = known.id AND fix_time >= %(start)s AND fix_time < %(end)s
        ORDER BY fix_time LIMIT 1
    ) first
    UNION ALL
    SELECT way.asset, coalesce(way.until, way.since), found.until, found.gap
    FROM (
        SELECT asset, coalesce(until, since) AS since, NULL::timestamptz AS until
        FROM way WHERE NOT (gap AND until IS NULL)
    ) way CROSS JOIN LATERAL (
        SELECT coalesce(near.fix_time, far.fix_time) AS until, near.fix_time IS NULL AS gap
        FROM (SELECT) one
        LEFT JOIN LATERAL (
            SELECT fix_time FROM nigehban.position
            WHERE asset = way.asset AND fix_time > way.since
            AND fix_time <= way.since + %(gap)s::interval AND fix_time < %(end)s
            ORDER BY fix_time DESC LIMIT 1
        ) near ON true
        LEFT JOIN LATERAL (
            SELECT fix_time FROM nigehban.position
            WHERE near.fix_time IS NULL AND asset = way.asset
            AND fix_time > way.since + %(gap)s::interval AND fix_time < %(end)s
            ORDER BY fix_time LIMIT 1
        ) far ON true
    ) found
)
SELECT since, asset::text COLLATE "C", 'gap', jsonb_build_array(asset), since + %(gap)s::interval, until,
    '{}'::jsonb
FROM way
WHERE gap AND (until IS NOT NULL OR since + %(gap)s::interval <= %(end)s)
AND since >= %(since)s AND (since, asset::text COLLATE "C") > (%(since)s, %(after)s)
ORDER BY 1, 2 LIMIT %(limit)s
"""

_STATEMENTS = {
    "alert": _ALERTS,
    "fence": _FENCES,
    "event": _EVENTS,
    "text": _TEXTS,
    "gap": _GAPS,
}


async def timeline(connection: psycopg.AsyncConnection, asked: Asked) -> list[Item]:
    """What happened, in the order of `Place`, `asked.limit` at most.

    Raises ValueError where gaps would take more than LOOKS_MOST looks, psycopg.Error.
    """
    if "gap" in asked.kinds:
        _check_looks(asked)
    items: list[Item] = []
    for kind in sorted(asked.kinds):
        since, after = _since(asked, kind)
        if since >= asked.end:
            continue
        parameters = {
            "assets": list(asked.assets),
            "named": [str(asset) for asset in asked.assets],
            "all": asked.all_alerts,
            "start": asked.start,
            "end": asked.end,
            "since": since,
            "after": after,
            "limit": asked.limit,
            "severity": asked.severity,
            "gap": timedelta(seconds=asked.gap),
            "untold": list(_CHANGES_TOLD),
        }
        cursor = await connection.execute(_STATEMENTS[kind], parameters)
        items += [_item(kind, *row) for row in await cursor.fetchall()]
    items.sort(key=lambda item: item.place)
    return items[: asked.limit]


def _since(asked: Asked, kind: str) -> tuple[datetime, str]:
    """Where this kind goes on: time and id of the last one told, or what is before all of a time."""
    place = asked.after
    if place is None:
        return asked.start, ""
    if kind == place.kind:
        return place.time, place.id
    # Kinds follow each other at the same time: what is of a later kind is still to come.
    return (place.time, "") if kind > place.kind else (place.time + _TICK, "")


_TICK = timedelta(microseconds=1)


def _check_looks(asked: Asked) -> None:
    looks = (asked.end - asked.start).total_seconds() / asked.gap * len(asked.assets)
    if looks > LOOKS_MOST:
        least = asked.gap * looks / LOOKS_MOST
        raise ValueError(
            f"gaps of {asked.gap:g} s of {len(asked.assets)} assets in this time are too many to "
            f"look for: ask for gaps of {least:.0f} s, for less time or fewer assets"
        )


def _item(
    kind: str,
    time: datetime,
    id_: str,
    what: str,
    assets: list[int],
    known: datetime,
    until: datetime | None,
    detail: dict[str, Any],
) -> Item:
    ended = None if until is None else until.astimezone(UTC)
    return Item(
        time.astimezone(UTC),
        kind,
        id_,
        what,
        tuple(assets),
        known.astimezone(UTC),
        ended,
        {name: value for name, value in detail.items() if value is not None},
    )
