"""Contacts as viewers are told of them."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import contacting
from dashboard.contacting import Contacting, ContactsError
from dashboard.live import milliseconds
from telemetry.feed import CONTACTS_SUBJECT
from tests.dashboard.pages import running_page
from tests.dashboard.pictures import NOON, seconds
from tests.waiting import until


def payload(contacts: list[dict[str, Any]], sensors: list[Any] | None = None) -> bytes:
    return orjson.dumps({"contacts": contacts, "sensors": sensors or []})


def told(state: Contacting, since: int) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(state.message(since))
    return message


def test_only_what_is_different_is_told_again() -> None:
    state = Contacting()
    state.take(payload([{"contact": 1, "latitude": 34.0}, {"contact": 2}], ["radar"]), NOON)
    first = told(state, 0)
    assert first["whole"]
    assert [contact["contact"] for contact in first["contacts"]] == [1, 2]
    assert first["sensors"] == ["radar"]
    at = state.version
    state.take(payload([{"contact": 1, "latitude": 34.1}], ["radar"]), NOON + seconds(1))
    second = told(state, at)
    assert second["contacts"] == [{"contact": 1, "latitude": 34.1}]
    assert second["gone"] == ["2"]
    assert not second["whole"]
    assert "sensors" not in second


def test_a_picture_that_is_the_same_still_says_that_it_is_new() -> None:
    state = Contacting()
    state.take(payload([{"contact": 1}]), NOON)
    at = state.version
    state.take(payload([{"contact": 1}]), NOON + seconds(1))
    assert state.version > at
    assert told(state, at)["contacts"] == []
    assert told(state, at)["time"] == milliseconds(NOON + seconds(1))


def test_what_is_beyond_the_limits_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacting, "CONTACTS_MOST", 2)
    state = Contacting()
    state.take(payload([{"contact": n} for n in range(5)]), NOON)
    assert len(state) == 2
    assert state.left_out == 3


@given(st.binary(max_size=200) | st.sampled_from([b"[]", b'{"contacts":[1],"sensors":[]}']))
def test_what_is_no_picture_changes_nothing(said: bytes) -> None:
    state = Contacting()
    with pytest.raises(ContactsError):
        state.take(said, NOON)
    assert (state.version, state.heard) == (0, None)


def test_a_hundred_contacts_cost_the_server_little() -> None:
    state = Contacting()
    contact = {f"field_{n}": n * 1.25 for n in range(30)} | {"reasons": ["is near the fort"] * 4}
    pictures = [
        payload([contact | {"contact": n, "latitude": 34 + step / 1e4} for n in range(100)])
        for step in range(20)
    ]
    began = time.thread_time()
    for picture in pictures:
        at = state.version
        state.take(picture, NOON)
        state.message(at)
    assert (time.thread_time() - began) / len(pictures) < 0.02  # s; measured: 0.001


@pytest.mark.integration
async def test_viewers_are_told_of_contacts_and_of_nothing_that_is_none() -> None:
    async with running_page() as page, page.viewer() as viewer:
        await until(lambda: viewer.frames)
        await page.bus.publish(CONTACTS_SUBJECT, b"\xff")
        await page.bus.publish(CONTACTS_SUBJECT, payload([{"contact": 7}], [{"sensor": "mast"}]))
        await until(lambda: viewer.told("contacts"))
        (first,) = viewer.told("contacts")
        assert first["contacts"] == [{"contact": 7}]
        await page.bus.publish(CONTACTS_SUBJECT, payload([]))
        await until(lambda: len(viewer.told("contacts")) == 2)
        assert viewer.told("contacts")[1]["gone"] == ["7"]
        async with page.viewer() as late:
            await until(lambda: late.told("contacts"))
            assert late.told("contacts")[0]["whole"]
