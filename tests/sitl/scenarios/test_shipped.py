"""The scenarios that come along: all that they expect comes true, and the same seed is the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from math import isinf

import numpy as np
import orjson
import pytest

from fleet.airspace.motion import offsets
from sitl.cars.wires import DeviceWires, Servers
from sitl.scenarios.building import Staged, stage
from sitl.scenarios.outcomes import Outcomes
from sitl.scenarios.reading import SHIPPED, load, shipped
from sitl.world import STEP, Told
from tests.sitl.wire import BEGIN

UNENDING = 730.0
"""Seconds for which one is played that has no end: past its last event."""


def step(staged: Staged) -> Told:
    return staged.world.step(BEGIN + staged.world.time + STEP)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", sorted({*shipped()} - {"scale"}))
def test_all_that_a_scenario_expects_comes_true(name: str) -> None:
    scenario = load(name)
    staged = stage(scenario)
    outcomes = Outcomes(scenario, staged.cast, staged.world, lambda _car: 0)
    staged.world.scripts.append(outcomes)
    end = UNENDING if isinf(scenario.duration) else scenario.duration
    panics: Counter[int] = Counter()
    seen: Counter[str] = Counter()
    while staged.world.time < end * 1e6:
        told = step(staged)
        panics.update(number for number, report in told.reports if report.panic)
        seen.update(f"{number + 1} {sighting.kind}" for number, sighting in told.sightings)
    assert outcomes.failed == []
    assert (outcomes.held, outcomes.left) == (len(scenario.expect), 0)
    assert panics.total() == sum(bool(e.press or e.panic) for e in scenario.events)
    assert seen.keys() >= {f"{e.camera} {e.sees}" for e in scenario.events if e.camera}


def test_the_demo_has_an_intruder_over_the_stadium_in_the_second_minute_that_leaves() -> None:
    fences = orjson.loads((SHIPPED / "demo.geojson").read_bytes())["features"]
    (zone,) = [f for f in fences if f["properties"]["name"] == "Arbab Niaz Stadium"]
    longitude, latitude = zone["geometry"]["coordinates"]
    world = stage(load("demo")).world
    (flight,) = [f for f in world.airspace.flights if f.operator is not None]

    def inside(second: int) -> bool:
        motion = flight.at(second)
        if motion is None:
            return False
        place = motion.place
        away = offsets(latitude, longitude, place.latitude, place.longitude)
        return bool(np.hypot(*away) < zone["properties"]["radius"] - 20)

    seconds = [second for second in range(600) if inside(second)]
    assert 60 <= seconds[0] < 120
    assert 60 <= len(seconds) <= 180
    assert seconds == list(range(seconds[0], seconds[-1] + 1))


def test_the_largest_begins() -> None:
    staged = stage(load("scale"))
    devices = {spec.device for spec in staged.world.motor_pool.beats}
    assert len(staged.world.squadron.drones) == 1000
    assert len(devices) == 10_000
    said = {number for _ in range(40) for number, _ in step(staged).frames}
    assert len(said) == 1000  # all fly from the beginning and have a heartbeat each second


def told_by(name: str, seconds: float, seed: int | None = None) -> tuple[str, Counter[str]]:
    """A digest of every byte that goes out, in its order, and how many of each kind there are."""
    staged = stage(load(name), seed=seed)
    world = staged.world
    servers = Servers("http://h/", "mqtt://h", ("h", 1), ("h", 1))
    devices = DeviceWires(world.reporters, servers, staged.settings.seed, lambda: 0.0)
    digest = hashlib.sha256()
    counts: Counter[str] = Counter()
    while world.time < seconds * 1e6:
        told = step(staged)
        said = [
            (number, report.time_us, devices.written(number, report))
            for number, report in told.reports
        ]
        digest.update(repr((world.time, told, said)).encode())
        counts.update(
            frames=sum(len(frames) for _, frames in told.frames),
            reports=len(told.reports),
            sightings=len(told.sightings),
            sensed=bool(told.sensed),
        )
    return digest.hexdigest(), counts


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("storm", {"frames", "reports"}), ("intruder", {"frames", "reports", "sightings", "sensed"})],
)
def test_the_same_seed_gives_the_same_bytes_and_another_others(name: str, kinds: set[str]) -> None:
    first, counts = told_by(name, 60)
    assert {kind for kind, count in counts.items() if count} == kinds
    assert counts["frames"] > 100
    assert told_by(name, 60) == (first, counts)
    assert told_by(name, 60, seed=1)[0] != first
