"""The page of the airspace as people use it: a contact with its story, sensors, when and where."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest
from playwright.sync_api import Page, expect

from fleet.airspace.checklist import CHECKLIST
from fleet.airspace.columns import (
    CHANGE,
    CONTACT,
    DETECTION,
    THREAT,
    ChangeKind,
    ContactClass,
    Means,
    State,
)
from fleet.alerts.alert import Occurrence, Priority
from fleet.columns import blank
from telemetry.airspace.heard import SensorEvent
from telemetry.batch import Batch
from telemetry.store.insert import Inserter
from tests.browser import screens
from tests.browser.axe import violations
from tests.browser.background import BackgroundLoop
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.desk import Desk, contact
from tests.browser.fleet import LiveFleet

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SANA = "localStorage.setItem('nigehban.operator', 'Sana');"
SECONDS = 300
"""That the contact has been there."""

OPERATOR = {"latitude": 34.0, "longitude": 71.5, "id": "PAK-OP-1", "time": None, "age": 1.0}


class Intruder(NamedTuple):
    """A drone that is nobody else's: neither its contact's key nor its serial number is used twice."""

    key: str
    serial: str


def flown(key: int, identity: str) -> Batch:
    """Five minutes of a contact towards the fort, seen by a radar and heard by a scout."""
    start = np.datetime64(datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=SECONDS), "us")
    times = start + np.arange(SECONDS) * np.timedelta64(1_000_000, "us")
    share = np.arange(SECONDS) / SECONDS
    rows = blank(CONTACT, SECONDS)
    rows["contact"], rows["first_time"] = key, start
    rows["time"] = rows["heard_time"] = rows["seen_time"] = times
    rows["state"], rows["class"] = State.CONFIRMED, ContactClass.COOPERATIVE
    rows["means"] = 1 << Means.COOPERATIVE | 1 << Means.RADAR
    rows["identity"], rows["hits"] = identity.encode(), 10
    rows["latitude"], rows["longitude"] = 33.995 + 0.05 * share, 71.52 - 0.03 * share
    rows["height"] = 40 + 60 * np.sin(share * 3)
    rows["east"], rows["north"] = -9, 12 * share
    late = rows[100:]
    late["operator_latitude"], late["operator_longitude"] = 34.0, 71.5
    late["operator_time"] = times[100:]
    told = blank(DETECTION, SECONDS)
    told["time"], told["received_time"] = times, times
    told["sensor"] = np.where(np.arange(SECONDS) % 3, b"sapient:mast", b"scout:north")
    told["means"] = np.where(np.arange(SECONDS) % 3, Means.RADAR, Means.COOPERATIVE)
    told["identity"] = np.where(np.arange(SECONDS) % 3, b"", identity.encode())
    told["latitude"], told["longitude"] = rows["latitude"], rows["longitude"]
    told["datum"] = told["flags"] = 0
    changes = blank(CHANGE, 2)
    changes["contact"], changes["other"] = key, 0
    changes["time"], changes["kind"] = times[[3, 9]], [ChangeKind.CONFIRMED, ChangeKind.IDENTIFIED]
    events = (SensorEvent(times[0], "sapient:mast", "registered", {"node": "mast"}),)
    threats = blank(THREAT, 2)
    threats["contact"], threats["time"] = key, times[[20, 40]]
    threats["score"], threats["level"] = 75, 3
    threats["zone"], threats["reasons"] = b"Bala Hisar", b"inside:70 low:5:40.0"
    return Batch(
        contacts=rows, detections=told, contact_changes=changes, sensor_events=events,
        contact_threats=threats,
    )  # fmt: skip


async def keep(dsn: str, batch: Batch) -> None:
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        await Inserter(connection).write(batch, [])
        await connection.commit()


def sensors() -> list[dict[str, Any]]:
    now = time.time() * 1000
    told = [
        ("sapient:mast", "mast", "sapient", "ok", now, 2.5),
        ("scout:north", "north", "remote-id", "quiet", now - 70_000, 0.0),
        ("sbs:roof", "roof", "sbs", "lost", now - 400_000, 0.0),
    ]
    return [
        {
            "sensor": sensor, "name": name, "protocol": protocol, "state": state,
            "heard_time": heard, "rate": rate, "messages": 120, "detail": "",
        }
        for sensor, name, protocol, state, heard, rate in told
    ]  # fmt: skip


@pytest.fixture
def intruder(desk: Desk, dsn: str, loop: BackgroundLoop) -> Intruder:
    """A drone that flies towards the fort, with its alert."""
    key = int(time.time() * 1e6) % 2**52
    identity = f"rid:1588E{key:015X}"
    loop.run(keep(dsn, flown(key, identity)))
    told = contact(contact=str(key), identity=identity, latitude=34.045, longitude=71.49)
    told |= {"class": "cooperative", "means": ["cooperative", "radar"], "operator": OPERATOR}
    own = contact(contact="77", latitude=33.97, longitude=71.55) | {"class": "friend"}
    desk.see([own, told, contact(latitude=33.99, longitude=71.57)], sensors())
    what = Occurrence(
        Priority.HIGH,
        {"en": f"Drone {identity[4:]}: inside Bala Hisar", "ur": "ڈرون Bala Hisar کے اندر"},
        {"en": "Confirm it.", "ur": "تصدیق کریں۔"},
        desk="air",
    )
    loop.run(desk.raise_alert(f"drone_in_zone/{identity}/Bala Hisar", what))
    return Intruder(str(key), identity[4:])


def opened(new_screen: ScreenMaker, server: Server, query: str = "", more: str = "") -> Page:
    page = new_screen(f"{server.url}/airspace{query}", 1366, 768, script=SANA + more).page
    expect(page.locator("#page-airspace .tabs")).to_be_visible()
    return page


def test_a_contact_is_shown_with_its_story_and_its_checklist_is_ticked(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, desk: Desk, intruder: Intruder
) -> None:
    page = opened(new_screen, server)
    contacts = page.locator("#airspace-panel-now .table-row:visible")
    expect(contacts).to_have_count(2)
    page.locator('[data-kind="friend"]').click()  # our own are apart
    expect(contacts).to_have_count(1)
    assert "class=friend" in page.url
    page.locator('[data-kind="others"]').click()
    contacts.filter(has_text=intruder.serial).click()
    assert f"contact={intruder.key}" in page.url
    panel = page.locator("#airspace-page-panel")
    expect(panel.locator(".badge")).to_have_text("High threat")
    expect(panel.locator(".cars li")).to_have_count(3)  # the cars nearest to the operator
    expect(panel.locator(".plot .scatterlayer .trace")).to_have_count(2)
    expect(panel.locator(".saw li")).to_have_count(2)
    timeline = panel.locator(".timeline li")
    expect(timeline).to_have_count(5)
    expect(timeline.nth(0)).to_contain_text("Confirmed as a contact")
    expect(timeline.nth(2)).to_contain_text("High threat: is inside Bala Hisar, flies low, 40 m")
    expect(timeline.nth(3)).to_contain_text("Operator located: 34.00000° N")
    expect(timeline.nth(4)).to_contain_text("Drone in a zone: raised")
    expect(panel.locator(".command")).to_have_text(
        re.compile(rf"^nigehban evidence --from \S+Z --to \S+Z --contact {intruder.key} --output ")
    )
    page.keyboard.press("l")
    expect(panel.locator(f'[data-item="{CHECKLIST[0].id}"]')).to_be_focused()
    page.keyboard.press("Space")
    expect(panel.locator(".checklist-count")).to_have_text(f"1 of {len(CHECKLIST)}")
    expect(timeline.nth(5)).to_contain_text("Done: Is it one of ours?")
    expect(timeline.nth(5)).to_contain_text("Sana")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("a")  # the contact that an alert waits for
    expect(panel.locator("h2")).to_have_text(intruder.serial)
    page.keyboard.press("a")
    expect(panel.locator(".contact-alerts .state")).to_have_text("acknowledged")
    expect(timeline.nth(6)).to_contain_text("Drone in a zone: acknowledged")
    desk.see([], sensors())
    expect(panel.locator(".score")).to_have_text("no longer seen")
    page.locator('[data-tab="earlier"]').click()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    then = page.locator("#airspace-panel-earlier .table-row:visible")
    then.filter(has_text=intruder.serial).click()  # how it was, though it is gone
    expect(panel.locator("h2")).to_have_text(intruder.serial)
    assert f"contact={intruder.key}" in page.url
    expect(panel.locator(".score")).to_have_text("no longer seen")
    expect(panel.locator(".badge")).to_be_hidden()
    expect(panel.locator(".timeline li")).to_have_count(7)


@pytest.mark.parametrize("language", ["ur"])  # test_looks has all pages in both
def test_the_page_of_the_airspace_keeps_nobody_out(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, intruder: Intruder, language: str
) -> None:
    choice = f"localStorage.setItem('nigehban.language', '{language}');"
    page = opened(new_screen, server, f"?contact={intruder.key}", choice)
    expect(page.locator("#airspace-page-panel .timeline li")).not_to_have_count(0)
    expect(page.locator("#airspace-page-panel .plot .main-svg").first).to_be_visible()
    expect(page.locator(".sky-map")).to_have_attribute("data-drawn", "true")
    found = []
    for tab in ("now", "earlier", "sensors", "heat"):
        page.locator(f'#page-airspace [data-tab="{tab}"]').click()
        if tab == "sensors":
            lost = page.locator('.sensor-state[data-state="lost"]')
            expect(lost).to_have_count(1)
        if tab == "heat":
            expect(page.locator(".heat-body .plot .heatmaplayer image")).to_be_visible()
            expect(page.locator(".heat-legend")).to_be_visible()
        found += [f"{tab}: {one}" for one in violations(page)]
        screens.keep(page, f"airspace-{tab}")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") == 1366
    if language == "en":
        return
    page.locator(".nav-item.theme").click()
    page.locator('#page-airspace [data-tab="now"]').click()
    expect(page.locator("#airspace-page-panel")).to_be_visible()
    assert violations(page) == []
    screens.keep(page, "airspace-now")
