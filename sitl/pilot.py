"""What a simulated drone does with its life.

It boots, arms, takes off, patrols, comes home on a low battery, lands, gets a full battery and
begins again. Modes and their order are those of an ArduCopter that is flown by its ground station,
as recorded from a real SITL: armed in GUIDED, then AUTO, then RTL.

A pilot looks at its own drone a few times a second and writes into the guidance; it moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from math import hypot

import numpy as np

from sitl.kinematics import Guidance
from sitl.sectors import Patrol


class Mode(IntEnum):
    """ArduCopter's custom modes in use here."""

    STABILIZE = 0
    AUTO = 3
    GUIDED = 4
    RTL = 6


class Landed(IntEnum):
    """MAV_LANDED_STATE."""

    ON_GROUND = 1
    IN_AIR = 2
    TAKEOFF = 3
    LANDING = 4


class Phase(Enum):
    """Where in its life a drone is."""

    OFF = "off"  # no battery: it says nothing
    BOOTING = "booting"
    STANDBY = "standby"  # ready, disarmed
    ARMED = "armed"  # motors turn, still on the ground
    TAKEOFF = "takeoff"
    PATROL = "patrol"
    RETURN = "return"
    LANDING = "landing"
    LANDED = "landed"  # disarmed, waits for its battery to be changed


_FLYING = frozenset({Phase.TAKEOFF, Phase.PATROL, Phase.RETURN, Phase.LANDING})

# Seconds from power-on to each step of a real boot; scaled by the settings.
READY = 2.4
TILT = 6.2
GPS_FIX = 10.0
ORIGIN = 20.0
PREARM = 23.6
POSITION = 42.0

LOW_BATTERY = 0.25
CRITICAL_BATTERY = 0.10

ARRIVAL = 30.0  # metres from a waypoint at which the next leg begins
HOVER_BEFORE_LANDING = 3.0  # seconds above home, as RTL_LOIT_TIME
SLOW_LANDING_BELOW = 10.0  # metres, LAND_ALT_LOW
SLOW_LANDING = 0.5  # m/s, LAND_SPEED
CLIMB = 2.5  # m/s, WPNAV_SPEED_UP
DESCENT = 1.5  # m/s, WPNAV_SPEED_DN
SPIN_UP = 3.0  # seconds between arming and leaving the ground
DISARM_DELAY = 2.0  # seconds after touching down
NO_BATTERY = 2.0  # seconds that changing the battery leaves it without any

_INFO, _WARNING = 6, 4  # MAV_SEVERITY

_BOOT_TEXTS = (
    (READY, "ArduPilot Ready"),
    (TILT, "EKF3 IMU0 tilt alignment complete"),
    (GPS_FIX, "GPS 1: detected u-blox"),
    (ORIGIN, "EKF3 IMU0 origin set"),
    (POSITION, "EKF3 IMU0 is using GPS"),
)


@dataclass
class Sight:
    """What a pilot sees of its drone."""

    east: float
    north: float
    height: float
    charge: float  # 0–1
    voltage: float
    used: float  # mAh


@dataclass
class Pilot:
    """The behaviour of one drone. Times are seconds of the simulation."""

    patrol: Patrol
    random: np.random.Generator
    boot_scale: float
    phase: Phase = Phase.OFF
    since: float = 0.0  # when the phase began
    wait: float = 0.0  # how long the phase lasts, where that is a matter of time
    boot: float = 0.0  # power-on
    mode: Mode = Mode.STABILIZE
    landed: Landed = Landed.ON_GROUND
    low: bool = False  # battery failsafe
    leg: int = 0  # the waypoint it flies to
    texts: list[tuple[int, str]] = field(default_factory=list)  # (MAV_SEVERITY, text) to say
    _booted: int = 0  # how many of the texts of a boot are said

    @property
    def armed(self) -> bool:
        """Whether the motors are armed."""
        return self.phase is Phase.ARMED or self.flying

    @property
    def flying(self) -> bool:
        """Whether its motors carry it."""
        return self.phase in _FLYING

    def has(self, milestone: float, now: float) -> bool:
        """Whether the boot has come to `milestone` (seconds of a real boot)."""
        return self.phase is not Phase.OFF and now >= self.boot + milestone * self.boot_scale

    def power_on_after(self, seconds: float, now: float) -> None:
        """Stand without power, and boot in `seconds`."""
        self._enter(Phase.OFF, now)
        self.wait = seconds

    def in_flight(self, leg: int, now: float, uptime: float) -> None:
        """Be on patrol already, towards waypoint `leg`, booted `uptime` seconds ago."""
        self._enter(Phase.PATROL, now)
        self.boot = now - uptime
        self._booted = len(_BOOT_TEXTS)
        self.mode = Mode.AUTO
        self.landed = Landed.IN_AIR
        self.leg = leg

    def decide(self, now: float, sight: Sight, guidance: Guidance, number: int) -> None:
        """Look at drone `number` and steer it."""
        self._live(now, sight)
        if self._booted < len(_BOOT_TEXTS) and self.phase is not Phase.OFF:
            self._tell_of_boot(now)
        self._steer(sight, guidance, number)

    def _enter(self, phase: Phase, now: float) -> None:
        self.phase = phase
        self.since = now

    def _say(self, text: str, severity: int = _INFO) -> None:
        self.texts.append((severity, text))

    def _tell_of_boot(self, now: float) -> None:
        while self._booted < len(_BOOT_TEXTS):
            milestone, text = _BOOT_TEXTS[self._booted]
            if not self.has(milestone, now):
                return
            self._say(text)
            self._booted += 1

    def _live(self, now: float, sight: Sight) -> None:
        match self.phase:
            case Phase.OFF:
                self._off(now)
            case Phase.BOOTING:
                self._booting(now)
            case Phase.STANDBY:
                self._standby(now)
            case Phase.ARMED:
                self._armed(now)
            case Phase.TAKEOFF:
                self._takeoff(now, sight)
            case Phase.PATROL:
                self._patrol(now, sight)
            case Phase.RETURN:
                self._return(now, sight)
            case Phase.LANDING:
                self._landing(now, sight)
            case Phase.LANDED:
                self._landed(now)

    # What ends each phase.

    def _off(self, now: float) -> None:
        if now - self.since >= self.wait:
            self.boot = now
            self.mode, self.landed, self.low = Mode.STABILIZE, Landed.ON_GROUND, False
            self._booted = 0
            self._enter(Phase.BOOTING, now)

    def _booting(self, now: float) -> None:
        if self.has(POSITION, now):
            self.wait = float(self.random.uniform(2.0, 8.0))
            self._enter(Phase.STANDBY, now)

    def _standby(self, now: float) -> None:
        if now - self.since >= self.wait:
            self.mode = Mode.GUIDED
            self._say("Arming motors")
            self._enter(Phase.ARMED, now)

    def _armed(self, now: float) -> None:
        if now - self.since >= SPIN_UP:
            self.landed = Landed.TAKEOFF
            self._enter(Phase.TAKEOFF, now)

    def _takeoff(self, now: float, sight: Sight) -> None:
        if sight.height >= self.patrol.height - 1.0:
            self.landed = Landed.IN_AIR
            self.mode = Mode.AUTO
            self.leg = 0
            self._say("Mission: 1 Takeoff")
            self._say("Mission: 2 WP")
            self._enter(Phase.PATROL, now)

    def _patrol(self, now: float, sight: Sight) -> None:
        if sight.charge <= LOW_BATTERY:
            self.low = True
            self.mode = Mode.RTL
            self._say(f"Battery 1 is low {sight.voltage:.2f}V used {sight.used:.0f} mAh", _WARNING)
            self._say("Battery Failsafe", _WARNING)
            self._enter(Phase.RETURN, now)
            self.wait = now + HOVER_BEFORE_LANDING
            return
        east, north = self.patrol.route[self.leg]
        if hypot(east - sight.east, north - sight.north) < ARRIVAL:
            # item 0 is home, 1 the take-off, the waypoints follow
            self._say(f"Reached command #{self.leg + 2}")
            self.leg = (self.leg + 1) % len(self.patrol.route)
            self._say(f"Mission: {self.leg + 2} WP")

    def _return(self, now: float, sight: Sight) -> None:
        east, north = self.patrol.home
        if hypot(east - sight.east, north - sight.north) >= 1.0:
            self.wait = now + HOVER_BEFORE_LANDING
        elif now >= self.wait:
            self.landed = Landed.LANDING
            self._enter(Phase.LANDING, now)

    def _landing(self, now: float, sight: Sight) -> None:
        if sight.height > 0.0:
            self.wait = now + DISARM_DELAY
        elif now >= self.wait:
            self.landed = Landed.ON_GROUND
            self._say("Disarming motors")
            self._enter(Phase.LANDED, now)
            self.wait = float(self.random.uniform(15.0, 45.0))

    def _landed(self, now: float) -> None:
        if now - self.since >= self.wait:
            self.power_on_after(NO_BATTERY, now)

    # What each phase asks of the airframe.

    def _steer(self, sight: Sight, guidance: Guidance, number: int) -> None:
        guidance.flying[number] = self.flying
        if not self.flying:
            return
        height, climb, descent = self.patrol.height, CLIMB, DESCENT
        on_route = self.phase is Phase.PATROL
        target = self.patrol.route[self.leg] if on_route else self.patrol.home
        if self.phase is Phase.LANDING:
            height = -1.0  # below the ground, so that it does not slow down above it
            descent = SLOW_LANDING if sight.height < SLOW_LANDING_BELOW else DESCENT
        guidance.target[number] = (target[0], target[1], height)
        guidance.cruise[number] = self.patrol.speed
        guidance.stop[number] = not on_route
        guidance.climb[number] = climb
        guidance.descent[number] = descent
