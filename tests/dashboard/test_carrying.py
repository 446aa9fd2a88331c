"""Missions that vehicles carry, as viewers are told of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pytest

from dashboard.carrying import Carrying
from fleet.columns import Rows, blank
from fleet.views import PROGRESS
from telemetry.batch import Carried, Place
from telemetry.feed import pack_progress, unpack_progress

TOLD = datetime(2026, 5, 4, 7, tzinfo=UTC)
PLACES: tuple[Place, ...] = tuple((n, 16, 3, 34.0 + n / 100, 71.5, 60.0) for n in range(1, 4))
NONE = 65_535


def progress(asset: int, item: int, total: int, second: float = 0) -> Rows:
    rows = blank(PROGRESS, 1)
    time = np.datetime64("2026-05-04T07:00:00", "us") + np.timedelta64(round(second * 1e6), "us")
    for name, value in (("asset", asset), ("item", item), ("total", total), ("time", time)):
        rows[name] = value
    return rows


def told(carrying: Carrying, since: int = 0) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(carrying.message(since))
    return message


def test_the_places_of_a_mission_are_told_with_their_numbers() -> None:
    carrying = Carrying()
    carrying.put([Carried(5, TOLD, 4, PLACES)])
    assert told(carrying)["missions"] == [
        {
            "key": "5",
            "time": round(TOLD.timestamp() * 1000),
            "places": [[71.5, 34.01, 1], [71.5, 34.02, 2], [71.5, 34.03, 3]],
        }
    ]


@pytest.mark.parametrize(
    ("total", "shown"), [(0, True), (3, True), (4, True), (2, False), (9, False), (NONE, False)]
)
def test_a_mission_that_is_not_as_long_as_the_vehicle_says_is_not_shown(
    total: int, shown: bool
) -> None:
    carrying = Carrying()
    carrying.put([Carried(5, TOLD, 4, PLACES)])
    at = carrying.version
    carrying.take(progress(5, 2, total))
    assert [each["key"] for each in told(carrying)["missions"]] == (["5"] if shown else [])
    assert told(carrying, at)["gone"] == ([] if shown else ["5"])


@pytest.mark.parametrize("places", [None, ()])
def test_what_is_not_known_or_leads_nowhere_takes_the_one_before_away(
    places: tuple[Place, ...] | None,
) -> None:
    carrying = Carrying()
    carrying.put([Carried(5, TOLD, 4, PLACES)])
    carrying.put([Carried(5, TOLD.replace(hour=8), 4, places)])
    assert told(carrying)["missions"] == []


def test_the_item_is_told_when_it_is_another_one_and_now_and_then() -> None:
    carrying = Carrying()
    carrying.take(progress(5, 1, 3))
    assert carrying.progress.version == 0  # nobody knows its mission
    carrying.put([Carried(5, TOLD, 4, PLACES)])
    versions = []
    for item, second in ((1, 0), (1, 1), (2, 2), (2, 6)):
        carrying.take(progress(5, item, 3, second))
        versions.append(carrying.progress.version)
    assert versions == [1, 1, 2, 3]
    (last,) = orjson.loads(carrying.progress.message(2))["progress"]
    assert (last["key"], last["item"]) == ("5", 2)


def test_progress_travels_whole() -> None:
    rows = np.concatenate([progress(n, n, 9) for n in range(4)])
    (payload,) = pack_progress(rows)
    assert unpack_progress(payload).tobytes() == rows.tobytes()
