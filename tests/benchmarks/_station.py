"""A ground station in a process of its own: it asks every drone for messages and counts them."""

from __future__ import annotations

import asyncio
import multiprocessing
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

_BUFFER = 8_000_000
_ACKNOWLEDGEMENT = 77
_OVERHEAD = 12  # bytes of a frame besides its payload


@dataclass
class Heard:
    """What has come so far."""

    answered: int = 0
    """COMMAND_ACKs."""

    counts: Counter[int] = field(default_factory=Counter)
    """Messages by id."""


class Station:
    """The station in its process."""

    def __init__(self, ports: list[int], line: Connection) -> None:
        self.ports = ports
        self._line = line

    async def heard(self) -> Heard:
        """What has come so far."""
        self._line.send("heard")
        heard: Heard = await asyncio.to_thread(self._line.recv)
        return heard


@contextmanager
def station(networks: int, rates: Mapping[int, float]) -> Iterator[Station]:
    """A station that listens on a port for each network and asks for `rates` (Hz by message)."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_listen, args=(networks, dict(rates), theirs), daemon=True)
    process.start()
    try:
        yield Station(ours.recv(), ours)
    finally:
        ours.send("end")
        process.join(10)


def _listen(networks: int, rates: dict[int, float], line: Connection) -> None:
    links = [_link() for _ in range(networks)]
    line.send([link.getsockname()[1] for link in links])
    own = dialect.MAVLink(None, srcSystem=255, srcComponent=190)
    heard, drones = Heard(), dict[tuple[Any, int], tuple[socket.socket, Any]]()
    beat = dialect.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3)
    next_beat = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        for link in links:
            selector.register(link, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(max(0.0, next_beat - time.monotonic())):
                if key.fileobj is line:
                    if line.recv() == "end":
                        return
                    line.send(heard)
                else:
                    _drain(key.fileobj, own, rates, heard, drones)
            if time.monotonic() >= next_beat:
                next_beat += 1.0
                packed = beat.pack(own)
                for link, address in drones.values():
                    link.sendto(packed, address)


def _link() -> socket.socket:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    link.bind(("127.0.0.1", 0))
    link.setblocking(False)
    return link


def _drain(
    link: Any,
    own: Any,
    rates: dict[int, float],
    heard: Heard,
    drones: dict[tuple[Any, int], tuple[socket.socket, Any]],
) -> None:
    while True:
        try:
            data, address = link.recvfrom(65535)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            message = data[at + 7] | data[at + 8] << 8 | data[at + 9] << 16
            heard.counts[message] += 1
            heard.answered += message == _ACKNOWLEDGEMENT
            at += data[at + 1] + _OVERHEAD
        if address not in drones:
            drones[address] = link, address
            for message, rate in rates.items():
                command = dialect.MAVLink_command_long_message(
                    data[5], 1, 511, 0, message, 1e6 / rate, 0, 0, 0, 0, 0
                )
                link.sendto(command.pack(own), address)
