"""Each kind of event does what it says at its time, and no longer than it says."""

from __future__ import annotations

from collections import Counter
from math import hypot

import numpy as np
import pytest

from fleet.peshawar import to_metres
from sitl.autopilot.modes import Landed
from tests.sitl.scenarios.staging import CAR, FLYING, WAITING, Play

GLOBAL_POSITION_INT = 33


def metres(message: object) -> tuple[float, float]:
    """Metres east and north of a position message."""
    lat, lon = message.lat, message.lon  # type: ignore[attr-defined]  # as pymavlink makes them
    east, north = to_metres(lat / 1e7, lon / 1e7)
    return float(east), float(north)


def event(text: str, vehicles: str = WAITING) -> Play:
    return Play(f"{vehicles}events: [{{{text}}}]\n")


def test_a_fault_begins_at_its_time_and_ends_after_so_long() -> None:
    play = event("at: 3, who: eye, fault: gps_jump, values: {east: 300, north: -40}, for: 2")
    play.until(2)
    play.ask(GLOBAL_POSITION_INT, 10)
    play.until(7)
    home = to_metres(*play.scenario.places["base"])

    def off(since: float, to: float) -> list[tuple[float, float]]:
        found = [m for m in play.messages(since, to) if m.get_type() == "GLOBAL_POSITION_INT"]
        assert len(found) >= 8
        return [(e - home[0], n - home[1]) for e, n in map(metres, found)]

    for since, to, east, north in ((2, 2.95, 0, 0), (2.95, 4.95, 300, -40), (4.95, 7, 0, 0)):
        for told in off(since, to):
            assert told == pytest.approx((east, north), abs=3)


def test_a_fault_without_an_end_stays() -> None:
    play = event("at: 1, who: eye, fault: gps_loss")
    play.until(0.95)
    assert not play.world.squadron.faults.by_number
    play.until(10)
    assert play.world.squadron.faults.by_number[0].gps_lost


def test_a_cut_lets_nothing_of_a_drone_pass_while_it_lasts() -> None:
    play = event("at: 5, who: eye, cut: true, for: 10")
    play.until(25)
    assert play.frames(0, 4.95)
    assert not play.frames(4.95, 14.95)
    assert play.frames(14.95, 17)


def test_a_cut_takes_the_radio_of_a_car_while_it_lasts() -> None:
    play = event("at: 4, who: car, cut: true, for: 4", CAR)
    carried = []
    for second in range(1, 12):
        play.until(second)
        carried.append(bool(play.world.radio[0]))
    # cars look at their network each fifth of a second
    assert carried == [True] * 3 + [False] * 4 + [True] * 4
    assert play.reports(4, 8)  # it goes on reporting to itself


def test_a_link_loses_delays_and_doubles_while_it_lasts() -> None:
    play = event("at: 10, who: eye, link: {duplicate: 1, delay: 3 s}, for: 10")
    play.until(30)
    assert len({seq_of(frame) for frame in play.frames(0, 10)}) == len(play.frames(0, 10)) >= 9
    assert not play.frames(10.05, 12.9)  # the first are under way
    times = Counter(seq_of(frame) for frame in play.frames(12.9, 30))
    assert sorted(times, key=times.__getitem__, reverse=True) == sorted(times)
    assert Counter(times.values())[2] == 10  # a heartbeat each second
    assert Counter(times.values())[1] >= 9


def seq_of(frame: tuple[int, bytes]) -> int:
    return frame[1][4]


def test_a_link_that_loses_all_is_silent_while_it_lasts() -> None:
    play = event("at: 5, who: drones, link: {loss: 1}, for: 5")
    play.until(12)
    assert play.frames(0, 4.95)
    assert not play.frames(4.95, 9.95)
    assert play.frames(9.95, 12)


def test_what_takes_the_place_of_another_of_its_kind_lasts_its_own_time() -> None:
    play = Play(
        f"{WAITING}events: [{{at: 1, who: eye, cut: true, for: 4}},"
        " {at: 3, who: drones, cut: true, for: 7}, {at: 4, who: eye, system_id: 9, for: 2}]\n"
    )
    play.until(9.95)
    assert play.world.link_faults.is_cut(0)
    assert play.world.squadron.drones[0].system == 1
    play.until(10)
    assert not play.world.link_faults.is_cut(0)


def test_a_drone_goes_by_another_system_id_while_it_lasts() -> None:
    play = event("at: 5, who: eye, system_id: 77, for: 5")
    play.until(15)

    def systems(since: float, to: float) -> set[int]:
        return {message.get_srcSystem() for message in play.messages(since, to)}

    assert systems(0, 4.95) == {1}
    assert systems(4.95, 9.95) == {77}
    assert systems(9.95, 15) == {1}


def test_a_reboot_in_flight_forgets_the_streams_and_flies_on() -> None:
    play = event("at: 5, who: eye, reboot: true", FLYING)
    play.until(1)
    play.ask(GLOBAL_POSITION_INT, 10)
    play.until(8)
    before, after = play.messages(2, 4.95), play.messages(6, 8)
    assert sum(m.get_type() == "GLOBAL_POSITION_INT" for m in before) > 25
    assert not [m for m in after if m.get_type() == "GLOBAL_POSITION_INT"]
    told = [m.text for m in play.messages(4.95, 6) if m.get_type() == "STATUSTEXT"]
    assert any(text.startswith("WDG:") for text in told)
    assert play.vehicle.armed
    assert play.height > 30


def test_a_drain_leaves_so_much_of_the_charge() -> None:
    play = event("at: 5, who: eye, drain: 0.15", FLYING)
    play.until(4.95)
    assert play.world.squadron.batteries.charge[0] > 0.25
    play.until(5)
    assert play.world.squadron.batteries.charge[0] == pytest.approx(0.15, abs=0.001)
    play.until(20)  # the failsafe looks for ten seconds
    assert play.mode == "RTL"


def test_a_clock_is_wrong_while_it_lasts() -> None:
    play = event("at: 10, who: car, clock: -90, for: 20", CAR)
    play.until(60)
    for since, to, seconds in ((0, 9.8, 0), (9.8, 29.8, -90), (29.8, 60, 0)):
        reports = play.reports(since, to)
        assert reports
        for at, report in reports:
            assert report.time_us == 1_800_000_000_000_000 + round((at + seconds) * 1e6)


def test_reports_are_doubled_while_it_lasts() -> None:
    play = event("at: 10, who: cars, doubles: 1, for: 20", CAR)
    play.until(60)
    for since, to, times in ((0, 9.8, 1), (9.8, 29.8, 2), (29.8, 60, 1)):
        reports = play.reports(since, to)
        assert len(reports) == times * len(set(reports)) > 0


ORDERS = (
    WAITING
    + """\
events:
  - {at: 3, who: eye, order: take-off, height: 20}
  - {at: 20, who: eye, order: go, to: far, height: 35}
  - {at: 50, who: eye, order: loiter}
  - {at: 52, who: eye, order: home}
  - {at: 55, who: eye, order: land}
"""
)


def test_orders_are_what_a_ground_station_would_send() -> None:
    play = Play(ORDERS)
    play.until(2.95)
    assert play.state == ("STABILIZE", False)
    play.until(3)
    assert play.state == ("GUIDED", True)
    play.until(19.95)
    assert play.height == pytest.approx(20, abs=1)
    assert play.away("base") < 3
    play.until(49.95)
    assert play.height == pytest.approx(35, abs=1)
    assert play.away("far") < 3
    for seconds, mode in ((50, "LOITER"), (51.95, "LOITER"), (52, "RTL"), (55, "LAND")):
        play.until(seconds)
        assert play.mode == mode
    play.until(150)
    assert not play.vehicle.armed
    assert play.vehicle.landed is Landed.ON_GROUND
    assert play.away("base") > 100  # it landed on the way home


def test_the_order_mission_flies_on_what_was_interrupted() -> None:
    play = Play(
        FLYING + "events: [{at: 2, who: eye, order: loiter}, {at: 10, who: eye, order: mission}]\n"
    )
    play.until(9.95)
    assert play.mode == "LOITER"
    assert play.speed < 0.5
    play.until(16)
    assert play.mode == "AUTO"
    assert play.speed > 5


def test_the_crew_keeps_its_hands_off_what_was_ordered_home() -> None:
    text = "drones: [{name: eye, at: base, does: {along: [far], then: again, height: 15}}]\n"
    play = Play(text + "events: [{at: 40, who: eye, order: home}]\n")
    play.until(39)
    assert play.mode == "AUTO"
    play.until(130)
    assert not play.vehicle.armed
    assert play.away("base") < 5


def test_the_wind_is_that_of_the_scenario_until_it_changes() -> None:
    play = Play(
        "events: [{at: 1, weather: {wind: 8, from: 270}}, {at: 2, weather: {wind: 3, from: 0}}]\n"
    )
    play.until(0.95)
    assert play.world.squadron.wind.tolist() == [0, 0]
    play.until(1)
    assert np.allclose(play.world.squadron.wind, [8, 0])  # a west wind blows to the east
    play.until(2)
    assert np.allclose(play.world.squadron.wind, [0, -3])


def test_a_post_is_pressed_once() -> None:
    play = event("at: 1, press: 2", "posts: 3\n")
    play.until(5)
    for post in range(3):
        panics = [at for at, report in play.reports(0, 5, post) if report.panic]
        assert panics == ([1.0] if post == 1 else [])


def test_a_panic_button_is_pressed_once() -> None:
    play = event("at: 2, who: car-2, panic: true", "cars: [{name: car, count: 3, at: base}]\n")
    play.until(10)
    for car in range(3):
        panics = [at for at, report in play.reports(0, 10, car) if report.panic]
        assert panics == ([2.0] if car == 1 else [])


def test_a_camera_sees_what_it_is_told_to() -> None:
    play = event("at: 1, camera: 3, sees: fire", "cameras: 4\n")
    play.until(2)
    seen = [(at, *sight) for at, told in play.told for sight in told.sightings]
    assert [(at, number, sighting.kind) for at, number, sighting in seen] == [(1.0, 2, "fire")]


def test_what_is_due_at_the_same_time_happens_in_the_order_of_the_file() -> None:
    two = "{at: 1, who: eye, drain: 0.5}, {at: 1, who: eye, drain: 0.4}"
    play = Play(
        f"{WAITING}events: [{{at: 1, weather: {{wind: 9}}}}, {two}, {{at: 1, weather: {{wind: 2}}}}]\n"
    )
    play.until(1)
    assert hypot(*play.world.squadron.wind) == pytest.approx(2)
    assert play.world.squadron.batteries.charge[0] == pytest.approx(0.4, abs=0.001)


def test_an_event_concerns_all_whom_it_names_each_once() -> None:
    play = Play(
        "drones: [{name: eye, count: 3, does: wait}, {name: owl, does: wait}]\n"
        "events: [{at: 1, who: [eye-2, owl], cut: true}, {at: 2, who: [eye, eye-1], system_id: 9}]\n"
    )
    play.until(2)
    assert [play.world.link_faults.is_cut(n) for n in range(4)] == [False, True, False, True]
    assert [drone.system for drone in play.world.squadron.drones] == [9, 9, 9, 4]
