"""Flying costs energy, and the battery tells how much is left."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sitl.flight.battery import CAPACITY, Batteries, power


def watts(airspeed: float, climb: float = 0.0, *, flying: bool = True) -> float:
    return float(power(np.array([airspeed]), np.array([climb]), np.array([flying]))[0])


def test_cruising_is_cheaper_than_hovering_and_racing_dearer_than_both() -> None:
    assert watts(11) < watts(0) < watts(28)


def test_climbing_costs_more_and_descending_gives_nothing_back() -> None:
    assert watts(5, climb=2.5) > watts(5) + 100
    assert watts(5, climb=-1.5) == watts(5)


def test_on_the_ground_only_the_electronics_run() -> None:
    assert watts(0, flying=False) < 20


def test_a_full_battery_hovers_about_as_long_as_such_a_drone_does() -> None:
    pack = Batteries(np.array([1.0]))
    minutes = 0
    while pack.charge[0] > 0.25:
        pack.step(np.array([watts(0)]), 60.0)
        minutes += 1
    assert 15 <= minutes <= 30


def test_voltage_sags_under_load_and_falls_with_the_charge() -> None:
    pack = Batteries(np.array([1.0, 0.5, 0.2]))
    resting = pack.voltage.copy()
    pack.step(np.full(3, 400.0), 0.0)
    assert np.all(pack.voltage < resting - 0.3)
    assert pack.voltage[0] > pack.voltage[1] > pack.voltage[2]


@given(
    loads=st.lists(st.floats(0, 5000), min_size=1, max_size=50),
    charge=st.floats(0.0, 1.0),
    dt=st.floats(0.01, 60),
)
def test_charge_only_falls_and_power_is_voltage_times_current(
    loads: list[float], charge: float, dt: float
) -> None:
    pack = Batteries(np.array([charge]))
    for load in loads:
        before = pack.charge[0]
        pack.step(np.array([load]), dt)
        assert 0.0 <= pack.charge[0] <= before
        assert pack.voltage[0] > 0
        if load < 2000:  # what an empty pack can still give
            assert abs(pack.voltage[0] * pack.current[0] - load) < 1e-6 * max(load, 1)


def test_the_charge_taken_out_is_the_current_over_time() -> None:
    pack = Batteries(np.array([0.8]))
    taken = 0.0
    for _ in range(600):
        pack.step(np.array([300.0]), 1.0)
        taken += pack.current[0] / 3600
    assert abs((0.8 - pack.charge[0]) * CAPACITY - taken) < 1e-9
    assert abs(pack.energy[0] - 600 * 300) < 1e-6


def test_a_swapped_battery_is_full() -> None:
    pack = Batteries(np.array([0.3, 0.3]))
    pack.swap(1)
    assert pack.charge.tolist() == [0.3, 1.0]
    assert pack.energy[1] == 0


def test_a_drained_battery_has_what_it_is_left_and_never_more() -> None:
    pack = Batteries(np.array([0.9, 0.1]))
    pack.drain(0, 0.3)
    pack.drain(1, 0.3)
    assert pack.charge.tolist() == [0.3, 0.1]
