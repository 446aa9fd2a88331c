"""A spool: records appended to the end of a folder of files, and taken from its beginning.

Each file, a segment, is named after the sequence number of its first record and is never written
again once another has begun or its process has ended. What `append` has returned from is on disk.
Which record is the next to be committed stands in the file `position`; a segment goes when all its
records are committed. A position that is lost, or behind, has records read again: what takes them
must not mind.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import struct
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from telemetry.spool import records
from telemetry.spool.errors import SpoolError, SpoolFullError
from telemetry.spool.records import Record

SEGMENT_BYTES = 8 << 20
"""Size from which on a new segment is begun; one is read into memory whole."""

_NAME = re.compile(r"(\d{20})\.segment")
_NUMBER, _CHECK = struct.Struct("<Q"), struct.Struct("<I")  # what `position` holds, and its CRC
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@dataclass(eq=False, slots=True)
class _Segment:
    path: Path
    first: int  # sequence number of its first record
    size: int  # bytes of whole records, and of what is damaged between them


class Spool:
    """One folder of records. Not safe for several threads at once; open it before use."""

    def __init__(self, folder: Path, limit: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        """At most `limit` bytes, in segments of some `segment_bytes`."""
        self.folder = folder
        self.limit = limit
        self.damaged = 0
        """Stretches of segments that could not be read since it was opened."""
        self.torn = 0
        """Bytes that a crash had left half written, and that were cut when it was opened."""
        self._segment_bytes = segment_bytes
        self._segments: deque[_Segment] = deque()
        self._active: int | None = None  # descriptor of the last segment, where we append
        self._next = 0  # sequence number
        self._position = 0  # the first that is not committed
        self._read_bytes = 0  # of the first segment
        self._read: deque[Record] = deque()  # what was found in them and is not committed
        self._files = contextlib.ExitStack()
        self._position_file = -1

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.size for segment in self._segments)

    @property
    def waiting(self) -> int:
        """Records that are not committed, or were not to be read."""
        return self._next - self._position if self._segments else 0

    def open(self) -> None:
        """Take the folder, which is made if need be; cut what a crash has left half written.

        Raises SpoolError, also if another process has it.
        """
        with _errors("open", self.folder), contextlib.ExitStack() as files:
            _make(self.folder)
            lock = _open(self.folder / "lock", os.O_RDWR, files)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SpoolError(
                    f"another collector uses the spool {self.folder}: give each its own data_dir"
                ) from None
            self._position_file = _open(self.folder / "position", os.O_RDWR, files)
            self._find_segments()
            self._save_position()
            _sync_folder(self.folder)
            self._files = files.pop_all()

    def close(self) -> None:
        """Give the folder back."""
        self._end_active()
        self._files.close()

    def append(self, payloads: Sequence[bytes]) -> None:
        """Append a record for each; all are on disk when this returns.

        Raises SpoolFullError if there is no room, SpoolError if they cannot be written: none
        counts as kept then, though some may be read later. It may be tried again at any time.
        """
        data = b"".join(
            records.pack(sequence, payload) for sequence, payload in enumerate(payloads, self._next)
        )
        if self.size + len(data) > self.limit:
            raise SpoolFullError(f"the spool {self.folder} is full: {self.size} bytes wait in it")
        with _errors("write to", self.folder):
            active = self._writable()
            # also if it fails: what half arrives on the disk must not share a number with what is
            # kept, or one would count as committed with the other
            self._next += len(payloads)
            try:
                _write(active, data)
                os.fsync(active)
            except OSError:
                self._give_up_active()
                raise
        self._segments[-1].size += len(data)

    def oldest(self, most: int) -> list[Record]:
        """Records that are not committed, the oldest first: `most` bytes of them, or one.

        What is damaged is left out and counted. Raises SpoolError if they cannot be read.
        """
        with _errors("read", self.folder):
            while not self._read and self._segments:
                self._read_first()
                self._drop_finished()
        found: list[Record] = []
        size = 0
        for record in self._read:
            size += len(record.payload)
            if found and size > most:
                break
            found.append(record)
        return found

    def commit(self, record: Record) -> None:
        """All up to this one, which `oldest` has told, are stored elsewhere.

        Raises SpoolError if that cannot be written down: then they may be read again some day.
        """
        if record.sequence < self._position:
            return  # its segment was dropped meanwhile
        while self._read and self._read[0].sequence <= record.sequence:
            self._read.popleft()
        self._position = record.sequence + 1
        with _errors("write to", self.folder):
            self._drop_finished()
            self._save_position()

    def drop_oldest(self) -> list[bytes]:
        """Delete the oldest segment; the payloads that are lost with it. Raises SpoolError."""
        if not self._segments:
            return []
        with _errors("drop from", self.folder):
            self._read_first()
            lost = [record.payload for record in self._read]
            self._read.clear()
            self._drop_finished()
            self._save_position()
        return lost

    def _find_segments(self) -> None:
        self._segments = deque(
            sorted(
                (
                    _Segment(path, int(name[1]), path.stat().st_size)
                    for path in self.folder.iterdir()
                    if (name := _NAME.fullmatch(path.name))
                ),
                key=lambda segment: segment.first,
            )
        )
        self._position = self._next = self._saved_position()
        if self._segments:
            self._cut_torn()
        while len(self._segments) > 1 and self._segments[1].first <= self._position:
            self._segments.popleft().path.unlink()
        if self._segments:
            self._position = max(self._position, self._segments[0].first)

    def _cut_torn(self) -> None:
        """Cut the last segment behind its last whole record, which tells the next number too."""
        last = self._segments[-1]
        whole = list(records.read(last.path.read_bytes()))
        end = whole[-1].end if whole else 0
        self._next = max(self._next, whole[-1].sequence + 1 if whole else last.first)
        self.torn += last.size - end
        if not whole:
            self._segments.pop().path.unlink()
        elif last.size > end:
            with last.path.open("r+b") as file:
                file.truncate(end)
                os.fsync(file.fileno())
            last.size = end

    def _saved_position(self) -> int:
        data = os.pread(self._position_file, _NUMBER.size + _CHECK.size, 0)
        number, check = data[: _NUMBER.size], data[_NUMBER.size :]
        if check == _CHECK.pack(zlib.crc32(number)):
            return int(_NUMBER.unpack(number)[0])
        return 0

    def _save_position(self) -> None:
        packed = _NUMBER.pack(self._position)
        os.pwrite(self._position_file, packed + _CHECK.pack(zlib.crc32(packed)), 0)
        os.fsync(self._position_file)

    def _drop_finished(self) -> None:
        """Delete the first segment if all its records are done with."""
        if not self._segments or self._read or self._read_bytes < self._segments[0].size:
            return
        if len(self._segments) == 1:
            self._end_active()
        self._segments[0].path.unlink(missing_ok=True)
        self._segments.popleft()
        self._read_bytes = 0
        following = self._segments[0].first if self._segments else self._next
        self._position = max(self._position, following)

    def _read_first(self) -> None:
        """Read what was not read yet of the first segment."""
        segment = self._segments[0]
        with segment.path.open("rb") as file:
            file.seek(self._read_bytes)
            data = file.read(segment.size - self._read_bytes)
        end = 0
        for record in records.read(data):
            self.damaged += record.start > end
            end = record.end
            if record.sequence >= self._position:
                self._read.append(record)
        self.damaged += end < len(data)
        self._read_bytes = segment.size

    def _writable(self) -> int:
        """The descriptor of the segment to append to."""
        if self._active is not None and self._segments[-1].size >= self._segment_bytes:
            self._end_active()
        if self._active is None:
            # O_TRUNC: what an attempt that failed may have left under this name was never kept
            path = self.folder / f"{self._next:020d}.segment"
            with contextlib.ExitStack() as files:
                active = _open(path, os.O_WRONLY | os.O_TRUNC | os.O_APPEND, files)
                _sync_folder(self.folder)
                files.pop_all()
            self._segments.append(_Segment(path, self._next, 0))
            self._active = active
        return self._active

    def _end_active(self) -> None:
        if self._active is not None:
            os.close(self._active)
            self._active = None

    def _give_up_active(self) -> None:
        """After a failed write nobody knows what the file holds: go on in another one."""
        assert self._active is not None
        segment = self._segments[-1]
        self._end_active()
        with contextlib.suppress(OSError):  # what stays is read as damage after the next opening
            os.truncate(segment.path, segment.size)
        if segment.size == 0:
            self._segments.pop()
            with contextlib.suppress(OSError):  # as above
                segment.path.unlink()


@contextlib.contextmanager
def _errors(doing: str, folder: Path) -> Iterator[None]:
    """What the system refuses in the block is a SpoolError."""
    try:
        yield
    except OSError as error:
        kind = SpoolFullError if error.errno in _NO_ROOM else SpoolError
        raise kind(f"cannot {doing} the spool {folder}: {error.strerror}") from error


def _open(path: Path, flags: int, files: contextlib.ExitStack) -> int:
    """The file, made if need be, to be closed with `files`."""
    descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    files.callback(os.close, descriptor)
    return descriptor


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _make(folder: Path) -> None:
    """Make the folder and those above it, and have their names on disk."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    """Have the names of the folder's files on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
