"""One simulated vehicle without a wire: its autopilot, its physics, and simulated time."""

from __future__ import annotations

from collections.abc import Callable
from math import hypot
from typing import Any

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_degrees, to_metres
from sitl.autopilot.items import Item
from sitl.autopilot.modes import COPTER, Kind
from sitl.autopilot.vehicle import Place
from sitl.settings import SimulationSettings
from sitl.squadron import Berth, Squadron

STEP = 50_000
PLACE = Place(34.015, 71.525, 331.0)
WAYPOINT, TAKEOFF, LAND, RTL = 16, 22, 21, 20
RELATIVE = 3


class Flown:
    """A vehicle at PLACE, booted, in still air; places are metres from it."""

    def __init__(self, kind: Kind = COPTER, *, calm: bool = True, boot_scale: float = 0.01) -> None:
        settings = SimulationSettings(drones=1, cars=0, airborne=0.0, boot_scale=boot_scale)
        berth = Berth(kind=kind, place=PLACE, heading=0.0, alive=False)
        self.squadron = Squadron(settings, berths={0: berth})
        if calm:
            self.squadron.wind = np.zeros(2)
        self.vehicle = self.squadron.autopilots[0]
        self.home = to_metres(PLACE.latitude, PLACE.longitude)
        self.time = 0
        self.said: list[tuple[float, str]] = []
        self.heard: list[tuple[float, Any]] = []
        self._parser = mavlink.MAVLink(None)
        if boot_scale < 0.1:
            self.run(1.0)
            assert self.vehicle.position_known

    @property
    def now(self) -> float:
        return self.time / 1e6

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.said]

    @property
    def reached(self) -> list[int]:
        return [m.seq for _, m in self.heard if m.get_type() == "MISSION_ITEM_REACHED"]

    @property
    def place(self) -> tuple[float, float, float]:
        east, north, up = self.squadron.airframes.position[0]
        return float(east - self.home[0]), float(north - self.home[1]), float(up)

    def knows_its_place(self) -> bool:
        return self.vehicle.position_known

    @property
    def mode(self) -> str:
        return self.vehicle.kind.modes[self.vehicle.mode]

    def step(self) -> None:
        self.time += STEP
        unix_us = 1_800_000_000_000_000 + self.time
        for _, frames in self.squadron.step(self.time, unix_us, STEP / 1e6):
            for message in self._parser.parse_buffer(b"".join(data for _, data in frames)):
                self.heard.append((self.now, message))
                if message.get_type() == "STATUSTEXT":
                    self._tell(message)

    def _tell(self, message: Any) -> None:
        if message.chunk_seq:
            at, begun = self.said.pop()
            self.said.append((at, begun + message.text))
        else:
            self.said.append((self.now, message.text))

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 1e6 / STEP)):
            self.step()

    def until(self, condition: Callable[[], bool], limit: float = 300) -> float:
        """Let time pass until `condition()`; how long it took."""
        begin = self.now
        while not condition():
            assert self.now < begin + limit, f"{self.mode} at {self.place}: {self.texts[-5:]}"
            self.step()
        return self.now - begin

    def set(self, name: str, value: float) -> None:
        assert self.vehicle.parameters.set(name, value)

    def set_mode(self, name: str) -> int:
        return self.vehicle.set_mode(self.vehicle.kind.number(name), self.now)

    def take_off(self, height: float = 30.0) -> None:
        """Hover at `height` in GUIDED."""
        assert self.set_mode("GUIDED") == 0
        assert self.vehicle.arm(self.now) == 0
        assert self.vehicle.take_off(height, self.now) == 0
        self.until(lambda: self.place[2] > height - 1.0)
        self.run(2.0)

    def away(self, east: float, north: float) -> float:
        """Metres on the ground to a place."""
        return hypot(self.place[0] - east, self.place[1] - north)

    def item(
        self, command: int, east: float = 0.0, north: float = 0.0, z: float = 0.0, **more: float
    ) -> Item:
        """An item with a place; without one if both are 0."""
        x = y = 0
        if east or north:
            latitude, longitude = to_degrees(self.home[0] + east, self.home[1] + north)
            x, y = round(latitude * 1e7), round(longitude * 1e7)
        return Item(command, RELATIVE, x=x, y=y, z=z, **more)  # type: ignore[arg-type]  # params

    def load(self, *items: Item) -> None:
        """Hold a mission; home goes before it."""
        home = Item(mavlink.MAV_CMD_NAV_WAYPOINT, 0)
        self.vehicle.mission.replace([home, *items])

    def fly(self, *items: Item) -> None:
        """Fly a mission from the ground."""
        self.load(*items)
        assert self.set_mode("GUIDED" if self.vehicle.kind is COPTER else "AUTO") == 0
        assert self.vehicle.arm(self.now) == 0
        assert self.vehicle.start_mission(self.now) == 0
