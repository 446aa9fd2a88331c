"""The simulated fleet as a whole: the world, in step with a clock, and the wires of its vehicles.

Everything runs in one task group of one process. Whether anybody listens makes no difference to
the vehicles: drones talk into the void, cars keep their reports and send them later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from math import ceil

from fleet.assets import mavlink_asset
from sitl.cars.camera_wires import CameraWires
from sitl.cars.faults import DeviceFault
from sitl.cars.wires import DeviceWires, Servers
from sitl.errors import SimulationError, UnknownVehicleError
from sitl.intruders.carrier import SensorWires
from sitl.links_of_drones import DroneLinks
from sitl.settings import NETWORK_SIZE, SimulationSettings
from sitl.world import STEP, World

MAX_LAG = 1.0
"""Seconds that the simulation catches up with; a longer pause (a suspended machine) is left out."""


@dataclass(frozen=True)
class FleetStatistics:
    """What the fleet has done since it was made."""

    simulated_seconds: float
    skipped_seconds: float  # of simulated time: the machine was too slow, or slept
    frames_sent: int
    datagrams_sent: int
    datagrams_lost: int
    messages_understood: int
    messages_refused: int  # for want of a good signature
    reports_made: int
    reports_acknowledged: int
    reports_waiting: int
    reports_waiting_peak: int  # of the car that had most
    reports_dropped: int
    deliveries_failed: int


class SimulatedFleet:
    """Drones and cars over the real wires. `run` drives them until it is cancelled.

    They are those of `world`, or of a new one made from `settings`.

    `mavlink` is where drones send to, `osmand_url`, `mqtt_url` (`mqtt://host:port`), `nmea` and
    `teltonika` where cars do, `cameras_url` (MQTT or HTTP; without it `mqtt_url`) where cameras do.
    `network` is the name that the collector gives to the drones' network, and part of their
    identities. A network has NETWORK_SIZE drones at most: those beyond are in `more_networks`, by
    name and address, one after the other.

    `links` are URLs of more ways to each drone (`DroneLinks`).

    `clock` gives UTC seconds. `speed` is how much faster than it the simulation runs; infinity is
    as fast as it can. The vehicles' own clocks begin with it, at whatever speed, and follow when it
    is set; or they begin at `epoch` (UTC seconds) and keep simulated time alone: then the same
    settings and orders give the same bytes whenever they are run.

    Raises SimulationError for an address that is none, or too few networks.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        *,
        world: World | None = None,
        mavlink: tuple[str, int],
        osmand_url: str,
        mqtt_url: str,
        nmea: tuple[str, int] | None = None,
        teltonika: tuple[str, int] | None = None,
        cameras_url: str | None = None,
        sapient: tuple[str, int] | None = None,
        sbs: tuple[str, int] | None = None,
        network: str = "default",
        more_networks: Mapping[str, tuple[str, int]] | None = None,
        links: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
        speed: float = 1.0,
        epoch: float | None = None,
    ) -> None:
        if not speed > 0:
            raise SimulationError(f"a speed of {speed} is none; 1 is real time")
        self.world = World(settings) if world is None else world
        self.speed = speed
        self._clock = clock
        self._epoch = epoch
        servers = Servers(osmand_url, mqtt_url, nmea, teltonika)
        self._devices = DeviceWires(self.world.reporters, servers, settings.seed, clock)
        self._cameras = CameraWires(
            self.world.cameras.cameras, cameras_url or mqtt_url, settings.seed
        )
        self._sensors = SensorWires(
            self.world.airspace,
            mavlink=mavlink,
            mqtt_url=mqtt_url,
            sapient=sapient,
            sbs=sbs,
            clock=clock,
        )
        networks = {network: mavlink, **(more_networks or {})}
        count = len(self.world.squadron.drones)
        if count > NETWORK_SIZE * len(networks):
            raise SimulationError(
                f"{count} drones need {ceil(count / NETWORK_SIZE)} networks of {NETWORK_SIZE}; "
                f"there are {len(networks)}"
            )
        names, addresses = list(networks), list(networks.values())
        homes = [number // NETWORK_SIZE for number in range(count)]
        self.links = DroneLinks(self.world, [addresses[home] for home in homes], links)
        self._drones = {
            mavlink_asset(names[home], drone.system).identity: number
            for number, (home, drone) in enumerate(
                zip(homes, self.world.squadron.drones, strict=True)
            )
        }
        self._cars = {asset.identity: n for n, asset in enumerate(self._devices.assets)}
        self._skipped = 0.0

    @property
    def identities(self) -> tuple[str, ...]:
        """Identities of all vehicles as the collector names them, drones first."""
        return (*self._drones, *self._cars)

    def waiting(self, number: int) -> int:
        """Reports that the device of a car, or a post, has not been able to hand over."""
        return len(self._devices.devices[number].outbox)

    def silence(self, identity: str) -> None:
        """Cut the vehicle's radio; it goes on living. Raises UnknownVehicleError."""
        self._switch(identity, on=False)

    def resume(self, identity: str) -> None:
        """Give the radio back; a car then sends what it kept. Raises UnknownVehicleError."""
        self._switch(identity, on=True)

    @property
    def statistics(self) -> FleetStatistics:
        """The counters of all vehicles together."""
        links = self.links.statistics
        drones = self.world.squadron.drones
        wires = [channel.statistics for drone in drones for channel in drone.channels]
        devices = self._devices.statistics
        return FleetStatistics(
            simulated_seconds=self.world.time / 1e6,
            skipped_seconds=self._skipped,
            frames_sent=sum(wire.frames_sent for wire in wires),
            datagrams_sent=links.sent,
            datagrams_lost=links.lost,
            messages_understood=sum(wire.messages_understood for wire in wires),
            messages_refused=sum(drone.signing.refused for drone in drones),
            **asdict(devices),
        )

    async def run(self) -> None:
        """Drive the fleet until cancelled. Raises SimulationError if a socket cannot be opened."""
        with ExitStack() as opened:
            self.links.open()
            opened.callback(self.links.close)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._devices.run(), name="devices")
                if self.world.cameras.cameras:
                    group.create_task(self._cameras.run(), name="cameras")
                if self.world.airspace.sensors:
                    group.create_task(self._sensors.run(), name="sensors")
                group.create_task(self.links.run(), name="links")
                group.create_task(self._keep_time(), name="world")

    async def _keep_time(self) -> None:
        """Step the world so that its time passes `speed` times as fast as the clock's."""
        loop = asyncio.get_running_loop()
        step = STEP / 1e6 / self.speed
        next_step = loop.time()
        ahead = self._clock() - loop.time()
        now = self._clock() if self._epoch is None else self._epoch + self.world.time / 1e6
        began = now - self.world.time / 1e6  # UTC when the simulation was made
        while True:
            next_step += step
            await asyncio.sleep(max(0.0, next_step - loop.time()))
            moved = 0.0  # what the vehicles' clocks have to be set by
            lag = loop.time() - next_step
            if not step:  # as fast as it can
                next_step = loop.time()
            elif lag > MAX_LAG:
                next_step += lag
                moved += lag * self.speed
                self._skipped += lag * self.speed
            jump = self._clock() - loop.time() - ahead
            if abs(jump) > MAX_LAG:  # the clock was set
                ahead += jump
                moved += jump
            if self._epoch is None:
                began += moved
            self._tell(round(began * 1e6) + self.world.time + STEP)

    def _tell(self, unix_us: int) -> None:
        told = self.world.step(unix_us)
        self.links.send(told.frames)
        self._devices.tell(told.reports, self.world.radio)
        self._cameras.tell(told.sightings)
        self._sensors.tell(told.sensed)

    def _switch(self, identity: str, *, on: bool) -> None:
        if identity in self._drones:
            faults = self.world.link_faults
            (faults.restore if on else faults.cut)(self._drones[identity])
        elif identity in self._cars:
            devices, number = self.world.device_faults(self._cars[identity])
            (devices.clear if on else devices.set)(number, DeviceFault.NO_RADIO)
        else:
            raise UnknownVehicleError(f"no simulated vehicle is called {identity!r}")
