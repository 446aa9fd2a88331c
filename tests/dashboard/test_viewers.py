"""The live feed over a real socket."""

from __future__ import annotations

import asyncio
import socket
import time
from functools import partial

import numpy as np
import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard import live, viewers
from telemetry.bus.memory import MemoryBus
from telemetry.feed import COLLECTOR_SUBJECT, PICTURE_SUBJECT
from tests.dashboard.pages import Page, Viewer, running_page
from tests.dashboard.pictures import cars, drones, rows, seconds
from tests.waiting import until

pytestmark = pytest.mark.integration


def now() -> np.datetime64:
    return np.datetime64(round(time.time() * 1e6), "us")


async def arrived(page: Page, count: int) -> None:
    async def known() -> bool:
        return bool((await page.health())["assets"] == count)

    await until(known)


def has_latitude(viewer: Viewer, slot: int, scaled: int) -> bool:
    return slot in viewer.marks and bool(viewer.marks[slot]["latitude"] == scaled)


async def narrow(page: Page) -> socket.socket:
    """A connection whose receiving end takes little."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.to_thread(slow.connect, ("127.0.0.1", page.settings.port))
    return slow


async def test_a_viewer_gets_everything_at_first_and_then_what_changes() -> None:
    async with running_page() as page:
        fleet = rows(drones(10) + cars(10), now())
        await page.show(fleet)
        await arrived(page, 20)
        async with page.viewer() as viewer:
            await until(lambda: len(viewer.marks) == 20)
            assert viewer.texts[0]["type"] == "hello"
            assert len(viewer.told("assets")[0]["assets"]) == 20
            first = next(header for header, _ in viewer.frames if header["kind"] == live.MARKS)
            assert first["flags"] == live.WHOLE_PICTURE
            seen = len(viewer.frames)
            moved = fleet[[3]].copy()
            moved["position_time"] += seconds(1)
            moved["latitude"] = 34.2
            await page.show(moved)
            await until(lambda: viewer.marks[3]["latitude"] == 342_000_000)
            changes = [records for _, records in viewer.frames[seen:] if len(records)]
            assert [records["slot"].tolist() for records in changes] == [[3]]


async def test_silence_is_filled_with_heartbeats() -> None:
    async with running_page(update_hz=0.2) as page, page.viewer() as viewer:
        began = time.monotonic()
        await until(lambda: len(viewer.frames) >= 4)
        assert time.monotonic() - began < 3 / page.settings.update_hz
        assert all(header["count"] == 0 for header, _ in viewer.frames[1:])
        clock = [float(header["time"]) for header, _ in viewer.frames]
        assert clock == sorted(clock)


async def test_what_changes_is_sent_at_once_but_no_oftener_than_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(viewers, "HEARTBEAT", 60)
    async with running_page(update_hz=0.5) as page, page.viewer() as viewer:
        await until(lambda: viewer.frames)
        fleet = rows(drones(1), now())
        seen = [time.monotonic()]
        for step in range(1, 4):
            fleet["latitude"], fleet["position_time"] = 34 + step / 10, now()
            await page.show(fleet)
            await until(partial(has_latitude, viewer, 0, round(float(fleet["latitude"][0]) * 1e7)))
            seen.append(time.monotonic())
        assert seen[1] - seen[0] < 1.5  # the period is 2 s, and a tick has just been
        assert seen[3] - seen[1] > 1.8


async def test_an_asset_that_appears_is_described_before_its_mark() -> None:
    async with running_page() as page, page.viewer() as viewer:
        await until(lambda: viewer.frames)
        await page.show(rows(drones(1), now()))
        await until(lambda: viewer.marks)
        (told,) = viewer.told("assets")
        assert told["assets"] == [
            [0, str(drones(1)[0].key), "mavlink:default/1", "drone 1", 1, None]
        ]
        assert viewer.told("modes")[-1]["modes"] == ["GUIDED"]


async def test_a_viewer_is_told_the_details_of_what_it_watches() -> None:
    async with running_page() as page:
        fleet = rows(drones(2), now())
        await page.show(fleet)
        await arrived(page, 2)
        async with page.viewer() as viewer:
            await viewer.connection.send(orjson.dumps({"watch": str(fleet["asset"][1])}).decode())
            await until(lambda: viewer.told("detail"))
            assert viewer.told("detail")[-1]["key"] == str(fleet["asset"][1])
            later = fleet.copy()
            later["status_time"] += seconds(1)
            later["battery_percent"] = 42
            await page.show(later)
            await until(lambda: viewer.told("detail")[-1]["battery_percent"] == 42)
            await viewer.connection.send('{"watch": null}')
            told = len(viewer.told("detail"))
            beats = len(viewer.frames)
            await until(lambda: len(viewer.frames) > beats + 3)
            assert len(viewer.told("detail")) == told


@pytest.mark.parametrize(
    "message", ["hello", "{}", '{"watch": []}', '{"watch": "-3"}', b"\xff", "[1]"]
)
async def test_a_viewer_that_talks_nonsense_is_let_go(message: str | bytes) -> None:
    async with running_page() as page, page.viewer() as viewer:
        await viewer.connection.send(message)
        await viewer.connection.wait_closed()
        assert viewer.connection.close_code == viewers.BAD_MESSAGE
        assert (await page.health())["viewers"] == 0


async def test_a_message_that_is_too_long_is_not_taken() -> None:
    async with running_page() as page, page.viewer() as viewer:
        await viewer.connection.send("x" * (viewers.MAX_MESSAGE + 1))
        await viewer.connection.wait_closed()
        assert viewer.connection.close_code in {1009, viewers.BAD_MESSAGE}


async def test_a_foreign_page_cannot_open_the_feed() -> None:
    async with running_page() as page:
        for origin in ("http://evil.example", None):
            with pytest.raises(InvalidStatus) as refused:
                await page.socket(origin=origin).__aenter__()
            assert refused.value.response.status_code == 403


async def test_there_is_room_for_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "MAX_VIEWERS", 2)
    async with running_page() as page, page.viewer(), page.viewer() as second:
        await until(lambda: second.frames)
        async with page.socket() as third:
            with pytest.raises(ConnectionClosed) as refused:
                await third.recv()
            assert refused.value.rcvd is not None
            assert refused.value.rcvd.code == viewers.TOO_MANY


async def test_a_slow_viewer_gets_the_latest_and_misses_what_lay_between() -> None:
    """It stops reading for a while: others go on, and it is sent no backlog afterwards."""
    async with running_page(update_hz=10) as page:
        fleet = rows(drones(2000), now())
        await page.show(fleet)
        await arrived(page, 2000)
        async with (
            page.viewer() as quick,
            page.socket(sock=await narrow(page), max_queue=1) as lazy,
        ):
            hello = orjson.loads(await lazy.recv())
            assert hello["type"] == "hello"
            latitude = 34.0
            for step in range(1, 41):
                latitude = 34.0 + step / 1000
                fleet["latitude"] = latitude
                fleet["position_time"] = now()
                await page.show(fleet)
                wanted = round(latitude * 1e7)
                await until(partial(has_latitude, quick, 1999, wanted))
            viewer = Viewer(lazy)
            reading = asyncio.create_task(viewer.read())
            await until(partial(has_latitude, viewer, 1999, wanted))
            reading.cancel()
            full = [records for _, records in viewer.frames if len(records) == 2000]
            changes = [records for _, records in quick.frames if len(records) == 2000]
            assert len(changes) >= 40
            assert len(full) < 25  # what the buffers of both ends hold, not all forty


async def test_a_viewer_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "SEND_TIMEOUT", 0.5)
    async with running_page(update_hz=10) as page:
        fleet = rows(drones(3000), now())
        await page.show(fleet)
        await arrived(page, 3000)
        async with page.socket(sock=await narrow(page), max_queue=1):

            async def let_go() -> bool:
                fleet["position_time"] = now()
                await page.show(fleet)
                return bool((await page.health())["let_go"] == 1)

            await until(let_go)
            assert (await page.health())["viewers"] == 0


async def test_rubbish_on_the_bus_is_counted_and_harmless() -> None:
    async with running_page() as page, page.viewer() as viewer:
        await page.bus.publish(PICTURE_SUBJECT, b"rubbish")
        await page.bus.publish(COLLECTOR_SUBJECT, b"\x00{")
        await page.bus.publish(COLLECTOR_SUBJECT, b"[1]")
        await page.show(rows(drones(1), now()))
        await until(lambda: viewer.marks)
        assert (await page.health())["unreadable"] == 3


async def test_the_collectors_health_reaches_the_page() -> None:
    async with running_page() as page, page.viewer() as viewer:
        for second in (100, 101):
            told = {"time": second, "received": second * 50}
            await page.bus.publish(COLLECTOR_SUBJECT, orjson.dumps(told))
        await until(
            lambda: viewer.told("health") and viewer.told("health")[-1]["collector"]["rate"]
        )
        health = viewer.told("health")[-1]
        assert health["collector"]["rate"] == 50
        assert health["bus"]["ok"] is True


async def test_a_bus_that_goes_away_is_told_of_before_the_next_health_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Leaving(MemoryBus):
        connected = True

    monkeypatch.setattr(viewers, "HEALTH_PERIOD", 3600.0)

    def bus_told() -> list[bool]:
        return [health["bus"]["ok"] for health in viewer.told("health")]

    async with running_page(bus=(bus := Leaving())) as page, page.viewer() as viewer:
        for there in (True, False, True):
            bus.connected = there
            await until(lambda: bus_told()[-1:] == [bus.connected])


async def test_the_map_goes_on_while_the_database_is_away() -> None:
    async with running_page() as page, page.viewer() as viewer:
        await until(
            lambda: viewer.told("health") and viewer.told("health")[-1]["database"]["ok"] is False
        )
        await page.show(rows(drones(1), now()))
        await until(lambda: viewer.marks)
