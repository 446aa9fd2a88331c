"""What the autopilot of one vehicle knows and keeps; others read it, orders and the step change it.

Places are metres east and north of the map's centre and height above home, times are seconds of
the simulation.
"""

from __future__ import annotations

from math import hypot, inf

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_degrees, to_metres
from sitl.autopilot.aim import Aim
from sitl.autopilot.boot import Boot
from sitl.autopilot.breach import Breach, Fence
from sitl.autopilot.copter import CopterFlying
from sitl.autopilot.failsafes import BatteryWatch, GroundWatch, Level, PositionWatch
from sitl.autopilot.flying import Flying, Manoeuvre, MissionFlight
from sitl.autopilot.hours import Hours
from sitl.autopilot.items import Item, Store
from sitl.autopilot.modes import COPTER, Kind, Landed
from sitl.autopilot.parameters import Parameters
from sitl.autopilot.payload import Payload
from sitl.autopilot.plane import PlaneFlying
from sitl.autopilot.sight import Sight
from sitl.autopilot.vehicle import Place

_GLOBAL_FRAMES = frozenset({0, 5})  # heights above sea level


class State:
    """What a vehicle of `kind` that stands at `place` knows. `run` flies its mission."""

    run: MissionFlight

    def __init__(
        self,
        kind: Kind,
        place: Place,
        heading: float,
        *,
        boot_scale: float,
        parameters: Parameters,
    ) -> None:
        self.kind = kind
        self._numbers = {name: number for number, name in kind.modes.items()}
        self.place = place
        self.heading = heading
        self.parameters = parameters
        self.mission = Store(mavlink.MAV_MISSION_TYPE_MISSION)
        self.fence = Store(mavlink.MAV_MISSION_TYPE_FENCE)
        self.rally = Store(mavlink.MAV_MISSION_TYPE_RALLY)
        self.aim = Aim()
        flying = CopterFlying if kind is COPTER else PlaneFlying
        self.flying_as: Flying = flying(self.aim, parameters)
        self.bounds = Fence()
        self.texts: list[tuple[int, str]] = []
        """(MAV_SEVERITY, text) to say."""
        self.reached: list[int] = []
        """MISSION_ITEM_REACHED to say."""
        self.powered = False
        self._boot = Boot(boot_scale)
        self._boot_scale = boot_scale
        self._sight = Sight(*to_metres(*place[:2]), 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, heading)

    def _forget(self) -> None:
        """What a power-on begins with."""
        self.mode = self.kind.start
        self.armed = False
        self.landed = Landed.ON_GROUND
        self.home: Place | None = None
        self.home_metres = (0.0, 0.0)
        self.battery = BatteryWatch()
        self.ground = GroundWatch()
        self.position = PositionWatch()
        self.position_known = self.gps_fix = self.ready = self.healthy = False
        self.has_tilt = self.has_prearm = False
        self.tell_home = self.tell_mode = self.tell_remote_id = False
        """HOME_POSITION, which was set, HEARTBEAT with a new mode, or Remote ID is to be said."""
        self.bounds.used, self.bounds.count, self.bounds.breach = False, 0, Breach.NONE
        self.payload = Payload()
        self.aim.fly(flying=False)
        self.hours = Hours(self.parameters)
        self.armed_at = self._disarmed_at = self._complained = -inf
        self.taken_over = False
        """A ground station gave an order since the last disarming."""
        self._task: Manoeuvre | None = None
        self._guided_until = inf  # when a velocity ends that was asked for
        self._looked = 0.0  # when it last looked at what can wait

    @property
    def booted_at(self) -> float:
        """When it was switched on."""
        return self._boot.at

    @property
    def flying(self) -> bool:
        """Whether its motors carry it."""
        return self.aim.flying

    @property
    def in_auto(self) -> bool:
        """Whether it flies its mission now."""
        return self.armed and self.mode == self._number("AUTO") and self._task is self.run

    @property
    def busy(self) -> bool:
        """Whether it is about to fly, or flies."""
        return self._task is not None

    @property
    def hovers(self) -> bool:
        """Whether it can stand in the air."""
        return self.kind is COPTER

    @property
    def circle_radius(self) -> float:
        """Metres of a circle that names no radius."""
        if self.kind is COPTER:
            return self.parameters["CIRCLE_RADIUS"] / 100
        return self.parameters["WP_LOITER_RAD"]

    @property
    def failing(self) -> bool:
        """Whether any failsafe is on."""
        return self.battery.level is not Level.OK or self.ground.lost or self.position.failed

    @property
    def mission_state(self) -> int:
        """MISSION_STATE, as recorded: complete only until another mode is set."""
        if len(self.mission.items) <= 1:
            return int(mavlink.MISSION_STATE_NO_MISSION)
        if self.in_auto:
            return int(mavlink.MISSION_STATE_ACTIVE)
        if self.run.complete and self.mode == self._number("AUTO"):
            return int(mavlink.MISSION_STATE_COMPLETE)
        return int(mavlink.MISSION_STATE_NOT_STARTED)

    @property
    def has_events(self) -> bool:
        """Whether anything but texts is to be said at once."""
        return bool(
            self.reached
            or self.tell_home
            or self.tell_mode
            or self.tell_remote_id
            or self.payload.untold
        )

    @property
    def has_something(self) -> bool:
        """Whether anything is to be said at once."""
        return bool(self.texts) or self.has_events

    @property
    def goal(self) -> tuple[float, float, float]:
        """What it flies to."""
        if self.in_auto and self.run.end_of_curve is not None:
            return self.run.end_of_curve
        return self.aim.east, self.aim.north, self.aim.height

    @property
    def distance_to_go(self) -> float:
        """Metres on the ground to what it flies to."""
        east, north, _ = self.goal
        return hypot(east - self._sight.east, north - self._sight.north)

    @property
    def sight(self) -> Sight:
        """What it saw at the last step."""
        return self._sight

    def percent_left(self, used: float) -> int:
        """What is left of the charge in percent, counted by the mAh that were used."""
        capacity = self.parameters["BATT_CAPACITY"]
        if capacity <= 0:
            return -1
        return max(0, min(100, round(100 * (1 - used / capacity))))

    def booted(self, milestone: float) -> bool:
        """Whether its boot had come to `milestone` (seconds of a real one) at the last look."""
        return self.powered and self._boot.has(milestone, self._looked)

    def say(self, severity: int, text: str) -> None:
        """Send `text` as STATUSTEXT on all channels; `severity` is a MAV_SEVERITY."""
        self.texts.append((severity, text))

    def place_of(self, item: Item, sight: Sight) -> tuple[float, float, float]:
        """Where an item is; zeros mean here."""
        east, north = sight.east, sight.north
        if item.x or item.y:
            metres = to_metres(item.x / 1e7, item.y / 1e7)
            east, north = float(metres[0]), float(metres[1])
        height = item.z
        if item.frame in _GLOBAL_FRAMES and item.command != mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH:
            height -= self.place.altitude
        return east, north, height if item.z else sight.height

    def outside(self, east: float, north: float, height: float) -> Breach:
        """Which of its fences a place lies outside of, whether they are switched on or not."""
        read = self.parameters.__getitem__
        return self.bounds.left(
            east,
            north,
            height,
            self.home_metres,
            Breach(int(read("FENCE_TYPE")) & 15),
            (read("FENCE_RADIUS"), read("FENCE_ALT_MAX"), read("FENCE_ALT_MIN")),
            union=bool(int(read("FENCE_OPTIONS")) & 2),
        )

    def _number(self, name: str) -> int:
        return self._numbers[name]

    def _put_home(self, east: float, north: float) -> None:
        latitude, longitude = to_degrees(east, north)
        self.home = Place(float(latitude), float(longitude), self.place.altitude)
        self.home_metres = (east, north)
        self.tell_home = True
