"""The fleet page: names, groups and services, in front of a real server and database."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from fleet.alerts.alert import Occurrence, Priority
from tests.browser import screens
from tests.browser.axe import violations
from tests.browser.background import BackgroundLoop
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.desk import Desk
from tests.browser.fleet import LiveFleet
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

OPERATOR = "localStorage.setItem('nigehban.operator', 'Inspector Gul');"
URDU = "localStorage.setItem('nigehban.language', 'ur');"
CHART = "!!document.querySelector('.fleet-chart .main-svg')"


def opened(page: Page, count: int) -> None:
    """Wait until the table has all assets."""
    expect(page.locator(".fleet-count")).to_contain_text(str(count))


def test_a_new_name_is_on_the_live_page_of_another_screen(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    drone = fleet.drones[1]
    other = new_screen(server.url, width=900, height=500)
    other.page.locator("#search").fill("2")
    page = new_screen(f"{server.url}/fleet?asset={drone.key}", script=OPERATOR).page
    expect(page.locator("#fleet-side-name")).to_have_text(drone.default_name)
    page.keyboard.press("e")
    page.get_by_label("Call sign").fill("Zarb 2")
    page.get_by_label("Hours between two services").fill("0.5")
    assert violations(page, "dialog") == []
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Zarb 2 was changed")
    until_sync(lambda: "Zarb 2" in other.rows())
    expect(page.locator(".fleet-lines .who").first).to_have_text("Inspector Gul")
    expect(page.locator(".table-row[aria-selected=true]")).to_contain_text("Zarb 2")
    expect(page.locator(".table-row[aria-selected=true]")).to_contain_text("h left")
    shown = page.locator(".table-row:visible").all_inner_texts()
    at, car = (next(i for i, row in enumerate(shown) if name in row) for name in ("Zarb", "patrol"))
    assert at < car  # drones come first, whatever they are called
    page.get_by_role("button", name="Undo").click()
    until_sync(lambda: "Zarb 2" not in other.rows())
    page.get_by_role("button", name="Serviced…").click()
    page.get_by_label("Serviced", exact=True).fill("2026-01-05T09:30")
    page.get_by_label("Hours since then that were not counted").fill("12")
    page.keyboard.press("Enter")
    expect(page.locator(".table-row[aria-selected=true]")).to_contain_text("2026-01-05")
    expect(page.locator(".table-row[aria-selected=true]")).to_contain_text("12.0 h")
    page.get_by_role("button", name="Camera…").click()
    for label, value in (("across", "60"), ("upwards", "45"), ("Pitch", "-60")):
        page.get_by_label(label).fill(value)
    page.keyboard.press("Enter")
    expect(page.locator(".fleet-lines .what").first).to_contain_text("looks down -60")
    page.get_by_role("link", name="Show on the map").click()
    expect(page.locator("#panel-name")).to_have_text(drone.default_name)
    until_sync(lambda: page.evaluate("nigehban.footprints().chosen") == 1)


def test_several_are_put_into_a_group_by_keys_alone(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    page = new_screen(f"{server.url}/fleet", script=OPERATOR).page
    opened(page, len(fleet.assets))
    page.keyboard.press("/")
    page.keyboard.type("patrol-0")
    until_sync(lambda: page.locator(".table-row:visible").count() == 5)
    assert "q=patrol-0" in page.url
    page.locator(".table-view").focus()
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.get_by_role("button", name="Put 2 into a group…").click()
    page.keyboard.type("North")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("2 assets are in North now")
    page.get_by_label("Search names").fill("")
    page.get_by_label("Group", exact=True).select_option("North")
    expect(page.locator(".table-row:visible")).to_have_count(2)
    assert "group=North" in page.url
    page.reload()
    expect(page.locator(".table-row:visible")).to_have_count(2)
    page.locator(".table-view").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".fleet-side")).to_contain_text("Group: — → North")
    assert re.search(r"asset=\d+", page.url)
    page.keyboard.press("Escape")
    expect(page.locator(".fleet-side")).to_be_hidden()
    body = {"who": "Gul", "keys": [str(car.key) for car in fleet.cars], "group": None}
    page.request.post(f"{server.url}/api/v1/register/group", data=body)


def test_what_is_old_says_so_and_comes_back(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    new_screen.forgive("Failed to load resource", "503")
    reason = {"en": "Battery is at 18 %", "ur": "بیٹری 18 % ہے"}
    low = Occurrence(Priority.HIGH, reason, {}, assets=(fleet.drones[-1].key,))
    loop.run(desk.raise_alert("battery_low/1", low))
    page = new_screen(f"{server.url}/fleet").page
    opened(page, len(fleet.assets))
    page.get_by_role("columnheader", name="Battery").get_by_role("button").click()
    first, lowest = page.locator(".table-row:visible").first, fleet.drones[-1].default_name
    expect(first).to_contain_text(lowest)
    page.route(
        "**/api/v1/fleet?*", lambda route: route.fulfill(status=503, json={"detail": "away"})
    )
    page.locator(".nav a", has_text="Help").click()
    page.locator(".nav a", has_text="Fleet").click()
    expect(page.locator(".fleet-note")).to_contain_text("away")
    expect(first).to_contain_text(lowest)
    page.unroute("**/api/v1/fleet?*")
    page.locator(".nav a", has_text="Help").click()
    page.locator(".nav a", has_text="Fleet").click()
    expect(page.locator(".fleet-note")).to_be_hidden()
    expect(first.get_by_role("link", name="1 · high")).to_be_visible()
    page.locator(".table-view:visible").focus()
    for key in ("Home", "ArrowRight", "End", "Enter"):  # the link in the last cell
        page.keyboard.press(key)
    expect(page.get_by_label("Asset or words")).to_have_value(lowest)
    expect(page.locator("#page-alerts .queue-row:visible")).to_have_count(1)


@pytest.mark.parametrize("language", ["ur"])  # test_looks has all pages in both
def test_the_fleet_keeps_nobody_out(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, language: str
) -> None:
    script = URDU if language == "ur" else ""
    page = new_screen(f"{server.url}/fleet?asset={fleet.drones[0].key}", script=script).page
    opened(page, len(fleet.assets))
    until_sync(lambda: page.evaluate(CHART))
    found = []
    for theme in ("dark", "light"):
        if theme == "light":
            with page.expect_response("**/changes*"):
                page.locator(".nav-item.theme").click()
        found += [f"{theme}: {one}" for one in violations(page)]
        for width, height in ((1366, 768), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            screens.keep(page, "fleet-details")
    assert found == []
