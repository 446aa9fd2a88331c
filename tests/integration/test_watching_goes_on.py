"""A watch that ends or fails goes on where it was: by another start, collector or guard."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from fleet.assets import Asset, Kind
from fleet.geofences.events import FenceEvent
from fleet.moments import microseconds
from fleet.rules.watch import PictureChangedError, Watch
from telemetry.batch import Batch, Event, FenceChange, StatusText
from telemetry.bus.memory import MemoryBus
from telemetry.bus.server import BrokerServer
from telemetry.store.writer import Writer
from telemetry.watching.guard import Guard, Told
from tests.commands import Ports
from tests.databases import temporary_folder
from tests.integration.collecting import collector as process
from tests.integration.collecting import health
from tests.integration.watching import (
    BAZAAR,
    FENCE_EVENTS,
    add_geofence,
    alerts,
    collector_of,
    rows,
    run,
)
from tests.waiting import until

pytestmark = pytest.mark.integration

OUTSIDE, INSIDE = (34.01, 71.5), (34.0, 71.5)


async def send(ports: Ports, place: tuple[float, float], moment: datetime, **more: str) -> None:
    async with httpx.AsyncClient() as client:
        told = {
            "id": "car-1",
            "lat": str(place[0]),
            "lon": str(place[1]),
            "timestamp": str(int(moment.timestamp())),
        }
        answer = await client.get(ports.osmand_url, params=told | more)
    assert answer.status_code == 200


async def test_a_collector_that_is_killed_goes_on_where_it_was(
    timescale_database: str, ports: Ports, broker: BrokerServer
) -> None:
    dsn = timescale_database
    await add_geofence(dsn)
    now = datetime.now(UTC)

    async def watching() -> bool:
        told = await health(broker)
        return bool(told["watching"]["state"] == "watching")

    with temporary_folder() as folder:
        with process(ports, broker, dsn, folder) as command:
            await until(watching, 60)
            for seconds, place in ((60, OUTSIDE), (40, INSIDE), (30, INSIDE)):
                await send(ports, place, now - timedelta(seconds=seconds))
            await until(lambda: len(rows(dsn, FENCE_EVENTS)) == 1)
            await send(ports, INSIDE, now - timedelta(seconds=25), alarm="sos")
            command.process.kill()
            command.process.wait()
        raised = alerts(dsn)
        assert raised == [("geofence", "activate"), ("panic", "activate")]
        with process(ports, broker, dsn, folder):
            await until(watching, 60)
            for seconds in (10, 5):
                await send(ports, OUTSIDE, now - timedelta(seconds=seconds))
            await until(lambda: len(alerts(dsn)) > len(raised))
            day = (await health(broker))["watching"]["figures"][""]
            assert (day["day"], day["shares"]["high"]) == (2, 1.0)  # both came before the kill
    assert alerts(dsn) == [*raised, ("geofence", "return")]
    assert sorted(row[4] for row in rows(dsn, FENCE_EVENTS)) == ["entered", "left"]
    numbers = [n for (n,) in rows(dsn, "SELECT id FROM nigehban.alert_event ORDER BY id")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_of_two_collectors_one_watches_and_the_other_takes_over(
    timescale_database: str,
) -> None:
    bus = MemoryBus()
    with temporary_folder() as first, temporary_folder() as second:
        other = collector_of(timescale_database, second, bus, Ports())
        async with run(collector_of(timescale_database, first, bus, Ports())):
            task = asyncio.create_task(other.run())
            await until(lambda: other.watcher.statistics.state == "standing by")
        await until(lambda: other.watcher.statistics.state == "watching")
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_came_while_nobody_watched_raises_its_alert_at_the_next_start(
    timescale_database: str, ports: Ports
) -> None:
    dsn, car = timescale_database, Asset("osmand:car-9", Kind.CAR)
    with temporary_folder() as folder:
        async with run(collector_of(dsn, folder, MemoryBus(), ports)):
            await until(lambda: rows(dsn, "SELECT taken_time FROM nigehban.alert_snapshot"))
        now = datetime.now(UTC)
        panic = Event(car.key, now, now, "panic", {"cause": "sos"})
        writer = Writer(dsn)
        writing = asyncio.create_task(writer.run())
        await writer.commit(Batch((car,), events=(panic,)), 10)
        writing.cancel()
        for _ in range(2):  # and not once more at the one after it
            async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
                await collector.watcher.settled()
    assert alerts(dsn) == [("panic", "activate")]


async def test_an_event_whose_fixes_were_lost_is_taken_back(
    timescale_database: str, ports: Ports
) -> None:
    dsn = timescale_database
    await add_geofence(dsn)
    with temporary_folder() as folder:
        async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
            await until(lambda: rows(dsn, "SELECT taken_time FROM nigehban.alert_snapshot"))
            now = datetime.now(UTC)  # what is older than the snapshot is not looked at again
            lost = FenceEvent(
                7, BAZAAR.id, 1, "keep-out", "entered", "crossing", now, 34.0, 71.5, None, now, now
            )
            told = microseconds(datetime.now(UTC))
            await collector.keeper.accept(Batch(fence_changes=(FenceChange(lost, told),)))
        assert len(rows(dsn, FENCE_EVENTS)) == 1
        async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
            await collector.watcher.settled()
    assert rows(dsn, FENCE_EVENTS) == []


async def test_a_guard_that_fails_is_replaced_and_nothing_that_it_told_is_lost(
    timescale_database: str, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn, car = timescale_database, Asset("osmand:car-9", Kind.CAR)
    noon = datetime.now(UTC)
    with temporary_folder() as folder:
        async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
            panic = Event(car.key, noon, noon, "panic")
            await collector.accept(Batch((car,), events=(panic,)))
            with monkeypatch.context() as broken:

                def fail(*_: object) -> None:
                    raise PictureChangedError("broken")

                broken.setattr(Watch, "look", fail)
                await until(lambda: collector.watcher.statistics.last_error)
            await until(lambda: collector.watcher.statistics.state == "watching")
            again = Event(car.key, noon, noon, "tampering")
            await collector.accept(Batch((car,), events=(again,)))
    assert alerts(dsn) == [("panic", "activate"), ("tampering", "activate")]


async def test_a_text_that_a_guard_fails_at_is_a_dead_letter_and_the_watch_goes_on(
    timescale_database: str, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn, drone = timescale_database, Asset("mavlink:default/1", Kind.DRONE)
    hear = Guard.hear

    def fail_at_odd_words(self: Guard, batch: Batch, now: datetime) -> Told:
        told = hear(self, batch, now)
        if any(text.text == "odd" for text in batch.texts):
            raise ValueError("odd words")
        return told

    monkeypatch.setattr(Guard, "hear", fail_at_odd_words)
    for period in ("RETRY", "RELOAD_PERIOD"):
        monkeypatch.setattr(f"telemetry.watching.watcher.{period}", 0.1)
    now = datetime.now(UTC)
    texts = tuple(
        StatusText(drone.key, now + timedelta(milliseconds=n), 2, text)
        for n, text in enumerate(["odd", "Crash: Disarming", "odd"])
    )
    with temporary_folder() as folder:
        async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
            watcher = collector.watcher.statistics
            await collector.accept(Batch((drone,), texts=texts))
            await until(lambda: alerts(dsn) != [])
            await until(lambda: watcher.left_out == 2 and watcher.state == "watching")
    assert ("crash", "activate") in alerts(dsn)  # which is over by itself after a while
    letters = "SELECT reason, detail FROM nigehban.dead_letter WHERE origin = 'watch'"
    told = "hearing what happened: ValueError: odd words"
    assert rows(dsn, letters) == [("watch_failed", told)] * 2
