"""The crew on the ground: what makes a simulated drone patrol, come home, and go again.

It gives its autopilot the orders that a ground station would: a mission, GUIDED, arm, take off,
AUTO, start. It calls a copter on patrol home while that can land with a third of its battery; where it
has no time for that, the way home is the autopilot's own failsafe. After the landing it changes the
battery; where the route ends at home, it flies once. A ground station that gives an
order is not spoken against until the vehicle has landed and stood for a while.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from math import inf

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_degrees
from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.items import Item
from sitl.autopilot.modes import COPTER, Landed
from sitl.autopilot.results import Result
from sitl.autopilot.sight import Sight
from sitl.sectors import AtEnd, Patrol

NO_BATTERY = 2.0
"""Seconds that changing the battery leaves a drone without any."""

HOME_BELOW = 0.4
"""Part of its charge with which a copter is called home from its patrol."""

HANDS_OFF = 60.0
"""Seconds after a ground station's last order to a vehicle on the ground before it lives on."""

_WAIT_READY = (2.0, 8.0)  # seconds between ready and armed
_WAIT_LANDED = (15.0, 45.0)  # seconds until the battery is changed
_RETRY = 5.0  # seconds after an order that was refused
_CORNER_RADIUS = 1000.0  # cm: WPNAV_RADIUS of a patrol, which flies through its corners
_LOOKS = -50.0  # degrees: the camera of a patrol, ahead and down
_RELATIVE = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT
_FIRST_LEG = 2  # item 0 is home, 1 the take-off


class Phase(Enum):
    """Where in its life a drone is."""

    OFF = "off"  # no battery: it says nothing
    BOOTING = "booting"
    STANDBY = "standby"  # ready, disarmed
    TAKEOFF = "takeoff"  # armed, until it is at its height
    FLIGHT = "flight"  # its autopilot's, until it has landed
    LANDED = "landed"  # disarmed, waits for its battery to be changed
    ALOOF = "aloof"  # a ground station has it


class Life:
    """What the crew of `autopilot` does. Times are seconds of the simulation."""

    def __init__(self, autopilot: Autopilot, patrol: Patrol, random: np.random.Generator) -> None:
        self.autopilot = autopilot
        self.patrol = patrol
        self.phase = Phase.OFF
        self._random = random
        self._until = inf  # when the phase ends, where that is a matter of time
        self._prepare()

    def _prepare(self) -> None:
        """Set the vehicle up for its patrol."""
        parameters = self.autopilot.parameters
        if self.autopilot.kind is COPTER:
            parameters.set("WPNAV_SPEED", self.patrol.speed * 100)
            parameters.set("WPNAV_RADIUS", _CORNER_RADIUS)
        self.autopilot.mission.replace(mission(self.patrol, self.autopilot.place.altitude))

    @property
    def leg(self) -> int:
        """The corner of the patrol that it flies to."""
        return max(self.autopilot.run.number - _FIRST_LEG, 0)

    def power_on_after(self, seconds: float, now: float) -> None:
        """Stand without power, and boot in `seconds`."""
        self.autopilot.power_off()
        self._enter(Phase.OFF, now + seconds)

    def in_flight(self, leg: int, now: float, uptime: float, sight: Sight) -> None:
        """Be on patrol already, towards corner `leg`, booted `uptime` seconds ago."""
        self.autopilot.in_flight(now, uptime, sight, leg + _FIRST_LEG)
        self.autopilot.payload.point(_LOOKS, 0)
        self._enter(Phase.FLIGHT)

    def step(self, now: float) -> bool:
        """Go on living; True when the battery is changed now."""
        vehicle = self.autopilot
        if vehicle.taken_over and self.phase is not Phase.ALOOF:
            self._enter(Phase.ALOOF, now + HANDS_OFF)
        due = now >= self._until
        if self.phase is Phase.OFF and due:
            vehicle.power_on(now)
            self._enter(Phase.BOOTING)
            return True
        if self.phase is Phase.BOOTING and vehicle.position_known:
            self._enter(Phase.STANDBY, now + self._random.uniform(*_WAIT_READY))
        elif self.phase is Phase.STANDBY and due:
            self._launch(now)
        elif self.phase is Phase.TAKEOFF:
            self._take_off(now)
        elif self.phase is Phase.FLIGHT:
            self._watch(now)
        elif self.phase is Phase.LANDED and due:
            self.power_on_after(NO_BATTERY, now)
        elif self.phase is Phase.ALOOF:
            self._keep_aloof(now)
        return False

    def _enter(self, phase: Phase, until: float = inf) -> None:
        self.phase, self._until = phase, until

    def _landed(self, now: float) -> None:
        wait = now + self._random.uniform(*_WAIT_LANDED)
        self._enter(Phase.LANDED, inf if self.patrol.at_end is AtEnd.HOME else wait)

    def _launch(self, now: float) -> None:
        vehicle = self.autopilot
        guided = vehicle.kind.number("GUIDED")
        if vehicle.kind is COPTER:
            vehicle.set_mode(guided, now)
            ready = vehicle.arm(now) == Result.ACCEPTED and (
                vehicle.take_off(self.patrol.height, now) == Result.ACCEPTED
            )
        else:
            vehicle.set_mode(vehicle.kind.number("AUTO"), now)
            ready = (
                vehicle.arm(now) == Result.ACCEPTED
                and vehicle.start_mission(now) == Result.ACCEPTED
            )
        if ready:
            vehicle.payload.point(_LOOKS, 0)
            self._enter(Phase.TAKEOFF)
        else:
            self._until = now + _RETRY

    def _take_off(self, now: float) -> None:
        vehicle = self.autopilot
        if not vehicle.armed:
            self._landed(now)
        elif vehicle.landed is Landed.IN_AIR:
            vehicle.start_mission(now)
            self._enter(Phase.FLIGHT)

    def _watch(self, now: float) -> None:
        vehicle = self.autopilot
        if not vehicle.armed:
            self._landed(now)
        elif vehicle.kind is not COPTER and vehicle.mode == vehicle.kind.number("RTL"):
            # a plane comes home and circles there: it is sent to its landing
            vehicle.set_mode(vehicle.kind.number("AUTO"), now)
            vehicle.set_current(len(vehicle.mission.items) - 1, now)
        elif (
            vehicle.kind is COPTER
            and vehicle.mode == COPTER.number("AUTO")
            and vehicle.sight.charge < HOME_BELOW
        ):
            vehicle.set_mode(COPTER.number("RTL"), now)

    def _keep_aloof(self, now: float) -> None:
        vehicle = self.autopilot
        if vehicle.armed or vehicle.taken_over:
            vehicle.taken_over = False
            self._until = now + HANDS_OFF
        elif now >= self._until and self.patrol.at_end is not AtEnd.HOME:
            self._prepare()
            self.power_on_after(NO_BATTERY, now)


def mission(patrol: Patrol, altitude: float) -> list[Item]:
    """The items of a patrol: home, the take-off, the corners as it says, a landing at home."""
    latitude, longitude = to_degrees(*patrol.home)
    items = [
        Item(mavlink.MAV_CMD_NAV_WAYPOINT, 0, x=_e7(latitude), y=_e7(longitude), z=altitude),
        Item(mavlink.MAV_CMD_NAV_TAKEOFF, _RELATIVE, z=patrol.height),
    ]
    for east, north in patrol.route:
        latitude, longitude = to_degrees(east, north)
        items.append(
            Item(
                mavlink.MAV_CMD_NAV_WAYPOINT,
                _RELATIVE,
                x=_e7(latitude),
                y=_e7(longitude),
                z=patrol.height,
            )
        )
    if patrol.at_end is AtEnd.HOLD:
        items[-1] = replace(items[-1], command=mavlink.MAV_CMD_NAV_LOITER_UNLIM)
    elif patrol.at_end is AtEnd.AGAIN:
        items.append(Item(mavlink.MAV_CMD_DO_JUMP, 0, param1=_FIRST_LEG, param2=-1))
    items.append(Item(mavlink.MAV_CMD_NAV_LAND, _RELATIVE, x=items[0].x, y=items[0].y))
    return items


def _e7(degrees: float) -> int:
    return round(float(degrees) * 1e7)
