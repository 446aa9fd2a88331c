"""The autopilot of one vehicle: its power, and what it does at each step.

It has no wire, no physics and no clock. Each step it looks at its vehicle (`Sight`) and says where
to go (`Guidance`); what a ground station wants comes as method calls (`orders`). It is asked twenty
times a second, so the ordinary step is short: one manoeuvre goes on. Everything that can wait a
little (boot, failsafes, fence, disarming) is looked at five times a second.

What it knows is `state.State`, how it changes `changing.Changing`, the orders it takes
`orders.Orders`: one vehicle, each part of it built on the one before.
"""

from __future__ import annotations

from math import inf

from fleet.peshawar import to_metres
from sitl.autopilot import arming, boot, reactions
from sitl.autopilot.boot import Boot
from sitl.autopilot.flying import STAY
from sitl.autopilot.mission import Run
from sitl.autopilot.modes import Kind, Landed
from sitl.autopilot.orders import Orders
from sitl.autopilot.parameters import Parameters
from sitl.autopilot.results import Result
from sitl.autopilot.sight import Sight
from sitl.autopilot.vehicle import Place
from sitl.flight.kinematics import Guidance

_REMOTE_ID = 1.0  # seconds between two locations: ASTM F3411 asks for one a second
_LOOK = 0.2  # seconds between two looks at what can wait
_PREARM_DELAY, _PREARM_INTERVAL = 2.0, 30.0  # seconds after disarming, and between two complaints

_CRITICAL = 2  # MAV_SEVERITY


class Autopilot(Orders):
    """The autopilot of a vehicle of `kind` that stands at `place`.

    `boot_scale` is the part of a real boot that its own takes. Times are seconds of the simulation.
    """

    def __init__(
        self,
        kind: Kind,
        place: Place,
        heading: float,
        *,
        boot_scale: float,
        parameters: Parameters,
    ) -> None:
        super().__init__(kind, place, heading, boot_scale=boot_scale, parameters=parameters)
        self.run = Run(self)
        self.mission.watch(self._mission_changed)
        self.fence.watch(lambda: self.bounds.load(self.fence.items))
        self._forget()

    def _forget(self) -> None:
        super()._forget()
        self.run.reset()
        self.run.complete = False
        self._look_at = self._remote_id_at = 0.0

    # Power.

    def power_on(self, now: float) -> None:
        """Begin to boot."""
        self._forget()
        self.parameters.lose_devices()
        self.powered = True
        self._boot = Boot(self._boot_scale)
        self._boot.begin(now)
        self.hours.begin(now)

    def power_off(self) -> None:
        """Lose all power, in the air as well."""
        self._forget()
        self.powered = False
        self.texts.clear()
        self.reached.clear()

    def reboot(self, now: float) -> Result:
        """Boot again, on the ground."""
        if self.armed:
            return Result.FAILED
        self.power_on(now)
        return Result.ACCEPTED

    def watchdog_reset(self, now: float) -> None:
        """Boot in flight: the state is kept, what was asked over the links is not."""
        self._boot = Boot(0.05)  # it takes its estimates up where it left them
        self._boot.begin(now)
        self.say(_CRITICAL, "WDG: T0 SL0 FL0 FT0 FA0 FTP0 FLR0 FICSR0 MM0 MC0 IE0")

    def in_flight(self, now: float, uptime: float, sight: Sight, number: int) -> None:
        """Be on the mission already, towards its item `number`, booted `uptime` seconds ago."""
        self.power_on(now)
        self._boot.finished(now, uptime)
        self.hours.begin(now, uptime)
        self.parameters.find_devices()
        self.ready = self.gps_fix = self.position_known = self.healthy = True
        self.has_tilt = self.has_prearm = True
        self.position.look(now, fix=True, booted=True)
        east, north = to_metres(*self.place[:2])
        self._put_home(float(east), float(north))
        self.tell_home = False
        self.armed = True
        self.landed = Landed.IN_AIR
        self.mode = self._number("AUTO")
        self.aim.fly(flying=True)
        self.flying_as.refresh()
        self.run.choose(number)
        self._sight = sight
        self._begin_mission(now)
        self.texts.clear()

    # The step.

    def decide(self, now: float, sight: Sight, guidance: Guidance, number: int) -> None:
        """Look at vehicle `number` and steer it."""
        self._sight = sight
        if self.powered:
            if now >= self._look_at:
                # the first look is short, so that not all of a fleet look at the same step
                first = self._look_at == 0.0
                self._look_at = now + (_LOOK * (number % 4 + 1) / 4 if first else _LOOK)
                self._look(now, sight)
            task = self._task
            if task is not None:
                if task.step(now, sight):
                    self._done(now, sight)
                else:
                    self.landed = task.landed
                if self.payload.distance:
                    self.payload.moved(sight.east, sight.north)
        self.aim.write(guidance, number)

    def _done(self, now: float, sight: Sight) -> None:
        """What follows a manoeuvre that ended."""
        ended = self._task
        if sight.height <= 0.0 and self.landed in {Landed.LANDING, Landed.ON_GROUND}:
            self.stop_motors(now)
            return
        if ended is self.run or (self.landed is Landed.TAKEOFF and not self.hovers):
            self._task = self.flying_as.hold(sight)
        else:
            self._task = STAY

    def _look(self, now: float, sight: Sight) -> None:
        self._looked = now
        if self._boot.speaks:
            self._go_on_booting(now)
        self.hours.look(now, flying=self.flying)
        if not self.ready:
            return
        self.gps_fix = sight.gps and self._boot.has(boot.GPS_FIX, now)
        if self.home is None and self.gps_fix and self._boot.has(boot.ORIGIN, now):
            self._put_home(sight.east, sight.north)
        reactions.look(self, now, sight)
        self.position_known = self.position.known
        if now >= self._guided_until:
            self._guided_until = inf
            if self.mode == self._number("GUIDED") and self.flying:
                self._task = self.flying_as.hold(sight)
        if not self.armed:
            self._check(now, sight)
        if self.parameters["DID_ENABLE"] and now >= self._remote_id_at:
            self._remote_id_at = now + _REMOTE_ID
            self.tell_remote_id = True

    def _go_on_booting(self, now: float) -> None:
        self.texts += self._boot.texts(now, self.place.altitude)
        self.has_tilt = self._boot.has(boot.TILT, now)
        self.has_prearm = self._boot.has(boot.PREARM, now)
        if not self.ready and self._boot.has(boot.READY, now):
            self.ready = True
            self.parameters.find_devices()

    def _check(self, now: float, sight: Sight) -> None:
        """The arming checks of a vehicle that stands disarmed, and its complaints."""
        found = arming.faults(self, sight) if self.parameters["ARMING_CHECK"] else []
        self.healthy = not found
        rested = now - self._disarmed_at >= _PREARM_DELAY
        silent = now - self._complained >= _PREARM_INTERVAL
        if found and rested and silent and self._boot.has(boot.POSITION, now):
            self._complained = now
            for text in found:
                self.say(_CRITICAL, f"PreArm: {text}")

    def _mission_changed(self) -> None:
        """What a new mission, or one more item of it, means to what is being flown."""
        if self.in_auto:
            self.run.mission_changed(self._looked, self._sight)
        elif self.run.number >= len(self.mission.items):
            self.run.reset()
