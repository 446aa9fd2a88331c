"""The time line: all that happened, in one order, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from fleet.geofences.events import FenceEvent
from fleet.moments import microseconds
from telemetry.batch import Batch, Event, FenceChange, StatusText
from telemetry.store.insert import Inserter
from telemetry.store.timeline import KINDS, Asked, Item, timeline
from tests.telemetry.store.samples import (
    ASSETS,
    CARS,
    DRONES,
    FENCE_EVENT,
    NOON,
    START,
    positions,
    seconds,
)

pytestmark = pytest.mark.integration

KEYS = [asset.key for asset in ASSETS]


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


@pytest.fixture
async def connection(timescale_database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(
        timescale_database, autocommit=True
    ) as connection:
        yield connection


def alert(number: int, second: float, what: What, *assets: int, key: str = "panic/1") -> AlertEvent:
    values = {"assets": list(assets), "priority": 3, "reason": {"en": "Panic"}, "limit": None}
    return AlertEvent(
        number, key, at(second), what, "Gul", "", values if what == What.ACTIVATE else {}
    )


def crossing(second: float, what: Any, **changed: Any) -> FenceEvent:
    return replace(FENCE_EVENT, time=at(second), what=what, **changed)


def happenings() -> Batch:
    """Some of each kind, many at the same times."""
    car, drone = CARS[0].key, DRONES[0].key
    return Batch(
        texts=tuple(
            StatusText(asset, at(second), severity, f"text {second}")
            for asset in (car, drone)
            for second in (0, 10, 20)
            for severity in (2, 4, 6)
        ),
        events=tuple(
            Event(asset, at(second), at(second + 5), kind, {"by": "button"})
            for asset in (car, drone)
            for second in (0, 10)
            for kind in ("panic", "alarm")
        ),
        fence_changes=(
            FenceChange(crossing(10, "entered"), microseconds(at(60))),
            FenceChange(crossing(20, "left"), microseconds(at(60))),
            FenceChange(crossing(15, "dwelt"), microseconds(at(60)), withdrawn=True),
        ),
        alert_events=(
            alert(1, 0, What.ACTIVATE, car, drone),
            alert(2, 5, What.ACKNOWLEDGE),
            alert(3, 6, What.UPDATE),
            alert(4, 10, What.ACTIVATE, key="disk/1"),
            alert(5, 20, What.RETURN),
        ),
    )


async def write(connection: psycopg.AsyncConnection, batch: Batch) -> None:
    inserter = Inserter(connection)
    await inserter.prepare(ASSETS)
    await inserter.write(batch, ASSETS)


def asked(**changed: Any) -> Asked:
    return replace(Asked(at(0), at(3600), KEYS, KINDS, 1000), **changed)


async def test_all_that_happened_comes_in_one_order(connection: psycopg.AsyncConnection) -> None:
    await write(connection, happenings())
    items = await timeline(connection, asked())
    assert [item.place for item in items] == sorted({item.place for item in items})
    counts = {kind: sum(item.kind == kind for item in items) for kind in KINDS}
    assert counts == {"alert": 4, "fence": 2, "event": 8, "text": 12, "gap": 0}


@pytest.mark.parametrize("limit", [1, 4, 7])
async def test_pages_hold_together_what_the_whole_holds(
    connection: psycopg.AsyncConnection, limit: int
) -> None:
    rows = positions(np.random.default_rng(3), 40, CARS[:2])
    await write(connection, replace(happenings(), positions=rows))
    whole = await timeline(connection, asked(gap=60.0))
    assert any(item.kind == "gap" for item in whole)
    found: list[Item] = []
    while page := await timeline(
        connection, asked(gap=60.0, limit=limit, after=found[-1].place if found else None)
    ):
        found += page
    assert found == whole


async def test_an_alert_tells_of_what_it_was_raised_for_whatever_happens_to_it(
    connection: psycopg.AsyncConnection,
) -> None:
    await write(connection, happenings())
    items = await timeline(connection, asked(kinds={"alert"}))
    panic = [item for item in items if item.detail["alert"] == "panic/1"]
    assert [item.what for item in panic] == ["activate", "acknowledge", "return"]
    assert all(item.assets == (CARS[0].key, DRONES[0].key) for item in panic)
    assert all(item.detail["reason"] == {"en": "Panic"} for item in panic)


async def test_what_is_of_other_assets_is_left_out(connection: psycopg.AsyncConnection) -> None:
    await write(connection, happenings())
    mine = await timeline(connection, asked(assets=[DRONES[0].key], all_alerts=False))
    assert {item.kind for item in mine} == {"alert", "event", "text"}
    assert all(DRONES[0].key in item.assets for item in mine)
    others = await timeline(connection, asked(assets=[CARS[4].key], all_alerts=False))
    assert others == []


async def test_texts_are_those_of_importance(connection: psycopg.AsyncConnection) -> None:
    await write(connection, happenings())
    for severity, count in ((1, 0), (2, 6), (7, 18)):
        assert len(await timeline(connection, asked(kinds={"text"}, severity=severity))) == count


async def test_a_fence_event_tells_when_it_was_known(connection: psycopg.AsyncConnection) -> None:
    await write(connection, happenings())
    entered, left = await timeline(connection, asked(kinds={"fence"}))
    assert (entered.what, left.what) == ("entered", "left")
    assert entered.known_time == at(60)
    assert entered.detail["fence"] == FENCE_EVENT.fence


async def test_gaps_are_those_of_the_fixes_in_any_order(
    connection: psycopg.AsyncConnection,
) -> None:
    rows = positions(np.random.default_rng(4), 120, CARS[:3])
    await write(connection, Batch(positions=rows))
    items = await timeline(connection, asked(kinds={"gap"}, gap=100.0))
    expected = []
    for car in CARS[:3]:
        times = np.unique(rows["fix_time"][rows["asset"] == car.key])
        wide = np.flatnonzero(np.diff(times) > seconds(100))
        expected += [(car.key, times[i].item(), times[i + 1].item()) for i in wide]
        if times[-1] + seconds(100) <= START + seconds(3600):
            expected.append((car.key, times[-1].item(), None))
    found = [
        (
            item.assets[0],
            item.time.replace(tzinfo=None),
            item.until and item.until.replace(tzinfo=None),
        )
        for item in items
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert len(found) > 10


async def test_gaps_that_would_take_too_many_looks_are_refused(
    connection: psycopg.AsyncConnection,
) -> None:
    with pytest.raises(ValueError, match="ask for gaps of"):
        await timeline(connection, asked(end=at(200 * 86_400), gap=10.0))
