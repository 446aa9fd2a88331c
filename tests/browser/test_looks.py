"""Every page in both languages and both themes: readable for everybody, and a picture of each."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dashboard.addresses import PAGES
from tests.browser import screens
from tests.browser.axe import violations
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.fleet import LiveFleet
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

CHOOSE = "localStorage.setItem('nigehban.language', '{language}');"


FILL_HEADER = """
() => {
  for (const cell of document.querySelectorAll(".figure")) {
    cell.hidden = false;
    cell.querySelector(".value").textContent ||= "12";
  }
  document.querySelector(".operator span").textContent = "Inspector";
}
"""

CROWDED = """
() => [...document.querySelectorAll(".header *, .nav *, .tools *")]
  .filter((e) => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.className || e.tagName)
"""

BEYOND = """
() => [...document.querySelectorAll(".header > *")]
  .filter((e) => e.getBoundingClientRect().left < -1 || e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.className)
"""
"""What of the header has no room in the window."""


@pytest.mark.parametrize("language", ["en", "ur"])
def test_no_page_keeps_anybody_out(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, language: str
) -> None:
    screen = new_screen(server.url, script=CHOOSE.format(language=language), sharp=True)
    page = screen.page
    until_sync(lambda: screen.drawn() == len(fleet.assets))
    assert page.evaluate("document.documentElement.dir") == {"en": "ltr", "ur": "rtl"}[language]
    page.locator("#rows .row:visible").nth(1).click()
    screen.opened(fleet.drones[1].default_name)
    found = []
    for theme in ("dark", "light"):
        if theme == "light":
            page.locator(".nav-item.theme").click()
        for name in PAGES:
            page.locator(".nav ul a").nth(PAGES.index(name)).click()
            expect(page.locator(f"#page-{name}")).to_be_visible()
            expect(page.locator(f"#page-{name} .page-state[role=status]")).to_have_count(0)
            if name != "live":
                expect(page.locator("#page-live")).to_be_hidden()
            found += [f"{name} {theme}: {one}" for one in violations(page)]
            screens.keep(page, name)
    assert found == []
    page.evaluate(FILL_HEADER)
    for width in (1600, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate(CROWDED) == []
        assert page.evaluate(BEYOND) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
    screens.keep(page, PAGES[-1])


def test_what_keeps_people_out_is_found(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet
) -> None:
    page = new_screen(f"{server.url}/plan").page
    expect(page.locator("#page-plan .plan-list")).to_be_visible()
    page.evaluate(
        "document.querySelector('#page-plan .page-body').innerHTML ="
        "'<p style=\"color: #333; background: #222\">dark</p><button></button>'"
    )
    told = " ".join(violations(page))
    assert "color-contrast" in told
    assert "button-name" in told
