"""One process of an ArduPilot SITL, in a folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

from sitl.ardupilot.binaries import Vehicle, find_defaults
from sitl.autopilot.vehicle import Place
from sitl.errors import SimulationError
from telemetry.lifeline import tied_to_us

STOP_LIMIT = 5.0
"""Seconds that a process may take to end before it is killed."""

MOST_INSTANCES = 250
"""System ids are 1 to 250; 251 and above belong to ground stations."""

_FIRST_PORT = 5760  # SERIAL0; each instance's are 10 further on
_SERIAL1, _SERIAL2 = 2, 3

# A copter without a frame class never arms, and a fresh SITL has none.
_OWN_DEFAULTS = {Vehicle.COPTER: "FRAME_CLASS 1\n"}


@dataclass(frozen=True)
class Launch:
    """How instance `number` (from 0) is to be started."""

    number: int
    binary: Path
    vehicle: Vehicle
    folder: Path
    home: Place
    heading: float
    speedup: float
    collector: tuple[str, int]
    """Where its telemetry goes, by UDP."""

    @property
    def system(self) -> int:
        """Its MAVLink system id."""
        return self.number + 1

    @property
    def port(self) -> int:
        """The TCP port of its SERIAL1, where the launcher listens to it."""
        return _FIRST_PORT + 10 * self.number + _SERIAL1

    @property
    def free_port(self) -> int:
        """The TCP port of its SERIAL2, where a ground station may connect."""
        return _FIRST_PORT + 10 * self.number + _SERIAL2

    @property
    def ports(self) -> tuple[int, ...]:
        """All TCP ports that it opens. SERIAL0 is none: it would hold up the boot for a client."""
        return (self.port, self.free_port)


class Instance:
    """One process. `run` returns, or raises, when it has ended; `stop` ends it."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.log = launch.folder / f"{launch.vehicle.program}.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start the process. Raises SimulationError: a port in use, a folder that cannot be made."""
        launch = self.launch
        for port in launch.ports:
            _check_free(port, launch)
        try:
            launch.folder.mkdir(parents=True, exist_ok=True)
            words = self._words()
            with self.log.open("wb") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *tied_to_us("TERM", words),
                    cwd=launch.folder,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise SimulationError(f"{self._name} cannot be started: {error}") from None

    async def ended(self) -> SimulationError:
        """Wait until the process ends by itself; what is to be said about it."""
        assert self._process is not None
        code = await self._process.wait()
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        return SimulationError(f"{self._name} ended {how}: {self._last_words()}")

    async def stop(self) -> None:
        """End the process, and return when it has ended."""
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    @property
    def _name(self) -> str:
        return f"{self.launch.vehicle.program} {self.launch.number} (system {self.launch.system})"

    def _words(self) -> list[str]:
        launch = self.launch
        host, port = launch.collector
        home = f"{launch.home.latitude:.7f},{launch.home.longitude:.7f},{launch.home.altitude:g}"
        words = [
            str(launch.binary),
            f"-I{launch.number}",
            *("--model", launch.vehicle.model),
            *("--speedup", f"{launch.speedup:g}"),
            *("--home", f"{home},{launch.heading:g}"),
            *("--sysid", str(launch.system)),
            *("--serial0", f"udpclient:{host}:{port}"),
        ]
        defaults = find_defaults(launch.binary, launch.vehicle)
        if defaults is None and launch.vehicle in _OWN_DEFAULTS:
            defaults = launch.folder / "defaults.parm"
            defaults.write_text(_OWN_DEFAULTS[launch.vehicle])
        return [*words, "--defaults", str(defaults)] if defaults else words

    def _last_words(self) -> str:
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4096))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return f"{lines[-1]} ({self.log})" if lines else f"it said nothing ({self.log})"


def _check_free(port: int, launch: Launch) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SimulationError(
                f"port {port} of instance {launch.number}: {error.strerror}; end what listens there,"
                " or begin with another instance by --first"
            ) from None
