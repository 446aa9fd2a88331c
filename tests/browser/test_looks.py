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


@pytest.mark.parametrize("language", ["en", "ur"])
def test_no_page_keeps_anybody_out(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, language: str
) -> None:
    screen = new_screen(server.url, script=CHOOSE.format(language=language))
    page = screen.page
    until_sync(lambda: screen.drawn() == len(fleet.assets), 30)
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
