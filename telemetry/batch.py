"""What one arrival brings: rows for the store, and the assets that they belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from pydantic import JsonValue

from fleet.alerts.events import AlertEvent
from fleet.assets import Asset
from fleet.columns import POSITION, STATUS, Rows, blank
from fleet.geofences.events import FenceEvent


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


@dataclass(frozen=True, slots=True)
class FenceChange:
    """An event at a geofence that is so, or is so no more.

    Of several with the same event id the one with the highest `told` counts.
    """

    event: FenceEvent
    told: int  # microseconds since 1970, when it was said; no two of an event are the same
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of one arrival, with every asset that its rows name."""

    assets: tuple[Asset, ...] = ()
    positions: Rows = field(default_factory=lambda: blank(POSITION, 0))
    statuses: Rows = field(default_factory=lambda: blank(STATUS, 0))
    texts: tuple[StatusText, ...] = ()
    events: tuple[Event, ...] = ()
    letters: tuple[DeadLetter, ...] = ()
    fence_changes: tuple[FenceChange, ...] = ()
    alert_events: tuple[AlertEvent, ...] = ()

    def __len__(self) -> int:
        """How many rows it has."""
        rows = len(self.positions) + len(self.statuses)
        rows += len(self.texts) + len(self.events) + len(self.letters)
        return rows + len(self.fence_changes) + len(self.alert_events)


ROW_BYTES = 1000
"""Bytes of a dead letter that take the room of a row."""


def size_of(batch: Batch) -> int:
    """The room that a batch takes, in rows; one that only names assets takes some too."""
    return max(1, len(batch)) + sum(len(letter.raw) // ROW_BYTES for letter in batch.letters)


def merged(batches: Sequence[Batch]) -> Batch:
    """One batch with the rows of all of them in their order, and each asset once."""
    if len(batches) == 1:
        return batches[0]
    return Batch(
        tuple({asset.key: asset for batch in batches for asset in batch.assets}.values()),
        _joined(POSITION, [batch.positions for batch in batches]),
        _joined(STATUS, [batch.statuses for batch in batches]),
        tuple(text for batch in batches for text in batch.texts),
        tuple(event for batch in batches for event in batch.events),
        tuple(letter for batch in batches for letter in batch.letters),
        tuple(change for batch in batches for change in batch.fence_changes),
        tuple(event for batch in batches for event in batch.alert_events),
    )


def _joined(dtype: np.dtype[Any], parts: Sequence[Rows]) -> Rows:
    """The rows of all parts, read-only; for many small ones 100 times as fast as concatenate."""
    assert all(part.dtype == dtype for part in parts)
    return np.frombuffer(b"".join(part.tobytes() for part in parts), dtype)


def rows_of(batch: Batch, start: int, stop: int) -> Batch:
    """Rows `start` to `stop` of a batch, counted through positions, statuses, texts and so on.

    With them come only the assets that they name.
    """
    cuts = []
    told = (batch.texts, batch.events, batch.letters, batch.fence_changes, batch.alert_events)
    for rows in (batch.positions, batch.statuses, *told):
        cuts.append(slice(max(0, start), max(0, stop)))
        start, stop = start - len(rows), stop - len(rows)
    positions, statuses = batch.positions[cuts[0]], batch.statuses[cuts[1]]
    texts, events, letters = batch.texts[cuts[2]], batch.events[cuts[3]], batch.letters[cuts[4]]
    fence_changes, alert_events = batch.fence_changes[cuts[5]], batch.alert_events[cuts[6]]
    named = {
        *positions["asset"].tolist(),
        *statuses["asset"].tolist(),
        *(text.asset for text in texts),
        *(event.asset for event in events),
    }
    assets = tuple(asset for asset in batch.assets if asset.key in named)
    return Batch(assets, positions, statuses, texts, events, letters, fence_changes, alert_events)
