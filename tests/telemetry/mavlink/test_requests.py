import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from telemetry.mavlink.codec import Command, Message
from telemetry.mavlink.requests import (
    ACK_WAIT,
    ASK_LIMIT,
    HEARTBEAT_WAIT,
    PER_CALL,
    REPEAT_WAIT,
    REPEAT_WAIT_MAX,
    SILENT_HEARTBEATS,
    Request,
    Requests,
)

ACCEPTED, TEMPORARILY_REJECTED, DENIED, UNSUPPORTED, FAILED = 0, 1, 2, 3, 4
STREAMS = {
    Message.SYSTEM_TIME,
    Message.GLOBAL_POSITION_INT,
    Message.GPS_RAW_INT,
    Message.SYS_STATUS,
    Message.ATTITUDE,
    Message.VFR_HUD,
    Message.EKF_STATUS_REPORT,
    Message.EXTENDED_SYS_STATE,
    Message.BATTERY_STATUS,
    Message.MISSION_CURRENT,
    Message.GIMBAL_DEVICE_ATTITUDE_STATUS,
    Message.CAMERA_FOV_STATUS,
}
ONCE = {Message.HOME_POSITION, Message.AUTOPILOT_VERSION, Message.CAMERA_INFORMATION}


def new_requests() -> Requests:
    return Requests(position_hz=5, status_hz=2)


def hear(requests: Requests, system: int, messages: Iterable[int], now: float) -> None:
    """Messages of component 1 of a system."""
    ids = np.array(list(messages), np.uint32)
    requests.hear(np.full(len(ids), system, np.uint8), np.ones(len(ids), np.uint8), ids, now)


class Vehicle:
    """Answers requests as told, on a clock that is moved by hand."""

    def __init__(self, system: int = 1, requests: Requests | None = None) -> None:
        self.system = system
        self.requests = requests or new_requests()
        self.now = 100.0
        self.asked: list[tuple[float, Request]] = []
        self.answers: dict[int, int | None] = {}
        self.default: int | None = ACCEPTED
        self.silent: set[int] = set()
        self.heartbeats = True

    def run(self, seconds: float, step: float = 0.25) -> list[tuple[float, int]]:
        """Let time pass; the (time, message) that were asked for meanwhile."""
        before = len(self.asked)
        for _ in range(round(seconds / step)):
            heard = {int(m) for m in STREAMS - self.silent if self._streams(m)}
            if self.heartbeats:
                heard.add(Message.HEARTBEAT)
            if heard:
                hear(self.requests, self.system, heard, self.now)
            for request in self.requests.due(self.now):
                if request.system == self.system:
                    self._answer(request)
            self.now += step
        return [(time, int(request.parameters[0])) for time, request in self.asked[before:]]

    def _answer(self, request: Request) -> None:
        self.asked.append((self.now, request))
        message = int(request.parameters[0])
        answer = self.answers.get(message, self.default)
        if answer is not None:
            self.requests.acknowledged(self.system, request.command, answer)
        if answer == ACCEPTED and message in ONCE - self.silent:
            hear(self.requests, self.system, {message}, self.now)

    def _streams(self, message: Message) -> bool:
        return any(request.parameters[0] == message for _, request in self.asked)


def test_nothing_is_asked_before_a_vehicle_is_heard() -> None:
    assert new_requests().due(0) == []


def test_each_message_is_asked_for_at_its_rate() -> None:
    vehicle = Vehicle()
    vehicle.run(10)
    intervals = {
        Message(int(request.parameters[0])): request.parameters[1]
        for _, request in vehicle.asked
        if request.command == Command.SET_MESSAGE_INTERVAL
    }
    assert intervals == dict.fromkeys(STREAMS, 500_000) | {Message.GLOBAL_POSITION_INT: 200_000}
    once = {
        int(request.parameters[0])
        for _, request in vehicle.asked
        if request.command == Command.REQUEST_MESSAGE
    }
    assert once == ONCE
    assert {request.component for _, request in vehicle.asked} == {1}


def test_what_was_accepted_and_comes_is_asked_for_once() -> None:
    vehicle = Vehicle()
    vehicle.run(600)
    assert len(vehicle.asked) == len(STREAMS | ONCE)


def test_a_second_command_waits_for_the_acknowledgement_of_the_first() -> None:
    requests = new_requests()
    hear(requests, 1, {Message.HEARTBEAT}, 0)
    assert len(requests.due(0)) == 1
    assert requests.due(ACK_WAIT - 0.01) == []
    requests.acknowledged(1, Command.REQUEST_MESSAGE, ACCEPTED)  # of something else
    assert requests.due(ACK_WAIT - 0.01) == []
    requests.acknowledged(1, Command.SET_MESSAGE_INTERVAL, ACCEPTED)
    assert len(requests.due(ACK_WAIT - 0.01)) == 1


def test_without_an_answer_the_pauses_grow_and_the_repetitions_end() -> None:
    vehicle = Vehicle()
    vehicle.default = None
    vehicle.silent = STREAMS | ONCE
    vehicle.answers = dict.fromkeys((STREAMS | ONCE) - {Message.GLOBAL_POSITION_INT}, DENIED)
    vehicle.run(40, step=0.05)
    asked = [
        (time, request.repetition)
        for time, request in vehicle.asked
        if request.parameters[0] == Message.GLOBAL_POSITION_INT
    ][:ASK_LIMIT]
    assert [repetition for _, repetition in asked] == list(range(ASK_LIMIT))
    pauses = [later[0] - earlier[0] for earlier, later in itertools.pairwise(asked)]
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 2 * pauses[0]


@pytest.mark.parametrize("answer", [DENIED, UNSUPPORTED])
def test_what_is_denied_is_not_asked_again(answer: int) -> None:
    vehicle = Vehicle()
    vehicle.answers = {Message.EKF_STATUS_REPORT: answer, Message.HOME_POSITION: answer}
    vehicle.silent = {Message.EKF_STATUS_REPORT, Message.HOME_POSITION}
    asked = [message for _, message in vehicle.run(600)]
    assert asked.count(Message.EKF_STATUS_REPORT) == 1
    assert asked.count(Message.HOME_POSITION) == 1


@pytest.mark.parametrize("answer", [TEMPORARILY_REJECTED, FAILED])
def test_what_cannot_be_now_is_asked_again(answer: int) -> None:
    vehicle = Vehicle()
    vehicle.answers = {Message.ATTITUDE: answer}
    vehicle.silent = {Message.ATTITUDE}
    vehicle.run(3)
    vehicle.answers, vehicle.silent = {}, set()
    vehicle.run(10)
    last = vehicle.asked[-1][1]
    assert last.parameters[0] == Message.ATTITUDE
    assert vehicle.run(60) == []


def test_home_is_asked_for_until_it_comes() -> None:
    vehicle = Vehicle()
    vehicle.silent = {Message.HOME_POSITION}  # accepted, but home is not set yet
    vehicle.run(300)
    vehicle.silent = set()
    assert Message.HOME_POSITION in [message for _, message in vehicle.run(REPEAT_WAIT_MAX + 1)]
    assert vehicle.run(300) == []


def test_a_reboot_is_followed_by_all_requests_anew() -> None:
    vehicle = Vehicle()
    vehicle.run(10)
    vehicle.requests.rebooted(1, vehicle.now)
    assert {message for _, message in vehicle.run(10)} == STREAMS | ONCE


def test_a_message_that_stops_is_asked_for_again_but_not_often() -> None:
    vehicle = Vehicle()
    vehicle.run(30, step=1)
    vehicle.silent = {Message.GPS_RAW_INT}
    asked = vehicle.run(600, step=1)
    assert {message for _, message in asked} == {Message.GPS_RAW_INT}
    times = [time for time, _ in asked]
    assert times[0] - 130 <= REPEAT_WAIT
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(pauses) >= REPEAT_WAIT
    assert max(pauses) <= REPEAT_WAIT_MAX + 1
    assert len(times) <= 600 / REPEAT_WAIT_MAX + 4


def test_a_message_that_came_back_and_stops_again_is_asked_for_soon() -> None:
    vehicle = Vehicle()
    for _ in range(2):
        vehicle.silent = set()
        vehicle.run(30, step=1)
        vehicle.silent = {Message.GPS_RAW_INT}
        times = [time for time, _ in vehicle.run(300, step=1)]
        assert times[1] - times[0] <= 2 * REPEAT_WAIT
        assert times[-1] - times[-2] >= REPEAT_WAIT_MAX - 1


def test_a_vehicle_that_was_out_of_reach_is_not_asked_again_when_its_streams_come_back() -> None:
    vehicle = Vehicle()
    vehicle.run(30, step=1)
    vehicle.heartbeats, vehicle.silent = False, set(STREAMS)
    vehicle.run(60, step=1)
    vehicle.heartbeats = True
    assert vehicle.run(SILENT_HEARTBEATS - 1, step=1) == []
    vehicle.silent = set()
    assert vehicle.run(60, step=1) == []


def test_a_vehicle_that_is_not_heard_is_not_asked() -> None:
    requests = new_requests()
    hear(requests, 1, {Message.HEARTBEAT}, 0)
    assert requests.due(HEARTBEAT_WAIT + 1) == []
    hear(requests, 1, {Message.HEARTBEAT}, HEARTBEAT_WAIT + 1)
    assert len(requests.due(HEARTBEAT_WAIT + 1)) == 1


def test_many_vehicles_that_appear_together_are_asked_a_few_at_a_time_in_turn() -> None:
    requests = new_requests()
    systems = range(1, 3 * PER_CALL + 1)
    for system in systems:
        hear(requests, system, {Message.HEARTBEAT}, 0)
    rounds = [requests.due(0) for _ in range(4)]
    assert [len(due) for due in rounds] == [PER_CALL, PER_CALL, PER_CALL, 0]
    assert sorted(request.system for due in rounds for request in due) == list(systems)
