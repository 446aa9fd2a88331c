"""The same seed, times, orders and faults give the same bytes."""

from __future__ import annotations

from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.drone import Frame
from sitl.faults.links import LinkFault
from sitl.settings import SimulationSettings
from sitl.world import STEP, Told, World
from tests.sitl.wire import BEGIN


def history(seconds: float = 40, **changes: int) -> list[Told]:
    """Everything that a fleet says, asked for its positions after one second."""
    world = World(SimulationSettings.model_validate({"drones": 8, "cars": 12, **changes}))
    ground = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
    told = []
    for number in range(round(seconds * 1e6 / STEP)):
        if number == 20:
            for drone in world.squadron.drones:
                for message in (33, 30, 1, 147):
                    command = mavlink.MAVLink_command_long_message(
                        drone.system, 1, 511, 0, message, 250_000, 0, 0, 0, 0, 0
                    )
                    drone.receive(command.pack(ground))
        told.append(world.step(BEGIN + world.time + STEP))
    return told


def test_two_runs_are_the_same_byte_for_byte() -> None:
    first, second = history(), history()
    assert first == second
    frames = [frame for told in first for _, frames in told.frames for frame in frames]
    reports = [report for told in first for _, report in told.reports]
    assert len(frames) > 8 * 30 * 8  # they did say something
    assert len(reports) > 200


BAD = LinkFault(
    loss=0.1,
    burst_begin=0.02,
    burst_end=0.2,
    delay=0.1,
    jitter=0.4,
    reorder=0.1,
    duplicate=0.1,
)


def troubled(seed: int) -> list[Told]:
    """Everything of a fleet that is given orders, over bad links, with bad sensors and a reboot."""
    world = World(SimulationSettings(drones=6, cars=0, airborne=0.7, boot_scale=0.05, seed=seed))
    ground = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)

    def order(message: Any) -> None:
        for number in range(6):
            world.hear(number, message.pack(ground))

    def ask() -> None:
        for message in (33, 1, 30):
            order(mavlink.MAVLink_command_long_message(0, 1, 511, 0, message, 1e5, 0, 0, 0, 0, 0))
        world.squadron.drones[3].signing.set_up(bytes(range(32)), 0)

    def begin() -> None:
        order(mavlink.MAVLink_param_request_list_message(0, 1))
        order(mavlink.MAVLink_mission_request_list_message(0, 1))
        for number in range(4):
            world.link_faults.set(number, BAD)
        world.link_faults.claim(4, 1)

    def call_home() -> None:
        order(mavlink.MAVLink_set_mode_message(0, 1, 6))
        world.squadron.faults.set(1, "gps_drift", east=1.0, north=-2.0)
        world.link_faults.cut(5)

    def heal() -> None:
        world.link_faults.clear(0)
        world.link_faults.restore(5)

    events = {
        20: ask,
        100: begin,
        200: call_home,
        300: lambda: world.squadron.reboot_in_flight(0, world.time),
        400: heal,
    }
    told = []
    for number in range(600):
        events.get(number, idle)()
        told.append(world.step(BEGIN + world.time + STEP))
    return told


def idle() -> None:
    """Give no order."""


def test_two_runs_with_orders_and_faults_are_the_same_byte_for_byte() -> None:
    first, second = troubled(4), troubled(4)
    assert first == second
    frames = [frame for told in first for _, frames in told.frames for _, frame in frames]
    assert {22, 33, 44, 77} <= {frame[7] for frame in frames}  # it did what was asked
    assert any(frame[2] for frame in frames)  # some are signed
    assert troubled(5) != first


def test_another_seed_is_another_history() -> None:
    assert history(seconds=5, seed=2) != history(seconds=5)


def test_a_fleet_tells_the_same_however_many_others_there_are() -> None:
    few = history(seconds=20, drones=8, cars=0)
    many = history(seconds=20, drones=9, cars=12)

    def of(told: list[Told], drone: int) -> list[list[Frame]]:
        return [frames for step in told for number, frames in step.frames if number == drone]

    assert of(few, 3)
    assert of(few, 3) == of(many, 3)


@pytest.mark.parametrize(("drones", "cars"), [(0, 0), (0, 1), (1, 0), (300, 0)])
def test_fleets_of_any_size_run(drones: int, cars: int) -> None:
    told = history(seconds=2, drones=drones, cars=cars)
    assert len({number for step in told for number, _ in step.frames}) >= 0.7 * drones
    assert {number for step in told for number, _ in step.reports} == set(range(cars))


def test_marks_move_within_three_seconds_of_the_start() -> None:
    told = history(seconds=3, drones=24, cars=60)
    heard = {number for step in told[:40] for number, _ in step.frames}
    assert len(heard) >= 16  # heartbeats: the collector knows that they are there
    cars: dict[int, list[tuple[float, float]]] = {}
    for step in told:
        for number, report in step.reports:
            cars.setdefault(number, []).append((report.latitude, report.longitude))
    assert sum(len(set(places)) > 1 for places in cars.values()) > 30
