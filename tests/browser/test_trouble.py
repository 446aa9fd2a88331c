"""What the page shows when something stops: it says so, and it heals by itself."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import UNREACHABLE, ScreenMaker, Server
from tests.browser.fleet import LiveFleet
from tests.browser.picture import mark_is_drawn
from tests.browser.screen import Screen
from tests.dashboard.pages import NO_DATABASE
from tests.waiting import promptly, until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

NO_WEBGL = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : getContext.call(this, kind, ...rest);
};
"""

OFFLINE_LIMIT = 3.0
"""Seconds within which the page must say that it is cut off."""


@pytest.fixture
def screen(new_screen: ScreenMaker, server: Server, fleet: LiveFleet) -> Screen:
    """A page for each test: what a browser says of a server that is away comes late."""
    screen = new_screen(server.url)
    until_sync(lambda: screen.drawn() == len(fleet.assets))
    return screen


def test_a_drone_that_stops_sending_turns_late_and_then_lost(
    screen: Screen, fleet: LiveFleet
) -> None:
    drone = fleet.flying[0]
    screen.click_mark(drone.default_name)
    screen.opened(drone.default_name)
    panel = screen.page.locator("#panel")
    expect(panel).to_have_attribute("data-freshness", "fresh")
    fleet.silent.add(drone.key)
    stopped = time.monotonic()
    expect(panel).to_have_attribute("data-freshness", "late")
    late = time.monotonic() - stopped
    assert screen.text("#panel .badge").lower() == "late"
    expect(panel).to_have_attribute("data-freshness", "lost")
    lost = time.monotonic() - stopped
    assert 2.5 < late < 5
    assert 4.5 < lost < 7
    assert screen.mark(drone.default_name)["freshness"] == "lost"
    row = screen.page.locator("#rows .row", has_text=drone.default_name).first
    expect(row).to_have_attribute("data-freshness", "lost")
    expect(screen.page.locator(".figure.lost .value")).to_have_text("1")
    fleet.silent.clear()
    expect(panel).to_have_attribute("data-freshness", "fresh")
    expect(screen.page.locator(".figure.lost .value")).to_have_text("0")


def test_a_server_that_freezes_is_noticed_and_comes_back(
    screen: Screen, new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    new_screen.forgive(*UNREACHABLE)
    banner = screen.page.locator(".banner")
    with contextlib.ExitStack() as freezing:

        def thaw() -> None:
            freezing.close()
            expect(banner).to_be_hidden()

        promptly(
            OFFLINE_LIMIT,
            lambda: freezing.enter_context(server.frozen()),
            thaw,
            lambda: expect(banner).to_be_visible(),
        )
        expect(screen.page.locator("#app")).to_have_attribute("data-link", "offline")
        # The picture stands still, and ages: no drone stays fresh.
        names = {drone.default_name for drone in fleet.drones}
        until_sync(
            lambda: (
                {mark["freshness"] for mark in screen.marks().values() if mark["name"] in names}
                == {"lost"}
            )
        )
        screen.keep("offline")
    expect(banner).to_be_hidden()
    until_sync(lambda: screen.link() == "live")


def test_a_restarted_server_is_found_again_without_a_reload(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    new_screen.forgive(*UNREACHABLE)
    screen = new_screen(server.url)
    until_sync(lambda: screen.drawn() == len(fleet.assets))
    drone = fleet.flying[1]
    screen.click_mark(drone.default_name)
    screen.opened(drone.default_name)
    screen.page.evaluate("window.sameDocument = true")
    banner = screen.page.locator(".banner")

    def back() -> None:
        server.start()
        expect(banner).to_be_hidden()

    promptly(OFFLINE_LIMIT, server.stop, back, lambda: expect(banner).to_be_visible())
    server.start()
    until_sync(lambda: screen.link() == "live")
    expect(banner).to_be_hidden()
    until_sync(lambda: screen.drawn() == len(fleet.assets))
    screen.opened(drone.default_name)
    before = screen.mark(drone.default_name)["longitude"]
    until_sync(lambda: screen.mark(drone.default_name)["longitude"] != before)
    # The chart too: Dash answers again.
    until_sync(lambda: screen.text("#history-note") == "")
    assert screen.page.evaluate("window.sameDocument") is True


@pytest.fixture
def server_without_database(broker_url: str) -> Iterator[Server]:
    server = Server(broker_url, NO_DATABASE)
    server.start()
    yield server
    server.stop()


def test_without_a_database_the_map_goes_on_and_the_chart_says_so(
    server_without_database: Server, new_screen: ScreenMaker, fleet: LiveFleet
) -> None:
    new_screen.forgive("status of 503")
    screen = new_screen(server_without_database.url)
    drone = fleet.flying[0].default_name
    until_sync(lambda: screen.drawn() == len(fleet.assets))
    expect(screen.page.locator(".figure.database .value")).to_have_text("away")
    screen.click_mark(drone)
    screen.opened(drone)
    note = screen.page.locator("#history-note")
    expect(note).to_contain_text("The database is away")
    before = screen.mark(drone)["longitude"]
    until_sync(lambda: screen.mark(drone)["longitude"] != before)


def test_a_graphics_driver_that_starts_anew_brings_the_marks_back(
    screen: Screen, new_screen: ScreenMaker, fleet: LiveFleet
) -> None:
    new_screen.forgive("cannot be restored after WebGL context loss")  # MapLibre's; ours is
    page = screen.page
    page.evaluate(
        "window.lost = document.querySelector('.maplibregl-canvas').getContext('webgl2')"
        ".getExtension('WEBGL_lose_context'); lost.loseContext()"
    )
    expect(page.locator(".notice")).to_contain_text("graphics driver")
    page.evaluate("lost.restoreContext()")
    expect(page.locator(".notice")).to_be_hidden()
    name = fleet.flying[0].default_name
    until_sync(lambda: mark_is_drawn(screen, name))


def test_without_webgl_the_list_and_the_panel_go_on(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    screen = new_screen(server.url, script=NO_WEBGL)
    page = screen.page
    expect(page.locator(".notice")).to_contain_text("no WebGL 2")
    page.locator("#rows .row:visible").first.click()
    screen.opened(fleet.drones[0].default_name)
    assert screen.marks()[fleet.drones[0].default_name]["x"] is None
