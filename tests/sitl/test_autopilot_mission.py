"""Missions are flown in ArduPilot's order: items, jumps, conditions, and what it says of them."""

from __future__ import annotations

from math import atan2, degrees, hypot

from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.items import Item
from tests.sitl.flown import LAND, RTL, TAKEOFF, WAYPOINT, Flown

JUMP, SPEED = mavlink.MAV_CMD_DO_JUMP, mavlink.MAV_CMD_DO_CHANGE_SPEED


def told(flown: Flown, start: str) -> list[str]:
    return [text for text in flown.texts if text.startswith(start)]


def test_a_mission_begins_with_its_take_off_and_ends_on_the_ground() -> None:
    flown = Flown()
    flown.fly(
        flown.item(TAKEOFF, z=20.0),
        flown.item(WAYPOINT, 80.0, 1.0, 25.0),
        flown.item(WAYPOINT, 80.0, 80.0, 30.0, param1=3.0),
        flown.item(RTL),
    )
    corner = 200.0
    while 3 not in flown.reached:
        flown.step()
        corner = min(corner, flown.away(80.0, 1.0))
    assert corner < 2.5  # WPNAV_RADIUS
    assert flown.away(80.0, 80.0) < 2.0
    flown.until(lambda: not flown.vehicle.armed)
    assert flown.reached == [1, 2, 3, 4]
    assert flown.away(0, 0) < 1.0
    assert told(flown, "Mission") == [
        "Mission: 1 Takeoff",
        "Mission: 2 WP",
        "Mission: 3 WP",
        "Mission: 4 RTL",
    ]
    assert told(flown, "Reached") == ["Reached command #2", "Reached command #3"]
    assert flown.vehicle.mission_state == mavlink.MISSION_STATE_COMPLETE
    assert flown.vehicle.run.number == 0


def test_auto_on_the_ground_waits_for_its_start_and_wants_a_take_off() -> None:
    flown = Flown()
    flown.load(flown.item(WAYPOINT, 50.0, 1.0, 20.0))
    flown.set_mode("GUIDED")
    flown.vehicle.arm(flown.now)
    flown.set_mode("AUTO")
    flown.run(4.0)
    assert not flown.vehicle.flying
    assert flown.vehicle.start_mission(flown.now) == 4
    flown.step()
    assert flown.texts[-1] == "Auto: Missing Takeoff Cmd"


def test_without_a_mission_auto_is_refused_in_flight() -> None:
    flown = Flown()
    flown.take_off()
    assert flown.set_mode("AUTO") == 4
    flown.step()
    assert flown.texts[-1] == "Mode change to AUTO failed: init failed"


def test_a_jump_is_taken_as_often_as_it_says() -> None:
    flown = Flown()
    flown.fly(
        flown.item(TAKEOFF, z=10.0),
        flown.item(WAYPOINT, 20.0, 1.0, 10.0),
        flown.item(WAYPOINT, 20.0, 20.0, 10.0),
        Item(JUMP, 0, param1=2, param2=2),
        flown.item(LAND),
    )
    flown.until(lambda: not flown.vehicle.armed)
    assert flown.reached == [1, 2, 3, 2, 3, 2, 3, 5]


def test_a_mission_of_jumps_alone_is_complete_at_once() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(Item(JUMP, 0, param1=2, param2=-1), Item(JUMP, 0, param1=1, param2=-1))
    assert flown.set_mode("AUTO") == 0
    flown.run(5.0)
    assert flown.vehicle.run.complete
    assert flown.vehicle.flying
    assert flown.away(0, 0) < 1.0


def test_a_speed_is_kept_to_the_end_of_the_mission_and_no_further() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(
        Item(SPEED, 0, param1=1, param2=4.0),
        flown.item(WAYPOINT, 150.0, 1.0, 30.0),
        flown.item(WAYPOINT, 0.0, 1.0, 30.0),
    )
    flown.set_mode("AUTO")
    flown.run(20.0)
    assert told(flown, "Mission") == ["Mission: 1 ChangeSpeed", "Mission: 2 WP"]
    assert abs(hypot(*flown.squadron.airframes.velocity[0, :2]) - 4.0) < 0.3
    flown.set_mode("GUIDED")
    flown.vehicle.guide((flown.home[0] - 300.0, flown.home[1], 30.0))
    flown.run(12.0)
    assert abs(hypot(*flown.squadron.airframes.velocity[0, :2]) - 10.0) < 0.3


def test_another_mode_and_auto_again_goes_on_with_the_same_item() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(flown.item(WAYPOINT, 30.0, 1.0, 30.0), flown.item(WAYPOINT, 300.0, 1.0, 30.0))
    flown.set_mode("AUTO")
    flown.until(lambda: flown.vehicle.run.number == 2)
    flown.set_mode("LOITER")
    flown.run(3.0)
    assert flown.vehicle.mission_state == mavlink.MISSION_STATE_NOT_STARTED
    flown.set_mode("AUTO")
    flown.step()
    assert told(flown, "Mission")[-1] == "Mission: 2 WP"
    assert flown.vehicle.set_current(1, flown.now) == 0
    flown.step()
    assert told(flown, "Mission")[-1] == "Mission: 1 WP"
    assert flown.vehicle.set_current(3, flown.now) == 4


def test_loitering_takes_its_time_its_turns_or_no_end() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(
        flown.item(mavlink.MAV_CMD_NAV_LOITER_TIME, 20.0, 1.0, 30.0, param1=6.0),
        flown.item(mavlink.MAV_CMD_NAV_LOITER_TURNS, 20.0, 30.0, 30.0, param1=2.0, param3=15.0),
        flown.item(mavlink.MAV_CMD_NAV_LOITER_UNLIM, 20.0, 1.0, 30.0),
    )
    flown.set_mode("AUTO")
    there = flown.until(lambda: flown.away(20.0, 1.0) < 2.0)
    assert there < 20
    stayed = flown.until(lambda: flown.vehicle.run.number == 2)
    assert 5.5 < stayed < 7.0
    turned, before, radii = 0.0, None, []
    while flown.vehicle.run.number == 2:
        flown.step()
        east, north = flown.place[0] - 20.0, flown.place[1] - 30.0
        bearing = degrees(atan2(east, north))
        if before is not None and hypot(east, north) > 5:
            turned += (bearing - before + 180) % 360 - 180
            radii.append(hypot(east, north))
        before = bearing
    assert 640 < turned < 800
    assert 10.0 < sorted(radii)[len(radii) // 2] < 17.0
    flown.run(40.0)
    assert flown.vehicle.run.number == 3
    assert flown.away(20.0, 1.0) < 2.0


def test_a_copter_loiters_to_a_height_over_its_place() -> None:
    flown = Flown()
    flown.take_off(20.0)
    flown.load(flown.item(mavlink.MAV_CMD_NAV_LOITER_TO_ALT, 20.0, 1.0, 60.0))
    flown.set_mode("AUTO")
    flown.until(lambda: flown.reached == [1])
    assert flown.away(20.0, 1.0) < 2.5
    assert abs(flown.place[2] - 60.0) < 3.0


def test_conditions_hold_back_what_stands_behind_them() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(
        flown.item(WAYPOINT, 10.0, 1.0, 30.0),
        Item(mavlink.MAV_CMD_CONDITION_DISTANCE, 0, param1=40.0),
        Item(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0, param1=0.0, param3=1.0),
        Item(mavlink.MAV_CMD_CONDITION_DELAY, 0, param1=1000.0),
        Item(mavlink.MAV_CMD_IMAGE_START_CAPTURE, 0),
        flown.item(WAYPOINT, 150.0, 1.0, 30.0),
        flown.item(WAYPOINT, 200.0, 1.0, 30.0),
    )
    flown.set_mode("AUTO")
    flown.until(lambda: flown.vehicle.payload.shots == 1)
    assert 38.0 < flown.away(150.0, 1.0) <= 40.1
    flown.until(lambda: flown.vehicle.run.number == 7)
    flown.run(3.0)
    assert flown.vehicle.payload.shots == 1  # the next waypoint dropped what was held


def test_the_camera_is_triggered_by_distance_and_tells_each_shot() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(
        Item(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0, param1=20.0),
        Item(mavlink.MAV_CMD_DO_MOUNT_CONTROL, 0, param1=-90.0),
        flown.item(WAYPOINT, 200.0, 1.0, 30.0),
        Item(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0, param1=0.0),
        flown.item(WAYPOINT, 300.0, 1.0, 30.0),
    )
    flown.set_mode("AUTO")
    flown.until(lambda: flown.vehicle.run.complete)
    shots = [m for _, m in flown.heard if m.get_type() == "CAMERA_FEEDBACK"]
    assert [shot.img_idx for shot in shots] == list(range(1, 11))
    assert {shot.pitch for shot in shots} == {-90.0}
    assert abs(shots[0].alt_rel - 30.0) < 4.0


def test_commands_that_it_does_not_know_are_passed_over() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(
        Item(mavlink.MAV_CMD_DO_PARACHUTE, 0, param1=2.0),
        Item(mavlink.MAV_CMD_DO_SET_SERVO, 0, param1=9.0),
        flown.item(WAYPOINT, 30.0, 1.0, 30.0),
    )
    flown.set_mode("AUTO")
    flown.until(lambda: flown.vehicle.run.complete)
    assert flown.reached == [3]


def test_a_landing_at_a_place_flies_there_first() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(flown.item(LAND, 60.0, -30.0))
    flown.set_mode("AUTO")
    flown.until(lambda: not flown.vehicle.armed)
    assert flown.away(60.0, -30.0) < 2.5


def test_a_mission_uploaded_in_auto_begins_its_current_item_again() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(flown.item(WAYPOINT, 300.0, 1.0, 30.0))
    flown.set_mode("AUTO")
    flown.run(2.0)
    for number in range(2):
        flown.vehicle.mission.put(number, flown.vehicle.mission.items[number])
    flown.step()
    assert told(flown, "Mission") == ["Mission: 1 WP"] * 3
    assert told(flown, "Auto") == ["Auto mission changed, restarted command"] * 2


def test_an_item_that_is_changed_under_way_is_flown_as_it_is_then() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(flown.item(WAYPOINT, 300.0, 1.0, 30.0))
    flown.set_mode("AUTO")
    flown.run(2.0)
    flown.vehicle.mission.put(1, flown.item(WAYPOINT, 1.0, 60.0, 30.0))
    flown.until(lambda: flown.vehicle.run.complete)
    assert flown.away(1.0, 60.0) < 3.0


def test_a_mission_cut_short_in_auto_ends_with_the_item_that_is_flown() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(*(flown.item(WAYPOINT, 40.0 * n, 1.0, 30.0) for n in range(1, 6)))
    flown.set_mode("AUTO")
    flown.until(lambda: flown.vehicle.run.number == 4)
    flown.load(flown.item(WAYPOINT, 10.0, 1.0, 30.0))
    assert flown.vehicle.in_auto
    flown.until(lambda: flown.vehicle.run.complete)
    assert flown.reached == [1, 2, 3, 4]
    assert flown.away(160.0, 1.0) < 3.0
    flown.run(5.0)
    assert flown.vehicle.flying
    assert told(flown, "Auto") == ["Auto mission changed but failed to restart command"]


def test_a_landing_is_not_begun_again_by_a_new_mission() -> None:
    flown = Flown()
    flown.take_off()
    flown.load(flown.item(LAND))
    flown.set_mode("AUTO")
    flown.run(5.0)
    flown.load(flown.item(WAYPOINT, 10.0, 1.0, 30.0))
    flown.until(lambda: not flown.vehicle.armed)
    assert flown.place[2] == 0.0
    assert not told(flown, "Auto")


commands = st.sampled_from(
    [
        *(16, 17, 18, 19, 20, 21, 22, 31, 82, 93, 112, 114, 115, 177, 178, 195, 197, 201, 206, 205),
        *(0, 30, 84, 94, 181, 183, 203, 2000, 179, 207, 1000, 65535),
    ]
)
small = st.floats(-1e6, 1e6, width=32)


@given(
    items=st.lists(
        st.builds(
            Item,
            commands,
            st.sampled_from([0, 3, 10]),
            param1=small,
            param2=small,
            param3=small,
            param4=small,
            x=st.integers(-(2**31), 2**31 - 1),
            y=st.integers(-(2**31), 2**31 - 1),
            z=small,
        ),
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None)
def test_no_mission_stops_the_simulation(items: list[Item]) -> None:
    flown = Flown()
    flown.vehicle.mission.replace([Item(WAYPOINT, 0), *items])
    flown.set_mode("GUIDED")
    flown.vehicle.arm(flown.now)
    flown.vehicle.take_off(5.0, flown.now)
    flown.run(7.0)
    flown.set_mode("AUTO")
    flown.run(3.0)
    assert flown.heard
