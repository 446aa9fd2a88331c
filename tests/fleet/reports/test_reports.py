"""Reports: what they find, and that the order of the rows is nothing to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.assets import Kind
from fleet.columns import Rows, Source
from fleet.geofences.geofence import Geofence, revise
from fleet.reports.days import days
from fleet.reports.fixes import metres, ordered
from fleet.reports.flights import STATE, flights
from fleet.reports.overspeed import Held, overspeed
from fleet.reports.trips import Driving, trips_and_stops
from fleet.reports.visits import visits_of
from fleet.rules.duties import SpeedZone, SpeedZones
from tests.fleet.reports.ways import LATITUDE, LONGITUDE, METRE, NOON, anything, way
from tests.telemetry.store.samples import same, seconds

KARACHI = ZoneInfo("Asia/Karachi")

SQUARE = Geofence(
    "Qissa Khwani",
    "alert-only",
    shapely.box(
        LONGITUDE + 500 * METRE, LATITUDE - 0.01, LONGITUDE + 1500 * METRE, LATITUDE + 0.01
    ),
)


def states(told: list[tuple[float, int, float]], asset: int = 7) -> Rows:
    """STATE rows of (seconds, landed state, battery)."""
    rows = np.zeros(len(told), STATE)
    rows["asset"] = asset
    for row, (time, landed, battery) in zip(rows, told, strict=True):
        row["status_time"], row["landed_state"] = NOON + seconds(time), landed
        row["battery_percent"] = battery
    return rows


def all_reports(positions: Rows, of_states: Rows) -> list[Any]:
    made = trips_and_stops(positions, Driving(stop_after=100))
    return [
        made.trips,
        made.stops,
        overspeed(positions, 8.0),
        flights(positions, of_states),
        days(positions, KARACHI),
    ]


@settings(max_examples=50)
@given(anything(), st.randoms(use_true_random=False), st.data())
def test_the_order_of_the_rows_and_doubled_ones_change_no_report(
    rows: Rows, random: Any, data: st.DataObject
) -> None:
    told = data.draw(
        st.lists(
            st.tuples(st.integers(0, 1500), st.integers(0, 4), st.sampled_from([50, 60, np.nan])),
            max_size=20,
        )
    )
    of_states = states([(float(time), landed, battery) for time, landed, battery in told])
    again = np.concatenate([rows, rows[: len(rows) // 3]])
    mixed = again[random.sample(range(len(again)), len(again))]
    mixed_states = of_states[random.sample(range(len(of_states)), len(of_states))]
    for one, other in zip(
        all_reports(rows, of_states), all_reports(mixed, mixed_states), strict=True
    ):
        assert same(one, other)
    assert visits_of(rows, [SQUARE]) == visits_of(mixed, [SQUARE])


@given(anything())
def test_trips_and_stops_of_an_asset_do_not_overlap_and_lie_within_its_fixes(rows: Rows) -> None:
    driving = Driving(stop_after=100)
    made = trips_and_stops(rows, driving)
    fixes = ordered(rows)
    for asset in (1, 2):
        mine = [part[part["asset"] == asset] for part in (made.trips, made.stops)]
        spans = sorted((row["begins"].item(), row["ends"].item()) for part in mine for row in part)
        for (_, ended), (begins, _) in pairwise(spans):
            assert ended <= begins
        times = fixes["fix_time"][fixes["asset"] == asset]
        for begins, ends in spans:
            assert times[0].item() <= begins <= ends <= times[-1].item()
    assert (made.trips["distance"] >= driving.least_distance).all()
    lasted = made.stops["ends"] - made.stops["begins"]
    assert (lasted >= seconds(driving.stop_after)).all()


@given(anything())
def test_what_is_ordered_is_in_order_each_once_and_believed(rows: Rows) -> None:
    fixes = ordered(rows)
    keys = list(zip(fixes["asset"].tolist(), fixes["fix_time"].tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert not fixes["suspect"].any()
    assert same(ordered(fixes), fixes)


def test_a_drive_with_a_stop_is_two_trips() -> None:
    made = trips_and_stops(way([(600, 10), (300, 0), (300, 20)]))
    assert made.trips["distance"] == pytest.approx([6000, 6000], rel=1e-6)
    assert made.trips["fastest"].tolist() == [10, 20]
    (stop,) = made.stops
    assert (stop["begins"], stop["ends"]) == (NOON + seconds(610), NOON + seconds(900))
    assert stop["longitude"] == pytest.approx(LONGITUDE + 6000 * METRE)


def test_a_halt_at_a_light_is_no_stop() -> None:
    made = trips_and_stops(way([(600, 10), (90, 0), (300, 10)]))
    assert (len(made.trips), len(made.stops)) == (1, 0)


def test_a_tracker_that_sleeps_while_it_is_parked_stood_there() -> None:
    before, after = way([(300, 10)]), way([(300, 10)])
    after["fix_time"] += seconds(4 * 3600)
    after["longitude"] += 3000 * METRE
    made = trips_and_stops(np.concatenate([before, after]))
    assert len(made.trips) == 2
    (stop,) = made.stops
    assert stop["ends"] - stop["begins"] == seconds(4 * 3600 - 300)


def test_nobody_knows_the_way_of_one_that_was_silent_and_is_elsewhere() -> None:
    before, after = way([(300, 10)]), way([(300, 10)])
    after["fix_time"] += seconds(4 * 3600)
    after["longitude"] += 9000 * METRE
    made = trips_and_stops(np.concatenate([before, after]))
    assert made.trips["distance"] == pytest.approx([3000, 3000], rel=1e-6)
    assert len(made.stops) == 0


def test_a_receiver_that_wavers_makes_no_trip() -> None:
    rows = way([(900, 0)])
    rows["longitude"] += np.tile([0, 30], len(rows))[: len(rows)] * METRE
    rows["speed"] = np.nan  # so the speed is that of the way
    assert len(trips_and_stops(rows).trips) == 0


def test_overspeed_is_held_against_the_lower_of_limit_and_zone() -> None:
    rows = way([(300, 12), (300, 25)])
    zone = SpeedZone("school", shapely.box(71, 33.9, LONGITUDE + 2000 * METRE, 34.1), 10.0)

    def held(*zones: SpeedZone, lasts: float = 9000) -> list[Held]:
        return [Held(NOON, NOON + seconds(lasts), SpeedZones(zones))]

    alone = overspeed(rows, 20.0)
    assert [(row["fastest"], row["limit"]) for row in alone] == [(25, 20)]
    assert alone["begins"][0] == NOON + seconds(310)
    assert alone["longitude"][0] == pytest.approx(LONGITUDE + 3850 * METRE)
    with_zone = overspeed(rows, 20.0, held(zone))
    assert with_zone["limit"].tolist() == [10, 20]
    assert with_zone["zone"].tolist() == ["school", ""]
    until_then = overspeed(rows, 20.0, held(zone, lasts=150))
    assert until_then["ends"][0] < NOON + seconds(150) < with_zone["ends"][0]
    for_drones = held(replace(zone, kinds=frozenset({Kind.DRONE})))
    assert len(overspeed(rows, 20.0, for_drones, {7: Kind.CAR})) == 1
    assert len(overspeed(rows, 20.0, for_drones, {7: Kind.DRONE})) == 2


def test_a_flight_is_from_take_off_to_landing() -> None:
    rows = way([(300, 8)])
    rows["height"] = 55
    told = [(0.0, 1, 90.0), (20.0, 3, 89.0), (100.0, 2, 80.0), (200.0, 4, 71.0), (220.0, 1, 70.0)]
    (flight,) = flights(rows, states(told))
    assert (flight["begins"], flight["ends"]) == (NOON + seconds(20), NOON + seconds(220))
    assert (flight["took_off"], flight["landed"]) == (True, True)
    assert flight["distance"] == pytest.approx(1600, rel=1e-6)
    assert flight["highest"] == 55
    assert flight["battery_used_percent"] == 19


def test_a_flight_whose_landing_was_not_seen_says_so() -> None:
    told = [(0.0, 2, 90.0), (60.0, 2, 85.0), (2000.0, 1, 50.0)]
    (flight,) = flights(way([(10, 1)]), states(told))
    assert (flight["took_off"], flight["landed"]) == (False, False)
    assert flight["ends"] == NOON + seconds(60)


def test_a_short_silence_of_the_link_does_not_end_a_flight() -> None:
    told = [(0.0, 1, 90.0), (10.0, 2, 89.0), (400.0, 2, 80.0), (420.0, 1, 79.0)]
    assert len(flights(way([(10, 1)]), states(told))) == 1


def test_a_visit_lasts_from_edge_to_edge() -> None:
    (visit,) = visits_of(way([(300, 10)]), [SQUARE])
    assert visit.begins is not None
    assert visit.ends is not None
    assert (visit.ends - visit.begins).total_seconds() == pytest.approx(100, abs=0.1)


def test_a_visit_that_began_before_or_lasts_says_so() -> None:
    whole = way([(300, 10)])
    lasts = visits_of(whole[:10], [SQUARE])
    assert [(visit.begins is None, visit.ends is None) for visit in lasts] == [(False, True)]
    (left,) = visits_of(whole[8:], [SQUARE])
    assert left.begins is not None  # the first fix within is where it is known to begin


def test_who_stays_while_a_geofence_is_drawn_anew_visits_it_once() -> None:
    old, new = revise(SQUARE, datetime(2026, 11, 20, 7, 1, 40, tzinfo=UTC), note="wider")
    (visit,) = visits_of(way([(300, 10)]), [old, new])
    assert visit.begins is not None
    assert visit.ends is not None
    assert (visit.ends - visit.begins).total_seconds() == pytest.approx(100, abs=0.1)
    assert visit.version == 1


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda rows: days(rows, KARACHI), ["2026-11-20", "2026-11-21"]),
        (lambda rows: days(rows, ZoneInfo("UTC")), ["2026-11-20"]),
    ],
)
def test_days_are_those_of_the_control_room(make: Callable[[Rows], Rows], names: list[str]) -> None:
    rows = way([(600, 10)])
    rows["fix_time"] += seconds(12 * 3600 - 300)  # across midnight in Karachi
    made = make(rows)
    assert [str(day) for day in made["day"]] == names
    assert made["distance"].sum() == pytest.approx(6000, rel=1e-6)
    assert made["moving_seconds"].sum() == 600


def test_distances_are_those_of_a_sphere() -> None:
    rows = way([(10, 100)])
    assert metres(rows[:1], rows[1:])[0] == pytest.approx(1000, rel=1e-6)


def test_a_raw_fix_beside_a_fused_one_counts_for_nothing() -> None:
    rows = way([(60, 10)], every=1)
    rows["source"] = np.where(np.arange(len(rows)) % 2, Source.GPS_RAW_INT, 1)
    assert set(ordered(rows)["source"].tolist()) == {1}
    rows["source"] = Source.GPS_RAW_INT
    assert len(ordered(rows)) == len(rows)
