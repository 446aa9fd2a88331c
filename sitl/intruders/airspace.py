"""All flights and all sensors of a simulation, advanced step by step.

Each sensor looks once a second, at a moment of its own. What it says is bytes of its protocol; the
same settings and the same times give the same bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Any

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_metres
from sitl.autopilot.vehicle import Place
from sitl.errors import SimulationError
from sitl.intruders.adsb import adsb_vehicle, sbs_lines
from sitl.intruders.flight import Flight, Motion
from sitl.intruders.remote_id import (
    RECEIVER_COMPONENT,
    SCOUT_TOPIC,
    bridge_messages,
    broadcast,
    scout_payload,
)
from sitl.intruders.sapient import STATUS_INTERVAL, RadarNode, framed
from sitl.intruders.sensors import Sensor, SensorKind
from sitl.noise import Stream, generator
from telemetry.remote_id.messages import Message

FIRST_SYSTEM = 240
"""MAVLink system id of the first sensor that speaks MAVLink; drones' are below."""

MOST_MAVLINK_SENSORS = 11

_SECOND = 1_000_000


@dataclass(frozen=True)
class Friend:
    """A drone of ours that broadcasts its Remote ID: receivers hear it like any other."""

    name: str
    motion: Motion
    operator: Place | None = None
    operator_id: str = ""


@dataclass
class Told:
    """What the sensors say in one step."""

    frames: list[tuple[int, bytes]] = field(default_factory=list)
    """(number of the sensor, MAVLink frames)"""
    published: list[tuple[str, bytes]] = field(default_factory=list)
    """(MQTT topic, payload)"""
    lines: list[str] = field(default_factory=list)
    """SBS"""
    detections: list[tuple[int, bytes]] = field(default_factory=list)
    """(number of the sensor, SAPIENT messages with their lengths)"""

    def __bool__(self) -> bool:
        return bool(self.frames or self.published or self.lines or self.detections)


class Airspace:
    """Drones (`flights`), aircraft with transponders (`aircraft`) and what sees them."""

    def __init__(
        self,
        flights: Sequence[Flight],
        sensors: Sequence[Sensor],
        *,
        aircraft: Sequence[Flight] = (),
        seed: int = 1,
    ) -> None:
        self.flights, self.aircraft, self.sensors = flights, aircraft, sensors
        speakers = [n for n, s in enumerate(sensors) if s.kind in _SPEAK_MAVLINK]
        if len(speakers) > MOST_MAVLINK_SENSORS:
            raise SimulationError(
                f"{len(speakers)} sensors speak MAVLink: there are system ids for"
                f" {MOST_MAVLINK_SENSORS}"
            )
        self._links = {
            number: _link(FIRST_SYSTEM + place, sensors[number].kind)
            for place, number in enumerate(speakers)
        }
        self._random = [generator(seed, Stream.SENSOR, n) for n in range(len(sensors))]
        self.radars = {
            number: RadarNode(sensor, _node_id(seed, number), generator(seed, Stream.RADAR, number))
            for number, sensor in enumerate(sensors)
            if sensor.kind is SensorKind.RADAR
        }
        self._next = [(n + 1) * 370_000 % _SECOND for n in range(len(sensors))]
        self._next_status = dict.fromkeys(self.radars, 0)
        self._heard: dict[tuple[int, str], int] = {}

    @property
    def speaks_mavlink(self) -> bool:
        """Whether a sensor has a MAVLink system id."""
        return bool(self._links)

    def step(
        self, time: int, unix_us: int, friends: Callable[[], Iterable[Friend]] = tuple
    ) -> Told:
        """Look at the sky at `time` (µs of the simulation), `unix_us` (µs UTC).

        `friends` is asked for our own drones only where a receiver looks.
        """
        told = Told()
        due = [number for number, at in enumerate(self._next) if at <= time]
        if not due:
            return told
        seconds = time / 1e6
        drones = [(f, m) for f in self.flights if (m := f.at(seconds)) is not None]
        aircraft = [(f, m) for f in self.aircraft if (m := f.at(seconds)) is not None]
        ours = list(friends()) if any(self.sensors[n].kind in _HEAR_DRONES for n in due) else []
        for number in due:
            self._next[number] += _SECOND
            match self.sensors[number].kind:
                case SensorKind.REMOTE_ID_MAVLINK | SensorKind.REMOTE_ID_SCOUT:
                    self._hear_drones(number, drones, ours, unix_us, told)
                case SensorKind.ADSB:
                    self._hear_aircraft(number, aircraft, unix_us, told)
                case SensorKind.RADAR:
                    self._see(number, [*drones, *aircraft], ours, time, unix_us, told)
        return told

    def _hear_drones(
        self,
        number: int,
        drones: list[tuple[Flight, Motion]],
        ours: list[Friend],
        unix_us: int,
        told: Told,
    ) -> None:
        audible = [
            Friend(flight.name, motion, flight.operator, flight.operator_id)
            for flight, motion in drones
            if flight.broadcasts
        ]
        sensor = self.sensors[number]
        if sensor.kind is SensorKind.REMOTE_ID_MAVLINK:
            told.frames.append((number, self._packed(number, [_heartbeat(sensor.kind)])))
        for drone in [*audible, *ours]:
            heard = sensor.look(drone.motion, self._random[number])
            if heard is None:
                continue
            count = self._heard[number, drone.name] = self._heard.get((number, drone.name), -1) + 1
            messages = broadcast(
                drone.name, heard, drone.operator, drone.operator_id, unix_us / 1e6, count
            )
            self._pass_on(number, drone, messages, unix_us, told)

    def _pass_on(
        self, number: int, drone: Friend, messages: list[Message], unix_us: int, told: Told
    ) -> None:
        sensor, address = self.sensors[number], _mac(drone.name)
        if sensor.kind is SensorKind.REMOTE_ID_MAVLINK:
            bridged = bridge_messages(address, messages)
            told.frames.append((number, self._packed(number, bridged)))
        else:
            strength = _strength(sensor, drone.motion)
            payload = scout_payload(sensor.name, address, messages, unix_us // 1000, strength)
            told.published.append((f"{SCOUT_TOPIC}/{sensor.name}", payload))

    def _hear_aircraft(
        self, number: int, aircraft: list[tuple[Flight, Motion]], unix_us: int, told: Told
    ) -> None:
        sensor = self.sensors[number]
        messages = [_heartbeat(sensor.kind)]
        for flight, motion in aircraft:
            heard = sensor.look(motion, self._random[number]) if flight.broadcasts else None
            if heard is not None:
                address = transponder(flight.name)
                messages.append(adsb_vehicle(address, flight.name, heard))
                told.lines += sbs_lines(address, flight.name, heard, unix_us)
        told.frames.append((number, self._packed(number, messages)))

    def _see(
        self,
        number: int,
        flights: list[tuple[Flight, Motion]],
        ours: list[Friend],
        time: int,
        unix_us: int,
        told: Told,
    ) -> None:
        radar, sensor = self.radars[number], self.sensors[number]
        if time >= self._next_status[number]:
            self._next_status[number] = time + int(STATUS_INTERVAL * _SECOND)
            told.detections.append((number, framed(radar.status(unix_us))))
        flying = [(flight.name, motion) for flight, motion in flights]
        flying += [(friend.name, friend.motion) for friend in ours]
        for name, motion in flying:
            seen = sensor.look(motion, self._random[number])
            if seen is not None:
                told.detections.append((number, framed(radar.detection(name, seen, unix_us))))

    def _packed(self, number: int, messages: list[Any]) -> bytes:
        link = self._links[number]
        frames = bytearray()
        for message in messages:
            frames += message.pack(link)
            link.seq = (link.seq + 1) % 256
        return bytes(frames)


_SPEAK_MAVLINK = frozenset({SensorKind.REMOTE_ID_MAVLINK, SensorKind.ADSB})
_HEAR_DRONES = frozenset(SensorKind) - {SensorKind.ADSB}


def transponder(name: str) -> int:
    """The 24-bit address of the aircraft `name`, among those of Pakistan (ICAO Annex 10)."""
    return 0x760000 | uuid.uuid5(uuid.NAMESPACE_OID, name).int & 0x7FFF


def _mac(name: str) -> bytes:
    """The address that a drone's radio sends from; locally administered, so nobody's in earnest."""
    return b"\x02" + uuid.uuid5(uuid.NAMESPACE_OID, name).bytes[:5]


def _node_id(seed: int, number: int) -> str:
    return str(uuid.UUID(bytes=generator(seed, Stream.NODE, number).bytes(16), version=4))


def _link(system: int, kind: SensorKind) -> Any:
    component = mavlink.MAV_COMP_ID_ADSB if kind is SensorKind.ADSB else RECEIVER_COMPONENT
    return mavlink.MAVLink(None, srcSystem=system, srcComponent=component)


def _heartbeat(kind: SensorKind) -> Any:
    role = mavlink.MAV_TYPE_ADSB if kind is SensorKind.ADSB else mavlink.MAV_TYPE_ODID
    return mavlink.MAVLink_heartbeat_message(
        role, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, mavlink.MAV_STATE_ACTIVE, 3
    )


def _strength(sensor: Sensor, motion: Motion) -> float:
    """Strength in dBm of a Wi-Fi beacon of 100 mW at 2.4 GHz, by free space loss."""
    east, north = to_metres(sensor.latitude, sensor.longitude)
    away = np.hypot(motion.east - east, motion.north - north)
    return 20.0 - 40.0 - 20.0 * log10(max(float(away), 1.0))
