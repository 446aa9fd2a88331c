"""How a mission is flown: ArduPilot's order of items, its texts, and what it makes of each command.

Commands that move the vehicle (NAV) are flown one after another. Those between two of them begin
when the first is done, in their order; a condition holds back what stands behind it, until the
next NAV command drops what is left. DO_JUMP counts for itself. Other commands are passed over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.copter import CopterFlying
from sitl.autopilot.doing import do
from sitl.autopilot.flying import Manoeuvre
from sitl.autopilot.items import Item
from sitl.autopilot.mission_commands import (
    CONDITIONS,
    COPTER_NAV,
    JUMP,
    LAST_NAV,
    NAMES,
    PLANE_NAV,
    RESTARTED,
    SPLINE,
    TAKEOFF,
    WAYPOINT,
    WITH_TEXT,
)
from sitl.autopilot.mission_manoeuvres import AtHeight, Forever, Landing, Place
from sitl.autopilot.modes import Landed
from sitl.autopilot.orders import Orders
from sitl.autopilot.sight import Sight

_CRITICAL, _INFO = 2, 6  # MAV_SEVERITY
_JUMPS_MAX = 100  # without a NAV command in between: such a mission goes nowhere


class Run:
    """The mission of `vehicle` as it is being flown: its `MissionFlight`."""

    def __init__(self, vehicle: Orders) -> None:
        self._vehicle = vehicle
        self._nav = COPTER_NAV if vehicle.hovers else PLANE_NAV
        self.number = 0
        self.complete = False
        self._jumps: dict[int, int] = {}
        self._command = 0  # of the manoeuvre: the item may be gone by then
        self.end_of_curve: Place | None = None
        self._manoeuvre: Manoeuvre | None = None
        self._others: deque[tuple[int, Item]] = deque()
        self._held: Callable[[float, Sight], bool] | None = None

    @property
    def landed(self) -> Landed:
        """What EXTENDED_SYS_STATE says of the manoeuvre under way."""
        return Landed.IN_AIR if self._manoeuvre is None else self._manoeuvre.landed

    def reset(self) -> None:
        """Begin with the first item next time."""
        self.number = 0
        self._jumps.clear()
        self._drop()

    def choose(self, number: int) -> None:
        """Begin with item `number` next time."""
        self.number = number
        self.complete = False
        self._jumps.clear()
        self._drop()

    def begin(self, now: float, sight: Sight) -> None:
        """Start, or go on with the item that was current."""
        self._drop()
        self.complete = False
        self._enter(max(self.number, 1), now, sight)

    def mission_changed(self, now: float, sight: Sight) -> None:
        """The mission is another one while it is flown.

        A copter begins a waypoint again, with what stands there now. Where nothing does any more,
        and in a plane, what is under way is flown to its end.
        """
        if not self._vehicle.hovers or self._command not in RESTARTED or self._manoeuvre is None:
            return
        if self.number < len(self._vehicle.mission.items):
            self._vehicle.say(_CRITICAL, "Auto mission changed, restarted command")
            self.begin(now, sight)
        else:
            text = "Auto mission changed but failed to restart command"
            self._vehicle.say(_CRITICAL, text)

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is complete."""
        if self._manoeuvre is None:
            return self.complete
        if self._others:
            self._do_others(now, sight)
        if not self._manoeuvre.step(now, sight):
            return False
        self._vehicle.reached.append(self.number)
        if self._command in WITH_TEXT:
            self._vehicle.say(_INFO, f"Reached command #{self.number}")
        self._enter(self.number + 1, now, sight)
        return self.complete

    def starts_with_take_off(self) -> bool:
        """Whether the first NAV command leaves the ground."""
        number = self._next_nav(1, [], {})
        return number is not None and self._vehicle.mission.items[number].command == TAKEOFF

    def _drop(self) -> None:
        self._manoeuvre = None
        self._others.clear()
        self._held = None

    def _enter(self, number: int, now: float, sight: Sight) -> None:
        """Start the first NAV command from `number` on, and what stands before it."""
        others: list[int] = []
        found = self._next_nav(number, others, self._jumps)
        self._drop()
        items = self._vehicle.mission.items
        self._others.extend((other, items[other]) for other in others)
        if found is None:
            while self._others and self._held is None:
                self._start_other(now, sight)
            self.complete = True
            return
        if self._others:  # the first begins before the NAV command, the rest with it
            self._start_other(now, sight)
        self.number = found
        self._command = items[found].command
        self._say(found)
        self._manoeuvre = self._flown(items[found], now, sight)

    def _next_nav(self, number: int, others: list[int], jumps: dict[int, int]) -> int | None:
        """The next NAV command from `number` on; `others` takes the numbers of those before it."""
        items = self._vehicle.mission.items
        for _ in range(len(items) + _JUMPS_MAX):
            if number >= len(items):
                return None
            item = items[number]
            if item.command in self._nav:
                return number
            if item.command == JUMP and 0 < item.param1 < len(items):
                done = jumps.get(number, 0)
                if item.param2 < 0 or done < item.param2:
                    jumps[number] = done + 1
                    number = int(item.param1)
                    continue
            elif item.command != JUMP and item.command > LAST_NAV:
                others.append(number)
            number += 1
        return None

    def _say(self, number: int) -> None:
        command = self._vehicle.mission.items[number].command
        self._vehicle.say(_INFO, f"Mission: {number} {NAMES.get(command, '?')}")

    # NAV commands.

    def _flown(  # noqa: C901, PLR0911 – a table of commands
        self, item: Item, now: float, sight: Sight
    ) -> Manoeuvre:
        vehicle, flying = self._vehicle, self._vehicle.flying_as
        place = vehicle.place_of(item, sight)
        self.end_of_curve = place if item.command == SPLINE else None
        match item.command:
            case mavlink.MAV_CMD_NAV_TAKEOFF:
                return flying.take_off(sight, place[2], now)
            case mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH:
                return vehicle.go_home()
            case mavlink.MAV_CMD_NAV_LAND:
                return Landing(self._vehicle, sight, place if item.x or item.y else None)
            case mavlink.MAV_CMD_NAV_LOITER_UNLIM:
                return Forever(flying.go(sight, place))
            case mavlink.MAV_CMD_NAV_LOITER_TIME:
                return flying.go(sight, place, wait=max(item.param1, 0.001))
            case mavlink.MAV_CMD_NAV_LOITER_TURNS:
                radius = item.param3 or vehicle.circle_radius
                return flying.circle(sight, place, radius, max(item.param1, 0.0))
            case mavlink.MAV_CMD_NAV_LOITER_TO_ALT:
                if vehicle.hovers:
                    return flying.go(sight, place)
                return AtHeight(flying.circle(sight, place, item.param2, inf), vehicle.aim)
            case mavlink.MAV_CMD_NAV_DELAY:
                place = (sight.east, sight.north, sight.height)
                return flying.go(sight, place, wait=max(item.param1, 0.001))
            case mavlink.MAV_CMD_NAV_SPLINE_WAYPOINT:
                assert isinstance(flying, CopterFlying)  # a plane passes it over
                return flying.curve(sight, place, self._leave(place, sight), wait=item.param1)
            case _:
                then = self._leg_after(place, sight)
                return flying.go(sight, place, then=then, wait=item.param1)

    def _leg_after(self, place: Place, sight: Sight) -> tuple[float, float] | None:
        """Where the next leg leads, if this waypoint is to be flown past."""
        after = self._waypoint_after()
        if after is None:
            return None
        if after.command == SPLINE:  # it takes over on the course of this leg
            return 2 * place[0] - sight.east, 2 * place[1] - sight.north
        return self._vehicle.place_of(after, sight)[:2]

    def _leave(self, place: Place, sight: Sight) -> Place:
        """The direction in which a curve to `place` ends; nothing if it ends at rest.

        It is that of the next leg, or along the way over the next two where that is a curve too.
        """
        after = self._waypoint_after()
        if after is None:
            return 0.0, 0.0, 0.0
        to = self._vehicle.place_of(after, sight)
        since = (sight.east, sight.north, sight.height) if after.command == SPLINE else place
        return to[0] - since[0], to[1] - since[1], to[2] - since[2]

    def _waypoint_after(self) -> Item | None:
        items = self._vehicle.mission.items
        after = self._next_nav(self.number + 1, [], dict(self._jumps))
        if after is None or items[after].command not in {WAYPOINT, SPLINE}:
            return None
        return items[after]

    # The others.

    def _do_others(self, now: float, sight: Sight) -> None:
        if self._held is not None:
            if not self._held(now, sight):
                return
            self._held = None
            self._others.popleft()
        while self._others and self._held is None:
            self._start_other(now, sight)

    def _start_other(self, now: float, sight: Sight) -> None:
        number, item = self._others[0]
        self._say(number)
        if item.command in CONDITIONS:
            self._held = self._condition(item, now)
            if self._held is not None:
                return
        else:
            do(self._vehicle, item, sight)
        self._others.popleft()

    def _condition(self, item: Item, now: float) -> Callable[[float, Sight], bool] | None:
        if item.command == mavlink.MAV_CMD_CONDITION_DELAY:
            until = now + item.param1
            return lambda moment, _sight: moment >= until
        if item.command == mavlink.MAV_CMD_CONDITION_DISTANCE:
            vehicle, near = self._vehicle, item.param1
            return lambda _moment, _sight: vehicle.distance_to_go <= near
        self._vehicle.turn(item.param1, relative=bool(item.param4))
        return None
