"""Trackers that send again until they are acknowledged, each over a connection of its own."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import orjson

from tests.chaos import mqtt
from tests.chaos.fixes import Fix, Journey
from tests.telemetry.trackers.teltonika_wire import Record, login, packet

ANSWER_LIMIT = 15.0
"""Seconds that a device waits for its acknowledgement: longer than the collector's own limit."""

AGAIN_AFTER = 0.1
"""Seconds until a device tries again."""

PERCENT = 113
"""Teltonika's element for the charge of the battery."""


class Device(ABC):
    """A tracker; what it has to send comes in blocks, and each is acknowledged before the next."""

    def __init__(self, called: str, journey: Journey, port: int) -> None:
        """It sends to `port` of the loopback."""
        self.called = called
        self.journey = journey
        self.port = port
        self.sent = 0
        """Times that a fix was sent, or tried to be."""
        self.unanswered = 0
        """Times that no answer came within ANSWER_LIMIT on a connection that stood."""
        self.acknowledged: set[int] = set()
        """Numbers of fixes."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """The asset's."""

    @abstractmethod
    async def deliver(self, numbers: list[int]) -> None:
        """Send these fixes until each is acknowledged."""

    @abstractmethod
    async def close(self) -> None:
        """Hang up."""

    async def drive(
        self, blocks: Iterator[list[int]], pause: float, over: Callable[[], bool]
    ) -> list[int]:
        """Send block after block until they end, or it is `over`; the numbers of what was sent.

        Between two blocks it pauses for `pause` seconds.
        """
        given: list[int] = []
        try:
            for numbers in blocks:
                given += numbers
                await self.deliver(numbers)
                if over():
                    break
                await asyncio.sleep(pause)
        finally:
            await self.close()
        return given


class OsmandDevice(Device):
    """One GET for each fix; 200 acknowledges it."""

    def __init__(self, called: str, journey: Journey, port: int) -> None:
        super().__init__(called, journey, port)
        self._client = httpx.AsyncClient(timeout=ANSWER_LIMIT, trust_env=False)

    @property
    def identity(self) -> str:
        return f"osmand:{self.called}"

    async def deliver(self, numbers: list[int]) -> None:
        for number in numbers:
            query = osmand_query(self.called, self.journey.fix(number))
            while True:
                self.sent += 1
                try:
                    url = f"http://127.0.0.1:{self.port}/"
                    answer = await self._client.get(url, params=query)
                except httpx.TransportError as error:
                    self.unanswered += isinstance(error, httpx.ReadTimeout)
                else:
                    if answer.status_code == 200:
                        break
                    assert answer.status_code == 503, answer.text
                await asyncio.sleep(AGAIN_AFTER)
            self.acknowledged.add(number)

    async def close(self) -> None:
        await self._client.aclose()


def osmand_query(called: str, fix: Fix) -> dict[str, str]:
    """What OsmAnd writes; its speed is in knots."""
    query = {
        "id": called,
        "timestamp": str(fix.seconds),
        "lat": degrees(fix.latitude_e7),
        "lon": degrees(fix.longitude_e7),
        "altitude": str(fix.altitude),
        "bearing": str(fix.heading),
        "speed": str(fix.speed),
        "accuracy": str(fix.accuracy),
        "batt": str(fix.battery_percent),
    }
    return query | ({"alarm": "sos"} if fix.panic else {})


def degrees(e7: int) -> str:
    """Whole 10⁻⁷ degrees (not negative) as decimal digits."""
    return f"{e7 // 10**7}.{e7 % 10**7:07}"


class OwntracksDevice(Device):
    """Publishes with QoS 1 in a persistent session; PUBACK acknowledges, and its queue is its own."""

    def __init__(self, called: str, journey: Journey, port: int) -> None:
        super().__init__(called, journey, port)
        self._line = mqtt.Line(f"chaos-{called}", port, ANSWER_LIMIT)

    @property
    def identity(self) -> str:
        return f"owntracks:chaos/{self.called}"

    async def deliver(self, numbers: list[int]) -> None:
        topic = f"owntracks/chaos/{self.called}"
        queue = dict(enumerate(numbers, 1))  # by packet identifier
        tried: set[int] = set()
        while queue:
            try:
                for place, number in queue.items():
                    self.sent += 1
                    payload = owntracks_payload(self.journey.fix(number))
                    await self._line.publish(topic, payload, place, again=place in tried)
                    tried.add(place)
                while queue:
                    self.acknowledged.add(queue.pop(await self._line.acknowledgement()))
            except (OSError, EOFError) as error:
                self.unanswered += isinstance(error, TimeoutError)
                await self.close()
                await asyncio.sleep(AGAIN_AFTER)

    async def close(self) -> None:
        await self._line.close()


def owntracks_payload(fix: Fix) -> bytes:
    """A location; its speed is in km/h."""
    location = (
        f'"tst":{fix.seconds},"lat":{degrees(fix.latitude_e7)},"lon":{degrees(fix.longitude_e7)}'
    )
    rest = {
        "alt": fix.altitude,
        "cog": fix.heading,
        "vel": fix.speed,
        "acc": fix.accuracy,
        "batt": fix.battery_percent,
    }
    return b'{"_type":"location",' + location.encode() + b"," + orjson.dumps(rest)[1:]


class TeltonikaDevice(Device):
    """Packets of some records over TCP, by turns in codec 8 and 8 extended; their number acknowledges."""

    def __init__(self, called: str, journey: Journey, port: int) -> None:
        super().__init__(called, journey, port)
        self._writer: asyncio.StreamWriter | None = None

    @property
    def identity(self) -> str:
        return f"teltonika:{self.called}"

    async def deliver(self, numbers: list[int]) -> None:
        for start in range(0, len(numbers), 5):
            part = numbers[start : start + 5]
            records = [teltonika_record(self.journey.fix(number)) for number in part]
            data = packet(records, extended=part[0] % 2 == 1)
            while True:
                self.sent += len(part)
                try:
                    if await self._ask(data, 4) == len(part).to_bytes(4, "big"):
                        break
                except (OSError, EOFError) as error:
                    self.unanswered += isinstance(error, TimeoutError)
                await self.close()
                await asyncio.sleep(AGAIN_AFTER)
            self.acknowledged.update(part)

    async def _ask(self, data: bytes, size: int) -> bytes:
        async with asyncio.timeout(ANSWER_LIMIT):
            if self._writer is None:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
                self._writer.write(login(self.called))
                assert await self._reader.readexactly(1) == b"\1"
            self._writer.write(data)
            return await self._reader.readexactly(size)

    async def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def teltonika_record(fix: Fix) -> Record:
    """A record; its speed is in km/h, and it knows no accuracy."""
    return Record(
        fix.seconds,
        latitude=fix.latitude_e7 / 1e7,
        longitude=fix.longitude_e7 / 1e7,
        altitude=fix.altitude,
        angle=fix.heading,
        kilometres_per_hour=fix.speed,
        priority=2 if fix.panic else 0,
        cause=7,
        elements={PERCENT: (1, fix.battery_percent)},
    )
