"""The page as people use it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import psycopg
import pytest
from playwright.sync_api import expect

from fleet.assets import Asset
from fleet.columns import Rows
from telemetry.store import queries
from tests.browser.axe import violations
from tests.browser.background import BackgroundLoop
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.fleet import LiveFleet
from tests.browser.picture import mark_is_drawn
from tests.browser.screen import Screen
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

Latest = Callable[[Asset], np.void]


@pytest.fixture
def latest(loop: BackgroundLoop, dsn: str) -> Latest:
    """Asks the database for its own row of an asset."""

    async def ask() -> Rows:
        async with await psycopg.AsyncConnection.connect(dsn) as connection:
            return await queries.latest(connection)

    def of(asset: Asset) -> np.void:
        rows = loop.run(ask())
        row: np.void = rows[rows["asset"] == asset.key][0]
        return row

    return of


def test_there_are_as_many_marks_as_assets(screen: Screen, fleet: LiveFleet) -> None:
    assert screen.drawn() == len(fleet.assets)
    assert set(screen.marks()) == {asset.default_name for asset in fleet.assets}
    expect(screen.page.locator(".list-head .shown")).to_have_text(f"{len(fleet.assets)} assets")
    airborne = f"{len(fleet.flying)}/ {len(fleet.drones)}"
    until_sync(lambda: screen.text(".figure.airborne .reading").replace("\n", "") == airborne)


def test_a_mark_is_really_drawn_where_it_is_said_to_be(screen: Screen, fleet: LiveFleet) -> None:
    name = fleet.flying[0].default_name
    until_sync(lambda: mark_is_drawn(screen, name))


def test_a_mark_moves(screen: Screen, fleet: LiveFleet) -> None:
    name = fleet.flying[-1].default_name
    before = screen.mark(name)
    until_sync(lambda: screen.mark(name)["longitude"] != before["longitude"])
    until_sync(
        lambda: (
            abs(screen.mark(name)["x"] - before["x"]) + abs(screen.mark(name)["y"] - before["y"])
            > 3
        ),
        30,
    )


def test_a_click_opens_the_panel_with_the_databases_figures(
    screen: Screen, fleet: LiveFleet, latest: Latest
) -> None:
    asset = fleet.parked
    screen.click_mark(asset.default_name)
    screen.opened(asset.default_name)
    row = latest(asset)
    assert screen.text("#panel .identity") == asset.identity
    assert screen.field("height") == f"{row['height']:.0f} m"
    assert screen.field("speed") == f"{row['speed']:.1f} m/s"
    assert screen.field("battery") == f"{row['battery_percent']:.0f} %"
    volts, amperes = row["battery_voltage"], row["battery_current"]
    assert screen.field("volts") == f"{volts:.1f} V, {amperes:.1f} A"
    assert screen.field("heading").startswith(f"{round(row['heading']):03d}°")
    assert screen.field("mode") == row["mode"].decode()
    assert screen.field("armed") == "Disarmed"
    assert screen.field("airborne") == "No, on the ground"
    assert screen.field("place") == f"{row['latitude']:.5f}° N {row['longitude']:.5f}° E"
    assert screen.field("gps") == f"RTK fixed, {row['satellites']} satellites, HDOP 0.7"
    assert screen.field("ekf") == "Good"
    assert screen.field("altitude") == f"{row['altitude']:.0f} m above sea"
    expect(screen.page.locator("#texts")).to_contain_text(f"says {asset.default_name}")


def test_the_chart_shows_what_is_stored(screen: Screen, fleet: LiveFleet, latest: Latest) -> None:
    asset = fleet.parked
    screen.click_mark(asset.default_name)
    chart = "document.querySelector('#chart .js-plotly-plot')?.data"
    until_sync(lambda: screen.page.evaluate(f"{chart}?.length") == 2)
    battery, height = screen.page.evaluate(
        f"{chart}.map(line => [line.name, line.y.filter(y => y !== null).at(-1)])"
    )
    row = latest(asset)
    assert battery == ["Battery", row["battery_percent"]]
    assert height == ["Height", pytest.approx(row["height"], abs=0.01)]
    screen.page.get_by_text("60 min").click()
    span = "(([a, b]) => new Date(b) - new Date(a))(document.querySelector('#chart .js-plotly-plot').layout.xaxis.range)"
    until_sync(lambda: screen.page.evaluate(span) == 3_600_000)


def test_a_car_shows_speed_and_no_figures_that_it_does_not_have(
    screen: Screen, fleet: LiveFleet
) -> None:
    car = fleet.cars[0]
    screen.click_mark(car.default_name)
    screen.opened(car.default_name)
    assert screen.field("speed").endswith("km/h")
    for drones_own in ("height", "battery", "mode", "ekf"):
        expect(screen.page.locator(f'#panel [data-field="{drones_own}"]')).to_be_hidden()
    assert screen.field("phone-battery") == "—"  # never told is not 0
    expect(screen.page.locator("#texts")).to_have_text("None yet.")


def test_search_and_filter_narrow_the_list_and_dim_the_rest(
    screen: Screen, fleet: LiveFleet
) -> None:
    page = screen.page
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("patrol")
    wanted = [car.default_name for car in fleet.cars if "patrol" in car.identity]
    until_sync(lambda: screen.rows() == sorted(wanted))
    assert screen.drawn() == len(fleet.assets)  # filtered marks stay on the map
    page.keyboard.press("Escape")
    page.locator(".segments button", has_text="Drones").click()
    until_sync(lambda: screen.rows() == [drone.default_name for drone in fleet.drones])
    assert page.url.endswith("/?kind=drone")
    page.keyboard.press("/")
    page.keyboard.type("nobody of this name")
    expect(page.locator(".nothing")).to_be_visible()


def test_everything_can_be_reached_by_keyboard(screen: Screen, fleet: LiveFleet) -> None:
    page = screen.page
    page.keyboard.press("/")
    page.keyboard.type("hq/")
    page.keyboard.press("ArrowDown")
    screen.opened(fleet.drones[0].default_name)
    page.keyboard.press("ArrowDown")
    screen.opened(fleet.drones[1].default_name)
    expect(page.locator("#rows .row[aria-selected=true] .name")).to_have_text(
        fleet.drones[1].default_name
    )
    page.keyboard.press("Escape")  # first the search
    assert page.locator("#search").input_value() == ""
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert screen.ask("selected()") is None


def test_the_list_is_grouped_and_groups_are_closed_by_keyboard(
    screen: Screen, fleet: LiveFleet
) -> None:
    page = screen.page
    page.get_by_label("Group the list").select_option("kind")
    drones, cars = (
        page.locator("#rows .row-group:visible").filter(has_text=kind)
        for kind in ("Drones", "Cars")
    )
    page.locator("#rows").focus()
    page.keyboard.press("Home")
    expect(drones).to_have_text(f"Drones{len(fleet.drones)}")
    page.keyboard.press("ArrowLeft")
    expect(drones).to_have_attribute("aria-expanded", "false")
    first = min(car.default_name for car in fleet.cars)
    assert screen.rows()[0] == first
    page.keyboard.press("ArrowDown")
    expect(page.locator("#rows")).to_have_attribute("aria-activedescendant", "row-group-2")
    assert violations(page, "#list") == []
    page.keyboard.press("ArrowDown")
    screen.opened(first)
    page.keyboard.press("ArrowLeft")  # to the head of its group
    page.keyboard.press("Enter")
    expect(cars).to_have_attribute("aria-expanded", "false")
    assert screen.rows() == []
    page.keyboard.press("/")
    page.keyboard.type(fleet.drones[2].default_name)  # what is searched for is shown
    page.keyboard.press("Enter")
    screen.opened(fleet.drones[2].default_name)
    page.keyboard.press("Escape")
    expect(drones).to_have_attribute("aria-expanded", "true")  # with what is selected in it
    page.reload()
    expect(drones).to_be_visible()


def test_a_link_leads_to_an_asset(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    asset = fleet.flying[2]
    screen = new_screen(f"{server.url}/?asset={asset.key}")
    screen.opened(asset.default_name)
    until_sync(lambda: screen.ask("zoom()") >= 14)
    screen.page.keyboard.press("Escape")
    assert "asset" not in screen.page.url


def test_a_link_to_nobody_opens_nothing(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    screen = new_screen(f"{server.url}/?asset=%3Cscript%3E")
    until_sync(lambda: screen.drawn() == len(fleet.assets))
    expect(screen.page.locator("#panel")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768)])
def test_everything_fits(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, width: int, height: int
) -> None:
    screen = new_screen(server.url, width, height, sharp=True)
    until_sync(lambda: screen.drawn() == len(fleet.assets))
    page = screen.page
    page.locator("#rows .row:visible").nth(1).click()
    screen.opened(fleet.drones[1].default_name)
    until_sync(lambda: page.locator("#chart .scatterlayer .trace").count() == 2)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.scrollHeight") == height
    crowded = page.evaluate(
        "[...document.querySelectorAll('.header, .header *, #panel-live *, .tools *')]"
        ".filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)"
        ".map(e => e.className || e.tagName)"
    )
    assert [name for name in crowded if name not in {"identity", "sub"}] == []  # these may be cut
    right = page.evaluate("document.querySelector('.clock').getBoundingClientRect().right")
    assert right <= width
    screen.keep("panel")
    page.keyboard.press("Escape")
    page.wait_for_timeout(PAUSE)
    screen.keep("page")


PAUSE = 300
"""Milliseconds for the picture to settle before it is kept; nothing is checked on it."""
