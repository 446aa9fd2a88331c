"""A real flight out of its fence: what the autopilot said of it and what we say."""

from __future__ import annotations

import numpy as np
import shapely
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import POSITION, Rows, Source, blank
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Geofence
from fleet.zones import Circle
from tests.fleet.geofences.scenes import fence, told
from tests.recordings import messages, vehicle_messages

NAME = "copter-fence-breach"


def uploaded() -> list[Geofence]:
    """The fence that the recording's ground station gives to the vehicle."""
    items = {
        message.seq: message
        for message in messages(NAME)
        if message.get_type() == "MISSION_ITEM_INT"
        and message.mission_type == dialect.MAV_MISSION_TYPE_FENCE
    }
    corners = [(item.y / 1e7, item.x / 1e7) for _, item in sorted(items.items())]
    circle = items[5]
    assert {items[i].command for i in range(5)} == {
        dialect.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
    }
    assert circle.command == dialect.MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION
    return [
        fence(shapely.Polygon(corners[:5]), "keep-in", name="inclusion", hysteresis=1.0),
        fence(Circle(circle.x / 1e7, circle.y / 1e7, circle.param1), name="exclusion"),
    ]


def flown() -> Rows:
    """Fused positions, by the vehicle's own clock since it was switched on."""
    heard = [
        message
        for message in vehicle_messages(NAME)
        if message.get_type() == "GLOBAL_POSITION_INT" and message.lat
    ]
    rows = blank(POSITION, len(heard))
    rows["asset"], rows["source"] = 1, Source.GLOBAL_POSITION_INT
    rows["fix_time"] = [np.datetime64(message.time_boot_ms, "ms") for message in heard]
    rows["latitude"] = [message.lat / 1e7 for message in heard]
    rows["longitude"] = [message.lon / 1e7 for message in heard]
    rows["height"] = [message.relative_alt / 1e3 for message in heard]
    return rows


def test_the_breach_of_a_real_flight_is_told_once_and_when_the_autopilot_told_it() -> None:
    (breach,) = {
        message.breach_time / 1e3
        for message in vehicle_messages(NAME)
        if message.get_type() == "FENCE_STATUS" and message.breach_count
    }
    fences = Fences(uploaded())
    names = {each.id: each.name for each in fences.compiled.fences}
    left, entered = told(fences, flown())
    assert (left.what, names[left.fence], left.cause) == ("left", "inclusion", "crossing")
    assert abs(left.time.timestamp() - breach) < 0.1  # the autopilot looks at 10 Hz
    assert (entered.what, names[entered.fence]) == ("entered", "inclusion")
    cleared = next(
        message._timestamp
        for message in vehicle_messages(NAME)
        if message.get_type() == "STATUSTEXT" and "breach cleared" in message.text
    )
    begun = next(
        message._timestamp
        for message in vehicle_messages(NAME)
        if message.get_type() == "STATUSTEXT" and "Polygon fence breached" in message.text
    )
    lasted = (entered.time - left.time).total_seconds()
    assert abs(lasted - (cleared - begun)) < 0.3


def test_the_same_flight_one_fix_in_three_and_shuffled_is_out_once_too() -> None:
    rows = flown()
    ordered = told(Fences(uploaded()), rows[::3])
    shuffled = rows[::3].copy()
    np.random.default_rng(2).shuffle(shuffled)
    again = told(Fences(uploaded()), *np.array_split(shuffled, 40))
    assert [(event.what, event.time) for event in again] == [
        (event.what, event.time) for event in ordered
    ]
    assert [event.what for event in ordered] == ["left", "entered"]
