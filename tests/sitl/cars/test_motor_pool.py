"""A fleet of given cars and officers: officers walk, buttons cry, each is the same among others."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from fleet.peshawar import roads, to_metres
from sitl.cars.beats import CarKind, CarSpec, Protocol, asset_of, beat, foot_beat, imei
from sitl.cars.driving import PAVEMENT, WALK
from sitl.cars.motor_pool import MotorPool
from sitl.settings import SimulationSettings
from tests.sitl.cars.test_device_faults import STEP, Told, of, run

CARS = [replace(beat(n), protocol=protocol) for n, protocol in enumerate(Protocol)]


def pool(specs: list[CarSpec], seed: int = 1) -> MotorPool:
    return MotorPool(SimulationSettings(drones=0, cars=0, seed=seed), specs)


@pytest.fixture(scope="module")
def walked() -> tuple[MotorPool, Told, np.ndarray]:
    """Eight minutes of twelve officers on foot."""
    officers = pool([foot_beat(n) for n in range(12)])
    told, speeds = [], []
    for time in range(STEP, 480_000_000, STEP):
        told += officers.step(time, time, STEP / 1e6)
        speeds.append(officers.traffic.speed.copy())
    return officers, told, np.array(speeds)


def test_officers_walk_at_one_metre_and_twenty_a_second(
    walked: tuple[MotorPool, Told, np.ndarray],
) -> None:
    _, _, speeds = walked
    assert speeds.max() <= WALK
    assert 1.1 < speeds[speeds > 1.0].mean() < 1.3
    assert (speeds > 1.0).mean() > 0.5


def test_officers_keep_to_the_pavements_of_their_beat(
    walked: tuple[MotorPool, Told, np.ndarray],
) -> None:
    officers = walked[0]
    graph = roads()
    east, north = to_metres(graph.nodes[:, 0], graph.nodes[:, 1])
    ends = np.stack([east, north], axis=1)[graph.edges]
    start, way = ends[:, 0], ends[:, 1] - ends[:, 0]
    for place, spec in zip(officers.traffic.position, officers.beats, strict=True):
        apart = place - start
        share = np.clip(np.sum(apart * way, axis=1) / np.sum(way**2, axis=1), 0, 1)
        assert np.hypot(*(apart - share[:, None] * way).T).min() <= PAVEMENT + 0.01
        assert np.hypot(*(place - spec.centre)) < spec.radius + graph.lengths.max()


def test_an_officers_phone_reports_seldom_and_less_exactly(
    walked: tuple[MotorPool, Told, np.ndarray],
) -> None:
    officers, told, _ = walked
    accuracies = [report.accuracy for _, report in told]
    assert np.mean(accuracies) > 2 * 4.0 + 2
    assert {report.ignition for _, report in told} == {None}
    for number in range(len(officers.beats)):
        times = [report.time_us for report in of(told, number)]
        gaps = [after - before for before, after in pairwise(times)]
        assert min(gaps) >= 4_000_000
        assert max(gaps) <= 10_000_000


def test_each_is_the_same_whatever_the_others_are() -> None:
    mixed = [beat(0), foot_beat(1), *CARS]
    alone = run(pool(mixed[:2]), 60)
    among = run(pool(mixed), 60)
    assert [row for row in among if row[0] < 2] == alone
    assert run(pool(mixed), 60) == among
    assert run(pool(mixed, seed=2), 60) != among


def test_without_specs_they_are_those_of_the_settings() -> None:
    cars = MotorPool(SimulationSettings(drones=0, cars=3))
    assert cars.beats == [beat(0), beat(1), beat(2)]
    assert [b.call_sign for b in cars.beats] == ["gulbahar-01", "kotwali-01", "saddar-01"]
    assert MotorPool(SimulationSettings(drones=0, cars=5), []).beats == []


def test_a_beat_far_from_any_road_begins_at_the_nearest() -> None:
    spec = CarSpec("far-01", Protocol.NMEA, (30_000.0, 0.0), 10.0)
    cars = pool([spec])
    run(cars, 10)
    assert np.hypot(*cars.traffic.position[0]) < 25_000


def test_a_pressed_button_is_told_in_the_next_step_once() -> None:
    cars = pool(CARS)
    run(cars, 5)
    number = [b.protocol for b in cars.beats].index(Protocol.TELTONIKA)
    cars.press(number)
    told = cars.step(5_200_000, 5_200_000, STEP / 1e6)
    assert [report.panic for report in of(told, number)] == [True]
    assert not any(report.panic for _, report in run(cars, 20, begin=5.2))


@pytest.mark.parametrize("protocol", [Protocol.OWNTRACKS, Protocol.NMEA])
def test_a_protocol_without_a_word_for_it_has_no_panic_button(protocol: Protocol) -> None:
    number = list(Protocol).index(protocol)
    with pytest.raises(ValueError, match=f"{CARS[number].call_sign}: {protocol} has no word"):
        pool(CARS).press(number)
    with pytest.raises(ValueError, match="no device has number 4: there are 4"):
        pool(CARS).press(4)


def test_the_identity_is_what_the_collector_makes_of_the_device() -> None:
    identities = {b.protocol: asset_of(b.protocol, b.device).identity for b in CARS}
    assert identities == {
        Protocol.OWNTRACKS: "owntracks:patrol/gulbahar-01",
        Protocol.OSMAND: "osmand:kotwali-01",
        Protocol.NMEA: "nmea:saddar-01",
        Protocol.TELTONIKA: f"teltonika:{imei('hayatabad-01')}",
    }
    assert {b.kind for b in CARS} == {CarKind.CAR}
    assert foot_beat(15).call_sign == "gulbahar-foot-02"
