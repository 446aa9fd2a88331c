"""The plan page as people use it: from drawing an area to a sortie in the schedule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.fleet import LiveFleet
from tests.browser.screen import PRESS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SANA = "localStorage.setItem('nigehban.operator', 'Sana');"
URDU = "localStorage.setItem('nigehban.language', 'ur');"

AREA = {
    "type": "Polygon",
    "coordinates": [
        [[71.545, 34.0], [71.551, 34.0], [71.551, 34.004], [71.545, 34.004], [71.545, 34.0]]
    ],
}

MADE = 20_000
"""Milliseconds for a plan to be made on a machine that does much else."""


@pytest.fixture(scope="module")
def maker(browser: Browser) -> Iterator[ScreenMaker]:
    """Opens pages that several tests use: opening one is what takes long."""
    maker = ScreenMaker(browser)
    yield maker
    maker.close()


@pytest.fixture(scope="module")
def screen(maker: ScreenMaker, server: Server, _fleet: LiveFleet) -> Screen:
    """Sana's page."""
    return maker(f"{server.url}/plan", 1366, 768, script=SANA)


@pytest.fixture
def page(screen: Screen) -> Page:
    return screen.page


def click_map(page: Page, x: float, y: float) -> None:
    """Press and let go at shares of the map's width and height."""
    box = page.locator("#page-plan .map canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()
    page.wait_for_timeout(PRESS)
    page.mouse.up()


def new_plan(page: Page) -> None:
    page.locator(".plan-new").click()
    expect(page.locator(".plan-fields [name=height]").first).to_be_visible()


def write_area(page: Page, places: str) -> None:
    page.get_by_role("button", name="Coordinates…").click()
    page.locator("dialog textarea").fill(places)
    page.locator("dialog button[type=submit]").click()


def test_a_new_user_draws_a_search_saves_it_and_schedules_it(screen: Screen, page: Page) -> None:
    new_plan(page)
    expect(page.locator(".plan-note")).to_contain_text("Click the corners")
    page.locator("#page-plan .map[data-drawing=true]").wait_for()
    for x, y in [(0.40, 0.40), (0.44, 0.40), (0.44, 0.46), (0.40, 0.46)]:
        click_map(page, x, y)
    page.keyboard.press("Enter")
    expect(page.locator(".plan-note")).to_contain_text("4 corners")
    aside = page.locator(".plan-aside")
    expect(aside.locator(".plan-verdict")).to_contain_text("May fly", timeout=MADE)
    expect(aside.locator(".plan-totals")).to_contain_text("Probability of detection")
    length = aside.locator(".plan-totals").inner_text()
    page.locator(".plan-fields [name=height]").first.fill("80")
    expect(aside.locator(".plan-totals")).not_to_have_text(length, timeout=MADE)
    aside.locator(".plan-sortie").first.click()
    assert violations(page) == []
    screen.keep("plan-made")
    aside.get_by_role("button", name="Schedule…").click()
    page.locator("dialog [name=name]").fill("Search of Palosi")
    page.locator("dialog button[type=submit]").click()
    dialog = page.locator("dialog.plan-order")
    expect(dialog.locator(".plan-times time")).to_have_count(1)
    expect(dialog.locator(".plan-against")).to_contain_text("Nothing")
    dialog.get_by_label("Daily").check()
    expect(dialog.locator(".plan-times time")).to_have_count(6)
    dialog.get_by_label("Once").check()
    assert violations(page) == []
    screen.keep("plan-order")
    dialog.locator("button[type=submit]").click()
    run = page.locator(".plan-run")
    expect(run).to_contain_text("Search of Palosi")
    expect(run).to_contain_text("Planned")
    expect(page.locator(".plan-gantt .flight").first).to_be_visible()
    run.click()
    assert violations(page) == []
    screen.keep("plan-schedule")
    assert "tab=schedule" in page.url
