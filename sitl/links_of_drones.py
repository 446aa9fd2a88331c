"""All links of all drones: for each channel of theirs the sockets that it goes over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sitl.autopilot.drone import Frame
from sitl.errors import SimulationError
from sitl.links import Address, Links, LinkStatistics
from sitl.tcp import TcpClients, TcpServers
from sitl.udp import UdpClients, UdpServers
from sitl.world import World
from telemetry.mavlink.links.urls import read_url


class DroneLinks:
    """The links of the drones of `world`.

    Channel 0 is UDP to the n-th of `to` for drone n. `urls` are more ways to each drone:
    `udpout:HOST:PORT` or `tcp:HOST:PORT` (it goes there), or `udpin:HOST:PORT` or
    `tcpin:HOST:PORT` (drone n listens there, at PORT and 10·n); the n-th of them is channel n,
    from 1. Raises SimulationError for a URL that is none.
    """

    def __init__(self, world: World, to: Sequence[Address], urls: Sequence[str] = ()) -> None:
        self._world = world
        self.by_channel: list[Links] = [UdpClients(to, _Ear(world, 0))]
        for url in urls:
            self._add(url)

    @property
    def statistics(self) -> LinkStatistics:
        """The counters of all channels together."""
        each = [links.statistics for links in self.by_channel]
        return LinkStatistics(
            sum(one.sent for one in each),
            sum(one.lost for one in each),
            sum(one.received for one in each),
        )

    def open(self) -> None:
        """Take all addresses. Raises SimulationError; then none is taken."""
        try:
            for links in self.by_channel:
                links.open()
        except SimulationError:
            self.close()
            raise

    async def run(self) -> None:
        """Keep the connections, until cancelled if there are any."""
        async with asyncio.TaskGroup() as group:
            for links in self.by_channel:
                group.create_task(links.run(), name=type(links).__name__)

    def send(self, frames: list[tuple[int, list[Frame]]]) -> None:
        """Send what drones say, by their number. Never waits."""
        for number, told in frames:
            for channel, links in enumerate(self.by_channel):
                if said := [frame for at, frame in told if at == channel]:
                    links.send(number, said)

    def close(self) -> None:
        """Give all addresses back."""
        for links in self.by_channel:
            links.close()

    def _add(self, url: str) -> None:
        try:
            address = read_url(url)
        except ValueError as error:
            raise SimulationError(str(error)) from None
        number = len(self.by_channel)
        drones = self._world.squadron.drones
        for drone in drones:
            while len(drone.channels) <= number:
                drone.add_channel()
        ear = _Ear(self._world, number)
        place = (address.place, address.number)
        match address.kind:
            case "udpout":
                links: Links = UdpClients([place] * len(drones), ear)
            case "udpin":
                links = UdpServers(len(drones), place, ear)
            case "tcp":
                links = TcpClients([place] * len(drones), ear)
            case "tcpin":
                links = TcpServers(len(drones), place, ear)
            case _:
                raise SimulationError(f"link {url!r}: simulated drones have no serial port")
        self.by_channel.append(links)


class _Ear:
    """Channel `number` of all drones."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._number = number

    def hear(self, number: int, data: bytes) -> None:
        self._world.hear(number, data, self._number)

    def switch(self, number: int, *, on: bool) -> None:
        self._world.squadron.drones[number].channels[self._number].is_open = on
