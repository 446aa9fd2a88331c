"""Receivers and trackers that keep a TCP connection: NMEA 0183, and Teltonika.

A connection is one device's. Where there are more devices than TURNS connections, they take turns:
one connects when it has something to say, stays for a while, and hangs up, as trackers do that are
set to save power; what it reports meanwhile it keeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

from sitl.cars import nmea, teltonika
from sitl.cars.device import Device

TURNS = 1000
"""Connections of one protocol at once."""

TURN = 10.0
"""Seconds that a device stays connected where others wait for their turn."""

TIMEOUT = 15.0
"""Seconds to wait for a connection or an answer; the server answers after COMMIT."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Talk = Callable[[Device[bytes], asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Says what a device has to say, for ever. Raises OSError, EOFError."""


class Turns:
    """The connections that `devices` of one protocol share."""

    def __init__(self, devices: int) -> None:
        self.length = TURN if devices > TURNS else None
        """Seconds of a turn; None where each has a connection of its own."""
        self._slots = asyncio.Semaphore(TURNS)

    @asynccontextmanager
    async def connected(self, host: str, port: int) -> AsyncIterator[Streams]:
        """A connection, as soon as there is one to be had. Raises OSError."""
        async with self._slots:
            async with asyncio.timeout(TIMEOUT):
                reader, writer = await asyncio.open_connection(host, port)
            try:
                yield reader, writer
            finally:
                writer.close()


async def carry(device: Device[bytes], talk: Talk, to: tuple[str, int], turns: Turns) -> NoReturn:
    """Deliver the reports of `device` in the words of `talk`, for ever."""
    while True:
        await device.next()
        try:
            async with turns.connected(*to) as streams:
                await _one_turn(talk(device, *streams), turns.length)
        except (OSError, EOFError):  # TimeoutError is an OSError, IncompleteReadError an EOFError
            await device.retry.wait()


async def _one_turn(talking: Awaitable[None], length: float | None) -> None:
    timeout = asyncio.timeout(length)
    try:
        async with timeout:
            await talking
    except TimeoutError:
        if not timeout.expired():
            raise


async def say_nmea(
    device: Device[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Say who it is, then sentences; nobody acknowledges them.

    What the kernel had taken when the other side died is lost, as it is with a real receiver.
    """
    writer.write(nmea.greeting(device.call_sign))
    while True:
        said = await device.next()
        if reader.at_eof():
            raise ConnectionResetError
        writer.write(said)
        await writer.drain()
        device.outbox.done(said)
        device.retry.succeeded()


async def say_teltonika(
    device: Device[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Say the IMEI, then packets of records, each until as many are acknowledged."""
    writer.write(teltonika.login(device.call_sign))
    async with asyncio.timeout(TIMEOUT):
        admitted = await reader.readexactly(1)
    if admitted != teltonika.ADMITTED:
        raise ConnectionRefusedError
    while True:
        await device.next()
        records = device.outbox.first(teltonika.MOST_RECORDS)
        writer.write(teltonika.packet(records))
        async with asyncio.timeout(TIMEOUT):
            answer = await reader.readexactly(4)
        if teltonika.taken(answer) == len(records):
            for record in records:
                device.outbox.done(record)
            device.retry.succeeded()
        else:
            await device.retry.wait()
