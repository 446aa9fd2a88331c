"""Ctrl-C while `nigehban plan` works: the best plan so far is written, and says that it is."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from missions.files.plan_json import load
from nigehban.planning.commands import app

COUNTY = [
    [71.53, 33.99],
    [71.558, 33.986],
    [71.565, 34.0],
    [71.556, 34.004],
    [71.561, 34.013],
    [71.54, 34.016],
    [71.544, 34.003],
    [71.528, 34.006],
    [71.53, 33.99],
]
"""About 6 km²: with lanes 20 m apart it is planned for several seconds."""

PATIENCE = 60.0
"""Seconds; a busy machine plans slowly."""


class Screen:
    """What a program shows on its terminal."""

    def __init__(self, terminal: int) -> None:
        self.text = ""
        self._terminal = terminal
        self._deadline = time.monotonic() + PATIENCE

    def read(self) -> bool:
        """Wait for more of it; False at its end. Fails after PATIENCE."""
        left = self._deadline - time.monotonic()
        ready, _, _ = select.select([self._terminal], [], [], max(left, 0))
        assert ready, f"nothing more within {PATIENCE} s: {self.text[-500:]!r}"
        try:
            found = os.read(self._terminal, 4096)
        except OSError:  # Linux' answer once the other end is closed
            return False
        self.text += found.decode(errors="replace")
        return bool(found)

    def wait_for(self, words: str) -> None:
        """Until the words are shown. Fails if the program ends before."""
        while words not in self.text:
            assert self.read(), f"{words!r} was not shown: {self.text[-500:]!r}"


@pytest.mark.integration
def test_ctrl_c_writes_the_best_plan_so_far_which_the_checker_proves(tmp_path: Path) -> None:
    area, out = tmp_path / "county.geojson", tmp_path / "plan.json"
    area.write_text(json.dumps({"type": "Polygon", "coordinates": [COUNTY]}))
    words = ["plan", "coverage", "--area", area, "--drone", "DJI Matrice 30T", "--count", "2"]
    words += ["--home", "34.0,71.545,340", "--spacing", "20", "--height", "80", "--out", out]
    ours, theirs = pty.openpty()
    # As in a shell's window: the bar is for people, so it is shown on terminals only.
    program = subprocess.Popen(
        [sys.executable, "-c", "from nigehban.cli import main; main()", *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "200"},
    )
    os.close(theirs)
    try:
        screen = Screen(ours)
        screen.wait_for("looking for a quick way")
        program.send_signal(signal.SIGINT)
        while screen.read():
            pass
        code = program.wait(PATIENCE)
    finally:
        program.kill()
        program.wait()
        os.close(ours)
    assert code == 0, screen.text
    assert "ending with the best so far" in screen.text
    assert "planning was ended before its time" in screen.text
    plan = load(out)
    assert not plan.complete
    assert plan.figures["coverage_percent"] > 90
    checked = CliRunner().invoke(app, ["check", str(out)], env={"COLUMNS": "200"})
    assert checked.exit_code == 0, checked.output
    assert "planning was ended before its time" in checked.output
