"""The simulated fleet as a whole: the world, in step with a clock, and the wires of its vehicles.

Everything runs in one task group of one process. Whether anybody listens makes no difference to
the vehicles: drones talk into the void, cars keep their reports and send them later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from fleet.assets import mavlink_asset, osmand_asset, owntracks_asset
from sitl import osmand, owntracks
from sitl.beats import Protocol
from sitl.car import OWNTRACKS_USER, Report, osmand_query, owntracks_payload
from sitl.device import Device
from sitl.errors import UnknownVehicleError
from sitl.noise import Stream, generator
from sitl.settings import SimulationSettings
from sitl.udp import DroneLinks
from sitl.world import STEP, World

MAX_LAG = 1.0
"""Seconds that the simulation catches up with; a longer pause (a suspended machine) is left out."""


@dataclass(frozen=True)
class FleetStatistics:
    """What the fleet has done since it was made."""

    simulated_seconds: float
    skipped_seconds: float  # the machine was too slow, or slept
    frames_sent: int
    datagrams_sent: int
    datagrams_lost: int
    messages_understood: int
    reports_made: int
    reports_acknowledged: int
    reports_waiting: int
    reports_waiting_peak: int  # of the car that had most
    reports_dropped: int
    deliveries_failed: int


class SimulatedFleet:
    """Drones and cars over the real wires. `run` drives them until it is cancelled.

    `mavlink` is where drones send to, `osmand_url` and `mqtt_url` (`mqtt://host:port`) where cars
    do; `network` is the name that the collector gives to the drones' network, and part of their
    identities; `clock` gives UTC seconds. Raises SimulationError for an address that is none.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        *,
        mavlink: tuple[str, int],
        osmand_url: str,
        mqtt_url: str,
        network: str = "default",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.world = World(settings)
        self._clock = clock
        self._osmand = osmand.address(osmand_url)
        self._broker = owntracks.broker(mqtt_url)
        self._links = DroneLinks(self.world.squadron.drones, mavlink)
        self._drones = {
            mavlink_asset(network, drone.system).identity: number
            for number, drone in enumerate(self.world.squadron.drones)
        }
        network_random = generator(settings.seed, Stream.NETWORK)
        self._devices: list[Device[Any]] = []
        self._cars: dict[str, int] = {}
        for number, beat in enumerate(self.world.motor_pool.beats):
            random = Random(int(network_random.integers(2**32)))  # noqa: S311 – no secret
            self._devices.append(Device(beat.call_sign, random))
            if beat.protocol is Protocol.OWNTRACKS:
                asset = owntracks_asset(OWNTRACKS_USER, beat.call_sign)
            else:
                asset = osmand_asset(beat.call_sign)
            self._cars[asset.identity] = number
        self._reports_made = 0
        self._skipped = 0.0

    @property
    def identities(self) -> tuple[str, ...]:
        """Identities of all vehicles as the collector names them, drones first."""
        return (*self._drones, *self._cars)

    def silence(self, identity: str) -> None:
        """Cut the vehicle's radio; it goes on living. Raises UnknownVehicleError."""
        self._switch(identity, on=False)

    def resume(self, identity: str) -> None:
        """Give the radio back; a car then sends what it kept. Raises UnknownVehicleError."""
        self._switch(identity, on=True)

    @property
    def statistics(self) -> FleetStatistics:
        """The counters of all vehicles together."""
        drones = [drone.statistics for drone in self.world.squadron.drones]
        outboxes = [device.outbox for device in self._devices]
        return FleetStatistics(
            simulated_seconds=self.world.time / 1e6,
            skipped_seconds=self._skipped,
            frames_sent=sum(drone.frames_sent for drone in drones),
            datagrams_sent=self._links.statistics.datagrams_sent,
            datagrams_lost=self._links.statistics.datagrams_lost,
            messages_understood=sum(drone.messages_understood for drone in drones),
            reports_made=self._reports_made,
            reports_acknowledged=sum(outbox.acknowledged for outbox in outboxes),
            reports_waiting=sum(map(len, outboxes)),
            reports_waiting_peak=max((outbox.peak for outbox in outboxes), default=0),
            reports_dropped=sum(outbox.dropped for outbox in outboxes),
            deliveries_failed=sum(device.retry.failures for device in self._devices),
        )

    async def run(self) -> None:
        """Drive the fleet until cancelled. Raises SimulationError if a socket cannot be opened."""
        self._links.open()
        try:
            async with osmand.client() as server, asyncio.TaskGroup() as group:
                for device, beat in zip(self._devices, self.world.motor_pool.beats, strict=True):
                    if beat.protocol is Protocol.OWNTRACKS:
                        sender = owntracks.publish(device, self._broker, self._clock)
                    else:
                        sender = osmand.report(device, server, self._osmand)
                    group.create_task(sender, name=beat.call_sign)
                group.create_task(self._keep_time(), name="world")
        finally:
            self._links.close()

    async def _keep_time(self) -> None:
        """Step the world so that its time passes as the clock's does."""
        loop = asyncio.get_running_loop()
        next_step = loop.time()
        began = self._clock() - self.world.time / 1e6
        while True:
            next_step += STEP / 1e6
            await asyncio.sleep(max(0.0, next_step - loop.time()))
            lag = loop.time() - next_step
            if lag > MAX_LAG:
                next_step += lag
                self._skipped += lag
            unix = began + self.world.time / 1e6
            if abs(self._clock() - unix) > MAX_LAG:  # we were late, or the clock was set
                began = self._clock() - self.world.time / 1e6
            self._tell(round((began * 1e6) + self.world.time + STEP))

    def _tell(self, unix_us: int) -> None:
        told = self.world.step(unix_us)
        for number, frames in told.frames:
            self._links.send(number, frames)
        for number, report in told.reports:
            self._devices[number].outbox.put(self._written(number, report))
        self._reports_made += len(told.reports)

    def _written(self, number: int, report: Report) -> bytes | str:
        beat = self.world.motor_pool.beats[number]
        if beat.protocol is Protocol.OWNTRACKS:
            return owntracks_payload(beat.call_sign, report)
        return osmand_query(beat.call_sign, report)

    def _switch(self, identity: str, *, on: bool) -> None:
        if identity in self._drones:
            silenced = self._links.silenced
            (silenced.discard if on else silenced.add)(self._drones[identity])
        elif identity in self._cars:
            self._devices[self._cars[identity]].switch_radio(on=on)
        else:
            raise UnknownVehicleError(f"no simulated vehicle is called {identity!r}")
