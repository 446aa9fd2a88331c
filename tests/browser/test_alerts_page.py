"""The page of alerts as people use it: the queue, several at once, the shelf, the history, figures."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

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

NAMED = "localStorage.setItem('nigehban.operator', '{name}');"


@pytest.fixture(scope="module")
def _sana(maker: ScreenMaker, server: Server, _fleet: LiveFleet) -> Page:
    return opened(maker, server, "Sana")


@pytest.fixture
def sana(_sana: Page, server: Server, desk: Desk) -> Page:
    """Sana's page of alerts, with nothing chosen and no alerts."""
    show(_sana, "alerts")
    expect(rows(_sana)).to_have_count(0)
    return _sana


def opened(maker: ScreenMaker, server: Server, name: str, more: str = "") -> Page:
    script = NAMED.format(name=name) + more
    page = maker(f"{server.url}/alerts", 1366, 768, script=script).page
    expect(page.locator("#page-alerts .tabs")).to_be_visible()
    expect(page.locator(".stale-note:visible")).to_have_count(0)
    return page


def show(page: Page, name: str, query: str = "") -> None:
    """Go there as a link in the page does, without loading the document anew."""
    page.evaluate(
        "to => { const a = document.createElement('a'); a.href = to; document.body.append(a);"
        " a.click(); a.remove(); }",
        f"/{name}{query}",
    )


def rows(page: Page) -> Any:
    return page.locator("#page-alerts .queue-row:visible")


def row(page: Page, key: str) -> Any:
    return page.locator(f'#page-alerts .queue-row[data-key="{key}"]:visible')


def low(fleet: LiveFleet, n: int, priority: Priority = Priority.HIGH) -> tuple[str, Occurrence]:
    """An alert of the n-th drone."""
    drone = fleet.drones[n]
    reason = {
        "en": f"Battery of {drone.default_name} is at 18 %",
        "ur": f"{drone.default_name} کی بیٹری 18 % ہے",
    }
    action = {"en": "Recall it.", "ur": "واپس بلائیں۔"}
    occurrence = Occurrence(
        priority, reason, action, assets=(drone.key,), value=18, limit=20, falling=True, desk="air"
    )
    return f"battery_low/{drone.key}", occurrence


def silent(fleet: LiveFleet, n: int) -> tuple[str, Occurrence]:
    """An alert of the n-th car that is grouped with others."""
    car = fleet.cars[n]
    occurrence = Occurrence(
        Priority.MEDIUM,
        {"en": f"{car.default_name} is silent", "ur": f"{car.default_name} خاموش ہے"},
        {"en": "Ask the mast's owner.", "ur": "ٹاور کے مالک سے پوچھیں۔"},
        assets=(car.key,),
        cause="mast/north",
        desk="ground",
    )
    return f"link_lost/{car.key}", occurrence


def test_alerts_are_acknowledged_by_keyboard_and_a_second_screen_shows_it(
    sana: Page,
    maker: ScreenMaker,
    server: Server,
    fleet: LiveFleet,
    desk: Desk,
    loop: BackgroundLoop,
) -> None:
    keys = []
    for n in range(3):
        key, occurrence = low(fleet, n)
        loop.run(desk.raise_alert(key, occurrence))
        keys.append(key)
    bilal = opened(maker, server, "Bilal")
    expect(rows(bilal)).to_have_count(3)
    sana.locator("#page-alerts h1").focus()
    sana.keyboard.press("j")  # the first
    expect(row(sana, keys[0])).to_have_attribute("aria-selected", "true")
    expect(sana.locator("#alerts-page-panel .action")).to_have_text("Recall it.")
    sana.keyboard.press("x")
    sana.keyboard.press("j")
    sana.keyboard.press("x")
    expect(sana.locator("#page-alerts .marked")).to_have_text("2 marked")
    sana.keyboard.press("a")
    for page in (sana, bilal):
        for key in keys[:2]:
            expect(row(page, key)).to_have_attribute("data-state", "acknowledged")
        expect(row(page, keys[2])).to_have_attribute("data-state", "unacknowledged")
    show(bilal, "alerts", f"?alert={keys[0].replace('/', '%2F')}")
    expect(bilal.locator("#alerts-page-panel .acts")).to_contain_text("Sana")
    bilal.context.close()
    maker.forget(bilal)


def test_filters_narrow_the_list_and_groups_open_to_their_members(
    sana: Page, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    loop.run(desk.raise_alert(*low(fleet, 4)))
    for n in range(3):
        loop.run(desk.raise_alert(*silent(fleet, n)))
    expect(rows(sana)).to_have_count(2)
    group = rows(sana).filter(has_text="Group of 3")
    group.locator(".fold").click()
    expect(rows(sana)).to_have_count(5)
    sana.locator('#alerts-panel-now [data-filter="desk"]').select_option("air")
    expect(rows(sana)).to_have_count(1)
    assert "desk=air" in sana.url
    sana.locator('#alerts-panel-now [data-filter="desk"]').select_option("")
    sana.locator('#alerts-panel-now .priorities [data-priority="high"]').click()  # off
    expect(rows(sana)).to_have_count(4)
    sana.locator('#alerts-panel-now [data-filter="asset"]').fill(fleet.cars[1].default_name)
    expect(rows(sana)).to_have_count(2)  # the group and the member that is meant
    assert "priority=1%2C2" in sana.url


def test_an_alert_is_shelved_with_a_reason_and_comes_back_from_the_shelf(
    sana: Page, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    key, occurrence = low(fleet, 5, Priority.MEDIUM)
    loop.run(desk.raise_alert(key, occurrence))
    row(sana, key).click()
    sana.keyboard.press("s")
    sana.locator("dialog select[name=reason]").select_option("maintenance")
    sana.locator("dialog textarea").fill("battery is being changed")
    sana.locator("dialog select[name=minutes]").select_option("15")
    sana.locator("dialog button[type=submit]").click()
    expect(rows(sana)).to_have_count(0)
    sana.locator('[data-tab="masked"]').click()
    shelf = sana.locator("#alerts-panel-masked .table-row:visible")
    expect(shelf).to_contain_text("Maintenance: battery is being changed")
    expect(shelf).to_contain_text(re.compile("Sana.*1[45] min"))
    shelf.locator("button").click()
    expect(shelf).to_have_count(0)
    sana.locator('[data-tab="now"]').click()
    expect(row(sana, key)).to_have_attribute("data-state", "unacknowledged")


def test_the_history_of_alerts_is_narrowed_to_what_is_asked_for(
    sana: Page, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    first, second = low(fleet, 6), low(fleet, 7)
    loop.run(desk.raise_alert(*first))
    loop.run(desk.raise_alert(*second))
    row(sana, first[0]).click()
    sana.keyboard.press("n")
    sana.locator("dialog textarea").fill("crew is on its way")
    sana.locator("dialog button[type=submit]").click()
    expect(sana.locator("#alerts-page-panel .acts")).to_contain_text("crew is on its way")
    show(sana, "alerts", f"?tab=history&span=1&about={first[0].replace('/', '%2F')}")
    events = sana.locator("#alerts-panel-history .table-row:visible")
    expect(events.filter(has_text="crew is on its way")).to_have_count(1)
    expect(events.filter(has_text=str(fleet.drones[7].key))).to_have_count(0)
    sana.locator('#alerts-panel-history [data-filter="what"]').select_option("note")
    expect(events).to_have_count(1)
    sana.locator('#alerts-panel-history [data-filter="who"]').fill("Nobody")
    sana.keyboard.press("Enter")
    expect(events).to_have_count(0)
    expect(sana.locator("#alerts-panel-history .nothing")).to_be_visible()

    drone, other = fleet.drones[6], fleet.drones[7]
    show(sana, "alerts", f"?tab=history&span=1&asset={drone.key}&priority=3&desk=air")
    asset = sana.locator('#alerts-panel-history [data-filter="asset"]')
    expect(asset).to_have_value(drone.default_name)
    expect(events.filter(has_text=drone.default_name)).not_to_have_count(0)
    expect(events.filter(has_not_text=drone.default_name)).to_have_count(0)
    asset.fill(other.default_name)
    sana.keyboard.press("Enter")
    expect(events.filter(has_text=other.default_name)).not_to_have_count(0)
    assert f"asset={other.key}" in sana.url
    loop.run(desk.clear_all())
    expect(sana.locator('[data-tab="now"][data-count]')).to_have_count(0)
    events.filter(has_text="raised").first.click()  # how it was, though it is over
    panel = sana.locator("#alerts-page-panel")
    expect(panel.locator(".reason")).to_have_text(f"Battery of {other.default_name} is at 18 %")
    expect(panel.locator(".orders button:visible")).to_have_count(0)
    sana.keyboard.press("h")
    expect(sana.locator("#page-history")).to_be_visible()
    asked = parse_qs(urlsplit(sana.url).query)
    assert asked["assets"] == [str(other.key)]
    assert asked["from"] < asked["at"] < asked["to"]
    sana.go_back()
    expect(panel.locator(".reason")).to_have_text(f"Battery of {other.default_name} is at 18 %")
    sana.locator('.priorities:visible [data-priority="high"]').click()  # off
    expect(events).to_have_count(0)
    show(sana, "", f"?alert=battery_low%2F{other.key}")  # a link that somebody kept
    sana.locator(".toast", has_text="is over").get_by_role("button", name="Page of alerts").click()
    expect(panel.locator(".reason")).to_have_text(f"Battery of {other.default_name} is at 18 %")


@pytest.mark.parametrize("language", ["en"])  # test_looks has all pages in both
def test_the_page_of_alerts_keeps_nobody_out(
    new_screen: ScreenMaker,
    server: Server,
    fleet: LiveFleet,
    desk: Desk,
    loop: BackgroundLoop,
    language: str,
) -> None:
    for n in range(4):
        priority = (Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.HIGH)[n]
        loop.run(desk.raise_alert(*low(fleet, n, priority)))
        loop.run(desk.raise_alert(*silent(fleet, n)))
    page = opened(
        new_screen, server, "Sana", f"localStorage.setItem('nigehban.language', '{language}')"
    )
    expect(rows(page)).to_have_count(5)
    page.locator("#page-alerts h1").focus()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#alerts-page-panel .acts li")).not_to_have_count(0)
    found = []
    for tab in ("now", "masked", "history", "figures"):
        page.locator(f'#page-alerts [data-tab="{tab}"]').click()
        if tab == "figures":
            expect(page.locator("#page-alerts .plot .main-svg").first).to_be_visible()
        found += [f"{tab}: {one}" for one in violations(page)]
        screens.keep(page, f"alerts-{tab}")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") == 1366
    page.locator(".nav-item.theme").click()
    page.set_viewport_size({"width": 1920, "height": 1080})
    screens.keep(page, "alerts-figures")
    page.locator('#page-alerts [data-tab="now"]').click()
    assert violations(page) == []
    screens.keep(page, "alerts-now")


def test_the_load_of_a_desk_is_shown_against_what_can_be_borne(
    sana: Page, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    loop.run(desk.raise_alert(*low(fleet, 8)))
    sana.locator('[data-tab="figures"]').click()
    active = sana.locator('[data-tile="active"] .value')
    air = sana.locator("#alerts-panel-figures").get_by_role("button", name="air", exact=True)

    def shows_one() -> bool:
        if air.is_visible():  # there is a choice where another desk had alerts of late
            air.click()
        return active.inner_text() == "1"

    until_sync(shows_one)
    expect(sana.locator("#alerts-panel-figures .plot .bars").first).to_be_visible()
    loop.run(desk.raise_alert(*low(fleet, 9)))
    expect(active).to_have_text("2")
    expect(sana.locator('[data-tile="waiting"] .value')).to_have_text("2")
