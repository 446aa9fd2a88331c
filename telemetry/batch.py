"""What one arrival brings: rows for the store, and the assets that they belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from pydantic import JsonValue

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, THREAT
from fleet.alerts.events import AlertEvent
from fleet.assets import Asset
from fleet.columns import POSITION, STATUS, Rows, blank
from fleet.geofences.events import FenceEvent
from telemetry.airspace.heard import Said, SensorEvent


@dataclass(frozen=True, slots=True)
class StatusText:
    """A whole STATUSTEXT of a vehicle, its pieces joined; `severity` is MAV_SEVERITY (0–7)."""

    asset: int
    received_time: datetime  # aware, UTC
    severity: int
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an asset. The same is the same (asset, time, kind).

    `kind` is a short fixed word: `panic`, `enter`, `leave`, `offline`, `alarm`,
    `duplicate_system_id` …; `detail` is what else was told, as JSON has it, some 4 kB at most.
    """

    asset: int
    time: datetime  # when it happened, by the asset's clock; aware, UTC
    received_time: datetime
    kind: str
    detail: Mapping[str, JsonValue] = field(default_factory=dict)


LETTER_BYTES = 64 << 10
"""Bytes that a dead letter holds at most."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that came and could not be taken; `telemetry.letters` makes them."""

    received_time: datetime  # aware, UTC
    origin: str  # the link that it came through: `osmand`
    reason: str  # RefusedError.reason
    detail: str
    peer: str  # who sent it
    raw: bytes  # what came, its first LETTER_BYTES
    count: int = 1  # in a flood one letter stands for many

    @property
    def key(self) -> UUID:
        """What makes it the same letter, however often it is written: all but its count."""
        told = (self.received_time.isoformat(), self.origin, self.reason, self.detail, self.peer)
        named = "\0".join((*told, "")).encode()
        return UUID(bytes=hashlib.blake2b(named + self.raw, digest_size=16).digest())


Place = tuple[int, int, int, float, float, float]
"""Number in the list, MAV_CMD, MAV_FRAME, latitude, longitude, height as the frame says."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The mission that a vehicle carries from some time on (`telemetry.mavlink.missions`)."""

    asset: int
    time: datetime  # aware, UTC
    count: int  # of its items, those that are no places too
    places: tuple[Place, ...] | None  # None: not known

    @property
    def told(self) -> str:
        """The places as JSON."""
        return orjson.dumps(self.places).decode()


@dataclass(frozen=True, slots=True)
class FenceChange:
    """An event at a geofence that is so, or is so no more.

    Of several with the same event id the one with the highest `told` counts.
    """

    event: FenceEvent
    told: int  # microseconds since 1970, when it was said; no two of an event are the same
    withdrawn: bool = False


# The same empty rows each time: to make them anew costs more than all else of a small batch.
_EMPTY = {
    dtype: blank(dtype, 0) for dtype in (POSITION, STATUS, DETECTION, CONTACT, CHANGE, THREAT)
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of one arrival, with every asset that its rows name."""

    assets: tuple[Asset, ...] = ()
    positions: Rows = field(default_factory=lambda: _EMPTY[POSITION])
    statuses: Rows = field(default_factory=lambda: _EMPTY[STATUS])
    texts: tuple[StatusText, ...] = ()
    events: tuple[Event, ...] = ()
    letters: tuple[DeadLetter, ...] = ()
    fence_changes: tuple[FenceChange, ...] = ()
    alert_events: tuple[AlertEvent, ...] = ()
    said: tuple[Said, ...] = ()
    detections: Rows = field(default_factory=lambda: _EMPTY[DETECTION])
    sensor_events: tuple[SensorEvent, ...] = ()
    contacts: Rows = field(default_factory=lambda: _EMPTY[CONTACT])
    contact_changes: Rows = field(default_factory=lambda: _EMPTY[CHANGE])
    contact_threats: Rows = field(default_factory=lambda: _EMPTY[THREAT])
    carried: tuple[Carried, ...] = ()

    def __len__(self) -> int:
        """How many rows it has."""
        rows = len(self.positions) + len(self.statuses)
        rows += len(self.texts) + len(self.events) + len(self.letters)
        rows += len(self.fence_changes) + len(self.alert_events)
        rows += len(self.said) + len(self.detections) + len(self.sensor_events)
        rows += len(self.contacts) + len(self.contact_changes) + len(self.contact_threats)
        return rows + len(self.carried)

    @property
    def is_of_airspace(self) -> bool:
        """Whether it has rows that sensors or the picture of the airspace told."""
        heard = self.said or self.sensor_events or len(self.detections)
        made = len(self.contacts) + len(self.contact_changes) + len(self.contact_threats)
        return bool(heard or made)


ROW_BYTES = 1000
"""Bytes of a dead letter or of what a sensor said that take the room of a row."""

_ROWS = tuple(each.name for each in fields(Batch) if each.name != "assets")


def size_of(batch: Batch) -> int:
    """The room that a batch takes, in rows; one that only names assets takes some too."""
    room = max(1, len(batch)) + sum(len(letter.raw) // ROW_BYTES for letter in batch.letters)
    return room + sum(len(said.raw) // ROW_BYTES for said in batch.said) if batch.said else room


def merged(batches: Sequence[Batch]) -> Batch:
    """One batch with the rows of all of them in their order, and each asset once."""
    if len(batches) == 1:
        return batches[0]
    heard = [batch for batch in batches if batch.is_of_airspace]
    return Batch(
        tuple({asset.key: asset for batch in batches for asset in batch.assets}.values()),
        _joined(POSITION, [batch.positions for batch in batches]),
        _joined(STATUS, [batch.statuses for batch in batches]),
        tuple(text for batch in batches for text in batch.texts),
        tuple(event for batch in batches for event in batch.events),
        tuple(letter for batch in batches for letter in batch.letters),
        tuple(change for batch in batches for change in batch.fence_changes),
        tuple(event for batch in batches for event in batch.alert_events),
        tuple(said for batch in heard for said in batch.said),
        _joined(DETECTION, [batch.detections for batch in heard]),
        tuple(event for batch in heard for event in batch.sensor_events),
        _joined(CONTACT, [batch.contacts for batch in heard]),
        _joined(CHANGE, [batch.contact_changes for batch in heard]),
        _joined(THREAT, [batch.contact_threats for batch in heard]),
        tuple(carried for batch in batches for carried in batch.carried),
    )


def _joined(dtype: np.dtype[Any], parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, read-only; for many small ones 100 times as fast as concatenate."""
    assert all(part.dtype == dtype for part in parts)
    return np.frombuffer(b"".join(part.tobytes() for part in parts), dtype)


def rows_of(batch: Batch, start: int, stop: int) -> Batch:
    """Rows `start` to `stop` of a batch, counted through its columns in their order.

    With them come only the assets that they name.
    """
    cut: dict[str, Any] = {}
    for name in _ROWS:
        rows = getattr(batch, name)
        cut[name] = rows[max(0, start) : max(0, stop)]
        start, stop = start - len(rows), stop - len(rows)
    part = Batch(**cut)
    named = {
        *part.positions["asset"].tolist(),
        *part.statuses["asset"].tolist(),
        *(text.asset for text in part.texts),
        *(event.asset for event in part.events),
        *(carried.asset for carried in part.carried),
    }
    return replace(part, assets=tuple(asset for asset in batch.assets if asset.key in named))
