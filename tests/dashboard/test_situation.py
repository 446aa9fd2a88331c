"""What the page knows: slots, names, limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import situation
from dashboard.situation import CollectorHealth, Situation
from fleet.assets import Kind
from telemetry.store.queries import TRAIL
from tests.dashboard.pictures import NOON, cars, drones, rows, seconds


@given(st.permutations(range(20)), st.integers(1, 19))
def test_a_slot_stays_with_its_asset(order: list[int], cut: int) -> None:
    everything = rows(drones(10) + cars(10))
    page = Situation()
    page.take(everything[order[:cut]])
    first = {
        int(key): int(page.picture.slots(np.array([key]))[0]) for key in page.picture.rows["asset"]
    }
    page.take(everything)
    assert page.picture.slots(everything["asset"]).tolist() == [
        int(np.flatnonzero(page.picture.rows["asset"] == key)[0]) for key in everything["asset"]
    ]
    assert {key: int(page.picture.slots(np.array([key]))[0]) for key in first} == first


def test_the_directory_tells_only_what_is_new() -> None:
    page = Situation()
    page.take(rows(drones(2)))
    version = page.directory_version
    assert [(each.slot, each.name, each.kind) for each in page.directory_since(0)] == [
        (0, "drone 1", Kind.DRONE),
        (1, "drone 2", Kind.DRONE),
    ]
    page.take(rows(drones(2), NOON + seconds(1)))
    assert page.directory_version == version
    page.take(rows(cars(1)))
    (told,) = page.directory_since(version)
    assert told == (2, cars(1)[0].key, "osmand:patrol-01", "patrol-01", Kind.CAR, None)


def test_a_name_given_and_taken_away_is_told() -> None:
    page = Situation()
    page.take(rows(drones(3)))
    version = page.directory_version
    key = drones(2)[1].key
    page.rename({key: "Shaheen 2", 12345: "nobody here"})
    assert [entry[3] for entry in page.directory_since(version)] == ["Shaheen 2"]
    version = page.directory_version
    page.rename({key: "Shaheen 2", 12345: "nobody here"})
    assert page.directory_version == version
    page.rename({})
    assert [entry[3] for entry in page.directory_since(version)] == ["drone 2"]
    version = page.directory_version
    page.rename({}, groups={key: "North"})
    assert [(entry[1], entry[5]) for entry in page.directory_since(version)] == [(key, "North")]


def test_assets_beyond_the_limit_are_counted_and_known_ones_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(situation, "MAX_ASSETS", 5)
    page = Situation()
    page.take(rows(drones(8)))
    assert len(page.picture) == 5
    assert page.ignored == 3
    later = rows(drones(8), NOON + seconds(1))
    page.take(later)
    assert (page.picture.rows["position_time"] == NOON + seconds(1)).all()


def test_rows_of_no_kind_we_know_are_left_out() -> None:
    page = Situation()
    strange = rows(drones(2))
    strange["kind"][0] = 77
    page.take(strange)
    assert page.picture.rows["kind"].tolist() == [Kind.DRONE]
    assert page.ignored == 1


def test_the_trails_of_the_store_end_in_the_picture() -> None:
    page = Situation()
    assets = drones(2)
    page.take(rows(assets))
    past = np.zeros(5, TRAIL)
    past["asset"] = [assets[0].key] * 3 + [assets[1].key, 999]
    past["fix_time"] = NOON - np.array([30, 20, 10, 15, 5]) * seconds(1)
    past["longitude"], past["latitude"] = 71.4, 34.1
    past.sort(order=["asset", "fix_time"])
    page.restore(past)
    points = page.trails.points(NOON)
    slot = int(page.picture.slots(np.array([assets[0].key]))[0])
    assert points["age"][points["slot"] == slot].tolist() == [30_000, 20_000, 10_000, 0]
    assert points["age"][points["slot"] != slot].tolist() == [15_000, 0]


def test_the_rate_of_a_collector_is_taken_between_its_words() -> None:
    health = CollectorHealth(NOON)
    rates = []
    for time, received in ((100.0, 1000), (102.0, 1500), (103.0, 10)):  # started anew at last
        health.hear({"time": time, "received": received}, NOON)
        rates.append(health.rate)
    assert rates == [None, 250, None]


def test_a_collector_that_fell_silent_is_told_with_its_age() -> None:
    page = Situation()
    page.collector = CollectorHealth(NOON)
    told = page.health(NOON + seconds(7.5), viewers=1)
    assert told["collector"] == {"age": 7.5, "rate": None}
