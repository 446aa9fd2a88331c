"""A drone with several links: each has its streams and answers, and all hear what is for all."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.streams import Streams
from sitl.autopilot.vehicle import Reply
from tests.sitl.wire import Station, by_type

POSITION = mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT
ATTITUDE = mavlink.MAVLINK_MSG_ID_ATTITUDE


class Echo:
    """A handler that answers every PING on the channel that it came over, and ticks while busy."""

    def __init__(self, said: list[tuple[str, str, int]], name: str) -> None:
        self.busy = False
        self.name = name
        self.ticks = 0
        self.reboots = 0
        self._said = said

    def receive(self, message: Any, channel: int, now: float) -> list[Reply]:
        self._said.append((self.name, message.get_type(), channel))
        if message.get_type() != "PING":
            return []
        return [(channel, mavlink.MAVLink_ping_message(round(now * 1e6), message.seq, 255, 190))]

    def tick(self, now: float) -> list[Reply]:
        self.ticks += 1
        return [(0, mavlink.MAVLink_ping_message(round(now * 1e6), self.ticks, 0, 0))]

    def reboot(self) -> None:
        self.reboots += 1


def ping(system: int = 1, number: int = 1) -> Any:
    return mavlink.MAVLink_ping_message(0, number, system, 1)


@pytest.fixture
def station() -> Station:
    """A drone with channels 0 and 1; we are on channel 1."""
    station = Station(channel=1)
    station.run(1.0)
    return station


def names(station: Station, channel: int, begin: int) -> set[str]:
    return {message.get_type() for _, message in station.heard_on[channel][begin:]}


def test_each_channel_streams_what_was_asked_for_there(station: Station) -> None:
    assert station.ask(POSITION, 10) == 0
    begin = len(station.heard_on[0])
    assert len(by_type(station.run(3.0))["GLOBAL_POSITION_INT"]) == 30
    assert "GLOBAL_POSITION_INT" not in names(station, 0, begin)
    assert "HEARTBEAT" in names(station, 0, begin)


def test_an_answer_goes_to_who_asked(station: Station) -> None:
    begin = len(station.heard_on[0])
    assert "COMMAND_ACK" in by_type(station.command(511, ATTITUDE, 1e6))
    assert "COMMAND_ACK" not in names(station, 0, begin)


def test_each_channel_counts_its_own_frames(station: Station) -> None:
    station.ask(POSITION, 20)
    station.run(5.0)
    for heard in station.heard_on.values():
        numbers = [message.get_seq() for _, message in heard]
        assert numbers == [n % 256 for n in range(len(numbers))]


def test_texts_and_events_are_for_all(station: Station) -> None:
    now = station.drone.now
    assert now is not None
    event = mavlink.MAVLink_mission_item_reached_message(4)
    sent = station.drone.send(now, station.time, [(6, "Reached command #4")], [event])
    for channel in (0, 1):
        parser = mavlink.MAVLink(None)
        heard = [m for at, frame in sent if at == channel for m in parser.parse_buffer(frame)]
        assert {"STATUSTEXT", "MISSION_ITEM_REACHED"} <= {m.get_type() for m in heard}


def test_nothing_is_said_on_a_closed_channel_and_streams_go_on_when_it_opens(
    station: Station,
) -> None:
    station.ask(POSITION, 10)
    station.drone.channels[1].is_open = False
    begin = len(station.heard_on[0])
    assert station.run(3.0) == []
    assert "HEARTBEAT" in names(station, 0, begin)
    station.drone.channels[1].is_open = True
    fixes = by_type(station.run(1.0))["GLOBAL_POSITION_INT"]
    assert len(fixes) == pytest.approx(10, abs=1)  # what was missed is not caught up with


def test_a_message_is_shown_to_each_handler_in_turn_with_its_channel(station: Station) -> None:
    said: list[tuple[str, str, int]] = []
    station.drone.handlers = (Echo(said, "first"), Echo(said, "second"))
    station.say(ping())
    station.say(mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3), 0)
    station.step()
    assert said == [
        ("first", "HEARTBEAT", 0),
        ("second", "HEARTBEAT", 0),
        ("first", "PING", 1),
        ("second", "PING", 1),
    ]


@pytest.mark.parametrize(("system", "shown"), [(0, True), (1, True), (2, False)])
def test_messages_for_others_are_not_shown(station: Station, system: int, shown: bool) -> None:
    said: list[tuple[str, str, int]] = []
    station.drone.handlers = (Echo(said, "only"),)
    station.say(ping(system))
    answers = by_type(station.run(0.05))["PING"]
    assert bool(said) is shown
    assert len(answers) == shown


def test_a_busy_handler_is_asked_at_each_step_and_an_idle_one_never(station: Station) -> None:
    handler = Echo([], "only")
    station.drone.handlers = (handler,)
    station.run(1.0)
    assert handler.ticks == 0
    handler.busy = True
    begin = len(station.heard_on[0])
    station.run(1.0)
    assert handler.ticks == 20
    told = [m.seq for _, m in station.heard_on[0][begin:] if m.get_type() == "PING"]
    assert told == list(range(1, 21))


def test_a_reboot_clears_streams_and_numbers_and_tells_the_handlers(station: Station) -> None:
    handler = Echo([], "only")
    station.ask(POSITION, 10)
    station.drone.handlers = (handler,)
    station.say(ping())
    station.drone.reboot(station.time)
    assert handler.reboots == 1
    messages = station.run(3.0)
    assert {message.get_type() for message in messages} <= {
        "HEARTBEAT",
        "HOME_POSITION",
        "STATUSTEXT",
    }
    assert [message.get_seq() for message in messages] == list(range(len(messages)))


def test_a_vehicle_of_another_system_id_is_another_vehicle(station: Station) -> None:
    station.drone.system = 9
    heard = station.run(2.0)
    assert {message.get_srcSystem() for message in heard} == {9}
    assert "COMMAND_ACK" not in by_type(station.command(511, POSITION, 1e6, system=1))
    assert "COMMAND_ACK" in by_type(station.command(511, POSITION, 1e6, system=9))


def test_what_is_asked_for_once_is_due_once() -> None:
    streams = Streams({0, 148}, now=0)
    streams.due(0)
    assert streams.earliest == 1_000_000
    streams.request(148)
    streams.request(148)
    assert streams.earliest <= 50_000
    assert streams.requested() == [148]
    assert streams.requested() == []
    assert streams.earliest == 1_000_000


def test_due_messages_keep_their_rates_for_a_day() -> None:
    streams = Streams({0, 1}, now=0)
    assert streams.set(1, 300_000, 0)
    times = count(0, 3_600_000_000)
    due = [streams.due(next(times)) for _ in range(24)]
    assert all(sorted(messages) == [0, 1] for messages in due)
    assert not streams.due(23 * 3_600_000_000 + 250_000)
    assert streams.due(23 * 3_600_000_000 + 300_000) == [1]
