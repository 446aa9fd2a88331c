"""A page outlives the broker, the database and the server: it says so in time, and heals.

Each is a process of its own here, since others' would miss it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from playwright.sync_api import Browser, Page, expect

from fleet.alerts.alert import Occurrence, Priority
from telemetry.bus import BusError
from telemetry.bus.nats import connect_bus
from telemetry.bus.server import BrokerServer
from telemetry.feed import COLLECTOR_SUBJECT, PICTURE_SUBJECT, pack_picture
from telemetry.store.server import EmbeddedServer
from tests.brokers import kill, make_broker
from tests.browser.background import BackgroundLoop
from tests.browser.conftest import UNREACHABLE, ScreenMaker, Server
from tests.browser.desk import Desk
from tests.browser.screen import Screen
from tests.dashboard.pictures import cars, drones, rows
from tests.databases import migrated_database, own_server, temporary_folder
from tests.waiting import promptly, until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

LIMIT = 3.0
"""Seconds within which the page must say what went away."""

HEALED = 15_000
"""Milliseconds within which it must have come back."""

FLEET = drones(6) + cars(6)
PERIOD = 0.25


async def tell(bus_url: str) -> None:
    """Tell of a fleet that moves north, whether the broker is there or not, until cancelled."""
    bus = await connect_bus(bus_url)
    fleet = rows(FLEET)
    try:
        while True:
            now = time.time()
            for name in ("position_time", "status_time", "heard_time"):
                fleet[name] = np.datetime64(round(now * 1e6), "us")
            fleet["latitude"] = 34.0 + now % 600 / 20_000
            with contextlib.suppress(BusError):
                for payload in pack_picture(fleet):
                    await bus.publish(PICTURE_SUBJECT, payload)
                told: dict[str, Any] = {"time": now, "received": now}
                await bus.publish(COLLECTOR_SUBJECT, orjson.dumps(told))
            await asyncio.sleep(PERIOD)
    finally:
        await bus.close()


@pytest.fixture(scope="module")
def broker(loop: BackgroundLoop) -> Iterator[BrokerServer]:
    with temporary_folder() as folder:
        broker = make_broker(folder)
        loop.run(broker.start())
        telling = loop.start(tell(broker.url))
        yield broker
        telling.cancel()
        loop.run(broker.stop())


@pytest.fixture(scope="module")
def database() -> Iterator[EmbeddedServer]:
    with own_server("postgresql") as server:
        yield server


@pytest.fixture(scope="module")
def own_dsn(database: EmbeddedServer) -> Iterator[str]:
    with migrated_database(database) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def own(broker: BrokerServer, own_dsn: str) -> Iterator[Server]:
    server = Server(broker.url, own_dsn)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def desk(loop: BackgroundLoop, broker: BrokerServer, own_dsn: str) -> Iterator[Desk]:
    desk = Desk(broker.url, own_dsn)
    loop.run(desk.open())
    yield desk
    loop.run(desk.close())


@pytest.fixture(scope="module")
def maker(browser: Browser) -> Iterator[ScreenMaker]:
    maker = ScreenMaker(browser)
    maker.forgive(*UNREACHABLE, "status of 503")
    yield maker
    maker.close()


@pytest.fixture(scope="module")
def shown(maker: ScreenMaker, own: Server) -> Screen:
    """A page with all marks, whose document stays the same one through all of it."""
    screen = maker(own.url, 1366, 768)
    until_sync(lambda: screen.drawn() == len(FLEET))
    expect(cell(screen.page, "database")).to_have_text("OK")
    screen.page.evaluate("window.sameDocument = true")
    return screen


def cell(page: Page, name: str) -> Any:
    return page.locator(f".figure.{name} .value")


def says_in_time(
    page: Page,
    name: str,
    word: str,
    take_away: Callable[[], object],
    bring_back: Callable[[], object],
) -> None:
    """Take something away, of which a figure of the header must tell within LIMIT."""

    def back() -> None:
        bring_back()
        expect(cell(page, name)).not_to_have_text(word)

    promptly(LIMIT, take_away, back, lambda: expect(cell(page, name)).to_have_text(word))


def moves(screen: Screen) -> None:
    """Wait until a mark moves, which it does only if all of the way to the page is whole."""
    name = FLEET[0].default_name
    before = screen.mark(name)["latitude"]
    until_sync(lambda: screen.mark(name)["latitude"] != before)


def is_queued(page: Page, key: str) -> None:
    row = page.locator(f'.queue-row[data-key="{key}"]:visible')
    expect(row).to_have_attribute("data-state", "unacknowledged", timeout=HEALED)


def alert(number: int) -> tuple[str, Occurrence]:
    words = {"en": f"Number {number}", "ur": f"نمبر {number}"}
    return f"panic/test:{number}", Occurrence(Priority.HIGH, words, words)


def test_a_broker_that_goes_away_is_told_of_and_the_page_heals(
    shown: Screen, broker: BrokerServer, desk: Desk, loop: BackgroundLoop
) -> None:
    page = shown.page
    says_in_time(
        page, "bus", "away", lambda: loop.run(kill(broker)), lambda: loop.run(broker.start())
    )
    expect(cell(page, "intake")).to_have_text("silent")
    expect(page.locator(".queue-missing")).to_contain_text("the bus is away")
    expect(page.locator(".banner")).to_be_hidden()  # the server is there
    loop.run(broker.start())
    expect(cell(page, "bus")).to_have_text("OK", timeout=HEALED)
    moves(shown)
    expect(page.locator(".queue-missing")).to_be_hidden(timeout=HEALED)
    key, occurrence = alert(1)
    loop.run(desk.raise_alert(key, occurrence))
    is_queued(page, key)
    assert page.evaluate("window.sameDocument") is True


def test_a_database_that_goes_away_is_told_of_and_the_page_heals(
    shown: Screen, database: EmbeddedServer, desk: Desk, loop: BackgroundLoop
) -> None:
    page = shown.page
    ask = """path => fetch('/api/v1/' + path).then(async (answer) =>
        [answer.status, answer.ok ? null : await answer.json(), answer.headers.get('Retry-After')])"""
    try:
        says_in_time(page, "database", "away", database.kill, database.restart)
        moves(shown)
        status, problem, after = page.evaluate(ask, "geofences")
        assert (status, problem["type"], problem["status"]) == (503, "database-away", 503)
        assert int(after) > 0
        assert page.evaluate(ask, "alerts")[0] == 200
        expect(page.locator(".queue-missing")).to_be_hidden()  # the bus tells of them
    finally:
        database.restart()
    expect(cell(page, "database")).to_have_text("OK", timeout=HEALED)
    assert page.evaluate(ask, "geofences")[0] == 200
    key, occurrence = alert(2)
    loop.run(desk.raise_alert(key, occurrence))
    is_queued(page, key)
    assert page.evaluate("window.sameDocument") is True


def test_a_server_that_goes_away_is_told_of_on_every_page_and_alerts_come_again(
    shown: Screen, own: Server, desk: Desk, loop: BackgroundLoop
) -> None:
    page = shown.page
    key, occurrence = alert(3)
    loop.run(desk.raise_alert(key, occurrence))
    is_queued(page, key)
    page.locator('#nav a[href^="/help"]').click()
    says_in_time(page, "link", "lost", own.stop, own.start)
    assert page.evaluate("document.querySelector('#app').dataset.link") == "offline"
    late, occurrence = alert(4)
    loop.run(desk.raise_alert(late, occurrence))
    own.start()
    until_sync(lambda: shown.link() == "live")
    page.locator('#nav a[href="/"]').click()
    is_queued(page, late)
    is_queued(page, key)
    moves(shown)
    assert page.evaluate("window.sameDocument") is True


def test_pages_that_come_and_go_leave_nothing_behind(
    shown: Screen, maker: ScreenMaker, own: Server
) -> None:
    def viewers() -> int:
        return int(httpx.get(f"{own.url}/healthz", trust_env=False).json()["viewers"])

    def heap(screen: Screen) -> float:
        session = screen.page.context.new_cdp_session(screen.page)
        session.send("Performance.enable")
        session.send("HeapProfiler.collectGarbage")
        told = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in told if each["name"] == "JSHeapUsedSize"))

    alone = heap(shown)
    second = maker(own.url, 1366, 768)
    until_sync(lambda: second.drawn() == len(FLEET))
    assert viewers() == 2
    assert heap(second) < 1.5 * alone
    second.page.close()
    until_sync(lambda: viewers() == 1)
    assert heap(shown) < 1.2 * alone
