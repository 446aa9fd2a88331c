"""Expectations hold or fail at their time, and what is not so is told in a line of its own."""

from __future__ import annotations

import re

import pytest

from tests.sitl.scenarios.staging import CAR, FLYING, WAITING, Play


def judged(expectation: str, vehicles: str = WAITING, to: float = 2, waiting: int = 0) -> Play:
    play = Play(f"{vehicles}expect: [{{at: 2, {expectation}}}]\n", waiting=waiting)
    play.until(to)
    return play


HOLDS = [
    (WAITING, "who: eye, armed: false, airborne: false, mode: STABILIZE"),
    (WAITING, "who: drones, near: {of: far, within: 223}"),
    (WAITING, "who: drones, near: {of: base, within: 5}, charge_above: 0.9"),
    (FLYING, "who: eye, armed: true, airborne: true, mode: AUTO, charge_below: 0.99"),
    (CAR, "who: car, near: {of: base, within: 2 km}, waiting_below: 4"),
    (WAITING + CAR, "who: [eye, car], near: {of: base, within: 2 km}"),
]


@pytest.mark.parametrize(("vehicles", "expectation"), HOLDS)
def test_what_is_so_holds(vehicles: str, expectation: str) -> None:
    play = judged(expectation, vehicles, waiting=3)
    assert (play.outcomes.held, play.outcomes.missed, play.outcomes.failed) == (1, 0, [])


FAILS = [
    (WAITING, "who: eye, armed: true", "eye is disarmed"),
    (FLYING, "who: eye, armed: false", "eye is armed"),
    (WAITING, "who: eye, airborne: true", "eye is on the ground"),
    (FLYING, "who: drones, airborne: false", r"eye is \d+ m up"),
    (WAITING, "who: drones, mode: LOITER", "eye is in STABILIZE, not LOITER"),
    (WAITING, "who: eye, near: {of: far}", "eye is 222 m away from far, not within 50 m"),
    (WAITING, "who: eye, near: {of: far, within: 221}", "eye is 222 m away .* within 221 m"),
    (WAITING, "who: eye, charge_below: 0.5", "eye has 100% of its charge"),
    (WAITING, "who: eye, charge_above: 1", "eye has 100% of its charge"),
    (CAR, "who: cars, waiting_below: 3", "car has 3 reports that nobody has taken"),
    (
        CAR,
        "who: car, near: {of: [33.9, 71.5], within: 1 km}",
        r"car is 1\d,\d{3} m away from \(33.9, 71.5\), not within 1000 m",
    ),
]


@pytest.mark.parametrize(("vehicles", "expectation", "line"), FAILS)
def test_what_is_not_so_is_told(vehicles: str, expectation: str, line: str) -> None:
    play = judged(expectation, vehicles, waiting=3)
    assert (play.outcomes.held, play.outcomes.missed) == (0, 1)
    (told,) = play.outcomes.failed
    assert re.fullmatch(f"after 2 s {line}", told), told


def test_each_vehicle_that_is_not_as_expected_has_a_line_once() -> None:
    play = Play(
        "drones: [{name: eye, count: 3, does: wait}]\ncars: [{count: 1}, {name: car, count: 2}]\n"
        "expect: [{at: 1, who: [eye-2, eye], armed: true}, {at: 1, who: cars, waiting_below: 1}]\n",
        waiting=1,
    )
    play.until(1)
    assert play.outcomes.missed == 2
    assert [line.split()[3] for line in play.outcomes.failed] == [
        *("eye-2", "eye-1", "eye-3"),
        *("gulbahar-01", "car-1", "car-2"),
    ]


def test_all_that_is_wrong_with_a_vehicle_is_told() -> None:
    play = judged("who: eye, armed: true, airborne: true, mode: AUTO, near: {of: far}")
    assert len(play.outcomes.failed) == 4
    assert play.outcomes.missed == 1


def test_expectations_are_judged_when_their_time_has_come_and_not_again() -> None:
    play = Play(
        WAITING
        + "duration: 30\nevents: [{at: 3, who: eye, order: take-off, height: 15}]\n"
        + "expect: [{at: end, who: eye, airborne: true}, {at: 2, who: eye, airborne: false},"
        + " {at: 25, who: eye, armed: true}]\n"
    )
    for seconds, held, left in ((1.95, 0, 3), (2, 1, 2), (24.95, 1, 2), (25, 2, 1), (30, 3, 0)):
        play.until(seconds)
        assert (play.outcomes.held, play.outcomes.left, play.outcomes.failed) == (held, left, [])
    play.until(31)
    assert play.outcomes.held == 3


def test_what_happens_at_the_same_moment_is_seen() -> None:
    play = Play(
        WAITING
        + "events: [{at: 2, who: eye, drain: 0.3}]\nexpect: [{at: 2, who: eye, charge_below: 0.31}]\n"
    )
    play.until(2)
    assert play.outcomes.held == 1


def test_those_who_were_left_out_are_not_expected_anywhere() -> None:
    text = (
        "drones: [{name: eye, count: 2, does: wait}]\nexpect: [{at: 1, who: eye-2, armed: true}]\n"
    )
    play = Play(text, drones=1)
    play.until(1)
    assert play.outcomes.failed == []
