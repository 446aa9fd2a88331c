import logging
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.mavlink.pieces import Pieces
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.mavlink.tlog import RETRY_WAIT, SWEEP_WAIT, TlogWriter, _File, _write_whole
from tests.recordings import frame, read_tlog
from tests.telemetry.mavlink.sending import Sender

Record = tuple[int, bytes]
"""Time in µs since 1970; the frame."""

START = 1_800_000_000_000_000
DAY = 86_400


def settings(**limits: float) -> MavlinkSettings:
    return MavlinkSettings.model_validate(limits)


def records(count: int, start: int = 0) -> list[Record]:
    drone = Sender()
    return [
        (START + n * 1000, drone.text(b"x" * (n % 50)) if n % 3 == 2 else drone.position(n))
        for n in range(start, start + count)
    ]


def write(writer: TlogWriter, records: list[Record], now: float) -> None:
    times = np.array([time for time, _ in records], np.int64)
    writer.write(times, Pieces.of([frame for _, frame in records]), now)


def read(folder: Path) -> list[Record]:
    """All records of a folder, in the order of the files' names."""
    found = []
    for path in sorted(folder.glob("*.tlog")):
        data = path.read_bytes()
        while data:
            (time,) = struct.unpack(">Q", data[:8])
            length = 10 + data[9] + 2
            found.append((time, data[8 : 8 + length]))
            data = data[8 + length :]
    return found


def test_a_recording_is_what_pymavlink_opens(tmp_path: Path) -> None:
    written = records(50)
    writer = TlogWriter(tmp_path, "north", settings())
    write(writer, written[:20], 0)
    write(writer, written[20:], 1)
    writer.close()
    (path,) = tmp_path.iterdir()
    assert path.name == "north-20270115T080000000000Z.tlog"
    theirs = read_tlog(path)
    assert [(round(m._timestamp * 1e6), frame(m)) for m in theirs] == written


def test_nothing_is_created_before_the_first_frame(tmp_path: Path) -> None:
    writer = TlogWriter(tmp_path / "new", "north", settings())
    write(writer, [], 0)
    writer.sweep(0, START / 1e6)
    writer.close()
    assert not (tmp_path / "new").exists()


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6))
def test_files_stay_within_their_size_and_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("size")
    writer = TlogWriter(folder, "north", settings(tlog_file_bytes=4096))
    written: list[Record] = []
    for count in batches:
        new = records(count, len(written))
        write(writer, new, 0)
        written += new
    writer.close()
    assert read(folder) == written
    assert all(path.stat().st_size <= 4096 for path in folder.iterdir())


def test_a_file_is_closed_when_it_is_old_even_if_nothing_comes(tmp_path: Path) -> None:
    writer = TlogWriter(tmp_path, "north", settings(tlog_file_age=60))
    write(writer, records(1), 0)
    is_open = []
    for now in (59, 60):
        writer.sweep(now, START / 1e6)
        is_open.append(writer.path is not None)
    assert is_open == [True, False]
    write(writer, records(1, 1), 61)
    write(writer, records(1, 2), 121.5)
    writer.close()
    assert len(list(tmp_path.iterdir())) == 3


def make(folder: Path, name: str, size: int, written: float) -> Path:
    path = folder / name
    path.write_bytes(b"x" * size)
    os.utime(path, (written, written))
    return path


def test_the_oldest_recordings_go_when_they_are_too_many(tmp_path: Path) -> None:
    now = START / 1e6
    names = [f"north-2027010{n}T080000000000Z.tlog" for n in range(1, 5)]
    for age, name in zip((4, 3, 2, 1), names, strict=True):
        make(tmp_path, name, 3000, now - age * DAY)
    writer = TlogWriter(tmp_path, "north", settings(tlog_keep_bytes=7000))
    writer.sweep(0, now)
    assert sorted(path.name for path in tmp_path.iterdir()) == names[2:]


def test_recordings_that_are_too_old_go_and_other_files_stay(tmp_path: Path) -> None:
    now = START / 1e6
    make(tmp_path, "south-20261201T080000000000Z.tlog", 10, now - 31 * DAY)
    kept = {
        make(tmp_path, "north-20261220T080000000000Z.tlog", 10, now - 29 * DAY),
        make(tmp_path, "flight of the chief.tlog", 10, now - 400 * DAY),
    }
    TlogWriter(tmp_path, "north", settings()).sweep(0, now)
    assert set(tmp_path.iterdir()) == kept


def test_the_file_that_is_being_written_is_never_deleted(tmp_path: Path) -> None:
    writer = TlogWriter(tmp_path, "north", settings(tlog_keep_bytes=4096))
    written = records(301)
    write(writer, written[:300], 0)
    writer.sweep(0, START / 1e6 + 400 * DAY)
    write(writer, written[300:], 0)
    writer.close()
    assert read(tmp_path) == written


def test_a_file_that_somebody_deleted_is_not_written_on(tmp_path: Path) -> None:
    writer = TlogWriter(tmp_path, "north", settings())
    write(writer, records(1), 0)
    next(tmp_path.iterdir()).unlink()
    write(writer, records(1, 1), 1)
    writer.close()
    assert read(tmp_path) == records(1, 1)


def test_a_full_disk_is_said_once_counted_and_recording_goes_on_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "north-20270115T080000000000Z.tlog").symlink_to("/dev/full")
    writer = TlogWriter(tmp_path, "north", settings())
    write(writer, records(3), 0)
    write(writer, records(2, 3), RETRY_WAIT - 0.1)
    assert writer.lost == 5
    write(writer, records(4, 5), RETRY_WAIT)
    writer.close()
    assert writer.lost == 5
    assert read(tmp_path) == records(4, 5)
    stopped, resumed = [record.getMessage() for record in caplog.records]
    assert stopped.startswith(f"network north: recording to {tmp_path} stopped: No space left")
    assert "5 frames were not recorded" in resumed


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    writer = TlogWriter(tmp_path / "file", "north", settings())
    write(writer, records(3), 0)
    writer.sweep(SWEEP_WAIT, START / 1e6)
    assert writer.lost == 3


def test_a_record_that_does_not_fit_leaves_no_torn_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.tlog"
    file = _File(path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 0)
    _write_whole(file, b"whole")
    real = os.write

    def full_after_two_bytes(descriptor: int, data: bytes) -> int:
        if len(data) < 5:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:2])

    monkeypatch.setattr(os, "write", full_after_two_bytes)
    with pytest.raises(OSError, match="No space"):
        _write_whole(file, b"torn!")
    os.close(file.descriptor)
    assert path.read_bytes() == b"whole"
