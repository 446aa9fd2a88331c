"""What the air does to frames: as much of it as was asked for, and the same in each run."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.drone import Frame, SimulatedDrone
from sitl.faults.links import MAX_HELD, Direction, LinkFault, LinkFaults

STEP = 50_000
PER_STEP = 5


class Air:
    """A drone that sends numbered frames, PER_STEP in each step, and what arrives of them."""

    def __init__(self, seed: int = 1, count: int = 2) -> None:
        self.drones = [SimulatedDrone(number + 1) for number in range(count)]
        self.faults = LinkFaults(seed, self.drones)
        self.time = 0
        self.sent = 0
        self.arrived: list[tuple[int, int]] = []  # time, number of the frame

    def step(self, number: int = 0, *, silent: bool = False) -> None:
        self.time += STEP
        told: list[tuple[int, list[Frame]]] = []
        if not silent:
            frames = [(0, (self.sent + n).to_bytes(4, "big")) for n in range(PER_STEP)]
            self.sent += PER_STEP
            told = [(number, frames)]
        for who, frames in self.faults.down(told, self.time):
            assert who == number
            self.arrived += [(self.time, int.from_bytes(frame, "big")) for _, frame in frames]

    def run(self, steps: int, *, silent: bool = False) -> None:
        for _ in range(steps):
            self.step(silent=silent)

    @property
    def numbers(self) -> list[int]:
        return [number for _, number in self.arrived]

    def delays(self) -> list[float]:
        """Seconds that each frame that arrived took."""
        return [(at - (n // PER_STEP + 1) * STEP) / 1e6 for at, n in self.arrived]


def test_without_faults_frames_pass_untouched() -> None:
    faults = LinkFaults(1, [SimulatedDrone(1)])
    told: list[tuple[int, list[Frame]]] = [(0, [(0, b"a"), (1, b"b")])]
    assert faults.down(told, STEP) is told


def test_loss_is_as_frequent_as_was_asked_for() -> None:
    air = Air()
    air.faults.set(0, LinkFault(loss=0.3))
    air.run(2000)
    assert len(air.numbers) == pytest.approx(0.7 * air.sent, rel=0.03)
    assert air.faults.statistics.lost == air.sent - len(air.numbers)
    assert air.numbers == sorted(air.numbers)


def test_bursts_are_as_long_and_as_frequent_as_was_asked_for() -> None:
    air = Air()
    air.faults.set(0, LinkFault(burst_begin=0.02, burst_end=0.1))
    air.run(6000)
    gaps = [after - before - 1 for before, after in pairwise(air.numbers) if after > before + 1]
    assert sum(gaps) / len(gaps) == pytest.approx(1 / 0.1, rel=0.1)
    assert sum(gaps) / air.sent == pytest.approx(0.02 / (0.02 + 0.1), rel=0.1)


def test_delay_is_kept_and_jitter_never_reorders() -> None:
    air = Air()
    air.faults.set(0, LinkFault(delay=0.5, jitter=0.4))
    air.run(500)
    air.run(40, silent=True)
    assert air.numbers == list(range(2500))
    delays = air.delays()
    assert min(delays) >= 0.5
    assert max(delays) <= 0.9 + STEP / 1e6
    assert max(delays) - min(delays) > 0.2


def test_frames_held_back_are_overtaken_and_none_is_missing() -> None:
    air = Air()
    air.faults.set(0, LinkFault(reorder=0.1, hold=0.2))
    air.run(1000)
    air.run(10, silent=True)
    assert sorted(air.numbers) == list(range(air.sent))
    late = [delay for delay in air.delays() if delay > 0]
    assert len(late) == pytest.approx(0.1 * air.sent, rel=0.15)
    assert set(late) == {0.2}
    assert air.numbers != sorted(air.numbers)


def test_duplicates_arrive_twice() -> None:
    air = Air()
    air.faults.set(0, LinkFault(duplicate=0.25))
    air.run(1000)
    assert len(air.numbers) == pytest.approx(1.25 * air.sent, rel=0.03)
    assert len(air.numbers) - air.sent == air.faults.statistics.doubled
    assert sorted(set(air.numbers)) == list(range(air.sent))


def test_a_cut_lets_nothing_pass_and_keeps_the_other_faults() -> None:
    air = Air()
    air.faults.set(0, LinkFault(delay=0.1))
    air.run(10)
    air.faults.cut(0)
    air.run(10)
    air.faults.restore(0)
    air.run(10)
    assert not set(air.numbers) & set(range(50, 100))
    assert min(air.delays()) >= 0.1
    assert len(air.numbers) == 50 + 40  # the last two steps are under way


def test_what_is_under_way_when_a_link_heals_is_not_overtaken() -> None:
    air = Air()
    air.faults.set(0, LinkFault(delay=1.0))
    air.run(5)
    air.faults.clear(0)
    air.run(30)
    assert air.numbers == list(range(175))


def test_one_way_and_one_drone_are_hurt_alone() -> None:
    air = Air()
    air.faults.set(0, LinkFault(loss=1.0), Direction.UP)
    air.step(0)
    air.step(1)
    assert len(air.arrived) == 2 * PER_STEP
    beat = mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3).pack(mavlink.MAVLink(None, 255, 190))
    for number in (0, 1):
        air.faults.hear(number, beat, 0, air.time)
    assert [drone.channels[0].has_something(-1) for drone in air.drones] == [False, True]


def test_what_goes_up_is_delayed_too() -> None:
    air = Air()
    air.faults.set(0, LinkFault(delay=0.5), Direction.UP)
    air.faults.hear(0, b"x", 0, 0)
    channel = air.drones[0].channels[0]
    air.faults.up(450_000)
    assert not channel.has_something(-1)
    air.faults.up(500_000)
    assert channel.has_something(-1)


def test_a_drone_can_go_by_anothers_system_id_for_a_while() -> None:
    air = Air()
    air.faults.claim(0, 2)
    assert [drone.system for drone in air.drones] == [2, 2]
    beat = mavlink.MAVLink_heartbeat_message(2, 3, 0, 0, 4, 3)
    assert air.drones[0].channels[0].pack(beat)[5] == 2
    air.faults.unclaim(0)
    assert air.drones[0].channels[0].pack(beat)[5] == 1


def test_a_line_holds_so_many_frames_and_no_more() -> None:
    air = Air()
    air.faults.set(0, LinkFault(delay=1e6))
    air.run(MAX_HELD // PER_STEP + 3)
    assert air.faults.statistics.overflowed == air.sent - MAX_HELD


FAULTS = st.builds(
    LinkFault,
    loss=st.floats(0, 1),
    burst_begin=st.floats(0, 1),
    burst_end=st.floats(0, 1),
    burst_loss=st.floats(0, 1),
    delay=st.floats(0, 1),
    jitter=st.floats(0, 1),
    reorder=st.floats(0, 1),
    hold=st.floats(0, 1),
    duplicate=st.floats(0, 1),
)


@given(seed=st.integers(0, 9), faults=st.lists(FAULTS, min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_every_frame_is_accounted_for_and_two_runs_are_the_same(
    seed: int, faults: list[LinkFault]
) -> None:
    runs = []
    for _ in range(2):
        air = Air(seed)
        for fault in faults:
            air.faults.set(0, fault)
            air.run(10)
        air.run(70, silent=True)  # two seconds at most, and one step
        counts = air.faults.statistics
        assert len(air.arrived) == air.sent - counts.lost + counts.doubled - counts.overflowed
        runs.append(air.arrived)
    assert runs[0] == runs[1]


@pytest.mark.parametrize("wrong", [{"loss": 1.1}, {"reorder": -0.1}, {"burst_end": float("nan")}])
def test_a_probability_that_is_none_is_told(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"link fault: \w+ is .*, not from 0 to 1"):
        LinkFault(**wrong)


@pytest.mark.parametrize("wrong", [{"delay": -1.0}, {"hold": float("inf")}])
def test_a_time_that_is_none_is_told(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"link fault: \w+ is .* s, not 0 or more"):
        LinkFault(**wrong)
