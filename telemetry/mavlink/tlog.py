"""Flight recordings: every frame taken and sent, in .tlog files that any ground station opens.

A record is the time in µs since 1970 as 8 big-endian bytes, then the frame. Files are named
NETWORK-YYYYMMDDTHHMMSSffffffZ.tlog after the time of their first record.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.pieces import Pieces
from telemetry.mavlink.settings import MavlinkSettings

RETRY_WAIT = 5.0
"""Seconds after which recording is tried again when it could not be written."""

SWEEP_WAIT = 10.0
"""Seconds between two looks for files to delete."""

_STAMP_BYTES = 8
_NAME = re.compile(r"[a-z0-9-]+-\d{8}T\d{12}Z\.tlog")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _File:
    path: Path
    descriptor: int
    opened: float
    size: int = 0


class TlogWriter:
    """Writes the recordings of one network. Times `now` are seconds of a steady clock.

    Never raises for a disk that is full or gone: what could not be written is counted in `lost`,
    said once in the log, and tried again every RETRY_WAIT.
    """

    def __init__(self, folder: Path, network: str, settings: MavlinkSettings) -> None:
        self.lost = 0
        """Frames that could not be recorded."""

        self._folder = folder
        self._network = network
        self._settings = settings
        self._file: _File | None = None
        self._failed_at: float | None = None
        self._lost_before = 0
        self._swept_at: float | None = None

    @property
    def path(self) -> Path | None:
        """The file that is being written."""
        return None if self._file is None else self._file.path

    def write(self, times: NDArray[np.int64], frames: Pieces, now: float) -> None:
        """Append frames, each with its time in µs since 1970, UTC."""
        waiting = self._failed_at is not None and now - self._failed_at < RETRY_WAIT
        done = 0
        while done < len(frames) and not waiting:
            rest = frames.only(slice(done, None))
            try:
                file = self._writable(int(times[done]), int(rest.lengths[0]), now)
                count = self._fitting(rest, file)
                chosen = slice(done, done + count)
                _write_whole(file, records(times[chosen], frames.only(chosen)))
            except OSError as error:
                self._fail(error, now)
                break
            done += count
            self._say_resumed(file)
        self.lost += len(frames) - done

    def sweep(self, now: float, wall: float) -> None:
        """Close the file when it is old; delete the oldest files. `wall`: seconds since 1970."""
        if self._file is not None and now - self._file.opened >= self._settings.tlog_file_age:
            self.close()
        if self._swept_at is None or now - self._swept_at >= SWEEP_WAIT:
            self._swept_at = now
            self._delete_oldest(wall)

    def close(self) -> None:
        """Close the file; the next record begins another."""
        if self._file is not None:
            os.close(self._file.descriptor)
            self._file = None

    def _writable(self, time: int, length: int, now: float) -> _File:
        """The file for a record, a new one when the old is full, old or deleted."""
        file = self._file
        if file is not None and (
            file.size + _STAMP_BYTES + length > self._settings.tlog_file_bytes
            or now - file.opened >= self._settings.tlog_file_age
            or os.fstat(file.descriptor).st_nlink == 0
        ):
            self.close()
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            stamp = datetime.fromtimestamp(time / 1e6, UTC).strftime("%Y%m%dT%H%M%S%f")
            path = self._folder / f"{self._network}-{stamp}Z.tlog"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
            self._file = _File(path, descriptor, now, os.fstat(descriptor).st_size)
        return self._file

    def _fitting(self, frames: Pieces, file: _File) -> int:
        """How many of the frames fit into the file, at least one."""
        sizes = file.size + np.cumsum(frames.lengths + _STAMP_BYTES)
        fitting = np.searchsorted(sizes, self._settings.tlog_file_bytes, side="right")
        return max(int(fitting), 1)

    def _fail(self, error: OSError, now: float) -> None:
        if self._failed_at is None:
            self._lost_before = self.lost
            _log.warning(
                "network %s: recording to %s stopped: %s; tried again every %g s",
                self._network,
                self._folder,
                error.strerror or error,
                RETRY_WAIT,
            )
        self._failed_at = now
        if self._file is not None:
            path, empty = self._file.path, not self._file.size
            self.close()
            if empty:
                with contextlib.suppress(OSError):  # it is of no use, but does no harm either
                    path.unlink()

    def _say_resumed(self, file: _File) -> None:
        if self._failed_at is not None:
            self._failed_at = None
            _log.warning(
                "network %s: recording goes on in %s; %d frames were not recorded",
                self._network,
                file.path,
                self.lost - self._lost_before,
            )

    def _delete_oldest(self, wall: float) -> None:
        """Keep to the limits of age and total size; the file being written is never deleted."""
        try:
            files = sorted(_recordings(self._folder))
        except OSError as error:
            _log.warning("cannot look for old recordings in %s: %s", self._folder, error.strerror)
            return
        total = sum(size for _, size, _ in files)
        for written, size, path in files:
            old = wall - written > self._settings.tlog_keep_age
            if not old and total <= self._settings.tlog_keep_bytes:
                break
            if path != self.path:
                try:
                    path.unlink()
                except FileNotFoundError:
                    pass  # the sweep of another network was first
                except OSError as error:
                    _log.warning("cannot delete the old recording %s: %s", path, error.strerror)
                    continue
                total -= size


def records(times: NDArray[np.int64], frames: Pieces) -> bytes:
    """The records of frames and their times in µs, one behind the other.

    All frames are copied as if they were as long as the longest, one after the other. What is too
    much lies where the next ones come, which are written after it; then come the times.
    """
    starts = np.cumsum(frames.lengths + _STAMP_BYTES) - frames.lengths
    longest = int(frames.lengths.max(initial=0))
    size = int((starts + frames.lengths).max(initial=0))
    data = bytearray(size + longest)
    np.ndarray((size,), f"V{longest}", data, strides=(1,))[starts] = frames.gather(
        frames.starts, longest
    )
    stamps = times.astype(">u8").view(f"V{_STAMP_BYTES}")
    np.ndarray((size,), stamps.dtype, data, strides=(1,))[starts - _STAMP_BYTES] = stamps
    return bytes(memoryview(data)[:size])


def _write_whole(file: _File, data: bytes) -> None:
    """Append all of `data` or nothing of it: a torn record would hide those behind it."""
    try:
        written = 0
        while written < len(data):
            written += os.write(file.descriptor, data[written:])
    except OSError:
        with contextlib.suppress(OSError):  # then the torn record is the file's last
            os.ftruncate(file.descriptor, file.size)
        raise
    file.size += len(data)


def _recordings(folder: Path) -> list[tuple[float, int, Path]]:
    """(last written, size, path) of each recording in the folder."""
    found = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):  # just deleted by another network
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime, status.st_size, Path(entry.path)))
    return found
