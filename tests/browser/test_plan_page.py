"""The plan page as people use it: from drawing an area to a sortie in the schedule."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.fleet import LiveFleet
from tests.browser.screen import Screen, press
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SANA = "localStorage.setItem('nigehban.operator', 'Sana');"
LIGHT = "localStorage.setItem('nigehban.theme', 'light');"
URDU = "localStorage.setItem('nigehban.language', 'ur');"

PARK = {
    "type": "Polygon",
    "coordinates": [
        [[71.545, 34.0], [71.55, 34.0], [71.55, 34.003], [71.545, 34.003], [71.545, 34.0]]
    ],
}

NAME = "Search of Palosi"
KARACHI = ZoneInfo("Asia/Karachi")


@pytest.fixture(scope="module")
def screen(maker: ScreenMaker, server: Server, _fleet: LiveFleet) -> Screen:
    """Sana's page."""
    return maker(f"{server.url}/plan", 1366, 768, script=SANA)


@pytest.fixture
def page(screen: Screen, server: Server) -> Page:
    """Her page, with the list of plans and no question open."""
    screen.page.goto(f"{server.url}/plan")
    return screen.page


@pytest.fixture(scope="module")
def kept(server: Server, _fleet: LiveFleet) -> dict[str, Any]:
    """A survey that is kept, and ordered for a drone of the fleet at six tomorrow."""
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=60) as client:

        def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = client.post(path, json=body)
            assert answer.is_success, answer.text
            told: dict[str, Any] = answer.json()
            return told

        home = {"latitude": 34.0, "longitude": 71.545}
        drones = [{"kind": "DJI Mavic 3 Enterprise", "home": home}]
        job = post("/plan-jobs", {"kind": "coverage", "area": PARK, "drones": drones})["id"]

        def made() -> bool:
            state = client.get(f"/plan-jobs/{job}", params={"wait": 5}).json()["state"]
            assert state in {"waiting", "running", "done"}
            return bool(state == "done")

        until_sync(made, 60)
        plan = post("/plans", {"who": "Bilal", "job": job, "name": "Park"})
        tomorrow = (datetime.now(KARACHI) + timedelta(days=1)).replace(hour=6, minute=0, second=0)
        drone = str(_fleet.drones[2].key)
        order = {
            "who": "Bilal",
            "name": "Dawn",
            "plan": plan["id"],
            "when": {"kind": "once", "time": tomorrow.replace(microsecond=0).isoformat()},
            "drones": {plan["drones"][0]["name"]: drone},
        }
        post("/schedule/orders", order)
    return {"plan": plan["id"], "drone": drone, "time": f"{tomorrow:%Y-%m-%dT%H:%M}"}


def click_map(page: Page, x: float, y: float) -> None:
    """Press and let go at shares of the map's width and height."""
    box = page.locator("#page-plan .map canvas").bounding_box()
    assert box is not None
    press(page, box["x"] + x * box["width"], box["y"] + y * box["height"])


def new_plan(page: Page) -> None:
    page.locator(".plan-new").click()
    expect(page.locator(".plan-fields [name=height]").first).to_be_visible()


def write_places(page: Page, places: str) -> None:
    page.get_by_role("button", name="Coordinates…").click()
    page.locator("dialog textarea").fill(places)
    page.locator("dialog button[type=submit]").click()


def test_a_new_user_draws_a_search_and_saves_and_schedules_it_in_one_form(
    screen: Screen, page: Page
) -> None:
    page.evaluate("localStorage.removeItem('nigehban.operator')")
    new_plan(page)
    expect(page.locator(".plan-note")).to_contain_text("Click the corners")
    page.locator("#page-plan .map[data-drawing=true]").wait_for()
    for x, y in [(0.40, 0.40), (0.44, 0.40), (0.44, 0.46), (0.40, 0.46)]:
        click_map(page, x, y)
    expect(page.locator(".plan-strip")).to_contain_text(re.compile(r"1\.\d\d km² · about \d+ min"))
    page.keyboard.press("Enter")
    expect(page.locator(".plan-note")).to_contain_text("4 corners")
    aside = page.locator(".plan-aside")
    expect(aside.locator(".plan-verdict")).to_contain_text("May fly")
    expect(aside.locator(".plan-totals")).to_contain_text("Probability of detection")
    before = aside.locator(".plan-totals").text_content() or ""
    page.locator(".plan-fields [name=height]").first.fill("80")
    page.get_by_role("button", name="Plan it again").click()
    expect(aside.locator(".plan-totals")).not_to_have_text(before)
    aside.locator(".plan-sortie").first.click()
    aside.locator(".plan-profile svg").hover()
    expect(aside.locator(".plan-profile .readout")).to_contain_text("80 m high")
    assert violations(page) == []
    screen.keep("plan-made")
    aside.get_by_role("button", name="Schedule…").click()
    dialog = page.locator("dialog.plan-order")
    expect(dialog.locator(".plan-times time")).to_have_count(1)
    dialog.locator("[name=name]").fill(NAME)
    expect(dialog.locator(".plan-against")).to_contain_text("Nothing")
    dialog.get_by_label("Daily").check()
    expect(dialog.locator(".plan-times time")).to_have_count(6)
    dialog.get_by_label("Once").check()
    assert violations(page) == []
    screen.keep("plan-order")
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_have_text("Enter your name.")
    dialog.locator("[name=who]").fill("Sana")
    dialog.locator("button[type=submit]").click()
    run = page.locator(".plan-run", has_text=NAME)
    expect(run).to_contain_text("Planned")
    expect(page.locator(".plan-gantt .flight").first).to_be_visible()
    run.click()
    assert violations(page) == []
    screen.keep("plan-schedule")
    assert "tab=schedule" in page.url


def test_an_area_is_read_from_a_file_and_one_that_is_too_large_is_not_planned_unasked(
    page: Page,
) -> None:
    new_plan(page)
    write_places(page, "33.9, 71.4\n34.1, 71.4\n34.1, 71.7\n33.9, 71.7")
    expect(page.locator(".plan-strip")).to_contain_text("Very large")
    expect(page.locator(".plan-progress-words")).to_contain_text("Begin when you are ready")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="From a file…").click()
    file = FilePayload(name="park.geojson", mimeType="", buffer=json.dumps(PARK).encode())
    chooser.value.set_files(file)
    expect(page.locator(".plan-note")).to_contain_text("4 corners")
    expect(page.locator(".plan-aside .plan-verdict")).to_be_visible()


@pytest.mark.parametrize("kind", ["corridor", "border"])
def test_kinds_along_a_line_are_planned_from_coordinates(page: Page, kind: str) -> None:
    new_plan(page)
    page.locator("#plan-kind").select_option(kind)
    write_places(page, "34.0000, 71.5450\n34.0060, 71.5520")
    if kind == "border":
        expect(page.locator(".plan-progress-words")).to_contain_text("missing")
        page.locator('[name="authority.name"]').fill("DIG Khan")
        page.locator('[name="authority.order_number"]').fill("PB-17/2026")
    expect(page.locator(".plan-aside .plan-verdict")).to_be_visible()


def test_a_conflict_is_shown_before_it_is_kept_and_takes_a_reason(
    screen: Screen, page: Page, kept: dict[str, Any]
) -> None:
    page.goto(page.url.split("?")[0] + f"?plan={kept['plan']}")
    page.locator(".plan-aside").get_by_role("button", name="Schedule…").click()
    dialog = page.locator("dialog.plan-order")
    keep = dialog.locator("button[type=submit]")
    dialog.locator("[name=drone-0]").select_option(kept["drone"])
    dialog.locator("[name=local]").fill(kept["time"])
    expect(dialog.locator(".plan-against")).to_contain_text("The drone still flies another sortie")
    dialog.get_by_label("Name in the schedule").fill("Twice")
    expect(dialog.locator(".plan-against")).to_contain_text("Twice begins at 06:00")
    expect(keep).to_be_disabled()
    assert violations(page) == []
    screen.keep("plan-conflict")
    dialog.get_by_label("Reason").fill("one of the two will be cancelled")
    keep.click()
    twice = page.locator(".plan-run", has_text="Twice")
    dawn = page.locator(".plan-run", has_text="Dawn")
    expect(dawn).to_contain_text("Conflicts: ")
    expect(page.locator(".plan-gantt .flight[data-conflict=true]").first).to_be_visible()
    twice.click()
    parts = page.locator(".plan-run-parts")
    expect(parts.locator(".plan-findings")).to_contain_text("another sortie")
    screen.keep("plan-schedule-conflict")
    parts.get_by_role("button", name="Cancel this time").click()
    page.locator("dialog [name=why]").fill("flown by the other")
    page.locator("dialog button[type=submit]").click()
    expect(twice).to_contain_text("Cancelled")
    expect(parts).to_contain_text("Sana: flown by the other")
    expect(dawn).not_to_contain_text("Conflicts: ")


def test_what_is_deleted_is_had_back_and_two_plans_are_compared(
    screen: Screen, page: Page, kept: dict[str, Any]
) -> None:
    rows = page.locator(".plan-list .table-row:visible")
    rows.filter(has_text="Park").first.click()
    aside = page.locator(".plan-aside")
    aside.get_by_role("button", name="Duplicate").click()
    page.locator("dialog [name=name]").fill("Copy of it")
    page.locator("dialog button[type=submit]").click()
    expect(aside.locator("h2")).to_have_text("Copy of it")
    aside.get_by_role("button", name="Compare").click()
    page.locator("dialog button[type=submit]").click()
    expect(aside.locator(".plan-compare tbody tr").first).to_contain_text("=")
    assert "with=" in page.url
    assert violations(page) == []
    screen.keep("plan-compare")
    aside.get_by_role("button", name="End the comparison").click()
    aside.get_by_role("button", name="Delete").click()
    expect(rows.filter(has_text="Copy of it")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(aside.locator("h2")).to_have_text("Copy of it")
    expect(rows.filter(has_text="Copy of it")).to_have_count(1)


def test_the_page_in_urdu_keeps_nobody_out_and_its_map_and_times_run_from_the_left(
    maker: ScreenMaker, server: Server, kept: dict[str, Any]
) -> None:
    screen = maker(f"{server.url}/plan?tab=new", 1366, 768, script=SANA + URDU + LIGHT)
    page = screen.page
    expect(page.locator(".plan-fields [name=height]").first).to_be_visible()
    assert violations(page) == []
    screen.keep("plan-new")
    page.goto(f"{server.url}/plan?tab=schedule&week={kept['time'][:10]}")
    expect(page.locator(".plan-gantt .flight").first).to_be_visible()
    assert page.locator(".plan-gantt").get_attribute("dir") == "ltr"
    assert page.locator("#page-plan .map").get_attribute("dir") == "ltr"
    assert violations(page) == []
    screen.keep("plan-schedule")
    page.goto(f"{server.url}/plan?plan={kept['plan']}")
    page.locator(".plan-aside .plan-buttons .main").click()
    dialog = page.locator("dialog.plan-order")
    dialog.locator("[name=drone-0]").select_option(kept["drone"])
    dialog.locator("[name=local]").fill(kept["time"])
    expect(dialog.locator(".plan-against .words").first).to_contain_text("Dawn")
    expect(dialog.locator(".plan-against .words").first).to_contain_text("شروع")
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") == 1366
