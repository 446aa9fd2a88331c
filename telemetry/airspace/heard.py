"""What one arrival brings of the airspace: the words of a sensor as they came, and what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from pydantic import JsonValue

from fleet.airspace.columns import DETECTION
from fleet.columns import Rows, blank

SAID_BYTES = 64 << 10
"""Bytes of one message that are kept."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a sensor as it was received, for evidence.

    The DETECTION rows with the same sensor and received time were read from it.
    """

    received_time: np.datetime64  # UTC, µs
    sensor: str
    protocol: str  # `remote-id`, `adsb`, `sbs`, `sapient`
    raw: bytes
    number: int = 0  # its place among those that came at the same time: in which order to read them

    @property
    def key(self) -> UUID:
        """What makes it the same message, however often it is written: all but its number."""
        named = f"{self.received_time}\0{self.sensor}\0{self.protocol}\0".encode()
        return UUID(bytes=hashlib.blake2b(named + self.raw, digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class SensorEvent:
    """Something of a sensor itself. The same is the same (sensor, received time, kind).

    `kind` is a short fixed word: `registered`, `status`, `lost`, `regained`, `alert`, `flooding`,
    `gone`; `detail` is what else was told.
    """

    received_time: np.datetime64
    sensor: str
    kind: str
    detail: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one arrival brings."""

    said: tuple[Said, ...] = ()
    detections: Rows = field(default_factory=lambda: blank(DETECTION, 0))
    events: tuple[SensorEvent, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.said or len(self.detections) or self.events)


Take = Callable[[Heard], None]
"""Takes what was heard; never blocks."""

Keep = Callable[[Heard], Awaitable[None]]
"""Takes what was heard; returns when it is kept. Raises NotStoredError, RefusedError."""


def merged(parts: Sequence[Heard]) -> Heard:
    """All of them as one, in their order."""
    if len(parts) == 1:
        return parts[0]
    rows = [part.detections for part in parts]
    return Heard(
        tuple(said for part in parts for said in part.said),
        np.concatenate(rows) if rows else blank(DETECTION, 0),
        tuple(event for part in parts for event in part.events),
    )


def moment(microseconds: int) -> np.datetime64:
    """Microseconds since 1970 as a UTC time."""
    return np.datetime64(microseconds, "us")


def sensor_name(protocol: str, name: str) -> str:
    """What a sensor is called inside: `scout:north`, printable and short enough for its column."""
    told = "".join(letter if "!" <= letter <= "~" else "_" for letter in name)
    return f"{protocol}:{told}"[:48]
