"""A batch as bytes, and back: what a record of the spool holds.

A magic number, the length of a head, the head as JSON, then the rows of positions and statuses as
they lie in memory, the raw bytes of the letters, the rows of the airspace, and the raw bytes of what
sensors said. The head names the columns with their types,
so a program whose columns have changed meanwhile reads what an older one wrote: columns are
matched by name, and one that was not there is unknown.
"""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import numpy as np

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, THREAT
from fleet.alerts.events import event_as_json, event_from_json
from fleet.assets import Asset, IdentityError, Kind
from fleet.columns import POSITION, STATUS, Rows, blank
from fleet.geofences.events import FenceEvent
from fleet.moments import from_microseconds, microseconds
from telemetry.airspace.heard import Said, SensorEvent, moment
from telemetry.batch import (
    Batch,
    Carried,
    DeadLetter,
    Event,
    FenceChange,
    Place,
    StatusText,
)

_MAGIC = b"NGB1"
_HEAD = struct.Struct("<4sI")  # magic, bytes of the head
_KIND = re.compile(r"[<>|=][a-zA-Z][0-9]{1,3}(\[us\])?")
"""A column's type as numpy writes it: numpy itself reads much more, some of it as Python."""


class PackingError(ValueError):
    """Bytes that are no batch."""


def pack(batch: Batch) -> bytes:
    """The bytes of a batch."""
    head = {
        "assets": [(asset.identity, int(asset.kind)) for asset in batch.assets],
        "positions": _layout(batch.positions),
        "statuses": _layout(batch.statuses),
        "texts": [
            (t.asset, microseconds(t.received_time), t.severity, t.text) for t in batch.texts
        ],
        "events": [
            (e.asset, microseconds(e.time), microseconds(e.received_time), e.kind, e.detail)
            for e in batch.events
        ],
        "letters": [
            (
                microseconds(a.received_time),
                a.origin,
                a.reason,
                a.detail,
                a.peer,
                len(a.raw),
                a.count,
            )
            for a in batch.letters
        ],
        "fence_changes": [(c.event.to_json(), c.told, c.withdrawn) for c in batch.fence_changes],
        "alert_events": [event_as_json(event) for event in batch.alert_events],
        "carried": [(c.asset, microseconds(c.time), c.count, c.places) for c in batch.carried],
    }
    if batch.is_of_airspace:
        head |= _airspace_head(batch)
    # not orjson: a text may have a lone surrogate in it, which only the database may refuse
    told = json.dumps({name: value for name, value in head.items() if value}).encode()
    return b"".join(
        (
            _HEAD.pack(_MAGIC, len(told)),
            told,
            batch.positions.tobytes(),
            batch.statuses.tobytes(),
            *(letter.raw for letter in batch.letters),
            batch.detections.tobytes(),
            batch.contacts.tobytes(),
            batch.contact_changes.tobytes(),
            batch.contact_threats.tobytes(),
            *(said.raw for said in batch.said),
        )
    )


def _airspace_head(batch: Batch) -> dict[str, Any]:
    return {
        "detections": _layout(batch.detections),
        "contacts": _layout(batch.contacts),
        "contact_changes": _layout(batch.contact_changes),
        "contact_threats": _layout(batch.contact_threats),
        "said": [
            (_count(s.received_time), s.sensor, s.protocol, len(s.raw), s.number)
            for s in batch.said
        ],
        "sensor_events": [
            (_count(e.received_time), e.sensor, e.kind, e.detail) for e in batch.sensor_events
        ],
    }


def unpack(data: bytes) -> Batch:
    """The batch of these bytes. Raises PackingError."""
    try:
        magic, length = _HEAD.unpack_from(data)
        if magic != _MAGIC:
            raise PackingError(f"{len(data)} bytes that begin with {magic!r}, not {_MAGIC!r}")
        body = _HEAD.size + length
        return _batch(json.loads(data[_HEAD.size : body]), memoryview(data)[body:])
    except (struct.error, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise PackingError(f"{len(data)} bytes that are no batch: {error}") from error
    except (KeyError, IndexError, RecursionError, IdentityError) as error:
        raise PackingError(f"{len(data)} bytes that are no batch: {error!r}") from error


def _batch(head: dict[str, Any], body: memoryview) -> Batch:
    positions, body = _rows(head.get("positions"), POSITION, body)
    statuses, body = _rows(head.get("statuses"), STATUS, body)
    letters, said = head.get("letters", ()), head.get("said", ())
    letters_raw, body = _raw([told[5] for told in letters], body)
    detections, body = _rows(head.get("detections"), DETECTION, body)
    contacts, body = _rows(head.get("contacts"), CONTACT, body)
    changes, body = _rows(head.get("contact_changes"), CHANGE, body)
    threats, body = _rows(head.get("contact_threats"), THREAT, body)
    said_raw, body = _raw([told[3] for told in said], body)
    return Batch(
        tuple(Asset(identity, Kind(kind)) for identity, kind in head.get("assets", ())),
        positions,
        statuses,
        tuple(
            StatusText(asset, from_microseconds(received), severity, text)
            for asset, received, severity, text in head.get("texts", ())
        ),
        tuple(
            Event(asset, from_microseconds(time), from_microseconds(received), kind, detail)
            for asset, time, received, kind, detail in head.get("events", ())
        ),
        tuple(
            DeadLetter(from_microseconds(received), origin, reason, detail, peer, raw, count)
            for (received, origin, reason, detail, peer, _, count), raw in zip(
                letters, letters_raw, strict=True
            )
        ),
        tuple(
            FenceChange(FenceEvent.from_json(event), told, withdrawn)
            for event, told, withdrawn in head.get("fence_changes", ())
        ),
        tuple(event_from_json(event) for event in head.get("alert_events", ())),
        tuple(
            Said(moment(received), sensor, protocol, raw, number)
            for (received, sensor, protocol, _, number), raw in zip(said, said_raw, strict=True)
        ),
        detections,
        tuple(
            SensorEvent(moment(received), sensor, kind, detail)
            for received, sensor, kind, detail in head.get("sensor_events", ())
        ),
        contacts,
        changes,
        threats,
        tuple(
            Carried(
                asset,
                from_microseconds(time),
                count,
                None if places is None else tuple(map(_place, places)),
            )
            for asset, time, count, places in head.get("carried", ())
        ),
    )


def _place(told: list[Any]) -> Place:
    number, command, frame, latitude, longitude, height = told
    return number, command, frame, latitude, longitude, height


def _layout(rows: Rows) -> dict[str, Any] | None:
    return {"columns": rows.dtype.descr, "count": len(rows)} if len(rows) else None


def _rows(
    layout: dict[str, Any] | None, dtype: np.dtype[Any], body: memoryview
) -> tuple[Rows, memoryview]:
    """Rows of `dtype` from the beginning of `body`, and the rest of it."""
    if layout is None:
        return blank(dtype, 0), body
    count: int = layout["count"]
    columns = [(name, kind) for name, kind in layout["columns"]]
    if strange := [kind for _, kind in columns if not _KIND.fullmatch(kind)]:
        raise PackingError(f"a column of type {strange[0][:20]!r}")
    packed = np.dtype(columns)
    size = count * packed.itemsize
    if not 0 < size <= len(body):
        raise PackingError(f"{len(body)} bytes are not {count} rows of {packed.itemsize}")
    rows: Rows = np.frombuffer(body[:size], packed)
    if packed != dtype:
        rows = _renewed(rows, dtype)
    return rows, body[size:]


def _renewed(old: Rows, dtype: np.dtype[Any]) -> Rows:
    """The rows in the columns of today."""
    rows = blank(dtype, len(old))
    for name in set(dtype.names or ()) & set(old.dtype.names or ()):
        rows[name] = old[name].astype(dtype[name], casting="same_kind")
    return rows


def _raw(lengths: list[int], body: memoryview) -> tuple[list[bytes], memoryview]:
    """Pieces of these lengths from the beginning of `body`, and the rest of it."""
    pieces = []
    for length in lengths:
        if not 0 <= length <= len(body):
            raise PackingError(f"{len(body)} bytes are no piece of {length}")
        pieces.append(bytes(body[:length]))
        body = body[length:]
    return pieces, body


def _count(time: np.datetime64) -> int:
    """Microseconds since 1970."""
    return int(time.astype("M8[us]").astype(np.int64))
