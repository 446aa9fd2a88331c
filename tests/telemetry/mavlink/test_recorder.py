"""Recording beside the loop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from telemetry.mavlink import recorder as module
from telemetry.mavlink.pieces import Pieces
from telemetry.mavlink.recorder import Recorder
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.mavlink.tlog import TlogWriter
from tests.recordings import frame, read_tlog
from tests.telemetry.mavlink.sending import Sender
from tests.waiting import until_sync

START = 1_800_000_000_000_000


class StuckWriter(TlogWriter):
    """Writes when it is let go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "north", MavlinkSettings())
        self.go = threading.Event()
        self.writing = threading.Event()

    def write(self, times: np.ndarray, frames: Pieces, now: float) -> None:
        self.writing.set()
        self.go.wait(10)
        super().write(times, frames, now)


@pytest.fixture
def stuck(tmp_path: Path) -> Iterator[StuckWriter]:
    writer = StuckWriter(tmp_path)
    yield writer
    writer.go.set()


def write(recorder: Recorder, frames: list[bytes], first: int = 0) -> None:
    times = START + np.arange(first, first + len(frames))
    recorder.write(times, Pieces.of(frames), now=0.0)


def frames_in(folder: Path) -> list[bytes]:
    (path,) = folder.glob("*.tlog")
    return [frame(message) for message in read_tlog(path)]


def test_what_is_written_is_recorded_in_its_order(tmp_path: Path) -> None:
    recorder = Recorder("north", TlogWriter(tmp_path, "north", MavlinkSettings()))
    sender = Sender()
    sent = [sender.position(number) for number in range(50)]
    for start in range(0, 50, 7):
        write(recorder, sent[start : start + 7], start)
    recorder.close()
    recorder.close()
    assert frames_in(tmp_path) == sent
    assert (recorder.lost, recorder.waiting_bytes) == (0, 0)


def test_without_frames_there_is_neither_thread_nor_file(tmp_path: Path) -> None:
    before = threading.active_count()
    recorder = Recorder("north", TlogWriter(tmp_path / "new", "north", MavlinkSettings()))
    write(recorder, [])
    assert threading.active_count() == before
    recorder.close()
    assert not (tmp_path / "new").exists()


def test_a_disk_that_hangs_holds_up_nobody_and_what_is_too_much_is_counted(
    stuck: StuckWriter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "QUEUE_BYTES", 20_000)
    monkeypatch.setattr(module, "GATHER_FOR", 0.01)
    caplog.set_level(logging.WARNING)
    recorder = Recorder("north", stuck)
    sender = Sender()
    sent = [sender.position(number) for number in range(1000)]
    write(recorder, sent[:1])
    assert stuck.writing.wait(10)
    for start in range(1, 1000, 10):
        write(recorder, sent[start : start + 10], start)  # returns although nothing is written
        recorder.sweep(0, START / 1e6)
    assert recorder.waiting_bytes <= 20_000
    lost = recorder.lost
    assert lost > 500
    stuck.go.set()
    until_sync(lambda: recorder.waiting_bytes == 0)
    write(recorder, [sender.heartbeat()], 1000)
    recorder.close()
    kept = frames_in(tmp_path)
    assert len(kept) == 1000 - lost + 1
    assert kept[:100] == sent[:100]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "too slow for the recording" in said[0]
    assert f"quick enough again for the recording; {lost} frames" in said[1]


def test_closing_does_not_wait_for_ever_for_a_disk_that_hangs(
    stuck: StuckWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "CLOSE_WAIT", 0.05)
    monkeypatch.setattr(module, "GATHER_FOR", 0.01)
    recorder = Recorder("north", stuck)
    write(recorder, [Sender().heartbeat()])
    assert stuck.writing.wait(10)
    write(recorder, [Sender().heartbeat()] * 3)
    recorder.close()
    assert recorder.lost == 3
    assert "3 frames are lost" in caplog.text
