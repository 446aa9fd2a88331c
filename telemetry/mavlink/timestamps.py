"""The timestamps of signed MAVLink, kept on disk: after a restart nothing old is taken as new.

A small JSON file: the last timestamp that we sent, and the last of each stream that we took. It is
replaced as a whole, so that a crash leaves the old one or the new one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FILE_BYTES = 1 << 20
"""What is read of a file at most; STREAMS streams need a quarter of it."""

STREAMS = 4096
"""Streams that are kept; of more the oldest go, and are new streams when they come again."""

Stream = tuple[int, int, int]
"""System, component, link id."""


class TimestampsError(Exception):
    """Timestamps that cannot be read; the message says which, why and what to do."""


@dataclass(slots=True)
class Timestamps:
    """In units of 10 µs since 2015-01-01 UTC, as on the wire."""

    sent: int = 0
    """The last that was sent."""

    streams: dict[Stream, int] = field(default_factory=dict)
    """The last that was taken of each stream."""

    def take(self, stream: Stream, timestamp: int) -> None:
        """Note what was taken; it must be newer than the last of its stream."""
        self.streams[stream] = timestamp
        if len(self.streams) > STREAMS:
            oldest = sorted(self.streams, key=self.streams.__getitem__)
            for other in oldest[: STREAMS // 4]:
                del self.streams[other]


class _Saved(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    sent: int = Field(ge=0, lt=1 << 48)
    streams: list[tuple[int, int, int, int]]


def load(path: Path) -> Timestamps:
    """The timestamps of a file; none where there is no file. Raises TimestampsError."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES + 1)
    except FileNotFoundError:
        return Timestamps()
    except OSError as error:
        raise TimestampsError(
            f"{path}: cannot read the timestamps of signing ({error.strerror}); make it readable"
        ) from error
    try:
        saved = _Saved.model_validate_json(data[:FILE_BYTES])
    except ValidationError as error:
        raise TimestampsError(
            f"{path}: these are no timestamps of signing; restore the file, or delete it and accept "
            "that frames of the last minute could be replayed"
        ) from error
    return Timestamps(saved.sent, {stream[:3]: stream[3] for stream in saved.streams})


def save(path: Path, timestamps: Timestamps) -> None:
    """Replace the file. Raises OSError, and then the old file stands."""
    streams = [(*stream, last) for stream, last in timestamps.streams.items()]
    data = _Saved(sent=timestamps.sent, streams=streams).model_dump_json().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
