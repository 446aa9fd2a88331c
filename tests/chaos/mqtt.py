"""The little of MQTT 3.1.1 that a tracker speaks: CONNECT, PUBLISH with QoS 1, PUBACK.

A client library would send again by itself, from a queue that is out of our sight.
https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress

CONNECT, CONNACK, PUBLISH, PUBACK = 0x10, 0x20, 0x30, 0x40
QOS_1, DUP = 0x02, 0x08

KEEP_ALIVE = 600


class Line:
    """A connection to the broker, made when it is first needed, in a persistent session."""

    def __init__(self, client_id: str, port: int, timeout: float) -> None:
        """The broker listens on `port` of the loopback, and answers within `timeout` seconds."""
        self._client_id = client_id
        self._port = port
        self._timeout = timeout
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def publish(self, topic: str, payload: bytes, identifier: int, *, again: bool) -> None:
        """Send a message. Raises OSError, EOFError, TimeoutError."""
        async with asyncio.timeout(self._timeout):
            if self._writer is None:
                await self._connect()
            head = PUBLISH | QOS_1 | (DUP if again else 0)
            assert self._writer is not None
            self._writer.write(packet(head, text(topic) + struct.pack(">H", identifier) + payload))
            await self._writer.drain()

    async def acknowledgement(self) -> int:
        """The identifier of the next message that is acknowledged. Raises as `publish`."""
        kind, identifier = await self._answer()
        assert kind == PUBACK
        return identifier

    async def close(self) -> None:
        """Hang up without a word, as a phone without a network does."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        level, keeps_session = 4, 0
        options = struct.pack(">BBH", level, keeps_session, KEEP_ALIVE)
        self._writer.write(packet(CONNECT, text("MQTT") + options + text(self._client_id)))
        kind, result = await self._answer()
        assert kind == CONNACK
        if result & 0xFF:
            raise ConnectionRefusedError(f"code {result & 0xFF}")

    async def _answer(self) -> tuple[int, int]:
        """The kind of a packet, and the two bytes that CONNACK and PUBACK consist of."""
        assert self._reader is not None
        async with asyncio.timeout(self._timeout):
            kind, length, value = struct.unpack(">BBH", await self._reader.readexactly(4))
        assert length == 2
        return kind, value


def packet(head: int, body: bytes) -> bytes:
    """A packet; its length has seven bits a byte."""
    length, left = b"", len(body)
    while left > 0x7F:
        length += bytes([left & 0x7F | 0x80])
        left >>= 7
    return bytes([head]) + length + bytes([left]) + body


def text(value: str) -> bytes:
    """A string as it stands in a packet."""
    return struct.pack(">H", len(value.encode())) + value.encode()
