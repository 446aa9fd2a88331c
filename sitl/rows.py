"""The columns of one step as plain numbers, and what each vehicle sees and says of itself.

Reading numbers one by one out of an array costs ten times as much as out of a list.
"""

from __future__ import annotations

from math import pi, radians
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fleet.peshawar import to_degrees
from sitl.autopilot import remote_id
from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.failsafes import Level
from sitl.autopilot.flight_messages import mission_item_reached
from sitl.autopilot.messages import gps_origin, heartbeat, home_position
from sitl.autopilot.payload_messages import camera_feedback
from sitl.autopilot.sight import Sight
from sitl.autopilot.snapshot import Snapshot
from sitl.faults.sensors import Faulty, Motion, SensorFaults
from sitl.flight import battery
from sitl.flight.kinematics import Airframes

_FILTERED = 0.5  # part of the receiver's error that the autopilot's filter lets through
_SOUND = Faulty()


class Drones(Protocol):
    """Some drones in columns, each at its number in all of them."""

    airframes: Airframes
    batteries: battery.Batteries
    autopilots: list[Autopilot]
    faults: SensorFaults
    satellites: list[int]
    wind: NDArray[np.float64]


class Rows:
    """`drones` at the step that ends at `now` (seconds) and `unix_us` (µs UTC)."""

    def __init__(
        self,
        drones: Drones,
        noise: NDArray[np.float64],
        airspeed: NDArray[np.float64],
        now: float,
        unix_us: int,
    ) -> None:
        frames, batteries = drones.airframes, drones.batteries
        self._now, self._unix_us = now, unix_us
        self._vehicles = drones.autopilots
        self._faults = drones.faults.by_number
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
        self._satellites = drones.satellites
        self._wind = drones.wind.tolist()

    def sight(self, number: int) -> Sight:
        """What vehicle `number` knows to steer by."""
        east, north, up = self._position[number]
        charge = self._charge[number]
        used = (1 - charge) * battery.CAPACITY * 1000
        velocity, yaw = self._velocity[number], self._attitude[number][2]
        voltage = self._voltage[number]
        if number not in self._faults:
            return Sight(east, north, up, velocity[0], velocity[1], charge, voltage, used, yaw)
        faulty = self._faults[number]
        off_east, off_north = faulty.offset
        return Sight(
            east + off_east,
            north + off_north,
            up,
            velocity[0],
            velocity[1],
            charge,
            max(voltage - faulty.volts, 0.0),
            used,
            yaw,
            not faulty.gps_lost,
            faulty.compass,
        )

    def snapshot(self, number: int) -> Snapshot:
        """What vehicle `number` says of itself."""
        vehicle, now = self._vehicles[number], self._now
        faulty = self._faults.get(number, _SOUND)
        motion: Motion = (
            self._position[number],
            self._velocity[number],
            self._attitude[number],
            self._rates[number],
            self._noise[number],
        )
        if faulty.frozen:
            faulty.held = motion = faulty.held or motion
        (east, north, up), velocity, attitude, rates, noise = motion
        error_east, error_north, error_up = noise[:3]
        off_east, off_north = faulty.offset
        east, north = east + off_east, north + off_north
        latitude, longitude = to_degrees(
            east + _FILTERED * error_east, north + _FILTERED * error_north
        )
        gps_latitude, gps_longitude = to_degrees(east + error_east, north + error_north)
        home = vehicle.home or vehicle.place
        used = (1 - self._charge[number]) * battery.CAPACITY * 1000
        level = vehicle.battery.level
        if faulty.compass:
            attitude = [*attitude[:2], (attitude[2] + radians(faulty.compass)) % (2 * pi)]
        return Snapshot(
            vehicle=vehicle,
            boot_ms=round((now - vehicle.booted_at) * 1e3),
            unix_us=self._unix_us + faulty.clock_us,
            ready=vehicle.ready,
            tilt_known=vehicle.has_tilt,
            gps_fix=vehicle.gps_fix,
            home_known=vehicle.home is not None,
            armable=vehicle.healthy and vehicle.has_prearm,
            position_known=vehicle.position_known,
            armed=vehicle.armed,
            low_battery=level is not Level.OK,
            critical_battery=level is Level.CRITICAL,
            landed=vehicle.landed,
            latitude=latitude,
            longitude=longitude,
            height=up + _FILTERED * error_up,
            gps_latitude=gps_latitude,
            gps_longitude=gps_longitude,
            gps_altitude=home.altitude + up + error_up,
            satellites=self._satellites[number],
            home_latitude=home.latitude,
            home_longitude=home.longitude,
            home_altitude=home.altitude,
            velocity=velocity,
            attitude=attitude,
            rates=rates,
            airspeed=self._airspeed[number],
            wind=self._wind,
            voltage=max(self._voltage[number] - faulty.volts, 0.0),
            current=self._current[number],
            percent=vehicle.percent_left(used),
            used=used,
            energy=self._energy[number],
        )

    def events(self, number: int, system: int) -> list[Any]:
        """The messages that vehicle `number` has to say once, and to all; they are said then."""
        vehicle = self._vehicles[number]
        if not vehicle.has_events:
            return []
        now = self.snapshot(number)
        told: list[Any] = []
        if vehicle.tell_home:
            vehicle.tell_home = False
            told += [gps_origin(now), home_position(now)]
        if vehicle.tell_mode:
            vehicle.tell_mode = False
            told.append(heartbeat(now))
        told += [mission_item_reached(reached) for reached in vehicle.reached]
        vehicle.reached.clear()
        told += [camera_feedback(now, shot) for shot in vehicle.payload.untold]
        vehicle.payload.untold.clear()
        if vehicle.tell_remote_id:
            vehicle.tell_remote_id = False
            told += remote_id.messages(now, system)
        return told
