"""The live feed as JSON says what the binary one says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard import live, viewers
from dashboard.live_json import Shown, marks_message, trails_message
from tests.dashboard.pages import Page, running_page
from tests.dashboard.pictures import NOON, cars, drones, rows, seconds
from tests.waiting import until

DOCS = Path(__file__).parents[2] / "docs/api.md"

FIELDS = [
    "longitude",
    "latitude",
    "height",
    "heading",
    "speed",
    "battery_percent",
    "mode",
    "armed",
    "airborne",
    "position_time",
    "status_time",
]


def read(message: bytes) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(message)
    return told


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["speed", "mode", "latitude"]))))
def test_what_a_viewer_was_told_adds_up_to_what_is_shown(changes: list[tuple[int, str]]) -> None:
    fleet, modes, before = rows(drones(2) + cars(2)), live.Modes(), None
    known: dict[str, dict[str, Any]] = {}
    for step, (slot, field) in enumerate([(0, "speed"), *changes], 1):
        values = {
            "speed": step / 4,
            "mode": b"M%d" % (step % 3),
            "latitude": np.nan if step % 2 else 34,
        }
        fleet[field][slot] = values[field]
        after = Shown.of(step, fleet, NOON, modes)
        told = read(marks_message(before, after, fleet["asset"], modes.names, NOON))
        assert told["whole"] == (before is None)
        for mark in told["marks"]:
            assert before is None or set(mark) <= {"key", field, "longitude", "position_time"}
            known.setdefault(mark["key"], {}).update(mark)
        before = after
    whole = read(
        marks_message(None, Shown.of(99, fleet, NOON, modes), fleet["asset"], modes.names, NOON)
    )
    assert list(known.values()) == whole["marks"]
    assert all(set(mark) == {"key", *FIELDS} for mark in whole["marks"])


def test_unknown_is_null_and_numbers_are_those_of_the_binary_marks() -> None:
    fleet = rows(drones(2))
    for name in ("latitude", "height", "heading", "speed", "battery_percent"):
        fleet[name][1] = np.nan
    fleet["armed"][1], fleet["mode"][1], fleet["landed_state"][1] = -1, b"", -1
    fleet["status_time"][1] = np.datetime64("NaT")
    fleet["speed"][0] = 11.2649
    modes = live.Modes()
    told = read(
        marks_message(None, Shown.of(1, fleet, NOON, modes), fleet["asset"], modes.names, NOON)
    )
    first, second = told["marks"]
    assert first["speed"] == 11.26
    assert first["longitude"] == 71.5
    assert first["armed"] is True
    assert first["position_time"] == "2026-05-04T07:00:00Z"
    assert {name: second[name] for name in FIELDS} == dict.fromkeys(FIELDS) | {"mode": ""}


def test_trails_are_told_by_key_the_oldest_point_first() -> None:
    points = np.zeros(3, live.TRAIL_POINT)
    points["slot"] = [0, 0, 1]
    points["longitude"] = [715_000_000, 715_000_010, 716_000_000]
    points["latitude"] = 340_000_000
    points["age"] = [5000, 0, 1500]
    assert read(trails_message(points, np.array([7, 8]), NOON)) == {
        "type": "trails",
        "time": live.milliseconds(NOON),
        "trails": [
            {
                "key": "7",
                "points": [
                    [71.5, 34.0, "2026-05-04T06:59:55Z"],
                    [71.500001, 34.0, "2026-05-04T07:00:00Z"],
                ],
            },
            {"key": "8", "points": [[71.6, 34.0, "2026-05-04T06:59:58.500000Z"]]},
        ],
    }


@pytest.mark.parametrize(
    ("after", "record"),
    [
        ("They are little-endian and begin with", live.HEADER),
        ("A mark, 32 bytes", live.MARK),
        ("A point of a trail, 16 bytes", live.TRAIL_POINT),
    ],
)
def test_the_documented_layout_is_the_one_that_is_packed(after: str, record: np.dtype[Any]) -> None:
    table = (
        DOCS.read_text().partition(after)[2].lstrip().partition("| at |")[2].partition("\n\n")[0]
    )
    told = re.findall(r"^\| (\d+) \| ([uif])(\d+) \| `(\w+)` \|", table, re.MULTILINE)
    fields: Any = record.fields
    assert [(int(at), f"<{kind}{int(bits) // 8}", name) for at, kind, bits, name in told] == [
        (at, np.dtype(kind).str.replace("|", "<"), name) for name, (kind, at) in fields.items()
    ]


def as_json(page: Page, query: str = "?format=json", **options: Any) -> connect:
    options = {"origin": page.url, "max_size": None, **options}
    return connect(f"ws://127.0.0.1:{page.settings.port}/live{query}", **options)


@pytest.mark.integration
async def test_a_program_reads_the_feed_and_has_what_the_api_has() -> None:
    fleet = rows(drones(2) + cars(1), np.datetime64("now", "us"))
    async with running_page() as page:
        await page.show(fleet)

        async def listed() -> list[dict[str, Any]]:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"{page.url}/api/v1/assets")
                found: list[dict[str, Any]] = answer.json()
                return found

        await until(listed)
        async with as_json(page) as socket:
            told: dict[str, list[dict[str, Any]]] = {}
            while "health" not in told:
                message = orjson.loads(await socket.recv(decode=True))
                told.setdefault(message["type"], []).append(message)
            assert "modes" not in told
            (marks,) = [each for each in told["marks"] if each["whole"]]
            entries = {entry["key"]: entry for entry in told["assets"][0]["assets"]}
            shown = {mark["key"]: entries[mark["key"]] | mark for mark in marks["marks"]}
            for asset in await listed():
                mark = shown[asset["key"]]
                assert set(mark) == set(asset)
                for name in (
                    "identity",
                    "name",
                    "kind",
                    "group",
                    "latitude",
                    "heading",
                    "mode",
                    "armed",
                ):
                    assert mark[name] == pytest.approx(asset[name]), name
            moved = fleet[[1]].copy()
            moved["position_time"] += seconds(1)
            moved["latitude"] = 34.2
            await page.show(moved)
            while not (changed := orjson.loads(await socket.recv()).get("marks")):
                pass
            assert changed[0]["key"] == str(fleet["asset"][1])
            assert set(changed[0]) == {"key", "latitude", "position_time"}


@pytest.mark.integration
async def test_the_feed_as_json_is_guarded_like_the_other_one() -> None:
    async with running_page() as page:
        for origin in ("http://evil.example", None):
            with pytest.raises(InvalidStatus) as refused:
                await as_json(page, origin=origin).__aenter__()
            assert refused.value.response.status_code == 403
        async with as_json(page, "?format=xml") as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == viewers.BAD_MESSAGE
