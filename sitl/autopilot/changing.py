"""How a vehicle changes: its mode, what it flies in it, its motors, its home.

Both the orders of a ground station and what the vehicle does by itself end here.
"""

from __future__ import annotations

from math import degrees, inf, nan

from sitl.autopilot.breach import Breach
from sitl.autopilot.flying import Manoeuvre
from sitl.autopilot.modes import COPTER, Landed, Plane
from sitl.autopilot.plane import PlaneFlying
from sitl.autopilot.refuge import refuge
from sitl.autopilot.state import State

SPIN_UP = 3.0
"""Seconds between arming and leaving the ground."""

_INFO = 6  # MAV_SEVERITY


class Changing(State):
    """A vehicle that can be changed."""

    def escape(self, mode: str, now: float) -> None:
        """Set a mode by itself; on the ground it stops its motors instead."""
        if not self.flying:
            self.stop_motors(now)
        elif mode == "RTL" and not self.position.known and self.kind is COPTER:
            self._change(self._number("LAND"), now)
        else:
            self._change(self._number(mode), now)

    def stop_motors(self, now: float) -> None:
        """Disarm, in the air as well."""
        self.armed = False
        self.aim.fly(flying=False)
        self._task = None
        self.landed = Landed.ON_GROUND
        self._disarmed_at, self._complained = now, -inf
        self.run.reset()
        self.bounds.breach = Breach.NONE
        self.taken_over = False
        self.payload.trigger_each(0)
        self.hours.keep()
        self.say(_INFO, "Disarming motors")

    def _change(self, number: int, now: float) -> None:
        self.mode = number
        self.tell_mode = True
        if self.bounds.breach:
            self.bounds.recover(now)
            self.say(_INFO, "Manual recovery started")
        self._task = None
        self._guided_until = inf
        if self.flying:
            self.flying_as.refresh()
            self.aim.turn(nan)
            self._task = self._flown(number, now)
        elif self.armed:
            self._leave_ground(now)

    def _flown(self, number: int, now: float) -> Manoeuvre:
        """What a mode does in the air."""
        match self.kind.modes[number]:
            case "AUTO":
                self.run.begin(now, self._sight)
                return self.run
            case "RTL" | "SMART_RTL":
                return self.go_home()
            case "LAND":
                return self.flying_as.land(self._sight)
            case "TAKEOFF":
                return self._climb_out(now)
            case _:
                return self.flying_as.hold(self._sight)

    def go_home(self) -> Manoeuvre:
        """The way home, or to a rally point."""
        return self.flying_as.go_home(self._sight, refuge(self, self._sight))

    def _leave_ground(self, now: float) -> None:
        """What an armed plane does on the ground in a mode that begins with a take-off."""
        if self.hovers:
            return  # a copter waits for its order
        start = max(now, self.armed_at + SPIN_UP)
        if self.mode == Plane.TAKEOFF:
            self._task = self._climb_out(start)
        elif self.mode == Plane.AUTO and self.run.starts_with_take_off():
            self._begin_mission(start)

    def _climb_out(self, start: float) -> Manoeuvre:
        """A plane's mode TAKEOFF, in ArduPlane's words."""
        assert isinstance(self.flying_as, PlaneFlying)  # no other kind has this mode
        read = self.parameters.__getitem__
        height, distance = read("TKOFF_ALT"), read("TKOFF_DIST")
        if not self.flying:
            heading = degrees(self._sight.yaw) % 360
            self.say(
                _INFO, f"Takeoff to {height:.0f}m for {distance:.1f}m heading {heading:.1f} deg"
            )
        elif self._sight.height < height:
            self.say(_INFO, "Climbing to TKOFF alt then loitering")
        else:
            self.say(_INFO, "Above TKOFF alt - loitering")
        return self.flying_as.climb_out(self._sight, height, distance, start)

    def _begin_mission(self, now: float) -> None:
        self._task = self.run
        self.run.begin(now, self._sight)
