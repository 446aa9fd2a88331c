"""Missions overheard between vehicles and other ground stations, made by pymavlink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from telemetry.mavlink.missions import ITEMS_MOST, TRANSFERS_MOST, Missions, Told
from tests.telemetry.mavlink.sending import Sender, decode

VEHICLE, STATION = 7, 250
WAYPOINT, TAKEOFF, LAND, CHANGE_SPEED, JUMP, SET_ROI = 16, 22, 21, 178, 177, 195
RELATIVE = 3
FENCE = 1
ACCEPTED, DENIED = 0, 14

PLACES = [(34.0 + n / 1000, 71.5 + n / 500) for n in range(5)]


def are_vehicles(systems: NDArray[np.uint8]) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = systems < 100
    return known


def heard(missions: Missions, *frames: bytes) -> list[Told]:
    return missions.take(decode(*frames), are_vehicles)


class Ends:
    """A vehicle and a ground station that talk of a mission."""

    def __init__(self) -> None:
        self.vehicle, self.station = Sender(VEHICLE), Sender(STATION, 190)

    def to(self, *, upload: bool) -> tuple[Sender, dict[str, int]]:
        """Who sends the list, and to whom."""
        sender, target = (self.station, VEHICLE) if upload else (self.vehicle, STATION)
        return sender, {"target_system": target, "target_component": 1}

    def count(self, number: int, *, upload: bool = True, **more: Any) -> bytes:
        sender, target = self.to(upload=upload)
        return sender("MISSION_COUNT", count=number, **target, **more)

    def item(self, number: int, *, upload: bool = True, **more: Any) -> bytes:
        sender, target = self.to(upload=upload)
        latitude, longitude = PLACES[number % len(PLACES)]
        place = {"x": round(latitude * 1e7), "y": round(longitude * 1e7), "z": 60.0}
        told = {"seq": number, "command": WAYPOINT, "frame": RELATIVE} | place | target
        return sender("MISSION_ITEM_INT", **(told | more))

    def ack(self, result: int = ACCEPTED, **more: Any) -> bytes:
        return self.vehicle(
            "MISSION_ACK", target_system=STATION, target_component=190, type=result, **more
        )

    def uploaded(self, numbers: Sequence[int]) -> list[bytes]:
        return [self.count(len(PLACES)), *map(self.item, numbers), self.ack()]


def places_of(told: list[Told]) -> list[tuple[float, float]] | None:
    ((_, _, _, places),) = told
    return None if places is None else [(each[3], each[4]) for each in places]


EVERY = list(range(len(PLACES)))


def test_a_list_that_the_vehicle_has_acknowledged_is_what_it_carries() -> None:
    ends, missions = Ends(), Missions()
    *sent, ack = ends.uploaded(EVERY)
    assert heard(missions, *sent) == []
    told = heard(missions, ack)
    assert [told[0][0], told[0][2]] == [VEHICLE, len(PLACES)]
    assert places_of(told) == PLACES
    assert told[0][3] is not None
    assert told[0][3][2][:3] == (2, WAYPOINT, RELATIVE)
    assert told[0][3][2][5] == 60


def test_a_list_that_the_vehicle_tells_is_what_it_carries() -> None:
    ends = Ends()
    sent = [ends.count(len(PLACES), upload=False)]
    sent += [ends.item(number, upload=False) for number in EVERY]
    assert places_of(heard(Missions(), *sent)) == PLACES


@given(st.lists(st.sampled_from(EVERY), max_size=12))
@settings(max_examples=60)
def test_lost_doubled_and_disordered_items_make_no_false_list(numbers: list[int]) -> None:
    told = heard(Missions(), *Ends().uploaded(numbers))
    assert places_of(told) == (PLACES if set(numbers) == set(EVERY) else None)
    assert told[0][2] == len(PLACES)


def test_a_list_over_several_batches_is_put_together() -> None:
    ends, missions = Ends(), Missions()
    told = [
        each for frame in ends.uploaded([0, 1, 1, 2, 3, 4, 4]) for each in heard(missions, frame)
    ]
    assert places_of(told) == PLACES


def test_what_was_refused_changes_nothing() -> None:
    ends, missions = Ends(), Missions()
    heard(missions, *ends.uploaded(EVERY))
    again = [ends.count(2), ends.item(0), ends.item(1), ends.ack(DENIED)]
    assert heard(missions, *again, ends.ack()) == []


def test_a_new_count_begins_anew() -> None:
    ends = Ends()
    sent = [ends.count(3), ends.item(0), ends.item(1), ends.count(3), ends.item(2), ends.ack()]
    assert places_of(heard(Missions(), *sent)) is None


def test_the_same_list_again_is_no_news() -> None:
    ends, missions = Ends(), Missions()
    assert heard(missions, *ends.uploaded(EVERY))
    assert heard(missions, *ends.uploaded(EVERY)) == []
    assert places_of(heard(missions, *ends.uploaded(EVERY[1:]))) is None


def test_a_cleared_mission_has_no_places() -> None:
    ends, missions = Ends(), Missions()
    heard(missions, *ends.uploaded(EVERY))
    clear = ends.station("MISSION_CLEAR_ALL", target_system=VEHICLE)
    ((_, _, count, places),) = heard(missions, clear, ends.ack())
    assert (count, places) == (0, ())


def test_of_a_list_that_is_changed_in_part_nothing_is_known() -> None:
    ends, missions = Ends(), Missions()
    heard(missions, *ends.uploaded(EVERY))
    part = ends.station(
        "MISSION_WRITE_PARTIAL_LIST", target_system=VEHICLE, start_index=1, end_index=2
    )
    assert places_of(heard(missions, part)) is None


def test_home_and_what_is_no_place_are_no_part_of_the_way() -> None:
    ends = Ends()
    items = [
        ends.item(0),  # an ArduPilot's home
        ends.item(1, command=TAKEOFF, x=0, y=0),
        ends.item(2),
        ends.item(3, command=CHANGE_SPEED),
        ends.item(4, command=JUMP),
        ends.item(5, command=SET_ROI),
        ends.item(6, frame=1),  # local
        ends.item(7, command=LAND, z=float("nan")),
    ]
    told = heard(Missions(), ends.vehicle.heartbeat(), ends.count(8), *items, ends.ack())
    assert told[0][3] is not None
    assert [(number, command) for number, command, *_ in told[0][3]] == [(2, WAYPOINT), (7, LAND)]
    assert told[0][3][1][5] == 0


def test_the_older_message_tells_degrees() -> None:
    ends = Ends()
    old = ends.station(
        "MISSION_ITEM",
        target_system=VEHICLE,
        seq=0,
        command=WAYPOINT,
        frame=RELATIVE,
        x=34.5,
        y=71.25,
        z=40.0,
    )
    assert places_of(heard(Missions(), ends.count(1), old, ends.ack())) == [(34.5, 71.25)]


def test_fences_and_rally_points_are_no_missions() -> None:
    ends, missions = Ends(), Missions()
    kind: dict[str, Any] = {"mission_type": FENCE}
    sent = [ends.count(1, **kind), ends.item(0, **kind), ends.ack(**kind)]
    assert heard(missions, *sent) == []
    mixed = [ends.count(1), ends.item(0, **kind), ends.ack()]
    assert places_of(heard(missions, *mixed)) is None


def test_what_is_said_between_ground_stations_is_passed_over() -> None:
    other = Sender(STATION)
    sent = [
        other("MISSION_COUNT", count=1, target_system=251),
        other("MISSION_ITEM_INT", target_system=251, command=WAYPOINT, x=1, y=1),
        Sender(251)("MISSION_ACK", target_system=STATION),
    ]
    assert heard(Missions(), *sent) == []


def test_no_list_is_longer_than_there_is_room_for() -> None:
    ends, missions = Ends(), Missions()
    assert heard(missions, ends.count(ITEMS_MOST + 1), ends.item(0), ends.ack()) == []
    for station in range(101, 101 + TRANSFERS_MOST + 5):
        told = Sender(station)("MISSION_COUNT", count=2, target_system=VEHICLE)
        assert heard(missions, told) == []
    late = Sender(101)("MISSION_ITEM_INT", target_system=VEHICLE, command=WAYPOINT, x=1, y=1)
    gone = Sender(VEHICLE)("MISSION_ACK", target_system=101)
    assert heard(missions, late, gone) == []  # it was given up


def test_each_vehicle_tells_where_in_its_mission_it_is() -> None:
    missions = Missions()
    sent = [Sender(3)("MISSION_CURRENT", seq=4, total=9), Sender(200)("MISSION_CURRENT", seq=1)]
    heard(missions, *sent)
    systems, rows = missions.changed_since(0)
    assert systems == [3]
    assert (rows["item"][0], rows["total"][0]) == (4, 9)
    assert missions.changed_since(missions.version)[0] == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["count", "item", "ack", "clear", "partial"]),
            st.integers(0, 6),
            st.integers(0, 65535),
            st.integers(-(2**31), 2**31 - 1),
            st.booleans(),
        ),
        max_size=12,
    )
)
@settings(max_examples=60)
def test_whatever_is_heard_can_be_kept(
    said: list[tuple[str, int, int, int, bool]],
) -> None:
    ends = Ends()
    frames = []
    for what, number, other, place, upload in said:
        if what == "count":
            frames.append(ends.count(number, upload=upload))
        elif what == "item":
            more = {"command": other, "x": place, "y": place // 2, "z": float(place) * 1e28}
            frames.append(ends.item(number, upload=upload, **more))
        elif what == "ack":
            frames.append(ends.ack(number % 3))
        else:
            name = "MISSION_CLEAR_ALL" if what == "clear" else "MISSION_WRITE_PARTIAL_LIST"
            frames.append(ends.to(upload=upload)[0](name, target_system=VEHICLE))
    for _, _, count, places in heard(Missions(), *frames):
        for _, _, _, latitude, longitude, height in places or ():
            assert abs(latitude) <= 90
            assert abs(longitude) <= 180
            assert np.isfinite(height)
        assert places is None or len(places) <= count


@pytest.mark.parametrize("system", [0, 255])
def test_lists_to_nobody_or_everybody_are_passed_over(system: int) -> None:
    station = Sender(STATION)
    assert heard(Missions(), station("MISSION_COUNT", count=1, target_system=system)) == []
