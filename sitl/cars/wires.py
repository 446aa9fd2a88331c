"""The devices of cars, officers and posts on their wires: what is told goes out, in order.

Everything runs in one task group. A device keeps what its server has not acknowledged, through
tunnels and restarts of the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random
from typing import Any
from typing import Protocol as Shape

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Asset
from sitl.cars import http, nmea, osmand, owntracks, tcp, teltonika
from sitl.cars.beats import Protocol, asset_of
from sitl.cars.car import Report, osmand_query, owntracks_payload, owntracks_topic
from sitl.cars.device import Device
from sitl.errors import SimulationError
from sitl.noise import Stream, generator


class Reporter(Shape):
    """What has a device: a car, an officer, a post."""

    @property
    def protocol(self) -> Protocol:
        """How it reports."""

    @property
    def device(self) -> str:
        """What the device calls itself."""


@dataclass(frozen=True)
class Servers:
    """Where devices report to; one that no device speaks to may be missing."""

    osmand: str | None = None  # http://HOST:PORT/
    mqtt: str | None = None  # mqtt://HOST:PORT
    nmea: tuple[str, int] | None = None
    teltonika: tuple[str, int] | None = None


@dataclass(frozen=True)
class DeviceStatistics:
    """What the devices have done since they were made."""

    reports_made: int
    reports_acknowledged: int
    reports_waiting: int
    reports_waiting_peak: int  # of the device that had most
    reports_dropped: int
    deliveries_failed: int


class DeviceWires:
    """The devices of `reporters`, by number from 0; `clock` gives UTC seconds.

    Raises SimulationError for an address that is none, or one that is missing.
    """

    def __init__(
        self, reporters: Sequence[Reporter], servers: Servers, seed: int, clock: Callable[[], float]
    ) -> None:
        self.protocols = [reporter.protocol for reporter in reporters]
        network = generator(seed, Stream.NETWORK)
        self.devices: list[Device[Any]] = [
            Device(reporter.device, Random(int(network.integers(2**32))))  # noqa: S311 – no secret
            for reporter in reporters
        ]
        self.assets: list[Asset] = [asset_of(r.protocol, r.device) for r in reporters]
        """What the collector calls each."""
        self._clock = clock
        self._radio = np.ones(len(self.devices), bool)
        self._made = 0
        self._web = None if servers.osmand is None else http.address(servers.osmand, "OsmAnd")
        self._broker = None if servers.mqtt is None else owntracks.broker(servers.mqtt)
        self._tcp = {Protocol.NMEA: servers.nmea, Protocol.TELTONIKA: servers.teltonika}
        addresses = {Protocol.OSMAND: self._web, Protocol.OWNTRACKS: self._broker, **self._tcp}
        for protocol in sorted(set(self.protocols)):
            if addresses[protocol] is None:
                raise SimulationError(f"devices speak {protocol}: say where they report to")

    @property
    def statistics(self) -> DeviceStatistics:
        """The counters of all devices together."""
        outboxes = [device.outbox for device in self.devices]
        return DeviceStatistics(
            reports_made=self._made,
            reports_acknowledged=sum(outbox.acknowledged for outbox in outboxes),
            reports_waiting=sum(map(len, outboxes)),
            reports_waiting_peak=max((outbox.peak for outbox in outboxes), default=0),
            reports_dropped=sum(outbox.dropped for outbox in outboxes),
            deliveries_failed=sum(device.retry.failures for device in self.devices),
        )

    def tell(self, told: Iterable[tuple[int, Report]], radio: NDArray[np.bool_]) -> None:
        """Let devices report; `radio` (N,) says which of them reach their network now."""
        for number in np.flatnonzero(radio != self._radio).tolist():
            self.devices[number].switch_radio(on=bool(radio[number]))
        self._radio = radio.copy()
        for number, report in told:
            self.devices[number].outbox.put(self.written(number, report))
            self._made += 1

    def written(self, number: int, report: Report) -> object:
        """A report in the words of device `number`: what its wire sends."""
        device = self.devices[number].call_sign
        match self.protocols[number]:
            case Protocol.OWNTRACKS:
                return owntracks_topic(device), owntracks_payload(device, report)
            case Protocol.OSMAND:
                return osmand_query(device, report)
            case Protocol.NMEA:
                return nmea.sentences(report)
            case Protocol.TELTONIKA:
                return teltonika.record(report)

    async def run(self) -> None:
        """Carry what the devices say until cancelled."""
        async with AsyncExitStack() as opened, asyncio.TaskGroup() as group:
            senders = []
            if self._web is not None:
                pool = await opened.enter_async_context(http.pool(self._web))
                senders += [osmand.report(each, pool) for each in self._of(Protocol.OSMAND)]
            if self._broker is not None:
                senders += [
                    owntracks.publish(some, self._broker, self._clock)
                    for some in owntracks.sharing(self._of(Protocol.OWNTRACKS))
                ]
            for protocol, talk in _TALKS.items():
                if (to := self._tcp[protocol]) is not None:
                    mine = self._of(protocol)
                    turns = tcp.Turns(len(mine))
                    senders += [tcp.carry(device, talk, to, turns) for device in mine]
            for sender in senders:
                group.create_task(sender)

    def _of(self, protocol: Protocol) -> list[Device[Any]]:
        return [
            device
            for device, spoken in zip(self.devices, self.protocols, strict=True)
            if spoken is protocol
        ]


_TALKS = {Protocol.NMEA: tcp.say_nmea, Protocol.TELTONIKA: tcp.say_teltonika}
