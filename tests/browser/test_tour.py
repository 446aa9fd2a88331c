"""The tour: offered once, walked by mouse and keyboard, ended at any time."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import screens
from tests.browser.axe import violations
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.fleet import LiveFleet
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

URDU = "localStorage.setItem('nigehban.language', 'ur');"


def lights(page: Page, selector: str) -> bool:
    """Whether the light stands on that element."""
    light, lit = (page.locator(each).bounding_box() for each in (".tour-light", selector))
    assert light
    assert lit
    return abs(light["x"] - max(0, lit["x"] - 6)) < 2 and abs(light["y"] - max(0, lit["y"] - 6)) < 2


def step(page: Page) -> tuple[str | None, str]:
    return page.locator(".tour").get_attribute("data-step"), page.locator(
        ".tour-count"
    ).inner_text()


def offer(page: Page) -> Locator:
    return page.locator(".toast.offer")


def test_who_is_new_is_shown_around_by_keyboard_and_not_asked_again(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    page = new_screen(server.url, 1366, 768, first_visit=True).page
    offer(page).get_by_role("button", name="Show me around").click()
    expect(offer(page)).to_have_count(0)
    expect(page.locator(".tour .main")).to_be_focused()
    until_sync(lambda: lights(page, "#header .figures.fleet"))
    assert violations(page, ".tour") == []
    _, count = step(page)
    steps = int(count.split()[-1])
    assert 6 <= steps <= 9
    page.keyboard.press("ArrowRight")
    until_sync(lambda: lights(page, "#queue"))
    screens.keep(page, "tour")
    page.keyboard.press("ArrowLeft")
    assert step(page) == ("figures", f"1 of {steps}")
    page.keyboard.press("Tab")  # the browser's own buttons aside, the focus stays inside
    assert page.evaluate("!document.activeElement.closest('#app')")
    page.locator(".tour .main").focus()
    for _ in range(steps - 1):
        page.keyboard.press("Enter")
    assert step(page) == ("pages", f"{steps} of {steps}")
    page.keyboard.press("Enter")
    expect(page.locator(".tour")).to_have_count(0)
    page.reload()
    expect(page.locator("#rows .row").first).to_be_visible()
    expect(offer(page)).to_have_count(0)


def test_the_tour_reads_from_the_right_in_urdu_and_escape_ends_it(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    page = new_screen(f"{server.url}/help", script=URDU).page
    page.locator(".tour-start").click()
    expect(page.locator("#page-live")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    assert step(page)[0] == "queue"
    for name in ("list", "map"):
        page.locator(".tour .next").click()
        assert step(page)[0] == name
    screens.keep(page, "tour")
    box = page.locator(".tour-card").bounding_box()
    assert box
    assert 0 < box["x"] < box["x"] + box["width"] < 1920
    assert violations(page, ".tour") == []
    page.keyboard.press("Escape")
    expect(page.locator(".tour")).to_have_count(0)
    expect(offer(page)).to_have_count(0)


def test_the_list_of_keys_leads_to_the_tour_and_what_is_hidden_is_passed_over(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    page = new_screen(server.url).page
    expect(page.locator("#rows .row").first).to_be_visible()
    page.evaluate("document.querySelector('#queue').hidden = true")
    page.keyboard.press("?")
    page.locator("dialog").get_by_role("button", name="Show me around").click()
    page.keyboard.press("ArrowRight")
    assert step(page)[0] == "list"
    page.locator(".tour .skip").click()
    expect(page.locator(".tour")).to_have_count(0)
