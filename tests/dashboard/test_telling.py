"""Alerts and figures as viewers are told of them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from dashboard.alerting import Alerting
from dashboard.telling import AlertsTold, FiguresTold
from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import Book
from telemetry.feed import ALERTS_SUBJECT, pack_alerts
from tests.dashboard.pages import Viewer, running_page
from tests.waiting import until

NOON = datetime(2026, 5, 4, 7, tzinfo=UTC)


def low(name: str, priority: Priority = Priority.MEDIUM) -> Occurrence:
    reason = {"en": f"Battery of {name} is low", "ur": "بیٹری کم ہے"}
    return Occurrence(priority, reason, {"en": "Recall it.", "ur": "واپس بلائیں۔"}, assets=(2**60,))


def told(message: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(message)
    return found


def test_only_the_alert_that_changed_is_told_again() -> None:
    book, alerting = Book(), Alerting()
    for name in ("P1", "P2"):
        book.activate(f"battery/{name}", low(name), NOON)
    alerting.restore(book, [])
    subject = AlertsTold(alerting)
    first = told(subject.message(0))
    assert first["whole"]
    assert {alert["key"] for alert in first["alerts"]} == {"battery/P1", "battery/P2"}
    assert first["alerts"][0]["assets"] == [str(2**60)]  # no number of JavaScript holds it
    at = subject.version
    alerting.take((event, None) for event in book.acknowledge("battery/P1", "Sana", NOON))
    (again,) = told(subject.message(at))["alerts"]
    assert (again["key"], again["state"]) == ("battery/P1", "acknowledged")
    at = subject.version
    alerting.take((event, None) for event in book.clear("battery/P1", NOON))
    assert told(subject.message(at))["gone"] == ["battery/P1"]


def test_the_figures_go_on_with_the_time_and_are_told_when_they_are_others() -> None:
    now = NOON
    book, alerting = Book(), Alerting()
    events = [e for n in range(12) for e in book.activate(f"battery/P{n}", low(f"P{n}"), NOON)]
    alerting.restore(book, events)
    subject = FiguresTold(alerting, lambda: now)
    at = subject.version
    desk = told(subject.message(0))["desks"][""]
    assert (desk["ten_minutes"], desk["in_flood"], desk["waiting"]) == (12, True, 12)
    now += timedelta(minutes=11)
    assert subject.version > at
    assert told(subject.message(at))["desks"][""]["in_flood"] is False
    assert subject.version == subject.version


def test_two_hundred_alerts_cost_the_server_little() -> None:
    book, alerting = Book(), Alerting()
    for n in range(200):
        book.activate(f"battery/P{n}", low(f"P{n}"), NOON)
    alerting.restore(book, [])
    subject = AlertsTold(alerting)
    began = time.thread_time()
    for _ in range(10):
        subject.message(0)
    assert (time.thread_time() - began) / 10 < 0.05  # s; measured: 0.003


@pytest.mark.integration
async def test_viewers_hear_of_an_alert_and_of_what_is_done_about_it() -> None:
    book = Book()
    async with running_page() as page, page.viewer() as one, page.viewer() as other:
        await until(lambda: one.frames and other.frames)
        for events in (
            book.activate("battery/P1", low("P1"), datetime.now(UTC)),
            book.acknowledge("battery/P1", "Sana", datetime.now(UTC)),
        ):
            for payload in pack_alerts((event, book.alert(event.alert)) for event in events):
                await page.bus.publish(ALERTS_SUBJECT, payload)
        await until(lambda: last_state(one) == last_state(other) == "acknowledged")
        assert one.told("figures")[-1]["detail"]  # says that no database was asked


def last_state(viewer: Viewer) -> str | None:
    """Of the alert that was told of last."""
    messages = viewer.told("alerts")
    state: str | None = messages[-1]["alerts"][0]["state"] if messages else None
    return state
