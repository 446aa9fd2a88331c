"""gpsd: a client of the daemon that reads receivers of all makes, over its JSON on TCP.

We ask it to watch, and it tells in lines of JSON what each receiver says. Of class TPV only `class`
and `mode` are always there; from mode 2 on it has a position. Speeds are in metres per second, the
track in degrees from true north. A receiver is `gpsd:<name of the server><device>`:
`gpsd:local/dev/ttyUSB0`. https://gpsd.gitlab.io/gpsd/gpsd_json.html
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
from typing import NoReturn

import orjson

from fleet.columns import Source
from telemetry.sink import RefusedError
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Intake
from telemetry.trackers.registry import tracker
from telemetry.trackers.report import (
    MAX_ACCURACY,
    MAX_ALTITUDE,
    MAX_SPEED,
    MIN_ALTITUDE,
    Report,
)
from telemetry.trackers.settings import GpsdSettings, host_and_port
from telemetry.trackers.values import (
    coordinates,
    fix_time,
    heading,
    number,
    positive,
    receive_time,
)

WATCH = b'?WATCH={"enable":true,"json":true}\n'

MAX_LINE = 64 << 10
"""Bytes of a line; one about satellites has some thousand."""

CONNECT_TIMEOUT = 10.0

HELLO_TIMEOUT = 10.0
"""Seconds until the server has said its version."""

RETRY_DELAYS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts to reach a server; the last one for ever. Each is shortened by chance by
up to half, so that not all come at once when it is back."""

STABLE = 60.0
"""Seconds after which a connection was a good one: its end is told, and the first delay is short."""

_log = logging.getLogger(__name__)


def parse(name: str, line: bytes, received: float) -> Report | None:
    """The fix in a line of the server called `name`; None if it tells none.

    `received` is our clock in seconds since 1970. Raises RefusedError.
    """
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise RefusedError("malformed", f"no JSON: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("class"), str):
        raise RefusedError("malformed", "no JSON object with a class")
    mode = message.get("mode")
    if message["class"] != "TPV" or not isinstance(mode, int) or mode < 2:
        return None
    device = message.get("device")
    if not isinstance(device, str):
        device = ""
    now = receive_time(received)
    time = message.get("time")
    latitude, longitude = coordinates(message.get("lat"), message.get("lon"))
    altitude = message.get("altMSL", message.get("alt"))
    return Report(
        tracker_asset("gpsd", f"{name}{device}"),
        Source.GPSD,
        now if time is None else fix_time(time, received),
        now,
        latitude,
        longitude,
        number("altMSL", altitude, MIN_ALTITUDE, MAX_ALTITUDE),
        heading("track", message.get("track")),
        positive("speed", message.get("speed"), MAX_SPEED),
        number("climb", message.get("climb"), -MAX_SPEED, MAX_SPEED),
        positive("eph", message.get("eph"), MAX_ACCURACY),
    )


@tracker("gpsd")
class GpsdClient:
    """Watches all servers of the settings, and connects again for ever."""

    def __init__(self, settings: GpsdSettings, intake: Intake) -> None:
        self.statistics = intake.statistics
        self._servers = {name: host_and_port(where) for name, where in settings.servers.items()}
        self.intake = intake
        self._random = random.Random()  # noqa: S311 - for delays, no secret
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def listening(self) -> bool:
        """Whether at least one server is watched."""
        return self.statistics.connections > 0

    async def run(self) -> None:
        """Watch until cancelled or closed."""
        self._ended.clear()
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = [
                    tasks.create_task(self._keep_watching(name, *address))
                    for name, address in self._servers.items()
                ]
                await self._closing.wait()
                for task in watching:
                    task.cancel()
        finally:
            self.intake.flush()
            self._ended.set()

    async def close(self) -> None:
        """End `run`, and return when it has ended."""
        self._closing.set()
        await self._ended.wait()

    async def _keep_watching(self, name: str, host: str, port: int) -> NoReturn:
        loop = asyncio.get_running_loop()
        failures, said = 0, ""
        while True:
            begun = loop.time()
            watched, why = await self._watch(name, host, port)
            self.statistics.lost_connections += watched
            if loop.time() > begun + STABLE:
                failures, said = 0, ""
            if why != said:
                _log.warning("gpsd %s: %s", name, why)
                said = why
            delay = RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)]
            await asyncio.sleep(delay * self._random.uniform(0.5, 1))
            failures += 1

    async def _watch(self, name: str, host: str, port: int) -> tuple[bool, str]:
        """Take what a server tells until it ends; returns whether it told something, and why."""
        peer = f"{host}:{port}"
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                reader, writer = await asyncio.open_connection(host, port, limit=MAX_LINE)
        except TimeoutError:
            return False, f"{peer} did not answer within {CONNECT_TIMEOUT:g} s"
        except OSError as error:
            return False, f"cannot reach {peer}: {error.strerror or error}"
        try:
            return await self._follow(name, peer, reader, writer)
        except TimeoutError:
            return False, f"{peer} said nothing within {HELLO_TIMEOUT:g} s"
        except OSError as error:
            return True, f"lost the connection to {peer}: {error.strerror or error}"
        except ValueError:  # readline's own
            return True, f"{peer} sent a line of more than {MAX_LINE} bytes"
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _follow(
        self, name: str, peer: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[bool, str]:
        """Take lines until the server closes. Raises OSError, TimeoutError, ValueError."""
        _notice_death(writer)
        writer.write(WATCH)
        async with asyncio.timeout(HELLO_TIMEOUT):
            hello = await reader.readline()
        if not hello.startswith(b'{"class":"VERSION"'):
            return False, f"{peer} is no gpsd: it says {hello[:40]!r}"
        self.statistics.connections += 1
        try:
            while line := await reader.readline():
                self._take(name, line, peer)
        finally:
            self.statistics.connections -= 1
        return True, f"{peer} closed the connection"

    def _take(self, name: str, line: bytes, peer: str) -> None:
        intake = self.intake
        intake.statistics.received += 1
        try:
            report = parse(name, line, intake.clock())
            if report is None:
                intake.statistics.ignored += 1
            else:
                intake.offer(report.asset, (report,), raw=line, peer=peer)
        except RefusedError as error:
            intake.refuse(error, raw=line, peer=peer)


def _notice_death(writer: asyncio.StreamWriter) -> None:
    """Let the kernel ask a silent server whether it lives: a receiver without a sky is silent."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
