"""A role: one program of ours as a process of its own, started, watched and ended by the demo."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from nigehban.services import Broker
from nigehban.settings import FILE_VARIABLE, Loaded
from telemetry.lifeline import tied_to_us

STOP_LIMIT = 15.0
"""Seconds that a process may take to end before it is killed."""

RESTART_DELAY = 2.0


class Role:
    """One `nigehban` program with its log; it ends when we do, even when we are killed."""

    def __init__(
        self, name: str, words: list[str], environment: dict[str, str], log_folder: Path
    ) -> None:
        self.name = name
        self.log = log_folder / f"{name}.log"
        self._words = words
        self._environment = {**environment, "NIGEHBAN_LOG__FILE": str(self.log)}
        self._errors = log_folder / f"{name}.err"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process."""
        self._errors.parent.mkdir(parents=True, exist_ok=True)
        with self._errors.open("wb") as errors:
            # A session of its own: Ctrl-C at the terminal reaches us alone, and we end it in order.
            self._process = await asyncio.create_subprocess_exec(
                *tied_to_us("TERM", [sys.executable, "-m", "nigehban", *self._words]),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )

    async def stop(self) -> None:
        """End the process, and return when it has ended."""
        if not self.running:
            return
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def last_words(self) -> str:
        """The last line that it wrote to standard error, else where its log is."""
        lines = self._errors.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"see {self.log}"

    async def keep_running(self, say: Callable[[str], None]) -> None:
        """Start it again whenever it ends by itself; for ever."""
        while True:
            assert self._process is not None
            code = await self._process.wait()
            say(f"{self.name} ended with code {code} ({self.last_words()}); starting it again")
            await asyncio.sleep(RESTART_DELAY)
            await self.start()


def environment_of(role: str, loaded: Loaded, dsn: str, broker: Broker) -> dict[str, str]:
    """Our environment for a role, with the database and the broker that this process keeps."""
    # Only the collector may take from the broker what trackers sent: its address has a password.
    mqtt_url = broker.collector_url if role == "collector" else broker.tracker_url
    environment = {
        **os.environ,
        "NIGEHBAN_DATA_DIR": str(loaded.settings.data_dir),
        "NIGEHBAN_DATABASE__DSN": dsn,
        "NIGEHBAN_BROKER__URL": broker.bus_url,
        "NIGEHBAN_OWNTRACKS__BROKER": mqtt_url,
    }
    if loaded.file is not None:
        environment[FILE_VARIABLE] = str(loaded.file.absolute())
    return environment
