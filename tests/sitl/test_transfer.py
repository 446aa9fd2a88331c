"""The order in which lists are exchanged, and what disturbs it, where the transcripts leave it open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.item_lists import MOST_FENCE_ITEMS, MOST_MISSION_ITEMS, MOST_RALLY_POINTS
from sitl.autopilot.items import Item
from sitl.autopilot.transfer import ASKED_AGAIN_AFTER, GIVEN_UP_AFTER, Transfers
from tests.sitl.ground import OTHER_GROUND, StandingVehicle, arrived, over_the_wire, say_to
from tests.sitl.plans import (
    ALL,
    FENCE,
    MISSION,
    RALLY,
    circle,
    clear_all,
    count_of,
    item_of,
    list_request,
    part_of,
    polygon,
    rally_point,
    request,
    waypoint,
)
from tests.sitl.rubbish import transfer_messages
from tests.sitl.transferring import INVALID_SEQUENCE, Case, asked, count, result, upload

DENIED = mavlink.MAV_MISSION_DENIED


def test_an_upload_is_not_atomic() -> None:
    case = Case()
    upload(case, [waypoint(z=10.0)] * 5)
    say_to(case.transfers, count_of(3))
    assert len(case.mission.items) == 3
    say_to(case.transfers, item_of(0, waypoint(z=20.0)))
    say_to(case.transfers, item_of(1, waypoint(z=20.0)))
    assert [item.z for item in case.mission.items] == [20.0, 20.0, 10.0]


def test_an_upload_of_nothing_empties_the_mission() -> None:
    case = Case()
    assert upload(case, []) == 0
    assert case.mission.items == ()


def test_a_wrong_number_is_refused_and_the_right_one_asked_for_again() -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    assert result(say_to(case.transfers, item_of(2, waypoint()), 0.5)) == INVALID_SEQUENCE
    assert asked(arrived(case.transfers.tick(ASKED_AGAIN_AFTER + 0.05))) == 0


def test_what_does_not_come_is_asked_for_each_second_and_given_up_after_eight() -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    answers = []
    for tick in range(1, 200):
        now = tick * 0.05
        answers += [(now, answer) for answer in arrived(case.transfers.tick(now))]
    *repeated, (ended, ack) = answers
    assert [round(now) for now, _ in repeated] == [1, 2, 3, 4, 5, 6, 7]
    assert {answer.seq for _, answer in repeated} == {0}
    assert ended == pytest.approx(GIVEN_UP_AFTER, abs=0.1)
    assert ack.type == mavlink.MAV_MISSION_OPERATION_CANCELLED
    assert case.vehicle.said == [(4, "Mission upload timeout")]
    assert not case.transfers.busy


def test_each_wanted_item_gives_eight_seconds_more() -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    say_to(case.transfers, item_of(0, waypoint()), 7.0)
    case.transfers.tick(14.0)
    assert case.transfers.busy
    case.transfers.tick(15.1)
    assert not case.transfers.busy


def test_a_cancel_from_the_ground_is_not_heard() -> None:
    case = Case()
    say_to(case.transfers, count_of(2))
    cancel = mavlink.MAVLink_mission_ack_message(1, 1, 15, MISSION)
    assert say_to(case.transfers, cancel) == []
    assert asked(say_to(case.transfers, item_of(0, waypoint()))) == 1


def test_a_second_ground_station_is_denied_and_does_not_disturb() -> None:
    case = Case()
    say_to(case.transfers, count_of(2))
    for message in (count_of(5), part_of(0, 0), item_of(0, waypoint())):
        assert result(say_to(case.transfers, message, sender=OTHER_GROUND)) == DENIED
    assert asked(say_to(case.transfers, item_of(0, waypoint()))) == 1


def test_the_same_ground_station_begins_anew() -> None:
    case = Case()
    say_to(case.transfers, count_of(5))
    say_to(case.transfers, item_of(0, waypoint()))
    assert upload(case, [waypoint()] * 2) == 0


def test_a_download_during_an_upload_is_denied() -> None:
    case = Case()
    say_to(case.transfers, count_of(2))
    assert result(say_to(case.transfers, list_request())) == DENIED
    assert result(say_to(case.transfers, request(0))) == DENIED
    assert result(say_to(case.transfers, clear_all())) == mavlink.MAV_MISSION_ERROR
    assert count(case, FENCE) == 0


def test_three_lists_come_up_at_the_same_time() -> None:
    case = Case()
    for kind in (MISSION, FENCE, RALLY):
        say_to(case.transfers, count_of(2, kind))
    assert asked(say_to(case.transfers, item_of(0, circle(20), FENCE))) == 1
    assert asked(say_to(case.transfers, item_of(0, rally_point(), RALLY))) == 1
    assert asked(say_to(case.transfers, item_of(0, waypoint()))) == 1


def test_requests_go_out_where_the_upload_came_in() -> None:
    case = Case()
    say_to(case.transfers, count_of(2), channel=1)
    assert {channel for channel, _ in case.transfers.tick(1.1)} == {1}


@pytest.mark.parametrize(
    ("kind", "most"),
    [(MISSION, MOST_MISSION_ITEMS), (FENCE, MOST_FENCE_ITEMS), (RALLY, MOST_RALLY_POINTS)],
)
def test_more_items_than_there_is_room_for_are_refused(kind: int, most: int) -> None:
    case = Case()
    answers = say_to(case.transfers, count_of(most + 1, kind))
    assert result(answers) == mavlink.MAV_MISSION_NO_SPACE
    assert case.vehicle.said == [(4, f"Only {most} items are supported")]
    assert asked(say_to(case.transfers, count_of(most, kind))) == 0


def test_650_items_are_taken() -> None:
    case = Case()
    assert upload(case, [waypoint()] * 650) == 0
    assert count(case) == 650


def test_an_item_without_an_upload_is_an_error() -> None:
    answers = say_to(Case().transfers, item_of(0, waypoint()))
    assert result(answers) == mavlink.MAV_MISSION_ERROR


def test_an_order_in_the_form_of_an_item_is_flown_and_not_stored() -> None:
    case, orders = Case(), []

    def guide(item: Item) -> bool:
        orders.append(item)
        return len(orders) == 1

    case.transfers = Transfers(case.vehicle, case.mission, case.fence, case.rally, guide=guide)
    assert result(say_to(case.transfers, item_of(0, waypoint(frame=6), current=2))) == 0
    answers = say_to(case.transfers, item_of(0, waypoint(z=90.0), current=3))
    assert result(answers) == mavlink.MAV_MISSION_ERROR  # it did not go
    assert orders == [waypoint(), waypoint(x=0, y=0, z=90.0)]
    wrong = say_to(case.transfers, item_of(0, waypoint(frame=1), current=2))
    assert result(wrong) == mavlink.MAV_MISSION_UNSUPPORTED_FRAME
    assert len(case.mission.items) == 1


@pytest.mark.parametrize(
    "message", [count_of(1, ALL), list_request(ALL), request(0, ALL), clear_all(ALL)]
)
def test_a_list_that_it_does_not_have_is_unsupported(message: Any) -> None:
    assert result(say_to(Case().transfers, message)) == mavlink.MAV_MISSION_UNSUPPORTED


def test_a_mission_that_is_being_flown_is_not_cleared_but_overwritten() -> None:
    case = Case(vehicle=StandingVehicle(in_auto=True))
    upload(case, [waypoint()] * 4)
    assert result(say_to(case.transfers, clear_all())) == mavlink.MAV_MISSION_ERROR
    assert len(case.mission.items) == 4
    assert upload(case, [waypoint()] * 2) == 0


def test_a_part_of_a_mission_is_exchanged() -> None:
    case = Case()
    upload(case, [waypoint(z=10.0)] * 4)
    assert asked(say_to(case.transfers, part_of(2, 3))) == 2
    say_to(case.transfers, item_of(2, waypoint(z=20.0)))
    assert result(say_to(case.transfers, item_of(3, waypoint(z=30.0)))) == 0
    assert [item.z for item in case.mission.items] == [10.0, 10.0, 20.0, 30.0]


@pytest.mark.parametrize(("first", "last"), [(2, 1), (0, 5), (-1, 1), (5, 5)])
def test_a_part_that_is_not_there_is_an_error(first: int, last: int) -> None:
    case = Case()
    upload(case, [waypoint()] * 4)
    answers = say_to(case.transfers, part_of(first, last))
    assert result(answers) == mavlink.MAV_MISSION_ERROR


def test_a_mission_that_is_cut_by_somebody_else_ends_the_upload() -> None:
    case = Case()
    say_to(case.transfers, count_of(3))
    say_to(case.transfers, item_of(0, waypoint()))
    case.mission.replace(())
    answers = say_to(case.transfers, item_of(1, waypoint()))
    assert result(answers) == mavlink.MAV_MISSION_ERROR
    assert not case.transfers.busy


def test_a_reboot_ends_an_upload_and_keeps_what_is_stored() -> None:
    case = Case()
    upload(case, polygon(3), FENCE)
    say_to(case.transfers, count_of(4, FENCE))
    case.transfers.reboot()
    assert not case.transfers.busy
    assert count(case, FENCE) == 3


steps = st.tuples(
    transfer_messages,
    st.sampled_from([255, 254]),
    st.integers(0, 1),
    st.sampled_from([0.0, 0.3, 2.0, 9.0]),
)


@settings(max_examples=150)
@given(st.lists(steps, max_size=40), st.booleans())
def test_after_any_messages_an_upload_of_each_list_still_succeeds(
    rubbish: list[tuple[Any, int, int, float]], in_auto: bool
) -> None:
    case = Case(vehicle=StandingVehicle(in_auto=in_auto))
    transfers, now = case.transfers, 0.0
    for message, system, channel, later in rubbish:
        now += later
        replies = transfers.receive(over_the_wire(message, (system, 190)), channel, now)
        replies += transfers.tick(now)
        arrived(replies)  # what is answered can be packed
        assert len(replies) <= 2 + 3
        for store, most in (
            (case.mission, MOST_MISSION_ITEMS),
            (case.fence, MOST_FENCE_ITEMS),
            (case.rally, MOST_RALLY_POINTS),
        ):
            assert len(store.items) <= most
    transfers.tick(now + GIVEN_UP_AFTER + 1)
    assert not transfers.busy
    uploads: list[tuple[int, list[Item], Callable[[], tuple[Item, ...]]]] = [
        (MISSION, [waypoint(z=5.0)] * 3, lambda: case.mission.items),
        (FENCE, polygon(4), lambda: case.fence.items),
        (RALLY, [rally_point()], lambda: case.rally.items),
    ]
    for kind, items, stored in uploads:
        assert upload(case, items, kind) == 0
        assert len(stored()) == len(items)
