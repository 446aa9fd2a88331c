"""Orders over the bus: only who watches answers, and an answer comes when it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from telemetry.bus import NoAnswerError
from telemetry.bus.memory import MemoryBus
from telemetry.watching import done_orders
from telemetry.watching import orders as module
from telemetry.watching.done_orders import Done, DoneOrders, hash_of
from telemetry.watching.orders import ALERT_ORDERS, AlertOrder, AlertOrders, NotWatchingError
from tests.waiting import until

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SLOW = Occurrence(Priority.LOW, {"en": "slow"}, {"en": "look"}, cause="mast/north")


class Watcher:
    """A watcher with a book and nothing else."""

    def __init__(self) -> None:
        self.book = Book()
        self.events: list[AlertEvent] = []
        self.kept = asyncio.Event()
        self.kept.set()
        self.states = {True: asyncio.Event(), False: asyncio.Event()}
        self.now = NOON

    def set(self, *, watching: bool) -> None:
        self.states[watching].set()
        self.states[not watching].clear()

    def order(self, act: Callable[[Book, datetime], list[AlertEvent]]) -> Book:
        if not self.states[True].is_set():
            raise NotWatchingError
        self.now += timedelta(seconds=1)
        self.events += act(self.book, self.now)
        return self.book

    async def settled(self) -> None:
        await self.kept.wait()

    async def watches(self, *, wanted: bool) -> None:
        await self.states[wanted].wait()


def order_of(number: str) -> AlertOrder:
    return AlertOrder(id=number, what="note", alerts=("rule/1",), who="Gul", why="seen")


@asynccontextmanager
async def listening(
    watcher: Watcher, stamps: Sequence[Mapping[str, str]] = ()
) -> AsyncIterator[MemoryBus]:
    bus = MemoryBus()
    orders = AlertOrders(watcher)
    orders.recall(stamps)
    task = asyncio.create_task(orders.run(bus))
    try:
        yield bus
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def asked(bus: MemoryBus, **order: Any) -> dict[str, Any]:
    told = {"id": "1", "what": "acknowledge", "alerts": ["rule/1"], "who": "Gul", **order}
    answer = await bus.request(ALERT_ORDERS, orjson.dumps(told), timeout=5)
    found: dict[str, Any] = orjson.loads(answer)
    return found


async def answers(bus: MemoryBus) -> bool:
    try:
        await bus.request(ALERT_ORDERS, b"{}", timeout=1)
    except NoAnswerError:
        return False
    return True


async def test_only_who_watches_answers() -> None:
    watcher = Watcher()
    async with listening(watcher) as bus:
        assert not await answers(bus)
        watcher.set(watching=True)
        await until(lambda: answers(bus))
        watcher.set(watching=False)

        async def silent() -> bool:
            return not await answers(bus)

        await until(silent)


async def test_an_order_that_is_not_kept_in_time_is_answered_when_it_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT_WITHIN", 0.0)
    watcher = Watcher()
    watcher.set(watching=True)
    watcher.order(lambda book, now: book.activate("rule/1", SLOW, now))
    watcher.kept.clear()
    async with listening(watcher) as bus:
        await until(lambda: answers(bus))
        assert (await asked(bus))["refused"] == "not_kept"
        watcher.kept.set()
        monkeypatch.setattr(module, "KEPT_WITHIN", 5.0)
        assert (await asked(bus))["alerts"][0]["result"] == "done"
        assert [e.what.value for e in watcher.events].count("acknowledge") == 2  # and its group


async def test_what_was_done_before_a_restart_is_not_done_again() -> None:
    watcher = Watcher()
    watcher.set(watching=True)
    watcher.order(lambda book, now: book.activate("rule/0", SLOW, now))
    async with listening(watcher) as bus:
        await until(lambda: answers(bus))
        told = await asked(bus, what="note", why="seen", alerts=["rule/0", "rule/2"])
        assert [each["result"] for each in told["alerts"]] == ["done", "unknown"]
    stamps = [event.values["order"] for event in watcher.events if "order" in event.values]
    watcher.order(lambda book, now: book.activate("rule/2", SLOW, now))
    before = len(watcher.events)
    async with listening(watcher, stamps) as bus:
        await until(lambda: answers(bus))
        assert (await asked(bus, what="acknowledge"))["refused"] == "other_order"
        again = await asked(bus, what="note", why="seen", alerts=["rule/0", "rule/2"])
        assert [each["result"] for each in again["alerts"]] == ["done", "done"]
        assert again["alerts"][0] == told["alerts"][0]
    assert [event.alert for event in watcher.events[before:]] == ["rule/2"]


def test_as_many_orders_are_remembered_as_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(done_orders, "DONE_MOST", 2)
    done: DoneOrders[str] = DoneOrders()
    orders = [order_of(str(number)) for number in range(4)]
    done.recall([{"id": "0", "hash": "h", "alert": "rule/1"}])
    for order in orders[1:]:
        done.put(order, f"answer {order.id}")
    assert [known and known.answer for known in map(done.get, orders)] == [
        None,
        None,
        "answer 2",
        "answer 3",
    ]
    done.recall([{"id": "3", "hash": "h", "alert": "rule/1"}])  # what is known better stays
    assert done.get(orders[3]) == Done(hash_of(orders[3]), "answer 3")


async def test_a_group_takes_its_members_along() -> None:
    watcher = Watcher()
    watcher.set(watching=True)
    for number in range(3):
        watcher.events += watcher.book.activate(f"rule/{number}", SLOW, NOON)
    async with listening(watcher) as bus:
        await until(lambda: answers(bus))
        group = next(alert.key for alert in watcher.book.alerts.values() if alert.is_group)
        told = (await asked(bus, alerts=[group]))["alerts"]
        assert [(each["result"], each["now"]["state"]) for each in told] == [
            ("done", "acknowledged")
        ]
        assert not any(alert.waits for alert in watcher.book.alerts.values())
