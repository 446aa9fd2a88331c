"""Running the real command `nigehban` in tests, on free ports and a data folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nigehban.settings import default_data_dir
from tests.brokers import free_port
from tests.waiting import until_sync

END_LIMIT = 30


def free_udp_port() -> int:
    """A UDP port of the loopback that nobody listens on at the moment."""
    return free_port(socket.SOCK_DGRAM)


@dataclass
class Ports:
    """Where the programs under test listen."""

    page: int = field(default_factory=free_port)
    osmand: int = field(default_factory=free_port)
    bus: int = field(default_factory=free_port)
    mqtt: int = field(default_factory=free_port)
    mavlink: int = field(default_factory=free_udp_port)
    observing: int = field(default_factory=free_port)
    sapient: int = field(default_factory=free_port)

    @property
    def osmand_url(self) -> str:
        return f"http://127.0.0.1:{self.osmand}/"

    def environment(self, data_dir: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Our environment without its own settings, with these ports and this data folder."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("NIGEHBAN_")}
        return {
            **inherited,
            "NIGEHBAN_DATA_DIR": str(data_dir),
            "NIGEHBAN_DASHBOARD__PORT": str(self.page),
            "NIGEHBAN_OSMAND__PORT": str(self.osmand),
            "NIGEHBAN_OBSERVING__PORT": str(self.observing),
            "NIGEHBAN_AIRSPACE__SAPIENT__PORT": str(self.sapient),
            "NIGEHBAN_BROKER__PORT": str(self.bus),
            "NIGEHBAN_BROKER__MQTT_PORT": str(self.mqtt),
            "NIGEHBAN_MAVLINK__NETWORKS": f'{{"default": "udpin:127.0.0.1:{self.mavlink}"}}',
            **(extra or {}),
        }


def share_programs(data_dir: Path) -> None:
    """Let an embedded database in `data_dir` use the programs that all tests share."""
    ours = os.environ.get("NIGEHBAN_TEST_PROGRAMS") or default_data_dir() / "programs"
    (data_dir / "programs").symlink_to(ours)


class Command:
    """A running `nigehban`; what it prints goes to a file."""

    def __init__(self, words: list[str], environment: Mapping[str, str], output: Path) -> None:
        self.output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "nigehban", *words],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """All that it printed so far."""
        return self.output.read_text(errors="replace")

    def wait_for(self, text: str, timeout: float = 60) -> None:
        """Wait until it has printed `text`. Fails with what it said if it ended instead."""
        until_sync(lambda: text in self.said or self.process.poll() is not None, timeout)
        assert text in self.said, self.said

    def interrupt(self) -> int:
        """End it as Ctrl-C does; returns its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(END_LIMIT)


@contextmanager
def running(words: list[str], environment: Mapping[str, str], output: Path) -> Iterator[Command]:
    """Run `nigehban` with these words while the block lasts."""
    command = Command(words, environment, output)
    try:
        yield command
    finally:
        if command.process.poll() is None:
            command.process.terminate()
            try:
                command.process.wait(END_LIMIT)
            except subprocess.TimeoutExpired:
                command.process.kill()
                command.process.wait()


def run(words: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `nigehban` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "nigehban", *words],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
