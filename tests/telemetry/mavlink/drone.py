"""A network that listens on a free port, and a drone that answers it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.building import new_network
from telemetry.mavlink.links.base import Link
from telemetry.mavlink.links.udp import UdpServer
from telemetry.mavlink.network import Network
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.sink import Sink
from tests.recordings import read_tlog
from tests.telemetry.mavlink.sending import Sender
from tests.waiting import until


def on_a_free_port() -> UdpServer:
    """A link that the system gives a port."""
    return UdpServer("udpin:127.0.0.1:0", "127.0.0.1", 0)


def network_in(
    folder: Path,
    sink: Sink,
    settings: MavlinkSettings | None = None,
    clock: Callable[[], float] = time.time,
    links: Sequence[Link] | None = None,
) -> Network:
    """A network with these links, else with one on a free port."""
    links = links or [on_a_free_port()]
    return new_network("default", settings or MavlinkSettings(), sink, folder, clock, links=links)


def address_of(network: Network) -> tuple[str, int]:
    """Where the first link of a network listens."""
    link = network.links[0]
    assert isinstance(link, UdpServer)
    return link.address


@asynccontextmanager
async def listening(
    sink: Sink,
    folder: Path,
    settings: MavlinkSettings | None = None,
    clock: Callable[[], float] = time.time,
    links: Sequence[Link] | None = None,
) -> AsyncIterator[Network]:
    """A network that runs while the block lasts."""
    network = network_in(folder, sink, settings, clock, links)
    await network.open()
    task = asyncio.create_task(network.run())
    try:
        yield network
    finally:
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await network.close()  # a task that was cancelled before its first turn closed nothing


async def read(network: Network, datagrams: int) -> None:
    """Wait until the network has read so many datagrams in all."""
    await until(lambda: network.statistics.datagrams >= datagrams)


def only_recording(folder: Path) -> list[Any]:
    """The messages of the only .tlog in a folder, as pymavlink reads them."""
    (path,) = folder.glob("**/*.tlog")
    return read_tlog(path)


class Drone:
    """A drone as an ArduCopter behaves: heartbeats, and streams only what it was asked for.

    Nothing happens by itself: `step` reads what came and sends what is due.
    """

    def __init__(self, network: Network, system: int = 1) -> None:
        self.send = Sender(system)
        self.system = system
        self.intervals: dict[int, float] = {}
        self.requested: list[int] = []
        self.heard: list[Any] = []
        self.booted = time.monotonic() - 50
        self.home_is_set = True
        self._address = address_of(network)
        self._socket = self._new_socket()
        self._parser = dialect.MAVLink(None)
        self._next_heartbeat = 0.0
        self._next: dict[int, float] = {}

    def _new_socket(self) -> socket.socket:
        created = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        created.settimeout(0)
        created.connect(self._address)
        return created

    def close(self) -> None:
        self._socket.close()

    def move_to_another_port(self) -> None:
        self._socket.close()
        self._socket = self._new_socket()

    def reboot(self) -> None:
        """Forget all that was asked, as an autopilot does."""
        self.intervals, self._next, self.requested, self.heard = {}, {}, [], []
        self.booted = time.monotonic()

    @property
    def boot_ms(self) -> int:
        return int((time.monotonic() - self.booted) * 1000)

    def step(self) -> bool:
        """Read what came, send what is due; always true."""
        while (datagram := self._receive()) is not None:
            for message in self._parser.parse_buffer(datagram) or []:
                self.heard.append(message)
                if message.get_type() == "COMMAND_LONG" and message.target_system == self.system:
                    self._obey(message)
        now = time.monotonic()
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + 0.2
            self.transmit(self.send.heartbeat(4))
        for message, due in self._next.items():
            if now >= due:
                self._next[message] = now + self.intervals[message]
                self._transmit_message(message)
        return True

    def transmit(self, datagram: bytes) -> None:
        self._socket.send(datagram)

    def _receive(self) -> bytes | None:
        try:
            return self._socket.recv(65_535)
        except (BlockingIOError, ConnectionRefusedError):
            return None

    def _obey(self, command: Any) -> None:
        message = int(command.param1)
        if command.command == dialect.MAV_CMD_SET_MESSAGE_INTERVAL:
            self.intervals[message] = command.param2 / 1e6
            self._next[message] = time.monotonic()
        else:
            self.requested.append(message)
            if message != dialect.MAVLINK_MSG_ID_HOME_POSITION or self.home_is_set:
                self._transmit_message(message)
        self.transmit(
            self.send("COMMAND_ACK", command=command.command, target_system=command.get_srcSystem())
        )

    def _transmit_message(self, message: int) -> None:
        name = dialect.mavlink_map[message].msgname
        place = {"lat": 340151000, "lon": 715249000, "alt": 350_000}
        fields: dict[str, dict[str, Any]] = {
            "GLOBAL_POSITION_INT": {"time_boot_ms": self.boot_ms, **place},
            "GPS_RAW_INT": {"time_usec": self.boot_ms * 1000, "fix_type": 3, **place},
            "ATTITUDE": {"time_boot_ms": self.boot_ms},
            "SYSTEM_TIME": {
                "time_boot_ms": self.boot_ms,
                "time_unix_usec": round(time.time() * 1e6),
            },
            "SYS_STATUS": {"voltage_battery": 12_600, "battery_remaining": 77},
            "HOME_POSITION": {"latitude": 340151000, "longitude": 715249000},
        }
        self.transmit(self.send(name, **fields.get(name, {})))
