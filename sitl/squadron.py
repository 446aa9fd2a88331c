"""All simulated drones together: physics in columns, an autopilot and a link end for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import atan2, ceil, radians
from types import MappingProxyType

import numpy as np

from fleet.peshawar import to_degrees, to_metres
from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.commands import Commands
from sitl.autopilot.drone import Frame, SimulatedDrone
from sitl.autopilot.item_rules import COPTER_PLACES, PLANE_PLACES
from sitl.autopilot.life import Life
from sitl.autopilot.modes import COPTER, Kind
from sitl.autopilot.parameter_protocol import ParameterProtocol
from sitl.autopilot.parameters import Parameters
from sitl.autopilot.remote_id import OPERATOR, serial
from sitl.autopilot.sight import Sight
from sitl.autopilot.transfer import Transfers
from sitl.autopilot.vehicle import Place
from sitl.faults.sensors import SensorFaults
from sitl.flight import battery
from sitl.flight.kinematics import Airframes, Guidance
from sitl.flight.physics import Physics
from sitl.intruders.airspace import Friend
from sitl.intruders.flight import Motion
from sitl.noise import GaussMarkov, Stream, generator
from sitl.rows import Rows
from sitl.sectors import Patrol, ground_altitude, patrol
from sitl.settings import NETWORK_SIZE, SimulationSettings

_GPS_SIGMA = [0.8, 0.8, 1.5]  # metres east, north, up
_GPS_TAU = [40.0, 40.0, 40.0]  # seconds
_GUST_SIGMA = [0.25, 0.25]  # m/s²
_GUST_TAU = [3.0, 3.0]

_WIND = (1.0, 5.0)  # m/s, weakest and strongest of a day
_STAGGER = 30.0  # seconds over which those on the ground are switched on
_CHARGES = (0.45, 0.98)  # of those in flight at the start
_ALOFT = 1.0  # metres
_ENDURANCE = 2000.0  # seconds, about: how long a full battery lasts


@dataclass(frozen=True)
class Berth:
    """What one drone is, where it stands and what it does, where that is not its sector's.

    One that is not `alive` stands switched on and waits for orders; the others fly their `patrol`
    (None: that of their sector, around `place`), in flight at the beginning or not (None: as the
    settings say), or switched on at `starts` seconds (None: within the first half minute).
    """

    kind: Kind = COPTER
    place: Place | None = None
    heading: float | None = None  # degrees
    alive: bool = True
    patrol: Patrol | None = None
    airborne: bool | None = None
    starts: float | None = None


class Squadron:
    """The drones of a simulation: number n (from 0) has MAVLink system id n + 1.

    Beyond NETWORK_SIZE the ids begin again: those drones are of another network. `berths` are by
    number, for those that are no copters on patrol over their sector.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        *,
        berths: Mapping[int, Berth] = MappingProxyType({}),
    ) -> None:
        count = settings.drones
        plans = [generator(settings.seed, Stream.DRONE_PLAN, n) for n in range(count)]
        own = [berths.get(n, Berth()) for n in range(count)]
        patrols = [
            berth.patrol or _moved(patrol(n, random), berth.place)
            for n, (random, berth) in enumerate(zip(plans, own, strict=True))
        ]
        self.satellites = [int(random.integers(13, 20)) for random in plans]
        homes = np.array([(*patrol.home, 0.0) for patrol in patrols]).reshape(count, 3)
        yaws = np.array([random.uniform(0, 2 * np.pi) for random in plans])
        for number, berth in enumerate(own):
            if berth.heading is not None:
                yaws[number] = radians(berth.heading % 360)
        self.airframes = Airframes.at_rest(homes, yaws)
        self.guidance = Guidance.none(count)
        self.batteries = battery.Batteries(
            np.array([random.uniform(*_CHARGES) for random in plans])
        )
        self.autopilots = [
            _autopilot(
                own[n], n % NETWORK_SIZE + 1, patrols[n], float(yaws[n]), settings.boot_scale
            )
            for n in range(count)
        ]
        self.faults = SensorFaults(count)
        weather = generator(settings.seed, Stream.WEATHER)
        bearing = weather.uniform(0, 2 * np.pi)
        self.wind = weather.uniform(*_WIND) * np.array([np.sin(bearing), np.cos(bearing)])
        """The air's velocity, east and north; it may be changed at any time."""
        self._physics = Physics([vehicle.kind is not COPTER for vehicle in self.autopilots])
        self._noise = GaussMarkov(
            [generator(settings.seed, Stream.DRONE_NOISE, n) for n in range(count)],
            [*_GPS_SIGMA, *_GUST_SIGMA],
            [*_GPS_TAU, *_GUST_TAU],
        )
        self._rows = Rows(self, self._noise.value, np.zeros(count), 0.0, 0)
        self.drones = [self._drone(number) for number in range(count)]
        self._boots = [0.0] * count
        self.lives = {
            number: Life(self.autopilots[number], patrols[number], plans[number])
            for number, berth in enumerate(own)
            if berth.alive
        }
        for number, random in enumerate(plans):
            life = self.lives.get(number)
            if life is None:
                self.batteries.swap(number)
                self.autopilots[number].power_on(0.0)
            elif _in_flight(own[number], number, settings.airborne):
                self._put_in_flight(number, life, random)
            else:
                self.batteries.swap(number)
                starts = own[number].starts
                life.power_on_after(random.uniform(0, _STAGGER) if starts is None else starts, 0.0)

    def step(self, time: int, unix_us: int, dt: float) -> list[tuple[int, list[Frame]]]:
        """Move all by `dt` seconds, to `time` (µs of the simulation) and `unix_us` (µs UTC).

        Returns the frames to send as (number of the drone, its frames by channel), where there
        are any.
        """
        now = time / 1e6
        noise = self._noise.step(dt)
        frames, guidance = self.airframes, self.guidance
        self.faults.step(dt)
        airspeed = self._physics.step(
            frames, guidance, self.faults, self.wind, noise[:, 3:5], self.batteries, dt
        )
        self._rows = rows = Rows(self, noise, airspeed, now, unix_us)
        for number, life in self.lives.items():
            if life.step(now):
                self._change_battery(number)
        sent = []
        for number, (vehicle, drone) in enumerate(zip(self.autopilots, self.drones, strict=True)):
            vehicle.decide(now, rows.sight(number), guidance, number)
            if not vehicle.powered:
                drone.lose_pending()
                continue
            if vehicle.booted_at != self._boots[number]:
                self._boots[number] = vehicle.booted_at
                drone.reboot(time)
            if vehicle.has_something or drone.has_something(time):
                texts, events = vehicle.texts, rows.events(number, drone.system)
                vehicle.texts = []
                told = drone.send(rows.snapshot(number), time, texts, events)
                if told:
                    sent.append((number, told))
        return sent

    def reboot_in_flight(self, number: int, time: int) -> None:
        """The watchdog of drone `number` resets it at `time` (µs of the simulation)."""
        self.autopilots[number].watchdog_reset(time / 1e6)

    def broadcasting(self) -> list[Friend]:
        """The drones in the air, as receivers of Remote ID hear them and a radar sees them."""
        frames = self.airframes
        aloft = np.flatnonzero(frames.position[:, 2] > _ALOFT)
        return [
            Friend(
                serial(self.drones[number].system),
                Motion(*frames.position[number].tolist(), *frames.velocity[number].tolist()),
                operator=self.autopilots[number].place,
                operator_id=OPERATOR,
            )
            for number in aloft.tolist()
        ]

    def _drone(self, number: int) -> SimulatedDrone:
        vehicle = self.autopilots[number]
        drone = SimulatedDrone(number % NETWORK_SIZE + 1)
        drone.handlers = (
            Commands(vehicle, drone.streams, lambda: self._rows.snapshot(number)),
            ParameterProtocol(vehicle.parameters),
            Transfers(
                vehicle,
                vehicle.mission,
                vehicle.fence,
                vehicle.rally,
                places=COPTER_PLACES if vehicle.kind is COPTER else PLANE_PLACES,
                guide=lambda item: vehicle.guide(vehicle.place_of(item, vehicle.sight)),
            ),
        )
        return drone

    def _change_battery(self, number: int) -> None:
        self.batteries.swap(number)
        # the crew sets it on its place again
        home = self.lives[number].patrol.home
        self.airframes.position[number] = (*home, 0.0)

    def _put_in_flight(self, number: int, life: Life, random: np.random.Generator) -> None:
        plan = life.patrol
        leg = int(random.integers(len(plan.route)))
        way = plan.route[leg] - plan.route[leg - 1]
        place = plan.route[leg - 1] + way * random.uniform(0.1, 0.8)
        velocity = way / np.hypot(*way) * plan.speed
        frames = self.airframes
        frames.position[number] = (*place, plan.height)
        frames.velocity[number, :2] = velocity
        frames.attitude[number, 2] = atan2(way[0], way[1]) % (2 * np.pi)
        charge = float(self.batteries.charge[number])
        sight = Sight(
            float(place[0]),
            float(place[1]),
            plan.height,
            float(velocity[0]),
            float(velocity[1]),
            charge,
            float(self.batteries.voltage[number]),
            (1 - charge) * battery.CAPACITY * 1000,
            float(frames.attitude[number, 2]),
        )
        life.in_flight(leg, 0.0, 60.0 + (1 - charge) * _ENDURANCE, sight)
        life.autopilot.aim.write(self.guidance, number)
        self._boots[number] = life.autopilot.booted_at


def _moved(plan: Patrol, place: Place | None) -> Patrol:
    """A patrol of the same form around another home."""
    if place is None:
        return plan
    east, north = to_metres(place.latitude, place.longitude)
    home = (float(east), float(north))
    return replace(plan, home=home, route=plan.route + (np.array(home) - plan.home))


def _autopilot(
    berth: Berth, system: int, plan: Patrol, heading: float, boot_scale: float
) -> Autopilot:
    place = berth.place
    if place is None:
        latitude, longitude = to_degrees(*plan.home)
        altitude = float(ground_altitude(plan.home[0]))
        place = Place(float(latitude), float(longitude), altitude)
    copter = berth.kind is COPTER
    parameters = Parameters.copter(system) if copter else Parameters.plane(system)
    return Autopilot(berth.kind, place, heading, boot_scale=boot_scale, parameters=parameters)


def _in_flight(berth: Berth, number: int, part: float) -> bool:
    return begins_in_flight(number, part) if berth.airborne is None else berth.airborne


def begins_in_flight(number: int, part: float) -> bool:
    """Spread `part` of the drones evenly over their numbers, beginning with the first."""
    return ceil((number + 1) * part - 1e-9) > ceil(number * part - 1e-9)
