"""A sortie as mission items, in the order in which an autopilot runs them, and back."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.files.mission import Command, Firmware, Mission, MissionItem
from missions.files.sortie_items import mission_sortie, sortie_mission
from missions.plan import Home, Sortie, Waypoint
from tests.missions.files.plans import HOME, SORTIE, near, waypoint, waypoints
from tests.missions.files.uploads import first_upload


def back(mission: Mission, speed: float = 8.0) -> tuple[Sortie, list[str]]:
    return mission_sortie(mission, name=SORTIE.name, drone=SORTIE.drone, kind="quad", speed=speed)


def test_the_items_of_a_sortie() -> None:
    mission, lost = sortie_mission(SORTIE)
    rows = [
        (item.command, item.frame, item.p1, item.p2, item.p3, item.altitude)
        for item in mission.items
    ]
    assert rows == [
        (Command.TAKEOFF, 3, 0, 0, 0, 50),
        (Command.CHANGE_SPEED, 2, 1, 8, -1, 0),
        (Command.MOUNT_CONTROL, 2, -90, 0, 0, 2),  # in MAVLink targeting
        (Command.WAYPOINT, 3, 0, 0, 0, 50),
        (Command.TRIGGER_DISTANCE, 2, 12.5, 0, 1, 0),
        (Command.WAYPOINT, 3, 0, 0, 0, 50),
        (Command.CHANGE_SPEED, 2, 1, 5, -1, 0),
        (Command.TRIGGER_DISTANCE, 2, 0, 0, 0, 0),  # no pictures in the turn
        (Command.WAYPOINT, 3, 0, 0, 0, 50),
        (Command.CHANGE_SPEED, 2, 1, 8, -1, 0),
        (Command.TRIGGER_DISTANCE, 2, 12.5, 0, 1, 0),
        (Command.WAYPOINT, 3, 0, 0, 0, 50),
        (Command.MOUNT_CONTROL, 2, -30, 0, 0, 2),
        (Command.TRIGGER_DISTANCE, 2, 0, 0, 0, 0),
        (Command.CONDITION_YAW, 2, 271.5, 0, 0, 0),
        (Command.LOITER_TIME, 3, 30, 0, 0, 50),
        (Command.LOITER_TURNS, 3, 2, 0, -35, 50),
        (Command.WAYPOINT, 3, 2, 0, 0, 50),
        (Command.LAND, 3, 0, 0, 0, 0),
    ]
    assert [item.seq for item in mission.items] == list(range(1, 20))  # 0 is home
    assert mission.home == HOME
    assert len(lost) == 2
    assert "start 60 s" in lost[1]


def test_speeds_of_a_fixed_wing_are_airspeeds() -> None:
    mission, _ = sortie_mission(SORTIE, fixed_wing=True)
    speeds = [item for item in mission.items if item.command == Command.CHANGE_SPEED]
    assert {item.p1 for item in speeds} == {0}


def test_px4_takes_the_yaw_in_the_waypoint_and_the_gimbal_through_its_manager() -> None:
    mission, _ = sortie_mission(SORTIE, firmware="px4")
    commands = [item.command for item in mission.items]
    assert Command.CONDITION_YAW not in commands
    assert Command.MOUNT_CONTROL not in commands
    gimbal = mission.items[commands.index(Command.GIMBAL_PITCH_YAW)]
    assert gimbal.p1 == -90
    assert math.isnan(gimbal.p2)
    station = next(item for item in mission.items if item.p1 == 30)
    assert (station.command, station.p4) == (Command.WAYPOINT, 271.5)
    assert math.isnan(mission.items[0].p4)


def test_a_sortie_comes_back_but_for_what_was_said_to_be_lost() -> None:
    mission, _ = sortie_mission(SORTIE)
    again, lost = back(mission)
    assert lost == []
    carried = ("height", "action", "speed", "hold", "radius", "turns", "yaw", "trigger_distance")
    for name in carried:
        assert [getattr(w, name) for w in again.waypoints] == [
            getattr(w, name) for w in SORTIE.waypoints
        ]
    assert [w.purpose for w in again.waypoints] == [
        "transit", "transit", "lane", "transit", "lane", "station", "station", "transit", "transit",
    ]  # fmt: skip
    places = [(w.latitude, w.longitude) for w in again.waypoints]
    assert places == [near(w.latitude, w.longitude) for w in SORTIE.waypoints]


@settings(max_examples=50)
@given(st.lists(waypoints(), min_size=1, max_size=6), st.booleans(), st.data())
def test_any_sortie_comes_back(flown: list[Waypoint], fixed: bool, data: st.DataObject) -> None:
    firmware: Firmware = data.draw(st.sampled_from(["ardupilot", "px4"]))
    sortie = SORTIE.model_copy(update={"waypoints": tuple(flown)})
    mission, lost = sortie_mission(sortie, fixed_wing=fixed, firmware=firmware)
    again, unread = back(mission)
    assert unread == []
    assert len(again.waypoints) == len(flown)
    for before, after in zip(flown, again.waypoints, strict=True):
        changes: dict[str, object] = {}
        if firmware == "px4" and before.yaw is not None:
            if before.action == "orbit":
                changes = {"yaw": None}
                assert any("no yaw for the orbit" in line for line in lost)
            if before.action == "hover":
                changes = {"action": "fly", "purpose": after.purpose}
        assert after == before.model_copy(update=changes)


def test_zero_zero_and_unset_places_are_where_the_vehicle_is() -> None:
    items = (
        MissionItem(1, 3, Command.TAKEOFF, altitude=30),
        MissionItem(2, 3, Command.WAYPOINT, latitude=34.02, longitude=71.53, altitude=40),
        MissionItem(
            3,
            3,
            Command.LOITER_TIME,
            p1=5,
            latitude=math.nan,
            longitude=math.nan,
            altitude=math.nan,
        ),
        MissionItem(4, 3, Command.LAND),
    )
    sortie, _ = back(Mission(items, HOME))
    there = (34.02, 71.53)
    assert [(w.latitude, w.longitude) for w in sortie.waypoints] == [
        (HOME.latitude, HOME.longitude), there, there, there,
    ]  # fmt: skip
    assert [w.height for w in sortie.waypoints] == [30, 40, 40, 0]


def test_return_to_launch_lands_at_home_and_says_what_is_not_known() -> None:
    items = (
        MissionItem(1, 3, Command.WAYPOINT, latitude=34.02, longitude=71.53, altitude=40),
        MissionItem(2, 2, Command.RETURN_TO_LAUNCH),
    )
    sortie, lost = back(Mission(items, HOME))
    last = sortie.waypoints[-1]
    assert (last.action, last.latitude, last.longitude, last.height) == (
        "land", HOME.latitude, HOME.longitude, 0,
    )  # fmt: skip
    assert lost == ["item 2: the height of the return is the vehicle's own and not known"]


def test_heights_above_sea_level_need_homes() -> None:
    item = MissionItem(1, 0, Command.WAYPOINT, latitude=34.02, longitude=71.53, altitude=371.5)
    sortie, _ = back(Mission((item,), HOME))
    assert sortie.waypoints[0].height == 40
    unknown = Home(latitude=34.0, longitude=71.5)
    with pytest.raises(PlanningError, match="item 1 has a height above sea level, and home's"):
        back(Mission((item,), unknown))


WAYPOINT = MissionItem(1, 3, Command.WAYPOINT, latitude=34.02, longitude=71.53, altitude=40)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (MissionItem(1, 2, Command.DO_JUMP, 1, 3), "item 1 jumps"),
        (replace(WAYPOINT, frame=10), "height of frame 10"),
        (replace(WAYPOINT, frame=1), "height of frame 1"),
        (replace(WAYPOINT, latitude=91), "no such place"),
        (replace(WAYPOINT, command=Command.LOITER_UNLIMITED), "command 17, which a sortie"),
        (replace(WAYPOINT, command=82), "command 82, which a sortie"),
        (replace(WAYPOINT, p1=-5), "hold"),
        (MissionItem(1, 2, Command.RETURN_TO_LAUNCH, p1=math.nan), None),
    ],
)
def test_what_would_make_the_way_another_one_is_refused(
    item: MissionItem, said: str | None
) -> None:
    if said is None:
        back(Mission((item,), HOME))
        return
    with pytest.raises(PlanningError, match=said):
        back(Mission((item,), HOME))


def test_what_does_not_change_the_way_is_left_out_and_said() -> None:
    items = (
        MissionItem(1, 2, 201),  # DO_SET_ROI
        MissionItem(2, 2, Command.CHANGE_SPEED, 2, 3),
        MissionItem(3, 2, Command.CONDITION_YAW, 30, p4=1),
        MissionItem(4, 2, Command.MOUNT_CONTROL, 30),  # retracted
        replace(WAYPOINT, seq=5),
    )
    sortie, lost = back(Mission(items, HOME))
    assert len(sortie.waypoints) == 1
    assert sortie.waypoints[0].gimbal_pitch is None
    assert [line.partition(":")[0] for line in lost] == ["item 1", "item 2", "item 3", "item 4"]


def test_a_mission_that_goes_nowhere_and_one_without_home_are_refused() -> None:
    with pytest.raises(PlanningError, match="no item that goes anywhere"):
        back(Mission((MissionItem(1, 2, Command.CHANGE_SPEED, 1, 3),), HOME))
    with pytest.raises(PlanningError, match="no home"):
        back(Mission((WAYPOINT,)))
    with pytest.raises(PlanningError, match="no waypoints"):
        sortie_mission(SORTIE.model_copy(update={"waypoints": ()}))
    with pytest.raises(PlanningError, match="item 1: speed"):
        back(Mission((WAYPOINT,), HOME), speed=0)


def test_holds_that_no_item_can_carry_are_said() -> None:
    sortie = SORTIE.model_copy(
        update={"waypoints": (waypoint(0, 0, action="land", hold=5.0, height=0.0),)}
    )
    _, lost = sortie_mission(sortie)
    assert any("waypoint 1 (land) holds for 5 s" in line for line in lost)


def test_a_real_mission_becomes_a_sortie() -> None:
    home, *items = first_upload("mission-upload.jsonl")
    place = Home(latitude=home.latitude, longitude=home.longitude)
    sortie, lost = back(Mission(tuple(items), place), speed=5)
    assert [w.action for w in sortie.waypoints] == ["takeoff", *["fly"] * 6, "land"]
    assert [w.height for w in sortie.waypoints] == [30, 30, 40, 40, 50, 40, 30, 0]
    assert [w.hold for w in sortie.waypoints] == [0, 0, 0, 3, 0, 0, 0, 0]
    assert len(lost) == 1  # the height of the return
