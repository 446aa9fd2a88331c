"""The outbox: everything in order, the next only when its predecessor is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest

from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from telemetry.batch import Batch
from telemetry.sink import NotStoredError, RefusedError
from telemetry.watching import outbox as module
from telemetry.watching.outbox import Outbox

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def batch(number: int) -> Batch:
    return Batch(alert_events=(AlertEvent(number, "panic/a", NOON, What.ACTIVATE, "system"),))


@asynccontextmanager
async def running(outbox: Outbox) -> AsyncIterator[None]:
    task = asyncio.create_task(outbox.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_is_not_kept_is_brought_again_before_what_comes_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.0)
    monkeypatch.setattr(module, "PARCEL_ROWS", 1)
    tried: list[int] = []

    async def accept(parcel: Batch) -> None:
        tried.append(parcel.alert_events[0].id)
        if tried.count(2) == 1 and tried[-1] == 2:
            raise NotStoredError("no room")

    outbox = Outbox(accept)
    for number in (1, 2, 3):
        outbox.put(batch(number))
    async with running(outbox):
        await outbox.settled()
    assert tried == [1, 2, 2, 3]


async def test_what_the_database_refuses_is_counted_and_stops_nothing() -> None:
    async def accept(parcel: Batch) -> None:
        if parcel.alert_events[0].id == 1:
            raise RefusedError("refused-by-database", "no")

    outbox = Outbox(accept)
    async with running(outbox):
        outbox.put(batch(1))
        await outbox.settled()
        outbox.put(batch(2))
        await outbox.settled()
    assert outbox.refused == 1
    assert outbox.rest() == []


async def test_what_was_on_its_way_at_the_end_is_there_still() -> None:
    reached = asyncio.Event()

    async def accept(_: Batch) -> None:
        reached.set()
        await asyncio.Event().wait()

    outbox = Outbox(accept)
    outbox.put(batch(1))
    async with running(outbox):
        await reached.wait()
        outbox.put(batch(2))
    assert [rest.alert_events[0].id for rest in outbox.rest()] == [1, 2]


def test_it_is_full_at_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    async def accept(_: Batch) -> None:
        raise AssertionError

    monkeypatch.setattr(module, "ROWS_MOST", 2)
    outbox = Outbox(accept)
    outbox.put(batch(1))
    assert not outbox.full
    outbox.put(batch(2))
    assert outbox.full
