"""The simulated vehicle's transfers, held against what a real ArduCopter answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.items import Store
from sitl.autopilot.modes import COPTER, PLANE, Kind
from sitl.autopilot.transfer import GIVEN_UP_AFTER, Transfers
from sitl.squadron import Berth
from tests.recordings import GROUND_STATION, RECORDINGS, messages
from tests.sitl.ground import HOME, StandingVehicle, fields, say_to
from tests.sitl.plans import count_of, item_of, request, waypoint
from tests.sitl.rubbish import any_message, numbers, transfer_messages
from tests.sitl.wire import Station

TRANSCRIPTS = ("mission-upload", "fence-upload")

# Nobody asked for these: HOME_POSITION went out just then because the vehicle had found its
# position, and a text waits in a queue of its own, so that it can come behind an answer.
# PARAM_VALUE (the totals) was not written down at all.
UNASKED = frozenset({"HOME_POSITION", "STATUSTEXT", "PARAM_VALUE"})


def transcript(name: str) -> list[dict[str, Any]]:
    """The messages of a recorded transfer in order, notes left out."""
    path: Path = RECORDINGS / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"the transcript {name}.jsonl is not in ../shared/data/ardupilot")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if "msg" in line]


def from_ground(line: dict[str, Any]) -> Any:
    """The message of the ground in `line`."""
    build = getattr(mavlink, f"MAVLink_{line['msg'].lower()}_message")
    return build(**line["fields"])


def exchanges(lines: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Each message of the ground with the answers to it: (name, fields)."""
    for number, line in enumerate(lines):
        if line["dir"] != "gcs->veh":
            continue
        answers = []
        for later in lines[number + 1 :]:
            if later["dir"] == "gcs->veh":
                break
            if later["msg"] not in UNASKED:
                answers.append((later["msg"], later["fields"]))
        yield line, answers


def new_transfers() -> tuple[StandingVehicle, Transfers]:
    vehicle = StandingVehicle()
    return vehicle, Transfers(vehicle, Store(0), Store(1), Store(2))


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_every_answer_is_the_recorded_one(name: str) -> None:
    _, transfers = new_transfers()
    compared = 0
    for line, answers in exchanges(transcript(name)):
        told = say_to(transfers, from_ground(line), line["t"])
        assert [(answer.get_type(), fields(answer)) for answer in told] == answers, line
        compared += len(answers)
    assert compared > 10


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_texts_are_the_recorded_ones(name: str) -> None:
    vehicle, transfers = new_transfers()
    lines = transcript(name)
    for line, _ in exchanges(lines):
        say_to(transfers, from_ground(line), line["t"])
    texts = [line["fields"] for line in lines if line["msg"] == "STATUSTEXT"]
    assert vehicle.said == [(text["severity"], text["text"]) for text in texts]
    assert len(texts) == 1


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_the_whole_drone_sends_the_recorded_answers_and_texts(name: str) -> None:
    station = Station(berth=Berth(place=HOME, alive=False))
    station.until(lambda: station.autopilot.position_known)
    station.run(1.0)
    texts = []
    lines = transcript(name)
    for line, answers in exchanges(lines):
        begin = len(station.heard)
        station.say(from_ground(line))
        station.step()
        told = [message for _, message in station.heard[begin:]]
        texts += [fields(message) for message in told if message.get_type() == "STATUSTEXT"]
        assert [
            (message.get_type(), fields(message))
            for message in told
            if message.get_type() not in {*UNASKED, "HEARTBEAT"}
        ] == answers
    assert texts == [line["fields"] for line in lines if line["msg"] == "STATUSTEXT"]


def test_values_are_told_as_a_real_drone_told_them() -> None:
    told_of = {"MIS_TOTAL", "FENCE_TOTAL", "FENCE_ENABLE"}
    recorded = [
        fields(message) | {"param_count": 0}
        for message in messages("copter-fence-breach")
        if message.get_type() == "PARAM_VALUE" and message.param_id in told_of
    ]
    station = Station(berth=Berth(place=HOME, alive=False))
    station.until(lambda: station.autopilot.position_known)
    for message in messages("copter-fence-breach"):
        kind = message.get_type()
        ours = kind.startswith(("MISSION_", "PARAM_")) and kind != "MISSION_SET_CURRENT"
        if ours and message.get_srcSystem() == GROUND_STATION:
            station.say(message)
            station.step()
    told = [
        fields(message) | {"param_count": 0}  # its own: ours are fewer
        for _, message in station.heard
        if message.get_type() == "PARAM_VALUE" and message.param_id in told_of
    ]
    # The recorded vehicle told its fresh mission of one item when it found home.
    assert recorded[0]["param_value"] == 1
    assert told == recorded[1:]
    assert len(told) == 6


@pytest.mark.parametrize(("kind", "kept"), [(COPTER, (5.0, 0.0)), (PLANE, (0.0, 20.0))])
def test_a_copter_keeps_the_delay_of_a_waypoint_and_a_plane_its_radius(
    kind: Kind, kept: tuple[float, float]
) -> None:
    station = Station(berth=Berth(kind=kind, place=HOME, alive=False))
    station.run(3.0)
    for message in (
        count_of(2),
        item_of(0, waypoint()),
        item_of(1, waypoint(param1=5.0, param2=20.0)),
        request(1),
    ):
        station.say(message)
        station.step()
    [item] = [m for _, m in station.heard if m.get_type() == "MISSION_ITEM_INT"]
    assert (item.param1, item.param2) == kept


steps = st.integers(1, 30)
requests = st.one_of(
    transfer_messages,
    st.builds(
        mavlink.MAVLink_param_set_message,
        st.just(1),
        st.just(1),
        st.sampled_from(["RTL_ALT", "FENCE_ENABLE", "WPNAV_SPEED", "MIS_TOTAL"]).map(str.encode),
        st.floats(width=32),
        st.just(9),
    ),
    st.builds(mavlink.MAVLink_mission_set_current_message, st.just(1), st.just(1), numbers),
)
"""Whatever touches what a vehicle keeps."""


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_mission_that_is_cut_short_in_flight_ends_where_it_is(left: int) -> None:
    station = Station(airborne=1.0)
    station.until(lambda: station.autopilot.in_auto and station.autopilot.run.number > 2)
    station.say(mavlink.MAVLink_mission_count_message(1, 1, left, 0))
    station.until(lambda: not station.autopilot.in_auto, limit=600)
    assert len(station.autopilot.mission.items) == left


@settings(max_examples=12, deadline=None)
@given(st.booleans(), st.lists(st.tuples(st.one_of(requests, any_message()), steps), max_size=25))
def test_a_vehicle_outlives_whatever_it_is_told(flying: bool, told: list[tuple[Any, int]]) -> None:
    station = Station(airborne=float(flying))
    station.until(lambda: station.autopilot.position_known)
    for message, number in told:
        station.say(message)
        for _ in range(number):
            station.step()
    station.run(GIVEN_UP_AFTER + 1)
    fence = mavlink.MAV_MISSION_TYPE_FENCE
    station.until(lambda: station.autopilot.powered and station.autopilot.ready, limit=60)
    begin = len(station.heard)
    station.say(count_of(1, fence))
    station.step()
    assert "MISSION_REQUEST" in {m.get_type() for _, m in station.heard[begin:]}
