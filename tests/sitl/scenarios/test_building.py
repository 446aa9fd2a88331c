"""What a world is made of: who stands where, does what, is called what, and speaks what."""

from __future__ import annotations

from math import hypot

import pytest

from fleet.peshawar import to_metres
from sitl.autopilot.items import Item
from sitl.autopilot.life import Phase
from sitl.autopilot.modes import COPTER, PLANE
from sitl.cars.beats import CarKind, Protocol, beat
from sitl.errors import SimulationError
from sitl.scenarios.model import MOST_CARS, MOST_DRONES
from tests.sitl.scenarios.staging import Play, places_of

GROUPS = """\
drones:
  - {name: owl, does: wait, at: base}
  - {name: eye, count: 3, kind: plane, does: wait, at: far, spacing: 25}
cars:
  - {name: car, count: 3, at: base}
  - {name: walker, count: 2, kind: officer, at: far, radius: 300}
"""


def called(play: Play) -> list[str]:
    """Call signs of cars."""
    return [spec.call_sign for spec in play.world.motor_pool.beats]


def test_groups_are_numbered_one_after_the_other_and_named() -> None:
    play = Play(GROUPS)
    assert [vehicle.kind for vehicle in play.world.squadron.autopilots] == [COPTER, *[PLANE] * 3]
    assert play.cast.drones_called == ["owl", "eye-1", "eye-2", "eye-3"]
    assert play.cast.drones_of("eye") == [1, 2, 3]
    assert play.cast.drones_of(["eye-3", "drones", "owl"]) == [3, 0, 1, 2]
    assert called(play) == play.cast.cars_called
    assert called(play) == ["car-1", "car-2", "car-3", "walker-1", "walker-2"]
    assert play.cast.cars_of(["walker", "car-1"]) == [3, 4, 0]
    assert play.cast.cars_of("cars") == [0, 1, 2, 3, 4]
    assert play.cast.cars_of("eye") == play.cast.drones_of("car") == []
    kinds = [spec.kind for spec in play.world.motor_pool.beats]
    assert kinds == [CarKind.CAR] * 3 + [CarKind.OFFICER] * 2


def test_homes_stand_beside_each_other_as_far_apart_as_is_said() -> None:
    places = list(places_of(Play(GROUPS)))
    assert places[0] == pytest.approx((0, 0), abs=0.1)
    for number, place in enumerate(places[1:]):
        assert place == pytest.approx((25 * number, 222), abs=1)
    homes = [vehicle.place for vehicle in Play(GROUPS).world.squadron.autopilots]
    assert [home.latitude for home in homes] == [34.01] + [34.012] * 3


def test_those_that_fly_a_route_from_nowhere_stand_beside_each_other_at_its_beginning() -> None:
    play = Play("drones: [{name: eye, count: 3, does: {along: [far, base]}}]\n")
    for number, place in enumerate(places_of(play)):
        assert place == pytest.approx((10 * number, 222), abs=1)


def test_without_a_place_each_has_a_sector_of_its_own() -> None:
    places = list(places_of(Play("drones: [{name: eye, count: 4, does: wait}]\n")))
    apart = [hypot(a[0] - b[0], a[1] - b[1]) for n, a in enumerate(places) for b in places[:n]]
    assert min(apart) > 500


@pytest.mark.parametrize(
    ("airborne", "flying"), [(0, []), (0.5, [0, 2]), (0.7, [0, 1, 2]), (1, [0, 1, 2, 3])]
)
def test_a_part_of_those_on_patrol_flies_from_the_beginning(
    airborne: float, flying: list[int]
) -> None:
    play = Play(f"drones: [{{name: eye, count: 4, airborne: {airborne}}}]\n")
    play.until(0.05)
    armed = [n for n, v in enumerate(play.world.squadron.autopilots) if v.armed and v.flying]
    assert armed == flying


def test_those_that_wait_are_switched_on_and_stay_where_they_are() -> None:
    play = Play(GROUPS, cars=0)
    play.until(60)
    for vehicle in play.world.squadron.autopilots:
        assert vehicle.position_known
        assert not vehicle.armed
    assert play.world.squadron.lives == {}


STARTS = "drones: [{name: eye, count: 3, at: base, starts: 2, apart: 3, does: {along: [far]}}]\n"


def test_those_on_a_route_are_switched_on_one_after_the_other() -> None:
    play = Play(STARTS)
    on: dict[int, float] = {}
    while len(on) < 3:
        play.until(play.world.time / 1e6 + 0.05)
        for number, vehicle in enumerate(play.world.squadron.autopilots):
            if vehicle.powered:
                on.setdefault(number, play.world.time / 1e6)
    assert on == {0: pytest.approx(2), 1: pytest.approx(5), 2: pytest.approx(8)}


def route(then: str) -> tuple[Item, ...]:
    play = Play(f"drones: [{{name: eye, at: base, does: {{along: [far, base], then: {then}}}}}]\n")
    return play.vehicle.mission.items


def test_what_follows_a_route_is_in_the_mission() -> None:
    home, take_off, far, base, land = (item.command for item in route("home"))
    assert (home, take_off, far, base, land) == (16, 22, 16, 16, 21)
    assert [item.command for item in route("hold")] == [16, 22, 16, 17, 21]  # unlimited loiter
    again = route("again")
    assert [item.command for item in again] == [16, 22, 16, 16, 177, 21]  # jump
    assert (again[4].param1, again[4].param2) == (2, -1)
    assert all(item.z == 60 for item in again[1:4])


def flown(then: str, seconds: float) -> Play:
    play = Play(
        "drones: [{name: eye, at: base, does: "
        f"{{along: [[34.0103, 71.56]], height: 10, then: {then}}}}}]\n"
    )
    play.until(seconds)
    return play


def test_one_comes_home_once_its_route_is_flown() -> None:
    play = flown("home", 90)
    assert not play.vehicle.armed
    assert play.away("base") < 3
    assert play.world.squadron.lives[0].phase is Phase.LANDED
    assert any(message.get_type() == "MISSION_ITEM_REACHED" for message in play.messages(0, 90))


def test_one_holds_where_its_route_ends() -> None:
    play = flown("hold", 60)
    assert play.mode == "AUTO"
    assert play.away("base") == pytest.approx(33, abs=4)
    assert play.speed < 1


def test_more_drones_and_cars_are_of_the_largest_group() -> None:
    play = Play(GROUPS, drones=6, cars=7)
    assert play.cast.drones_called == ["owl", *(f"eye-{n}" for n in range(1, 6))]
    assert list(places_of(play))[5] == pytest.approx((100, 222), abs=1)
    assert called(play)[3:] == ["car-4", "car-5", "walker-1", "walker-2"]
    assert play.cast.drones_of("eye") == [1, 2, 3, 4, 5]


def test_fewer_are_the_first_and_keep_their_names() -> None:
    play = Play(GROUPS, drones=2, cars=1)
    assert play.cast.drones_called == ["owl", "eye-1"]
    assert play.cast.drones_of("eye") == play.cast.drones_of("eye-1") == [1]
    assert play.cast.drones_of("eye-2") == []
    assert called(play) == ["car-1"]
    assert play.cast.cars_of("cars") == [0]
    assert play.cast.cars_of("walker") == []


def test_what_happens_to_those_who_are_left_out_happens_to_nobody() -> None:
    events = "events: [{at: 1, who: eye-3, cut: true}, {at: 1, who: car-3, cut: true}]\n"
    play = Play(GROUPS + events, drones=1, cars=1)
    play.until(2)
    assert not play.world.link_faults.is_cut(0)
    assert play.world.radio.all()


def test_none_at_all_is_a_world_too() -> None:
    play = Play(GROUPS, drones=0, cars=0)
    play.until(5)
    assert not any(told.frames or told.reports for _, told in play.told)


@pytest.mark.parametrize(
    ("drones", "cars", "told"),
    [
        (-1, None, "-1 drones: there may be 0 to 5,000"),
        (MOST_DRONES + 1, None, "5,001 drones"),
        (None, -3, "-3 cars"),
        (None, MOST_CARS + 1, "10,001 cars: there may be 0 to 10,000"),
    ],
)
def test_a_number_that_cannot_be_is_told(drones: int | None, cars: int | None, told: str) -> None:
    with pytest.raises(SimulationError, match=told):
        Play(GROUPS, drones=drones, cars=cars)


def test_some_of_what_there_is_none_of_is_told() -> None:
    with pytest.raises(
        SimulationError, match="this scenario has no drones, so there are none to have 2 of"
    ):
        Play("cars: [{name: car}]\n", drones=2)
    with pytest.raises(SimulationError, match="this scenario has no cars"):
        Play("drones: [{name: eye}]\n", cars=1)
    Play("cars: [{name: car}]\n", drones=0)


def spoken(play: Play) -> list[Protocol]:
    return [spec.protocol for spec in play.world.motor_pool.beats]


def test_cars_of_mixed_protocols_take_turns_with_those_that_are_listened_to() -> None:
    text = "cars: [{name: a, count: 5}, {name: b, count: 2, protocol: nmea}, {name: c, count: 2}]\n"
    owntracks, osmand, nmea, teltonika = Protocol
    all_four = [owntracks, osmand, nmea, teltonika]
    assert spoken(Play(text)) == [*all_four, owntracks, nmea, nmea, owntracks, osmand]
    two = Play(text, protocols=[teltonika, osmand])
    turns = [teltonika, osmand]
    assert spoken(two) == [*turns, *turns, teltonika, nmea, nmea, *turns]


def test_cars_without_a_name_are_those_of_the_citys_stations() -> None:
    play = Play("cars: [{count: 20}, {name: car}, {count: 2, protocol: teltonika}]\n")
    own = [beat(number) for number in range(22)]
    assert called(play) == [each.call_sign for each in own[:20]] + ["car"] + [
        each.call_sign for each in own[20:]
    ]
    assert spoken(play)[:20] == [each.protocol for each in own[:20]]
    assert spoken(play)[21:] == [Protocol.TELTONIKA] * 2
    assert play.world.motor_pool.beats[3].centre == own[3].centre
    assert play.cast.cars_of("cars") == list(range(23))


def test_cars_are_on_roads_about_their_place() -> None:
    play = Play("cars: [{name: car, count: 8, at: base, radius: 700}]\n")
    base = to_metres(*play.scenario.places["base"])
    for east, north in play.world.motor_pool.traffic.position.tolist():
        assert hypot(east - base[0], north - base[1]) < 1000


PANIC = "events: [{at: 1, who: NOBODY, panic: true}]\n"


def test_who_has_a_panic_button_speaks_a_protocol_that_has_a_word_for_it() -> None:
    play = Play("cars: [{name: car, count: 4}]\n" + PANIC.replace("NOBODY", "[car-1, car-4]"))
    assert spoken(play) == [Protocol.OSMAND, Protocol.OSMAND, Protocol.NMEA, Protocol.TELTONIKA]


def test_all_have_a_panic_button_where_all_press_it() -> None:
    play = Play("cars: [{count: 3}, {name: car, count: 3}]\n" + PANIC.replace("NOBODY", "cars"))
    assert set(spoken(play)) == {Protocol.OSMAND}
    play.until(2)
    for car in range(6):
        assert [at for at, report in play.reports(0, 2, car) if report.panic] == [1.0]


@pytest.mark.parametrize("cars", ["{name: car, count: 2, protocol: nmea}", "{protocol: owntracks}"])
def test_a_panic_in_a_protocol_that_has_no_word_for_it_is_told(cars: str) -> None:
    with pytest.raises(SimulationError, match=r"\S+: (nmea|owntracks) has no word for a panic"):
        Play(f"cars: [{cars}]\n" + PANIC.replace("NOBODY", "cars"))


def test_in_a_dead_zone_nothing_is_handed_over() -> None:
    zone = "dead_zones: [{at: base, radius: 2 km}]\n"
    cars = "cars: [{name: near, at: base, radius: 300}, {name: away, at: [34.06, 71.5], radius: 300}]\n"
    play = Play(cars + zone)
    play.until(3)
    assert play.world.radio.tolist() == [False, True]
    assert play.reports(0, 3, 0)  # it keeps them


def test_sensors_flights_posts_and_cameras_are_there() -> None:
    play = Play(
        "posts: 5\ncameras: 7\n"
        "sensors: [{name: ear, kind: remote-id-scout, at: base},"
        " {name: eye, kind: radar, at: base}, {name: sharp, kind: radar, at: base, error: 0}]\n"
        "flights: [{name: one, along: [[34.01, 71.56, 50], [34.02, 71.56, 50]], speed: 10,"
        " begins: 3, ends: 9, operator: far, operator_id: P}]\n"
    )
    assert len(play.world.posts.posts) == 5
    assert len(play.world.cameras.cameras) == 7
    ear, eye, sharp = play.world.airspace.sensors
    assert (ear.error, eye.error, sharp.error) == (0, 10, 0)
    (flight,) = play.world.airspace.flights
    assert flight.operator is not None
    assert flight.operator[:2] == play.scenario.places["far"]
    play.until(12)
    heard = [at for at, told in play.told if told.sensed.published]
    assert 3 <= min(heard) < 5
    assert max(heard) < 9


def test_the_seed_is_the_scenarios_unless_another_is_given() -> None:
    text = "seed: 4\ndrones: [{name: eye, airborne: 1}]\n"
    own, same, other = Play(text), Play(text, seed=4), Play(text, seed=5)
    assert list(places_of(own)) == list(places_of(same)) != list(places_of(other))
