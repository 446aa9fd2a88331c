"""The orders that a vehicle takes, and what becomes of each: a MAV_RESULT.

All the wire's commands end here, and what a crew or a scenario orders without a wire.
"""

from __future__ import annotations

from math import degrees, inf, radians

from sitl.autopilot import arming
from sitl.autopilot.changing import SPIN_UP, Changing
from sitl.autopilot.modes import COPTER, Landed
from sitl.autopilot.results import Result

FORCE = 21196
"""What param2 of an arming command says to do it whatever is wrong (disarming in flight as well)."""

_CRITICAL, _WARNING, _INFO = 2, 4, 6  # MAV_SEVERITY


class Orders(Changing):
    """A vehicle that takes orders."""

    def set_mode(self, number: int, now: float) -> Result:
        """Change to custom mode `number`."""
        if number not in self.kind.modes:
            self.say(_WARNING, f"No such mode {number}")
            return Result.FAILED
        if not self.ready or number == self.mode:
            return Result.ACCEPTED  # taken and forgotten, before it is ready
        name = self.kind.modes[number]
        if self.armed:
            why = self._why_not(number)
            if why:
                self.say(_WARNING, f"Mode change to {name} failed: {why}")
                return Result.FAILED
        self._change(number, now)
        return Result.ACCEPTED

    def arm(self, now: float, *, force: bool = False) -> Result:
        """Start the motors."""
        if self.armed:
            return Result.ACCEPTED
        if not self.ready:
            return Result.FAILED
        if not force:
            why = arming.reasons(self, self._sight)
            for text in why:
                self.say(_CRITICAL, f"Arm: {text}")
            if why:
                return Result.FAILED
        self.armed = True
        self.armed_at = now
        self.run.complete = False
        self.flying_as.refresh()
        if self.home is not None:
            self._put_home(self._sight.east, self._sight.north)
        self.say(_INFO, "Arming motors")
        self._leave_ground(now)
        return Result.ACCEPTED

    def disarm(self, now: float, *, force: bool = False) -> Result:
        """Stop the motors; in flight only by `force`."""
        if not self.armed:
            return Result.ACCEPTED
        if self.flying and not force:
            return Result.FAILED
        self.stop_motors(now)
        return Result.ACCEPTED

    def take_off(self, height: float, now: float) -> Result:
        """Climb to `height` metres above home, from the ground, armed and in GUIDED."""
        allowed = self.mode == self._number("GUIDED") and self.kind is COPTER
        if not allowed or not self.armed or self.flying or not height > 0:
            return Result.FAILED
        start = max(now, self.armed_at + SPIN_UP)
        self._task = self.flying_as.take_off(self._sight, height, start)
        return Result.ACCEPTED

    def start_mission(self, now: float) -> Result:
        """MISSION_START: AUTO, and off the ground if it stands armed."""
        auto = self._number("AUTO")
        if self.set_mode(auto, now) != Result.ACCEPTED or self.mode != auto:
            return Result.FAILED
        if self.armed and self._task is None:
            if not self.run.starts_with_take_off():
                self.say(_CRITICAL, "Auto: Missing Takeoff Cmd")
                return Result.FAILED
            self._begin_mission(max(now, self.armed_at + SPIN_UP))
        return Result.ACCEPTED

    def set_current(self, number: int, now: float) -> Result:
        """Go on with item `number` of the mission."""
        if not 0 <= number < len(self.mission.items):
            return Result.FAILED
        going = self.in_auto
        self.run.choose(number)
        if going:
            self.run.begin(now, self._sight)
        return Result.ACCEPTED

    def reposition(
        self, place: tuple[float, float, float], now: float, *, change_mode: bool = False
    ) -> Result:
        """DO_REPOSITION: go to `place` (metres, height above home) in GUIDED."""
        guided = self._number("GUIDED")
        if self.mode != guided and not change_mode:
            return Result.DENIED
        if self.parameters["FENCE_ENABLE"] and self.outside(*place):
            return Result.FAILED
        if self.set_mode(guided, now) != Result.ACCEPTED:
            return Result.FAILED
        return Result.ACCEPTED if self.guide(place) else Result.FAILED

    def guide(self, place: tuple[float, float, float]) -> bool:
        """Go to `place`, in GUIDED and in the air; False where it stays."""
        if not self._guidable() or (self.parameters["FENCE_ENABLE"] and self.outside(*place)):
            return False
        self._guided_until = inf
        self._task = self.flying_as.go(self._sight, place)
        return True

    def guide_velocity(self, velocity: tuple[float, float, float], now: float) -> bool:
        """Fly with `velocity` (east, north, up) for GUID_TIMEOUT seconds, in GUIDED, in the air."""
        if not self._guidable() or not self.hovers:
            return False
        self._guided_until = now + self.parameters["GUID_TIMEOUT"]
        self._task = self.flying_as.push(self._sight, velocity)
        return True

    def pause(self, *, resume: bool, now: float) -> Result:
        """DO_PAUSE_CONTINUE, in AUTO or GUIDED."""
        if not self.flying or self.mode not in {self._number("AUTO"), self._number("GUIDED")}:
            return Result.FAILED
        if not resume:
            self._task = self.flying_as.hold(self._sight)
        elif self.mode == self._number("AUTO"):
            self._begin_mission(now)
        return Result.ACCEPTED

    def turn(self, heading: float, *, relative: bool = False) -> None:
        """Point the nose to `heading` in degrees, or by that much to the right."""
        if relative:
            heading += degrees(self._sight.yaw)
        self.aim.turn(radians(heading % 360))

    def terminate(self, now: float) -> Result:
        """Flight termination: the motors stop where it is."""
        self.say(_CRITICAL, "Terminating due to GCS request")
        self.stop_motors(now)
        return Result.ACCEPTED

    def set_home(self, place: tuple[float, float]) -> Result:
        """Home is at `place` (metres) from now on."""
        if self.home is None:
            return Result.FAILED
        self._put_home(*place)
        return Result.ACCEPTED

    def check_again(self) -> Result:
        """RUN_PREARM_CHECKS: say again what is wrong."""
        if self.armed:
            return Result.TEMPORARILY_REJECTED
        for text in arming.faults(self, self._sight):
            self.say(_CRITICAL, f"PreArm: {text}")
        return Result.ACCEPTED

    def heard_ground(self, system: int, now: float) -> None:
        """A HEARTBEAT of a ground station came: the clock of the failsafe."""
        if system == int(self.parameters["MAV_GCS_SYSID"]):
            self.ground.heard(now)

    def _guidable(self) -> bool:
        return (
            self.mode == self._number("GUIDED")
            and self.flying
            and self.landed is not Landed.TAKEOFF
        )

    def _why_not(self, number: int) -> str:
        """Why an armed vehicle does not change to a mode."""
        if number not in self.kind.no_position and not self.position_known:
            return "requires position"
        if number == self._number("AUTO") and len(self.mission.items) <= 1:
            return "init failed"
        return ""
