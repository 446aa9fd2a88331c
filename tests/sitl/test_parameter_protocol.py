"""The parameter protocol of a simulated vehicle, held against ArduPilot's habits."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.parameter_protocol import LIST_RATE, MOST_AT_ONCE, ParameterProtocol
from sitl.autopilot.parameter_sets import DETECTED
from sitl.autopilot.parameters import Parameters
from tests.sitl.ground import GROUND, arrived, over_the_wire, say_to


def new_protocol() -> tuple[Parameters, ParameterProtocol]:
    parameters = Parameters.copter(1)
    parameters.find_devices()
    parameters.take_news()
    return parameters, ParameterProtocol(parameters)


def read_by_name(name: bytes) -> Any:
    return mavlink.MAVLink_param_request_read_message(1, 1, name, -1)


def read_by_index(index: int) -> Any:
    return mavlink.MAVLink_param_request_read_message(1, 1, b"", index)


def set_to(name: bytes, value: float) -> Any:
    return mavlink.MAVLink_param_set_message(1, 1, name, value, 9)


REQUEST_LIST = mavlink.MAVLink_param_request_list_message(1, 1)


def told_until(protocol: ParameterProtocol, end: float, step: float) -> list[Any]:
    """All that `protocol` tells from 0 to `end` seconds."""
    told = []
    for number in range(1, round(end / step) + 1):
        told += arrived(protocol.tick(number * step))
    return told


def test_a_list_tells_every_parameter_once_with_its_index() -> None:
    parameters, protocol = new_protocol()
    assert say_to(protocol, REQUEST_LIST) == []
    assert protocol.busy
    told = told_until(protocol, 3.0, 0.05)
    assert [value.param_id for value in told] == list(parameters.names)
    assert [value.param_index for value in told] == list(range(len(parameters)))
    assert {value.param_count for value in told} == {len(parameters)}
    assert not protocol.busy


def test_a_list_keeps_to_its_rate_and_never_floods_after_a_pause() -> None:
    _, protocol = new_protocol()
    say_to(protocol, REQUEST_LIST)
    assert len(told_until(protocol, 1.0, 0.05)) == LIST_RATE
    assert len(protocol.tick(100.0)) <= MOST_AT_ONCE


def test_a_list_asked_for_again_begins_anew() -> None:
    parameters, protocol = new_protocol()
    say_to(protocol, REQUEST_LIST)
    protocol.tick(0.05)
    say_to(protocol, REQUEST_LIST, 0.05)
    told = arrived(protocol.tick(0.1))
    assert told[0].param_id == parameters.names[0]


def test_each_channel_is_told_a_list_of_its_own() -> None:
    _, protocol = new_protocol()
    say_to(protocol, REQUEST_LIST)
    assert {channel for channel, _ in protocol.tick(0.05)} == {0}
    say_to(protocol, REQUEST_LIST, 0.05, channel=1)
    assert {channel for channel, _ in protocol.tick(0.1)} == {0, 1}


def test_the_count_told_grows_when_the_boot_finds_devices() -> None:
    parameters = Parameters.copter(1)
    protocol = ParameterProtocol(parameters)
    [before] = say_to(protocol, read_by_name(b"RTL_ALT"))
    parameters.find_devices()
    [after] = say_to(protocol, read_by_name(b"RTL_ALT"))
    assert after.param_count > before.param_count


def test_a_list_under_way_survives_that_its_devices_are_lost() -> None:
    parameters, protocol = new_protocol()
    say_to(protocol, REQUEST_LIST)
    parameters.lose_devices()
    told = told_until(protocol, 3.0, 0.05)
    assert [value.param_id for value in told] == list(parameters.names)


def test_a_read_by_name_is_answered_with_index_65535() -> None:
    _, protocol = new_protocol()
    [value] = say_to(protocol, read_by_name(b"RTL_ALT"))
    assert (value.param_id, value.param_value, value.param_type) == ("RTL_ALT", 1500.0, 6)
    assert value.param_index == 65535


def test_a_read_by_index_is_answered_with_that_index() -> None:
    parameters, protocol = new_protocol()
    [value] = say_to(protocol, read_by_index(12))
    assert (value.param_id, value.param_index) == (parameters.names[12], 12)


def test_the_longest_names_fill_the_field() -> None:
    parameters, protocol = new_protocol()
    name = max(parameters.names, key=len)
    [value] = say_to(protocol, read_by_name(name.encode()))
    assert value.param_id == name


def test_unknown_names_and_indexes_get_no_reply_at_all() -> None:
    _, protocol = new_protocol()
    assert say_to(protocol, read_by_name(b"SYSID_THISMAV")) == []
    assert say_to(protocol, set_to(b"SYSID_THISMAV", 1.0)) == []
    assert say_to(protocol, read_by_index(5000)) == []
    assert say_to(protocol, read_by_index(-2)) == []


def test_a_set_value_is_told_as_it_is_kept() -> None:
    parameters, protocol = new_protocol()
    [value] = say_to(protocol, set_to(b"LAND_SPEED", 60.4))
    assert (value.param_value, value.param_index, value.param_type) == (60.0, 65535, 4)
    assert parameters["LAND_SPEED"] == 60.0


def test_a_value_that_is_set_is_told_to_all_who_have_spoken() -> None:
    _, protocol = new_protocol()
    say_to(protocol, read_by_name(b"RTL_ALT"), channel=2)
    replies = protocol.receive(over_the_wire(set_to(b"RTL_ALT", 2000.0), GROUND), 1, 0.0)
    assert [channel for channel, _ in replies] == [2, 1]
    assert {value.param_value for value in arrived(replies)} == {2000.0}


def test_what_the_vehicle_finds_out_itself_is_told_once_and_only_if_it_changed() -> None:
    parameters, protocol = new_protocol()
    say_to(protocol, read_by_name(b"RTL_ALT"))
    parameters.keep("MIS_TOTAL", parameters["MIS_TOTAL"])
    assert protocol.tick(0.1) == []
    parameters.keep("MIS_TOTAL", 5)
    assert protocol.busy
    [value] = arrived(protocol.tick(0.2))
    assert (value.param_id, value.param_value, value.param_index) == ("MIS_TOTAL", 5, 65535)
    assert protocol.tick(0.3) == []


def test_devices_are_told_when_the_boot_finds_them() -> None:
    parameters = Parameters.copter(1)
    protocol = ParameterProtocol(parameters)
    say_to(protocol, read_by_name(b"RTL_ALT"))
    parameters.find_devices()
    told = arrived(protocol.tick(1.0))
    assert {value.param_id for value in told} == DETECTED
    assert {value.param_count for value in told} == {len(parameters)}


def test_news_is_not_kept_for_those_who_come_later() -> None:
    parameters, protocol = new_protocol()
    parameters.keep("MIS_TOTAL", 5)
    assert protocol.tick(0.1) == []
    assert not protocol.busy


def test_a_reboot_ends_a_list() -> None:
    _, protocol = new_protocol()
    say_to(protocol, REQUEST_LIST)
    protocol.reboot()
    assert not protocol.busy
    assert protocol.tick(1.0) == []


names = st.one_of(
    st.sampled_from(Parameters.copter(1).names).map(str.encode), st.binary(max_size=16)
)
requests = st.one_of(
    st.builds(read_by_name, names),
    st.builds(read_by_index, st.integers(-32768, 32767)),
    st.builds(set_to, names, st.floats(width=32)),
    st.just(REQUEST_LIST),
)


@given(st.lists(st.tuples(requests, st.integers(0, 3), st.floats(0, 5))))
def test_any_requests_are_answered_at_most_once_a_channel_and_end(
    asked: list[tuple[Any, int, float]],
) -> None:
    parameters, protocol = new_protocol()
    now = 0.0
    for message, channel, later in asked:
        now += later
        replies = protocol.receive(over_the_wire(message, GROUND), channel, now)
        told = [number for number, _ in replies]
        assert len(set(told)) == len(told)  # once a channel
        assert len(protocol.tick(now)) <= 4 * MOST_AT_ONCE
        arrived(replies)  # can be packed
    for number in range(len(parameters)):
        protocol.tick(now + 10 + number)
    assert not protocol.busy
