"""All simulated drones together: physics in columns, one pilot and one link end for each."""

from __future__ import annotations

from math import atan2, ceil

import numpy as np
from numpy.typing import NDArray

from fleet.peshawar import to_degrees
from sitl import battery
from sitl.drone import SimulatedDrone
from sitl.kinematics import Airframes, Guidance, step
from sitl.noise import GaussMarkov, Stream, generator
from sitl.pilot import (
    CRITICAL_BATTERY,
    GPS_FIX,
    ORIGIN,
    POSITION,
    PREARM,
    READY,
    TILT,
    Phase,
    Pilot,
    Sight,
)
from sitl.sectors import ground_altitude, patrol
from sitl.settings import SimulationSettings
from sitl.snapshot import Snapshot

_GPS_SIGMA = [0.8, 0.8, 1.5]  # metres east, north, up
_GPS_TAU = [40.0, 40.0, 40.0]  # seconds
_GUST_SIGMA = [0.25, 0.25]  # m/s²
_GUST_TAU = [3.0, 3.0]
_FILTERED = 0.5  # part of the receiver's error that the autopilot's filter lets through

_WIND = (1.0, 5.0)  # m/s, weakest and strongest of a day
_STAGGER = 30.0  # seconds over which those on the ground are switched on
_CHARGES = (0.30, 0.98)  # of those in flight at the start
_ENDURANCE = 2000.0  # seconds, about: how long a full battery lasts


class Squadron:
    """The drones of a simulation: number n (from 0) has MAVLink system id n + 1."""

    def __init__(self, settings: SimulationSettings) -> None:
        count = settings.drones
        plans = [generator(settings.seed, Stream.DRONE_PLAN, n) for n in range(count)]
        self.drones = [SimulatedDrone(n + 1) for n in range(count)]
        self.pilots = [
            Pilot(patrol(n, random), random, settings.boot_scale) for n, random in enumerate(plans)
        ]
        self.satellites = [int(random.integers(13, 20)) for random in plans]
        homes = np.array([(*pilot.patrol.home, 0.0) for pilot in self.pilots]).reshape(count, 3)
        yaws = np.array([random.uniform(0, 2 * np.pi) for random in plans])
        self.airframes = Airframes.at_rest(homes, yaws)
        self.guidance = Guidance.none(count)
        self.batteries = battery.Batteries(
            np.array([random.uniform(*_CHARGES) for random in plans])
        )
        self._boots = [0.0] * count
        self._noise = GaussMarkov(
            [generator(settings.seed, Stream.DRONE_NOISE, n) for n in range(count)],
            [*_GPS_SIGMA, *_GUST_SIGMA],
            [*_GPS_TAU, *_GUST_TAU],
        )
        weather = generator(settings.seed, Stream.WEATHER)
        bearing = weather.uniform(0, 2 * np.pi)
        self.wind = weather.uniform(*_WIND) * np.array([np.sin(bearing), np.cos(bearing)])
        for number, random in enumerate(plans):
            if _begins_in_flight(number, settings.airborne):
                self._put_in_flight(number, random)
            else:
                self.batteries.swap(number)
                self.pilots[number].power_on_after(random.uniform(0, _STAGGER), 0.0)

    def step(self, time: int, unix_us: int, dt: float) -> list[tuple[int, list[bytes]]]:
        """Move all by `dt` seconds, to `time` (µs of the simulation) and `unix_us` (µs UTC).

        Returns the frames to send as (number of the drone, its frames), where there are any.
        """
        noise = self._noise.step(dt)
        frames, flying = self.airframes, self.guidance.flying
        step(frames, self.guidance, self.wind, noise[:, 3:5], dt)
        air = frames.velocity[:, :2] - self.wind
        airspeed = np.hypot(air[:, 0], air[:, 1])
        self.batteries.step(battery.power(airspeed, frames.velocity[:, 2], flying), dt)
        rows = _Rows(self, noise, airspeed)
        sent = []
        for number in range(len(self.drones)):
            told = self._live(number, rows, time, unix_us)
            if told:
                sent.append((number, told))
        return sent

    def _live(self, number: int, rows: _Rows, time: int, unix_us: int) -> list[bytes]:
        pilot, drone = self.pilots[number], self.drones[number]
        now = time / 1e6
        pilot.decide(now, rows.sight(number), self.guidance, number)
        if pilot.phase is Phase.OFF:
            drone.lose_pending()
            return []
        if pilot.boot != self._boots[number]:
            self._boots[number] = pilot.boot
            self.batteries.swap(number)
            drone.reboot(time)
        if not (pilot.texts or drone.has_something(time)):
            return []
        texts, pilot.texts = pilot.texts, []
        return drone.send(rows.snapshot(number, pilot, now, unix_us), time, texts)

    def _put_in_flight(self, number: int, random: np.random.Generator) -> None:
        pilot = self.pilots[number]
        route = pilot.patrol.route
        leg = int(random.integers(len(route)))
        way = route[leg] - route[leg - 1]
        place = route[leg - 1] + way * random.uniform(0.1, 0.8)
        frames = self.airframes
        frames.position[number] = (*place, pilot.patrol.height)
        frames.velocity[number, :2] = way / np.hypot(*way) * pilot.patrol.speed
        frames.attitude[number, 2] = atan2(way[0], way[1]) % (2 * np.pi)
        uptime = 60.0 + (1 - self.batteries.charge[number]) * _ENDURANCE
        pilot.in_flight(leg, 0.0, uptime)
        self._boots[number] = pilot.boot


class _Rows:
    """The columns of one step as plain numbers, one list a column.

    Reading them one by one out of an array costs ten times as much.
    """

    def __init__(
        self, squadron: Squadron, noise: NDArray[np.float64], airspeed: NDArray[np.float64]
    ) -> None:
        frames, batteries = squadron.airframes, squadron.batteries
        self._position = frames.position.tolist()
        self._velocity = frames.velocity.tolist()
        self._attitude = frames.attitude.tolist()
        self._rates = frames.rates.tolist()
        self._noise = noise.tolist()
        self._airspeed = airspeed.tolist()
        self._charge = batteries.charge.tolist()
        self._voltage = batteries.voltage.tolist()
        self._current = batteries.current.tolist()
        self._energy = batteries.energy.tolist()
        self._satellites = squadron.satellites

    def sight(self, number: int) -> Sight:
        charge = self._charge[number]
        used = (1 - charge) * battery.CAPACITY * 1000
        east, north, up = self._position[number]
        return Sight(east, north, up, charge, self._voltage[number], used)

    def snapshot(self, number: int, pilot: Pilot, now: float, unix_us: int) -> Snapshot:
        east, north, up = self._position[number]
        error_east, error_north, error_up = self._noise[number][:3]
        latitude, longitude = to_degrees(
            east + _FILTERED * error_east, north + _FILTERED * error_north
        )
        gps_latitude, gps_longitude = to_degrees(east + error_east, north + error_north)
        home_latitude, home_longitude = to_degrees(*pilot.patrol.home)
        home_altitude = ground_altitude(pilot.patrol.home[0])
        charge = self._charge[number]
        return Snapshot(
            boot_ms=round((now - pilot.boot) * 1e3),
            unix_us=unix_us,
            ready=pilot.has(READY, now),
            tilt_known=pilot.has(TILT, now),
            gps_fix=pilot.has(GPS_FIX, now),
            home_known=pilot.has(ORIGIN, now),
            armable=pilot.has(PREARM, now),
            position_known=pilot.has(POSITION, now),
            mode=pilot.mode,
            armed=pilot.armed,
            low_battery=pilot.low,
            critical_battery=pilot.low and charge <= CRITICAL_BATTERY,
            landed=pilot.landed,
            latitude=latitude,
            longitude=longitude,
            height=up + _FILTERED * error_up,
            gps_latitude=gps_latitude,
            gps_longitude=gps_longitude,
            gps_altitude=home_altitude + up + error_up,
            satellites=self._satellites[number],
            home_latitude=home_latitude,
            home_longitude=home_longitude,
            home_altitude=home_altitude,
            velocity=tuple(self._velocity[number]),
            attitude=tuple(self._attitude[number]),
            rates=tuple(self._rates[number]),
            airspeed=self._airspeed[number],
            voltage=self._voltage[number],
            current=self._current[number],
            charge=charge,
            used=(1 - charge) * battery.CAPACITY * 1000,
            energy=self._energy[number],
        )


def _begins_in_flight(number: int, part: float) -> bool:
    """Spread `part` of the drones evenly over their numbers, beginning with the first."""
    return ceil((number + 1) * part - 1e-9) > ceil(number * part - 1e-9)
