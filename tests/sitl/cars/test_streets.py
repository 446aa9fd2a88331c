"""A world with cars, posts and cameras: each numbered behind the other, and reproducible."""

from __future__ import annotations

from fleet.peshawar import CENTRE
from sitl.cars.beats import CarSpec, beat, foot_beat
from sitl.cars.zones import DeadZone
from sitl.settings import SimulationSettings
from sitl.world import STEP, Told, World
from tests.sitl.wire import BEGIN

SPECS = [beat(0), foot_beat(0), beat(1)]
SETTINGS = SimulationSettings(drones=0, cars=0)


def history(beats: list[CarSpec], posts: int, cameras: int, seconds: float = 70) -> list[Told]:
    world = World(SETTINGS, beats=beats, posts=posts, cameras=cameras)
    faults, number = world.device_faults(len(beats) + 1)
    faults.set(number, "duplicates", probability=0.5)
    return [world.step(BEGIN + world.time + STEP) for _ in range(round(seconds * 1e6 / STEP))]


def test_the_same_orders_tell_the_same() -> None:
    first = history(SPECS, 68, 711)
    assert first == history(SPECS, 68, 711)
    assert sum(len(told.sightings) for told in first) > 2
    reports = [row for told in first for row in told.reports]
    assert {number for number, _ in reports} == set(range(3 + 68))


def test_cars_do_not_depend_on_posts_nor_posts_on_cars() -> None:
    alone, among = history(SPECS, 2, 0), history([*SPECS, beat(2)], 2, 90)

    def of(told: list[Told], number: int) -> list[object]:
        return [report for step in told for who, report in step.reports if who == number]

    assert all(of(alone, n) == of(among, n) for n in range(3))
    assert all(of(alone, 3 + n) == of(among, 4 + n) for n in range(2))


def test_a_number_finds_the_faults_and_the_radio_of_its_device() -> None:
    world = World(SETTINGS, beats=SPECS, posts=2, dead_zones=[DeadZone(*CENTRE, radius=1e6)])
    assert [who.device for who in world.reporters][-2:] == ["post-001", "post-002"]
    assert world.device_faults(2) == (world.motor_pool.faults, 2)
    assert world.device_faults(4) == (world.posts.faults, 1)
    world.posts.faults.set(1, "no_radio")
    while world.time < 4 * STEP:
        world.step(BEGIN + world.time + STEP)
    assert world.radio.tolist() == [False, False, False, True, False]
