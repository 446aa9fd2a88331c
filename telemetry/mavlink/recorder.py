"""Recording in a thread of its own: no disk, however slow, holds up what comes in."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.pieces import Pieces
from telemetry.mavlink.tlog import TlogWriter

QUEUE_BYTES = 32 << 20
"""What waits for the disk: ten seconds of a thousand vehicles. What comes beyond is lost."""

GATHER_FOR = 0.25
"""Seconds that frames wait for company: few large writes cost less than many small ones."""

CLOSE_WAIT = 3.0
"""Seconds that closing waits for the disk; what is not written by then is lost."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Write:
    times: NDArray[np.int64]
    frames: Pieces
    now: float

    @property
    def size(self) -> int:
        """Bytes that it holds while it waits: the whole buffer in which the frames lie."""
        return len(self.frames.data)


@dataclass(frozen=True, slots=True)
class _Sweep:
    now: float
    wall: float

    @property
    def size(self) -> int:
        """It takes some room too, so that no more and more of them wait."""
        return 1 << 10


class Recorder:
    """Hands frames to a TlogWriter, which it closes. Its methods but `close` never block.

    What could not be written is counted in `lost`, and said once in the log until it goes on.
    """

    def __init__(self, network: str, writer: TlogWriter) -> None:
        self._network = network
        self._writer = writer
        self._waiting: deque[_Write | _Sweep] = deque()
        self._bytes = 0
        self._overflowed = 0
        self._is_full = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None  # from the first frame on

    @property
    def lost(self) -> int:
        """Frames that were not recorded."""
        return self._writer.lost + self._overflowed

    @property
    def waiting_bytes(self) -> int:
        """What waits for the disk."""
        return self._bytes

    def write(self, times: NDArray[np.int64], frames: Pieces, now: float) -> None:
        """Record frames, each with its time in µs since 1970 (UTC); see TlogWriter.write."""
        if len(frames):
            self._put(_Write(times, frames, now))

    def sweep(self, now: float, wall: float) -> None:
        """As TlogWriter.sweep."""
        self._put(_Sweep(now, wall))

    def close(self) -> None:
        """Write what waits and close the file, within CLOSE_WAIT; closing twice is harmless."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is None:
            return
        self._thread.join(CLOSE_WAIT)
        if self._thread.is_alive():
            with self._changed:
                left = sum(len(job.frames) for job in self._waiting if isinstance(job, _Write))
                self._bytes -= sum(job.size for job in self._waiting)
                self._waiting.clear()
                self._overflowed += left
            _log.warning(
                "network %s: the disk does not take the recording; %d frames are lost",
                self._network,
                left,
            )

    def _put(self, job: _Write | _Sweep) -> None:
        with self._changed:
            full = self._bytes + job.size > QUEUE_BYTES
            if full:
                self._overflowed += len(job.frames) if isinstance(job, _Write) else 0
            else:
                self._waiting.append(job)
                self._bytes += job.size
                if len(self._waiting) == 1:
                    self._changed.notify()
        if self._thread is None:
            name = f"tlog-{self._network}"
            self._thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._thread.start()
        if full != self._is_full and (full or self._bytes < QUEUE_BYTES / 2):
            self._is_full = full
            _log.warning(
                "network %s: the disk is %s; %d frames are not recorded so far",
                self._network,
                "too slow for the recording" if full else "quick enough again for the recording",
                self.lost,
            )

    def _run(self) -> None:
        while jobs := self._next():
            writes = [job for job in jobs if isinstance(job, _Write)]
            if writes:
                times = np.concatenate([job.times for job in writes])
                self._writer.write(
                    times, Pieces.joined([job.frames for job in writes]), jobs[-1].now
                )
            for job in jobs:
                if isinstance(job, _Sweep):
                    self._writer.sweep(job.now, job.wall)
            with self._changed:
                self._bytes -= sum(job.size for job in jobs)
        self._writer.close()

    def _next(self) -> list[_Write | _Sweep]:
        """What to do next, waited for; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._changed.wait_for(lambda: self._closed, GATHER_FOR)
            jobs = list(self._waiting)
            self._waiting.clear()
            return jobs
