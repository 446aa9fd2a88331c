"""Posts covered without a gap, by as few drones as it takes."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.check import check
from missions.energy import EnergyModel
from missions.errors import PlanningError
from missions.plan import Limits, Place, Plan, Station
from missions.sorties.fleet import Conditions, Drone
from missions.sorties.post import Post
from missions.sorties.relay import Relay, drones_per_post, plan_relay, relay
from missions.sorties.separation import separated
from missions.sorties.watch import Duty, Layers
from missions.wind import Wind
from tests.missions.sorties import reckoning
from tests.missions.sorties.making import ABOUT, FRAME, QUAD, SMALL, VTOL, drone, fleet, home

NOBODY = np.empty((0, 2))


def station(
    name: str, x: float, y: float, start: float = 300.0, end: float = 5000.0, height: float = 50.0
) -> Station:
    (longitude,), (latitude,) = FRAME.to_geographic([x, y])
    return Station(
        name=name,
        place=Place(latitude=float(latitude), longitude=float(longitude)),
        height=height,
        yaw=30,
        gimbal_pitch=-35,
        start=start,
        end=end,
    )


def assert_covered(found: Relay, stations: list[Station], overlap: float) -> None:
    for one in stations:
        turns = [turn for turn in found.turns if turn.station == one.name]
        assert turns[0].begin <= one.start
        assert turns[-1].end >= one.end
        for before, after in itertools.pairwise(turns):
            assert before.end - after.begin >= overlap - 1e-6
            assert before.drone != after.drone


def assert_flyable(plan: Plan) -> None:
    busy = defaultdict(list)
    for sortie in plan.sorties:
        kind = plan.kinds[sortie.kind]
        reckoned = reckoning.reckon(sortie, kind, plan.wind, plan.temperature)
        assert reckoned.worst <= reckoned.usable * 1.0005
        busy[sortie.drone].append((sortie.start, sortie.start + reckoned.times[-1]))
    for name, times in busy.items():
        kind = next(plan.kinds[one.kind] for one in plan.sorties if one.drone == name)
        times.sort()
        for (_, end), (start, _) in itertools.pairwise(times):
            assert start >= end + kind.turnround - 0.1


@pytest.mark.parametrize(
    ("on_station", "out", "back", "turnround", "overlap", "drones"),
    [
        (1200, 60, 60, 180, 0, 2),  # 1500 / 1200
        (1200, 600, 600, 300, 0, 3),  # 2700 / 1200
        (600, 300, 300, 600, 0, 3),  # 1800 / 600, exactly
        (600, 300, 300, 601, 0, 4),
        (3600, 0, 0, 0, 0, 1),
        (1200, 60, 60, 180, 300, 2),  # 1500 / 900
    ],
)
def test_the_number_of_drones_for_a_post(
    on_station: float, out: float, back: float, turnround: float, overlap: float, drones: int
) -> None:
    """⌈(T + t_out + t_back + t_turnround) / T⌉; with an overlap that much less of T counts."""
    assert drones_per_post(on_station, out, back, turnround, overlap) == drones


def test_an_overlap_longer_than_the_time_on_station_is_refused() -> None:
    with pytest.raises(PlanningError, match="20 s on station are no more than the 30 s"):
        drones_per_post(20, 10, 10, 10, 30)


def test_a_long_window_takes_the_number_of_the_formula() -> None:
    post = station("gate", 800, 500, end=20000)
    found = relay([post], fleet(6), overlap=30, frame=FRAME)
    turns = found.turns
    stay = max(turn.end - turn.begin for turn in turns)
    flights = {flight.sortie.name: flight for flight in found.flights}
    first = flights[turns[0].sortie]
    out, back = turns[0].begin - first.start, first.end - turns[0].end
    need = drones_per_post(stay, out, back, QUAD.turnround, 30)
    assert len({turn.drone for turn in turns}) == need == 2
    assert len(found.spares) == 6 - need


def test_a_short_window_takes_one_drone() -> None:
    found = relay([station("gate", 500, 0, end=900)], fleet(3), frame=FRAME)
    assert len(found.turns) == 1
    assert len(found.spares) == 2


@settings(max_examples=8)
@given(
    places=st.lists(
        st.tuples(st.floats(-900, 900), st.floats(150, 900)), min_size=1, max_size=3, unique=True
    ),
    homes=st.lists(st.floats(-600, 600), min_size=1, max_size=2),
    end=st.floats(600, 9000),
    height=st.floats(35, 100),
    overlap=st.floats(0, 90),
    speed=st.floats(0, 8),
    temperature=st.floats(-5, 35),
)
def test_any_posts_are_covered_without_a_gap_and_apart(
    places: list[tuple[float, float]],
    homes: list[float],
    end: float,
    height: float,
    overlap: float,
    speed: float,
    temperature: float,
) -> None:
    # Posts side by side would be nearer to each other than drones may be.
    stations = [
        station(str(n), x + 100 * n, y + 2000 * (n % 2), 400, end, height)
        for n, (x, y) in enumerate(places)
        if all(abs(x + 100 * n - u - 100 * m) > 60 for m, (u, _) in enumerate(places[:n]))
    ]
    drones = [drone(n, homes[n % len(homes)], -50) for n in range(16)]
    conditions = Conditions(Wind(from_direction=220, speed=speed), temperature)
    found = relay(stations, drones, conditions, overlap, spares=1, frame=FRAME)
    assert_covered(found, stations, overlap)
    assert found.spares
    plan = plan_relay(found, stations, drones, ABOUT, conditions)
    assert_flyable(plan)
    assert [one for one in check(plan).findings if one.severity == "error"] == []


def test_the_relief_arrives_below_and_takes_the_place_when_it_is_free() -> None:
    post = station("gate", 600, 300)
    found = relay([post], fleet(4), overlap=30, frame=FRAME)
    second = next(flight for flight in found.flights if flight.sortie.name == found.turns[1].sortie)
    arrival, place = second.sortie.waypoints[1:3]
    assert (arrival.action, arrival.purpose) == ("hover", "station")
    assert arrival.height == pytest.approx(post.height - 10.5)
    assert place.height == post.height
    assert (place.yaw, place.gimbal_pitch) == (30, -35)
    assert arrival.hold >= 30 + 5  # until the other is 30 m away
    assert {arrival.hold % 1, place.hold % 1} == {0}  # mission items hold whole seconds
    changed = second.when(1, 1)[1]
    assert changed > found.turns[0].end


def test_near_the_ground_the_relief_arrives_above() -> None:
    found = relay([station("low", 600, 300, height=25)], fleet(3), frame=FRAME)
    assert found.flights[0].sortie.waypoints[1].height == pytest.approx(35.5)


def test_where_people_are_near_nobody_comes_or_leaves_higher_than_allowed() -> None:
    post = station("gate", 600, 300, height=45)
    found = relay([post], fleet(4), frame=FRAME, highest=lambda _station: 50.0)
    assert max(point.height for one in found.flights for point in one.sortie.waypoints) <= 50
    with pytest.raises(PlanningError, match=r"leaves no height .* between 20 and 30 m"):
        relay([station("low", 600, 300, height=25)], fleet(3), frame=FRAME, highest=lambda _: 30.0)


def test_from_one_pad_several_posts_are_covered_for_three_hours() -> None:
    drones = [drone(number, 2.0 * (number % 3), 2.0 * (number // 3)) for number in range(9)]
    posts = [
        station(str(number), x, y, 600, 600 + 3 * 3600)
        for number, (x, y) in enumerate([(600, 300), (660, 300), (500, -300), (-300, 0)])
    ]
    found = relay(posts, drones, frame=FRAME)
    assert_covered(found, posts, 30)
    plan = plan_relay(found, posts, drones, ABOUT)
    assert_flyable(plan)
    assert [one for one in check(plan).findings if one.severity == "error"] == []


def test_a_hand_over_without_room_brings_those_before_it_forward() -> None:
    post = station("gate", 600, 300, end=6000)
    duties = [
        Duty(one, post, Layers(39.5, 39.5, 50), EnergyModel(QUAD), FRAME, Limits(), None, NOBODY)
        for one in fleet(3)
    ]
    settled = Post(post, duties, (), 30, Limits()).cover()
    assert settled is not None
    first, second = [turn.end for turn in settled[0][:2]]
    # Beside the post, where reliefs wait, another drone stays for longer than the second hand-over
    # alone can be brought forward.
    beside = station("other", 620, 300, second - 700, second + 60, height=39.5)
    other = relay([beside], [drone(9, 720, 300)], frame=FRAME).flights
    found = Post(post, duties, other, 30, Limits()).cover()
    assert found is not None
    turns = found[0]
    assert turns[0].end < first - 60
    assert turns[1].end < second - 700
    assert turns[-1].end >= post.end
    assert all(
        separated(flight, one, Limits())
        for flight in found[1]
        for one in (*other, *found[1])
        if one.sortie.drone != flight.sortie.drone
    )


def test_stronger_drones_stay_longer() -> None:
    drones = [drone(1, 0, 0, SMALL), drone(2, 40, 0, QUAD)]
    found = relay([station("gate", 300, 300, end=4000)], drones, frame=FRAME)
    stays = {turn.drone: turn.end - turn.begin for turn in found.turns[:2]}
    assert len(stays) == 2
    assert stays["D1"] != pytest.approx(stays["D2"], rel=0.02)


def test_transits_keep_to_the_ways_given() -> None:
    corner = np.array([0.0, 400.0])
    found = relay(
        [station("gate", 600, 400)],
        fleet(3),
        frame=FRAME,
        ways=lambda p, q, _height: np.stack([p, corner, q]),
    )
    for flight in found.flights:
        for index in (1, -2):
            point = flight.sortie.waypoints[index if index > 0 else -3]
            (spot,) = FRAME.to_local(point.longitude, point.latitude)
            assert spot == pytest.approx(corner, abs=0.01)


def test_told_to_stop_it_gives_the_posts_that_are_covered() -> None:
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 1

    posts = [station("one", 500, 200), station("two", -500, 300)]
    found = relay(posts, fleet(8), stop=stop, frame=FRAME)
    assert {turn.station for turn in found.turns} == {"one"}
    plan = plan_relay(found, posts, fleet(8), ABOUT)
    assert not plan.complete
    assert plan.stations == tuple(posts)


POST = station("gate", 600, 300)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: relay([], fleet(2)), "no stations"),
        (lambda: relay([POST], []), "no drones"),
        (lambda: relay([POST, POST], fleet(2)), "two stations are called 'gate'"),
        (lambda: relay([POST], fleet(2), overlap=-1), "an overlap of -1 s"),
        (
            lambda: relay([station("gate", 0, 0, start=500, end=500)], fleet(2)),
            "the end must lie after the start",
        ),
        (lambda: relay([station("gate", 3000, 0, start=10)], fleet(2)), r"takes 2\d\d s; begin"),
        (
            lambda: relay([station("gate", 12000, 0, start=2000)], fleet(2)),
            r"cannot be held: D\d, 1\d\d\d\d m away, could stay \d+ s, and hand-overs",
        ),
        (
            lambda: relay([POST], [Drone("wing", VTOL, home(0, 0))]),
            "Generic VTOL plane cannot stay at a station",
        ),
        (
            lambda: relay([station("gate", 600, 300, end=20000)], fleet(1)),
            r"needs 2 drones \(on station 1\d\d\d s, out \d+ s, back \d+ s, turn-round 180 s\)",
        ),
        (
            lambda: relay([station("gate", 600, 300, end=20000)], fleet(3), spares=2),
            "and 2 spares; 3 are left",
        ),
        (lambda: relay([POST, station("b", -600, 300)], fleet(2)), "no drone is left for station"),
        (
            lambda: relay(
                [station("gate", 600, 300, height=118)],
                fleet(2),
                Conditions(Wind(from_direction=0, speed=20)),
            ),
            "wind of 20 m/s is above",
        ),
    ],
)
def test_bad_input_is_told_in_one_line(call: object, said: str) -> None:
    with pytest.raises(PlanningError, match=said) as error:
        call()  # type: ignore[operator]  # a lambda each
    assert "\n" not in str(error.value)
