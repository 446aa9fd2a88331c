"""What is asked of the history of alerts, on a real database with fifteen thousand events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from telemetry.store.alert_queries import Wanted, alert_history, statement

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALERTS, ROUNDS = 600, 24
RARE = 17
"""An asset that few alerts are about."""

# Of each alert in turn: raised, its value told, acknowledged, over. Its priority and desk become
# others with each raising.
_MADE = """
INSERT INTO nigehban.alert_event (id, alert, event_time, what, who, why, "values")
SELECT number, 'rule_' || about %% 60 || '/asset:' || about, %(noon)s + number * interval '1 second',
    (ARRAY['activate', 'update', 'acknowledge', 'return'])[round %% 4 + 1],
    CASE round %% 4 WHEN 2 THEN 'Gul' ELSE 'system' END, '',
    CASE round %% 4 WHEN 0 THEN jsonb_build_object(
        'priority', 1 + (round / 4 + about) %% 3, 'desk', (ARRAY['air', 'ground'])[round / 4 %% 2 + 1],
        'assets', CASE about WHEN 5 THEN jsonb_build_array(5, %(rare)s::bigint)
            ELSE jsonb_build_array(about) END,
        'reason', jsonb_build_object('en', 'round ' || round)
    ) ELSE '{}' END
FROM (
    SELECT number, number / %(alerts)s AS round, number %% %(alerts)s AS about
    FROM generate_series(1, %(alerts)s * %(rounds)s) number
) made
"""


@pytest.fixture
async def connection(timescale_database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(timescale_database, autocommit=True) as made:
        asked = {"noon": NOON, "rare": RARE + ALERTS, "alerts": ALERTS, "rounds": ROUNDS}
        await made.execute(_MADE, asked)
        await made.execute("ANALYZE nigehban.alert_event")
        yield made


async def ids(connection: psycopg.AsyncConnection, wanted: Wanted, before: int) -> list[int]:
    return [each.event.id for each in await alert_history(connection, wanted, before, 1000)]


async def explained(connection: psycopg.AsyncConnection, wanted: Wanted) -> tuple[str, float]:
    """The plan, and how many rows the step of it that looked at most did to give a page."""
    question, values = statement(wanted, 2**62, 200)
    explain = psycopg.sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ") + question
    (told,) = await (await connection.execute(explain, values)).fetchone() or (None,)
    return json.dumps(told), _looked_at(told[0]["Plan"])


def _looked_at(node: dict[str, Any]) -> float:
    removed = sum(node.get(name, 0) for name in node if name.startswith("Rows Removed"))
    here: float = (node["Actual Rows"] + removed) * node["Actual Loops"]
    return max([here, *map(_looked_at, node.get("Plans", ()))])


async def test_events_are_found_by_what_their_alert_was_raised_with_and_without_reading_all(
    connection: psycopg.AsyncConnection,
) -> None:
    whole = await (
        await connection.execute(
            'SELECT id, alert, event_time, what, who, "values" FROM nigehban.alert_event ORDER BY id'
        )
    ).fetchall()
    raised: dict[str, dict[str, Any]] = {}
    known = []
    for number, alert, time, what, who, values in whole:
        raised[alert] = values if what == "activate" else raised.get(alert, {})
        known.append((number, alert, time, what, who, raised[alert]))

    def of(**asked: Any) -> list[int]:
        return [
            number
            for number, alert, time, what, who, with_ in reversed(known)
            if asked.get("priorities", {with_.get("priority")}) & {with_.get("priority")}
            and asked.get("desk", with_.get("desk")) == with_.get("desk")
            and asked.get("asset") in {None, *with_.get("assets", ())}
            and alert.startswith(asked.get("rule", "") + "/" if "rule" in asked else "")
            and what in asked.get("whats", {what})
            and asked.get("who", who) == who
            and asked.get("start", time) <= time
        ][:1000]

    late = NOON + timedelta(seconds=0.8 * ALERTS * ROUNDS)
    for asked in (
        {"priorities": {3}, "desk": "air"},
        {"asset": RARE + ALERTS},
        {"asset": 5, "priorities": {1, 2}},
        {"rule": "rule_1", "whats": {"acknowledge", "return"}},
        {"rule": "rule_11", "start": late},
        {"who": "Gul", "desk": "ground", "asset": RARE},
    ):
        assert await ids(connection, Wanted(**asked), 2**62) == of(**asked) != [], asked
    third = of(asset=5)[2]
    assert await ids(connection, Wanted(asset=5), third) == of(asset=5)[3:]
    assert await ids(connection, Wanted(asset=10**6), 2**62) == []
    (told,) = await alert_history(connection, Wanted(asset=RARE, whats={"return"}), 2**62, 1)
    assert told.raised_time is not None
    assert (told.event.time - told.raised_time).total_seconds() == 3 * ALERTS
    assert told.raised["reason"] == {"en": "round 20"}

    last = NOON + timedelta(seconds=ALERTS * ROUNDS - 100)
    for wanted, index in (
        (Wanted(asset=RARE + ALERTS), "alert_event_expr_idx"),
        (Wanted(asset=RARE, priorities={3}), "alert_event_expr_idx"),
        (Wanted(rule="rule_1"), "alert_event_split_part_id_idx"),
        (Wanted(alert="rule_5/asset:5"), "alert_event_alert_id_idx"),
        (Wanted(start=last), "alert_event_event_time_idx"),
        (Wanted(priorities={3}, desk="air"), "alert_event_pkey"),
    ):
        plan, looked_at = await explained(connection, wanted)
        assert index in plan, wanted
        assert "Seq Scan" not in plan, wanted
        assert looked_at < ALERTS * ROUNDS / 2, wanted
