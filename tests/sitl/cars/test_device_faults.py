"""Faults of devices: clocks, doubles, radios and false positions, by number, and reproducible."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from fleet.peshawar import CENTRE, to_metres
from sitl.cars.car import Report
from sitl.cars.faults import DeviceFaults
from sitl.cars.motor_pool import MotorPool
from sitl.cars.zones import DeadZone
from sitl.noise import Stream
from sitl.settings import SimulationSettings
from tests.sitl.wire import BEGIN

STEP = 200_000
SECOND = 1_000_000

Told = list[tuple[int, Report]]


def pool(cars: int = 6, **parts: object) -> MotorPool:
    return MotorPool(SimulationSettings(drones=0, cars=cars), **parts)  # type: ignore[arg-type]  # the test's own parts


def run(cars: MotorPool, seconds: float, begin: float = 0) -> Told:
    told: Told = []
    for time in range(round(begin * 1e6) + STEP, round((begin + seconds) * 1e6) + 1, STEP):
        told += cars.step(time, BEGIN + time, STEP / 1e6)
    return told


def of(told: Told, number: int) -> list[Report]:
    return [report for who, report in told if who == number]


def test_a_wrong_clock_is_wrong_by_as_much_and_only_that() -> None:
    cars = pool()
    cars.faults.set(2, "clock", seconds=-3600)
    right, wrong = run(pool(), 30), run(cars, 30)
    back = [(n, replace(r, time_us=r.time_us + 3600 * SECOND) if n == 2 else r) for n, r in wrong]
    assert back == right


def test_a_drifting_clock_gains_and_is_right_again_when_it_has_ended() -> None:
    cars = pool()
    run(cars, 10)
    cars.faults.set(0, "clock_drift", rate=0.1)
    run(cars, 100, begin=10)
    (number, report) = next(row for row in run(cars, 12, begin=110) if row[0] == 0)
    truth = BEGIN + 110 * SECOND
    assert number == 0
    assert 10 * SECOND < report.time_us - truth < 25 * SECOND
    cars.faults.clear(0, "clock_drift")
    after = of(run(cars, 12, begin=122), 0)
    assert BEGIN + 122 * SECOND < after[0].time_us <= BEGIN + 134 * SECOND


def test_a_clock_before_1970_stands_at_it() -> None:
    cars = pool()
    cars.faults.set(0, "clock", seconds=-3.1e9)
    assert {report.time_us for report in of(run(cars, 12), 0)} == {0}


def test_doubles_are_the_same_report_again_and_as_often_as_asked() -> None:
    cars = pool()
    cars.faults.set(1, "duplicates", probability=0.4)
    right, doubled = run(pool(), 240), run(cars, 240)
    single = [row for row, after in pairwise([*doubled, (-1, None)]) if row != after]
    assert single == right
    share = len(of(doubled, 1)) / len(of(right, 1)) - 1
    assert 0.25 < share < 0.55
    again = pool()
    again.faults.set(1, "duplicates", probability=0.4)
    assert run(again, 240) == doubled


def test_doubles_of_one_do_not_depend_on_those_of_others() -> None:
    few, many = pool(3), pool(6)
    for cars, numbers in ((few, (1,)), (many, (1, 2, 4))):
        for number in numbers:
            cars.faults.set(number, "duplicates", probability=0.5)
    assert of(run(few, 60), 1) == of(run(many, 60), 1)


def test_a_false_position_is_off_at_once_or_more_and_more() -> None:
    cars = pool()
    cars.faults.set(0, "gps_jump", east=300, north=-400)
    cars.faults.set(1, "gps_drift", east=2, north=0)
    right, wrong = run(pool(), 60), run(cars, 60)
    for number in range(6):
        off = [
            np.subtract(to_metres(b.latitude, b.longitude), to_metres(a.latitude, a.longitude))
            for a, b in zip(of(right, number), of(wrong, number), strict=True)
        ]
        if number == 0:
            assert np.allclose(off, [300, -400], atol=1e-3)
        elif number == 1:
            assert off[0][0] < 5
            assert 100 < off[-1][0] < 121
        else:
            assert np.allclose(off, 0)


def test_a_device_loses_its_radio_in_a_zone_and_by_a_fault_and_reports_all_the_same() -> None:
    cars = pool(20)
    run(cars, 1)
    latitude, longitude = (float(x[4]) for x in cars.traffic.coordinates)
    zoned = pool(20, dead_zones=[DeadZone(latitude, longitude, 60)])
    zoned.faults.set(7, "no_radio")
    told = run(zoned, 60)
    assert told == run(pool(20), 60)
    assert not zoned.radio[7]
    zoned.faults.clear(7)
    radios = []
    for second in range(60, 400):
        run(zoned, 1, begin=second)
        away = zoned.traffic.position - np.array(to_metres(latitude, longitude))
        assert (zoned.radio == (np.hypot(away[:, 0], away[:, 1]) >= 60)).all()
        radios.append(bool(zoned.radio[4]))
    assert zoned.radio[7]
    assert True in radios  # it has left the zone


def test_a_zone_that_is_never_left_is_silence() -> None:
    cars = pool(3, dead_zones=[DeadZone(*CENTRE, radius=1e6)])
    run(cars, 1)
    assert not cars.radio.any()


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ((9, "clock", {"seconds": 1.0}), "no device has number 9: there are 6"),
        ((0, "clok", {}), "unknown fault 'clok': use one of clock, "),
        ((0, "clock", {"second": 1.0}), "fault clock takes seconds, not second"),
        ((0, "no_radio", {"seconds": 1.0}), "fault no_radio takes no values, not seconds"),
        ((0, "duplicates", {"probability": 1.1}), "probability is 1.1, not from 0 to 1"),
        ((0, "clock", {"seconds": float("nan")}), "seconds is nan"),
        ((0, "gps_jump", {"east": float("inf"), "north": 0.0}), "east is inf"),
    ],
)
def test_a_fault_that_there_is_not_is_told(
    order: tuple[int, str, dict[str, float]], message: str
) -> None:
    number, fault, values = order
    with pytest.raises(ValueError, match=message):
        pool().faults.set(number, fault, **values)
    assert not pool().faults.by_number


def test_a_device_whose_faults_are_cleared_is_as_new() -> None:
    faults = DeviceFaults(1, Stream.CAR_PLAN, 2)
    for fault, values in (
        ("clock", {"seconds": 5.0}),
        ("clock_drift", {"rate": 0.5}),
        ("duplicates", {"probability": 0.5}),
        ("no_radio", {}),
        ("gps_jump", {"east": 1.0, "north": 1.0}),
        ("gps_drift", {"east": 1.0, "north": 1.0}),
    ):
        faults.set(0, fault, **values)
        faults.step(1.0)
        faults.clear(0, fault)
        assert 0 not in faults.by_number
        faults.set(1, fault, **values)
    faults.clear(1)
    faults.clear(1)
    assert not faults.by_number
