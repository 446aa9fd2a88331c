"""MAVProxy as a subprocess, driven by its command line as an operator would."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen, TimeoutExpired
from threading import Thread

import pytest

from tests.waiting import until_sync

PATIENCE = 25.0
"""Seconds to wait for what it prints."""

_MODULES = "log,wp,rally,fence,param,arm,mode,misc,cmdlong,rc,battery,output"
"""Those of its default modules that an operator of one drone uses; none opens a window."""


class MavProxy:
    """A running MAVProxy and what it has printed so far."""

    def __init__(self, process: Popen[str]) -> None:
        self.lines: list[str] = []
        self._process = process
        self._read = 0  # lines that were waited for already
        self._reader = Thread(target=self._listen, name="mavproxy output")
        self._reader.start()

    def order(self, line: str) -> None:
        """Type `line`; what is waited for from now on is what comes after it."""
        self._read = len(self.lines)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def wait_for(self, text: str, timeout: float = PATIENCE) -> str:
        """The next line with `text`. Fails, with the end of the output, if it does not come."""

        def found() -> str | None:
            if self._process.poll() is not None:
                raise AssertionError(f"MAVProxy ended:\n{self.tail()}")
            for number in range(self._read, len(self.lines)):
                if text in self.lines[number]:
                    self._read = number + 1
                    return self.lines[number]
            return None

        try:
            line = until_sync(found, timeout)
        except AssertionError:
            raise AssertionError(f"no {text!r} after {timeout} s in:\n{self.tail()}") from None
        assert line is not None
        return line

    def tail(self) -> str:
        """The last lines that it printed."""
        return "\n".join(self.lines[-40:])

    def end(self) -> None:
        """Leave it as an operator does, at the end of his input; by force if it does not go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())


@contextmanager
def mavproxy(master: str, home: Path) -> Iterator[MavProxy]:
    """A MAVProxy that is connected to `master`; all its files go to `home`."""
    script = Path(sys.executable).with_name("mavproxy.py")
    if find_spec("MAVProxy") is None or not script.exists():
        pytest.skip("MAVProxy is not installed (dependency group gcs)")
    command = [
        sys.executable,
        str(script),
        f"--master={master}",
        f"--state-basedir={home}",
        f"--default-modules={_MODULES}",
        "--source-system=255",
    ]
    environment = {**os.environ, "HOME": str(home), "PYTHONUNBUFFERED": "1"}
    with Popen(
        command,
        cwd=home,
        env=environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        errors="replace",
    ) as process:
        program = MavProxy(process)
        try:
            yield program
        finally:
            program.end()
