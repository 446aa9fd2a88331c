"""Small scenarios on a world without wires, played step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_metres
from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.drone import Frame
from sitl.cars.beats import Protocol
from sitl.cars.car import Report
from sitl.scenarios.building import stage
from sitl.scenarios.outcomes import Outcomes
from sitl.scenarios.reading import read
from sitl.world import STEP, Told, World
from tests.sitl.wire import BEGIN

HEAD = """\
title: A test
about: As small as it can be.
boot_scale: 0.02
places: {base: [34.0100, 71.5600], far: [34.0120, 71.5600]}
weather: {wind: 0}
"""
"""`far` is 222 m north of `base`."""

WAITING = "drones: [{name: eye, at: base, does: wait}]\n"
FLYING = "drones: [{name: eye, airborne: 1}]\n"
CAR = "cars: [{name: car, at: base, protocol: osmand}]\n"


class Play:
    """A scenario and all that its vehicles have said so far."""

    def __init__(
        self,
        text: str,
        *,
        drones: int | None = None,
        cars: int | None = None,
        seed: int | None = None,
        protocols: Sequence[Protocol] = tuple(Protocol),
        waiting: int = 0,
    ) -> None:
        self.scenario = read(HEAD + text, "test.yaml")
        staged = stage(self.scenario, drones=drones, cars=cars, seed=seed, protocols=protocols)
        self.world: World = staged.world
        self.cast = staged.cast
        self.outcomes = Outcomes(staged.scenario, staged.cast, self.world, lambda _car: waiting)
        self.world.scripts.append(self.outcomes)
        self.told: list[tuple[float, Told]] = []

    @property
    def vehicle(self) -> Autopilot:
        """The first drone."""
        return self.world.squadron.autopilots[0]

    @property
    def mode(self) -> str:
        return self.vehicle.kind.modes[self.vehicle.mode]

    @property
    def state(self) -> tuple[str, bool]:
        """Mode of the first drone, and whether it is armed."""
        return self.mode, self.vehicle.armed

    @property
    def height(self) -> float:
        return float(self.world.squadron.airframes.position[0, 2])

    @property
    def speed(self) -> float:
        """Over ground."""
        return hypot(*self.world.squadron.airframes.velocity[0, :2].tolist())

    def until(self, seconds: float) -> None:
        """Play on to `seconds` of the simulation, that step included."""
        while self.world.time < round(seconds * 1e6):
            told = self.world.step(BEGIN + self.world.time + STEP)
            self.told.append((self.world.time / 1e6, told))

    def frames(self, since: float, to: float, drone: int = 0) -> list[Frame]:
        """What arrived of a drone after `since` and not after `to`."""
        return [
            frame
            for at, told in self.told
            if since < at <= to
            for number, frames in told.frames
            if number == drone
            for frame in frames
        ]

    def messages(self, since: float, to: float, drone: int = 0) -> list[Any]:
        """The same, parsed."""
        parser = mavlink.MAVLink(None)
        parsed = (parser.parse_buffer(frame) or [] for _, frame in self.frames(since, to, drone))
        return [message for messages in parsed for message in messages]

    def reports(self, since: float, to: float, device: int = 0) -> list[tuple[float, Report]]:
        """What a device made after `since` and not after `to`, with the second."""
        return [
            (at, report)
            for at, told in self.told
            if since < at <= to
            for number, report in told.reports
            if number == device
        ]

    def away(self, place: str, drone: int = 0) -> float:
        """Metres of a drone from a place."""
        east, north = to_metres(*self.scenario.places[place])
        position = self.world.squadron.airframes.position[drone]
        return hypot(float(position[0] - east), float(position[1] - north))

    def ask(self, message: int, hertz: float, drone: int = 0) -> None:
        """Ask a drone for a message as a ground station does."""
        own = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
        command = mavlink.MAVLink_command_long_message(
            0, 1, mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, 0, message, 1e6 / hertz, 0, 0, 0, 0, 0
        )
        self.world.hear(drone, command.pack(own))


def places_of(play: Play) -> Iterator[tuple[float, float]]:
    """Metres east and north of `base` of each drone."""
    east, north = to_metres(*play.scenario.places["base"])
    for position in play.world.squadron.airframes.position:
        yield float(position[0] - east), float(position[1] - north)
