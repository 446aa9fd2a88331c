"""Alerts, geofences, contacts and tones as people use them on the live page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from fleet.alerts.alert import Occurrence, Priority
from tests.browser.axe import violations
from tests.browser.background import BackgroundLoop
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.desk import Desk, contact
from tests.browser.fleet import LiveFleet
from tests.browser.screen import PRESS, Screen, press
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SANA = "localStorage.setItem('nigehban.operator', 'Sana')"
BILAL = "localStorage.setItem('nigehban.operator', 'Bilal')"


@pytest.fixture(scope="module")
def _one(maker: ScreenMaker, server: Server, _fleet: LiveFleet) -> Screen:
    return maker.small(server.url, _fleet, SANA)


@pytest.fixture(scope="module")
def other(maker: ScreenMaker, server: Server, _fleet: LiveFleet) -> Screen:
    """Bilal's page."""
    return maker.small(server.url, _fleet, BILAL)


@pytest.fixture
def one(_one: Screen, desk: Desk) -> Screen:
    """Sana's page, with nothing chosen and no alerts."""
    _one.page.keyboard.press("Escape")
    expect(_one.page.locator(".queue-row:visible")).to_have_count(0)
    until_sync(lambda: _one.ask("still()"))
    return _one


def low(fleet: LiveFleet, n: int, priority: Priority = Priority.HIGH) -> tuple[str, Occurrence]:
    """An alert of the n-th drone."""
    drone = fleet.drones[n]
    reason = {"en": f"Battery of {drone.default_name} is at 18 %", "ur": "بیٹری کم ہے"}
    action = {"en": "Recall it.", "ur": "واپس بلائیں۔"}
    occurrence = Occurrence(
        priority, reason, action, assets=(drone.key,), value=18, limit=20, falling=True
    )
    return f"battery_low/{drone.key}", occurrence


def row(screen: Screen, key: str) -> Any:
    return screen.page.locator(f'.queue-row[data-key="{key}"]:visible')


def test_an_alert_is_acknowledged_on_one_page_and_changes_on_the_other(
    one: Screen, other: Screen, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    key, occurrence = low(fleet, 0)
    loop.run(desk.raise_alert(key, occurrence))
    for screen in (one, other):
        expect(row(screen, key)).to_have_attribute("data-state", "unacknowledged")
        expect(screen.page).to_have_title(re.compile(r"^\(1\) "))
        expect(screen.page.locator(".alert-place:visible")).to_have_count(1)
    one.keep("alert-waits")
    one.page.keyboard.press("a")  # chooses it
    expect(one.page.locator("#alert-panel")).to_be_visible()
    expect(one.page.locator("#alert-panel .action")).to_have_text("Recall it.")
    assert violations(one.page) == []
    one.page.keyboard.press("a")
    for screen in (one, other):
        expect(row(screen, key)).to_have_attribute("data-state", "acknowledged")
        expect(screen.page).to_have_title(re.compile(r"^[^(]"))
    row(other, key).click()
    expect(other.page.locator("#alert-panel .acts")).to_contain_text("Sana")
    assert f"alert={key.replace('/', '%2F')}" in other.page.url


def test_an_alert_is_shelved_with_a_reason_and_taken_back(
    one: Screen, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    key, occurrence = low(fleet, 1, Priority.MEDIUM)
    loop.run(desk.raise_alert(key, occurrence))
    page = one.page
    row(one, key).click()
    page.keyboard.press("s")
    page.locator("dialog select[name=reason]").select_option("maintenance")
    page.locator("dialog textarea").fill("battery is being changed")
    page.locator("dialog select[name=minutes]").select_option("15")
    page.locator("dialog button[type=submit]").click()
    expect(row(one, key)).to_have_attribute("data-state", "shelved")
    expect(page.locator("#alert-panel .facts")).to_contain_text("battery is being changed")
    page.locator('#alert-panel [data-order="unshelve"]').click()
    expect(row(one, key)).to_have_attribute("data-state", "unacknowledged")


def test_an_order_that_is_refused_says_why(
    one: Screen, maker: ScreenMaker, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    maker.forgive("status of 503")
    key, occurrence = low(fleet, 2)
    loop.run(desk.raise_alert(key, occurrence))
    row(one, key).click()
    desk.stands_by = True
    one.page.keyboard.press("a")
    problem = one.page.locator("#alert-panel .problem").first
    expect(problem).to_have_text("this collector stands by")
    expect(row(one, key)).to_have_attribute("data-failed", "true")
    desk.stands_by = False
    one.page.keyboard.press("a")
    expect(row(one, key)).to_have_attribute("data-state", "acknowledged")
    expect(problem).to_be_hidden()


def test_alerts_of_one_cause_are_one_row_with_its_members(
    one: Screen, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    for car in fleet.cars[:4]:
        silent = Occurrence(
            Priority.MEDIUM,
            {"en": f"{car.default_name} is silent"},
            {"en": "Ask the mast's owner."},
            assets=(car.key,),
            cause="mast/north",
        )
        loop.run(desk.raise_alert(f"link_lost/{car.key}", silent))
    screen = one
    page = screen.page
    expect(page.locator(".queue-row:visible")).to_have_count(1)
    expect(page.locator(".queue-row:visible .about")).to_have_text("Group of 4")
    page.locator(".queue-row:visible").click()
    expect(page.locator("#alert-panel .members li")).to_have_count(4)
    page.locator(".queue-row:visible .acknowledge").click()
    expect(page.locator(".queue-row:visible")).to_have_attribute("data-state", "acknowledged")


def test_a_press_means_the_alert_that_stood_there_when_the_button_went_down(
    one: Screen, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    pressed, occurrence = low(fleet, 4, Priority.MEDIUM)
    loop.run(desk.raise_alert(pressed, occurrence))
    button = row(one, pressed).locator(".acknowledge")
    button.hover()
    place = button.bounding_box()
    one.page.evaluate("document.querySelector('.queue-load').textContent = 'FLOOD '.repeat(40)")
    assert button.bounding_box() == place
    one.page.mouse.down()
    urgent, occurrence = low(fleet, 5)
    loop.run(desk.raise_alert(urgent, occurrence))
    expect(one.page.locator(".queue-row:visible").first).to_have_attribute("data-key", urgent)
    one.page.mouse.up()
    expect(row(one, pressed)).to_have_attribute("data-state", "acknowledged")
    expect(row(one, urgent)).to_have_attribute("data-state", "unacknowledged")


def test_geofences_are_drawn_explained_handed_on_and_hidden_for_good(
    one: Screen, server: Server, desk: Desk
) -> None:
    screen = one
    page = screen.page
    until_sync(lambda: screen.ask("fences()") == ["Bala Hisar", "Hayatabad camp"])
    x, y = place_of(screen, 71.49, 34.05)
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    expect(page.locator(".fence-tip")).to_contain_text("Bala Hisar")
    expect(page.locator(".fence-tip")).to_contain_text("Up to 120 m above ground")
    page.locator(".layers summary").click()
    page.locator('[data-layer="privacy"]').uncheck()
    until_sync(lambda: screen.ask("fences()") == ["Bala Hisar"])
    assert "hide=privacy" in page.url
    page.goto(server.url)
    until_sync(lambda: screen.ask("fences()") == ["Bala Hisar"])
    page.locator(".layers summary").click()
    page.locator('[data-layer="privacy"]').check()
    until_sync(lambda: screen.ask("fences()") == ["Bala Hisar", "Hayatabad camp"])
    assert "hide=" not in page.url
    page.get_by_role("button", name="As a file…").click()
    page.locator("dialog select").select_option("qgc")
    with page.expect_download() as handed:
        page.locator("dialog button[type=submit]").click()
    assert handed.value.suggested_filename == "geofences.plan"
    said = page.locator("dialog .said-list")
    expect(said).to_contain_text("Geofence Bala Hisar: its name and note are not carried")
    page.locator("dialog .dialog-foot button").click()


def test_a_contact_is_shown_with_its_threat_and_who_is_near_its_operator(
    one: Screen, desk: Desk
) -> None:
    operator = {"latitude": 34.0, "longitude": 71.5, "id": "PAK-OP-1", "time": None, "age": 1.0}
    desk.see([contact(operator=operator, latitude=34.06, longitude=71.6)])
    screen = one
    page = screen.page
    until_sync(lambda: [each["threat"] for each in screen.ask("contacts()") or []] == [3])
    (shown,) = screen.ask("contacts()")

    def pointed_at() -> bool:  # drawn, so that it can be pressed
        page.mouse.move(shown["x"] - 1, shown["y"])
        page.mouse.move(shown["x"], shown["y"])
        page.wait_for_timeout(PRESS)
        return bool(page.evaluate("document.querySelector('canvas').style.cursor") == "pointer")

    until_sync(pointed_at)
    press(page, shown["x"], shown["y"])
    panel = page.locator("#contact-panel")
    expect(panel.locator(".badge")).to_have_text("High threat")
    expect(panel.locator(".reasons")).to_contain_text("will be in Bala Hisar in 52 s")
    expect(panel.locator(".cars li")).to_have_count(3)
    assert "contact=123456789" in page.url
    page.wait_for_timeout(PAUSE)
    screen.keep("contact")
    desk.see([])
    expect(panel.locator(".score")).to_have_text("no longer seen")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_tones_wait_for_a_gesture_and_are_silent_for_a_while_only(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    screen = new_screen.small(server.url, fleet, SANA + CLOCK)
    page = screen.page
    assert screen.ask("sound()") == {"state": "blocked", "played": 0}
    expect(page.locator(".sound .words")).to_have_text("Click for sound")
    page.locator(".sound summary").click()
    until_sync(lambda: screen.ask("sound()")["state"] == "on")
    loop.run(desk.raise_alert(*low(fleet, 3)))
    until_sync(lambda: screen.ask("sound()")["played"] == 1)
    page.locator('[data-silence="5"]').click()
    expect(page.locator(".sound .words")).to_have_text(re.compile(r"^[45]:\d\d$"))
    loop.run(desk.raise_alert(*low(fleet, 4)))
    expect(page.locator(".queue-count")).to_have_text("2")
    assert screen.ask("sound()") == {"state": "silent", "played": 1}
    page.evaluate("window.later(5 * 60)")
    until_sync(lambda: screen.ask("sound()")["state"] == "on")
    loop.run(desk.raise_alert(*low(fleet, 6)))
    until_sync(lambda: screen.ask("sound()")["played"] >= 2)


CLOCK = """;
let shift = 0;
const real = Date.now;
Date.now = () => real() + shift;
window.later = (seconds) => { shift += seconds * 1000; };
"""
"""Lets a test go on in time as the page's sounds see it."""

PAUSE = 300
"""Milliseconds for the picture to settle before it is kept; nothing is checked on it."""


def place_of(screen: Screen, longitude: float, latitude: float) -> tuple[float, float]:
    """Where a place is in the window: marks tell where they are, and the map is Mercator's."""
    marks = list(screen.marks().values())
    west = min(marks, key=lambda mark: float(mark["longitude"]))
    east = max(marks, key=lambda mark: float(mark["longitude"]))
    a_degree = (east["x"] - west["x"]) / (east["longitude"] - west["longitude"])
    x = west["x"] + (longitude - west["longitude"]) * a_degree
    stretch = a_degree / COSINE
    return x, west["y"] - (latitude - west["latitude"]) * stretch


COSINE = 0.829
"""Of Peshawar's latitude."""
