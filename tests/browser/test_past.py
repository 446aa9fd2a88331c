"""The page of the past: choosing, playing, jumping, clips and reports, over rows of a real database."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.brokers import make_broker
from tests.browser import past
from tests.browser.axe import violations
from tests.browser.background import BackgroundLoop
from tests.browser.conftest import ScreenMaker, Server
from tests.databases import Servers, migrated_database, temporary_folder
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

FROM, TO = (f"{past.at(second):%Y-%m-%dT%H:%M:%SZ}" for second in (0, past.LASTS))
WINDOW = f"/history?from={FROM}&to={TO}"
CAR, DRONE = past.CARS[0], past.DRONES[0]
URDU = "localStorage.setItem('nigehban.language', 'ur');"


@pytest.fixture(scope="module")
def past_server(loop: BackgroundLoop) -> Iterator[Server]:
    """A page's server with a past of its own, and a broker on which nothing moves."""
    with (
        temporary_folder() as folder,
        Servers() as servers,
        migrated_database(servers["postgresql"]) as dsn,
    ):
        loop.run(past.store(dsn))
        broker = make_broker(folder)
        loop.run(broker.start())
        server = Server(broker.url, dsn)
        server.start()
        yield server
        server.stop()
        loop.run(broker.stop())


@pytest.fixture(scope="module")
def maker(browser: Browser, past_server: Server) -> Iterator[ScreenMaker]:
    """Watches the pages of this module; they are closed before their server ends."""
    maker = ScreenMaker(browser)
    yield maker
    maker.close()


@pytest.fixture(scope="module")
def page(maker: ScreenMaker, past_server: Server) -> Page:
    """A page that the tests of this module share."""
    return maker(f"{past_server.url}/history", 1366, 768).page


Opener = Callable[[int], Page]


@pytest.fixture
def opened(page: Page) -> Opener:
    """Opens the whole past at a second of it, with all of it loaded and drawn."""

    def open_at(second: int) -> Page:
        visit(page, f"{WINDOW}&at={past.at(second):%Y-%m-%dT%H:%M:%SZ}")
        wait_loaded(page)
        return page

    return open_at


def visit(page: Page, address: str) -> None:
    """Go there as by Back and Forward, which loads no document."""
    page.evaluate(
        "address => { history.pushState(null, '', address); dispatchEvent(new PopStateEvent('popstate')); }",
        address,
    )


def wait_loaded(page: Page) -> None:
    expect(page.locator(".past-playback")).to_be_visible()
    expect(page.locator(".past-load").nth(1)).to_be_hidden()
    until_sync(lambda: told(page)["drawn"] > 0)


def told(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("window.nigehbanPast()")
    return found


def mark(page: Page, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in told(page)["marks"] if one["name"] == name)
    return found


def second(page: Page) -> float:
    """Where the time stands."""
    since: float = told(page)["time"] / 1000 - past.NOON.timestamp()
    return since


def search(page: Page) -> str:
    found: str = page.evaluate("location.search")
    return found


def banner(page: Page) -> str:
    return page.locator(".past-banner").inner_text().replace("\n", " ")


def test_a_window_that_is_chosen_is_played_with_the_marks_as_they_were_known(
    page: Page, past_server: Server
) -> None:
    visit(page, "/history")
    expect(page.locator("#page-history .page-state")).to_be_visible()
    page.locator(".past-choice summary").click()
    page.locator(".past-choice-rows label", has_text=CAR.default_name).click()
    page.locator(".past-choice-groups label", has_text="Drones").click()
    page.keyboard.press("Escape")
    expect(page.locator(".past-choice summary")).to_have_text(f"{CAR.default_name}, Drones")
    page.locator("input[name=from]").fill("2026-11-20T17:08:00")  # in Peshawar
    page.locator("input[name=to]").fill("2026-11-20T17:14:00")
    page.locator(".past-bar .main").first.click()
    wait_loaded(page)
    assert f"assets={CAR.key}%2Cdrone" in page.url
    assert {one["name"] for one in told(page)["marks"]} == {
        asset.default_name for asset in (CAR, *past.DRONES)
    }
    assert "PAST 20.11. 17:08:00" in banner(page)
    page.keyboard.press("Escape")
    page.locator(".past-controls select").select_option("60")
    page.locator(".past-controls select").blur()
    drone = mark(page, DRONE.default_name)
    page.keyboard.press(" ")
    until_sync(lambda: second(page) > past.BACK + 20)
    page.keyboard.press(" ")
    moved = mark(page, DRONE.default_name)
    assert moved["longitude"] != drone["longitude"]
    assert moved["time"] == pytest.approx(told(page)["time"], abs=1000)
    stands = second(page)
    page.wait_for_timeout(100)
    assert second(page) == stands


def test_what_came_late_becomes_known_when_it_came_and_is_marked(opened: Opener) -> None:
    page = opened(past.TOLD - 60)
    silent = mark(page, CAR.default_name)
    assert silent["time"] / 1000 == past.at(past.SILENT[0] - 5).timestamp()
    assert (silent["late"], silent["freshness"]) == (False, 2)  # lost, as it was then
    page.locator(".past-events input").fill("Panic")  # three rows, which there is room for
    page.locator(".past-table .table-row:visible", has_text="Panic button").first.click()
    assert second(page) == 360
    expect(page.locator(".past-card h2")).to_have_text(CAR.default_name)
    expect(page.locator(".past-table .past-unknown").first).to_contain_text("late")
    expect(page.locator(".past-card .past-late")).to_be_hidden()
    assert told(page)["late"] == 0

    page.locator(".past-table .table-row:visible", has_text="Raised: Panic").click()
    assert second(page) == past.TOLD
    late = mark(page, CAR.default_name)
    assert late["time"] / 1000 == past.at(past.SILENT[1] - 5).timestamp()
    assert late["late"]
    until_sync(lambda: told(page)["late"] == 1, 10)  # its ring is drawn
    expect(page.locator(".past-card .past-late")).to_have_text("This position came 3 min late.")
    page.get_by_role("slider", name="Time").press("End")
    until_sync(lambda: told(page)["late"] == 0)
    page.locator(".past-events input").fill("")


def test_a_link_leads_to_a_moment_and_the_values_of_then(page: Page, past_server: Server) -> None:
    page.goto(f"{past_server.url}{WINDOW}&at=2026-11-20T12:10:00Z&asset={DRONE.key}")
    wait_loaded(page)
    assert second(page) == 600
    expect(page.locator(".past-card h2")).to_have_text(DRONE.default_name)
    field = page.locator('.past-card [data-field="mode"]')
    expect(field).to_have_text("AUTO")
    expect(page.locator('.past-card [data-field="battery"]')).to_have_text("70 %")
    slider = page.get_by_role("slider", name="Time")
    assert slider.get_attribute("aria-valuetext") == "20.11. 17:10:00"
    slider.press("Home")
    expect(field).to_have_text("STABILIZE")
    slider.press("ArrowRight")
    assert second(page) == 5
    page.keyboard.press("n")
    assert second(page) == 200
    expect(page.locator(".past-controls [role=status]")).to_contain_text("Compass variance")
    until_sync(lambda: "at=2026-11-20T12%3A03%3A20Z" in page.evaluate("location.search"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Link to this moment").click()
    expect(page.locator(".toast", has_text="copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.evaluate("location.href")


def test_a_click_on_the_time_line_jumps_and_its_signs_say_what_they_are(opened: Opener) -> None:
    page = opened(0)
    track = page.locator(".past-line-track")
    box = track.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] - 6)
    assert second(page) == pytest.approx(900, abs=3)
    alert = (box["x"] + box["width"] * past.TOLD / past.LASTS, box["y"] + 9)
    page.mouse.move(*alert)
    expect(page.locator(".past-line-tip")).to_contain_text("Raised: Panic button of past-1")
    page.mouse.click(*alert)
    assert second(page) == past.TOLD
    expect(page.locator(".past-card h2")).to_have_text(CAR.default_name)


def test_a_moment_has_its_geofence_contacts_and_alerts(opened: Opener) -> None:
    page = opened(460)
    until_sync(lambda: told(page)["contacts"])
    assert told(page)["fences"] == [{"name": "Bazaar", "version": 1, "in_force": True}]
    (contact,) = told(page)["contacts"]
    assert (contact["class"], contact["threat"]["level"]) == ("cooperative", 3)
    assert contact["operator"] is not None
    standing = page.locator(".past-standing-rows li:visible")
    expect(standing).to_have_count(2)
    expect(standing.first).to_contain_text("A foreign drone is in Bazaar")
    expect(standing.first.locator(".age")).to_have_text("10 s")
    expect(standing.first.locator(".state")).to_have_text("waits")
    expect(standing.last).to_contain_text("acknowledged · Bibi")
    standing.first.locator("button").click()
    assert second(page) == past.INTRUDES[0]
    expect(page.locator(".past-contact h2")).to_have_text("1588E040445AC004418")
    until_sync(lambda: f"contact={past.CONTACT}" in search(page))
    assert violations(page) == []
    expect(page.locator(".past-contact .past-state")).to_contain_text("High threat, 75 of 100")
    expect(page.locator(".past-reasons li")).to_have_text(
        ["is inside Bazaar of then", "flies low, 20 m"]
    )

    slider = page.get_by_role("slider", name="Time")
    slider.press("ArrowLeft")
    expect(page.locator(".past-reasons li")).to_contain_text(["Reckoned now"])
    slider.press("Home")
    expect(page.locator(".past-contact .past-state")).to_contain_text(
        "Not there at this moment: from 20.11. 17:01:40 to 20.11. 17:11:40"
    )
    expect(standing).to_have_count(1)
    slider.press("End")
    assert told(page)["fences"][0]["version"] == 2
    assert told(page)["contacts"] == []
    expect(standing.first).to_contain_text("Panic button of past-1")
    page.keyboard.press("Escape")


def test_a_moment_that_is_linked_alone_is_shown_with_the_time_around_it(page: Page) -> None:
    visit(page, f"/history?assets={CAR.key}&at={past.at(700):%Y-%m-%dT%H:%M:%SZ}")
    wait_loaded(page)
    assert second(page) == 700
    assert "from=2026-11-20T12%3A01%3A40Z&to=2026-11-20T12%3A21%3A40Z" in search(page)
    expect(page.locator(".past-card h2")).to_have_text(CAR.default_name)
    (name,) = (one["name"] for one in told(page)["marks"])
    assert name == CAR.default_name
    page.get_by_role("button", name="The time before").click()
    until_sync(lambda: "from=2026-11-20T11%3A41%3A40Z" in search(page))
    page.locator("input[name=to]").fill("tomorrow")
    page.locator(".past-bar .main").first.click()
    expect(page.locator(".past-bar .wrong")).to_contain_text("now-2h")


def test_a_clip_holds_the_positions_of_what_is_shown(opened: Opener) -> None:
    page = opened(0)
    with page.expect_download() as taken:
        page.locator('.past-clips [data-format="csv"]').click()
    assert taken.value.suggested_filename.endswith(".zip")
    for layer in ("contacts", "alerts"):
        page.locator(f'.past-layers [data-layer="{layer}"]').click()
    until_sync(lambda: "hide=contacts%2Calerts" in search(page))
    with page.expect_download() as taken:
        page.locator('.past-clips [data-format="csv"]').click()
    assert taken.value.suggested_filename.endswith(".csv")
    rows = list(csv.DictReader(taken.value.path().read_text().splitlines()))
    cars = 2 * past.LASTS - (past.BACK - past.SILENT[1])
    assert len(rows) == 2 * past.LASTS + cars // 5
    with page.expect_download() as taken:
        page.locator('.past-clips [data-format="geojson"]').click()
    features = json.loads(taken.value.path().read_text())["features"]
    assert len({one["properties"]["name"] for one in features}) == len(past.ASSETS)


def test_a_report_has_a_table_a_figure_and_a_printed_form(opened: Opener) -> None:
    page = opened(0)
    page.evaluate(
        "() => { localStorage.setItem('nigehban.operator', 'Gul'); window.print = () => (window.printed = true); }"
    )
    page.locator(".past-views button", has_text="Reports").click()
    page.locator(".report-bar select").first.select_option("stops")
    page.locator(".report-bar .main").click()
    table = page.get_by_role("grid", name="Stops")
    expect(table.locator(".table-row:visible")).to_have_count(1)
    expect(table).to_contain_text(past.CARS[1].default_name)
    expect(table).to_contain_text("20.11. 17:11:40")
    expect(page.locator(".report-figure .bars path")).to_have_count(1)
    assert violations(page) == []
    page.locator(".report-bar button", has_text="Print").click()
    until_sync(lambda: page.evaluate("window.printed === true"))
    page.emulate_media(media="print")
    try:
        paper = page.locator(".report-print")
        expect(paper.locator("h1")).to_have_text("Stops")
        for words in ("2026-11-20 17:00:00 – 2026-11-20 17:20:00 PKT", "Gul", "0:04:55"):
            expect(paper).to_contain_text(words)
        expect(paper.locator("img")).to_be_visible()
        expect(page.locator(".header")).to_be_hidden()
        expect(page.locator(".report-bar")).to_be_hidden()
    finally:
        page.emulate_media(media="screen")
        page.evaluate("localStorage.clear()")


def test_too_fine_a_step_is_refused_and_one_that_would_do_is_offered(
    page: Page, past_server: Server
) -> None:
    visit(page, f"{WINDOW}&step=0.005")
    page.get_by_role("button", name="Take steps of 1 s").click()
    wait_loaded(page)
    assert "step=1" in page.url


def test_a_store_that_is_away_is_said_and_asked_again(
    maker: ScreenMaker, page: Page, past_server: Server
) -> None:
    maker.forgive("503")
    away = {"type": "database-away", "title": "", "status": 503, "detail": "no connection"}

    def refuse(route: Any) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(away))

    page.route("**/history/tracks?*", refuse)
    visit(page, f"{WINDOW}&assets={CAR.key}")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(page.locator(".past-load").nth(1)).to_contain_text("no connection")
    page.unroute("**/history/tracks?*")
    again.click()
    wait_loaded(page)


def test_the_past_is_read_in_urdu_by_everybody(maker: ScreenMaker, past_server: Server) -> None:
    url = f"{past_server.url}{WINDOW}&at={past.at(past.TOLD):%Y-%m-%dT%H:%M:%SZ}"
    page = maker(f"{url}&asset={CAR.key}", 1366, 768, URDU).page
    wait_loaded(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 1366
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.past-line')).direction") == "ltr"
    )
    assert "20.11. 17:10:00" in banner(page)
