"""What travels on the bus between collector and dashboard, and how it is packed.

`live.picture` carries rows of the picture that changed: a magic, then the rows' own bytes. Each
row names its asset in full, so a listener that joins late or twice needs nobody to explain it.
`live.views` and `live.progress` carry rows of where cameras look and of where in their missions vehicles
are, packed alike: those that were told since, and now and then all, for who joins late.
`live.collector` carries the collector's own health as JSON, once a second.
`live.contacts` carries what flies and how the sensors are, as JSON: each time the whole picture,
`{"time": …, "contacts": […], "sensors": […], "left_out": …}` as `telemetry.airspace.shown` writes it.
`live.alerts` carries what happens to alerts, as it happens: a JSON list of `{"event": …, "alert": …}`,
the row of `fleet.alerts.events` and the alert as it is after it, of a group without its members. Who
joins late reads the table `alert_event`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from fleet.alerts.alert import Alert, alert_as_json, alert_from_json
from fleet.alerts.errors import BrokenHistoryError
from fleet.alerts.events import AlertEvent, event_as_json, event_from_json
from fleet.columns import PICTURE, Rows
from fleet.views import PROGRESS, VIEW
from telemetry.bus import MAX_PAYLOAD

PICTURE_SUBJECT = "live.picture"
VIEWS_SUBJECT = "live.views"
PROGRESS_SUBJECT = "live.progress"
COLLECTOR_SUBJECT = "live.collector"
ALERTS_SUBJECT = "live.alerts"
CONTACTS_SUBJECT = "live.contacts"

_MAGIC = b"NGP1"
_NOT_SENT: dict[str, Any] = {"members": [], "acts": []}
_VIEWS_MAGIC = b"NGV1"
_PROGRESS_MAGIC = b"NGM1"


class FeedError(ValueError):
    """A payload that is not of this feed."""


def pack_picture(rows: Rows) -> list[bytes]:
    """Payloads for `live.picture`, as few as the bus's limit allows."""
    return _packed_rows(_MAGIC, rows)


def unpack_picture(payload: bytes) -> Rows:
    """PICTURE rows of a payload. Raises FeedError if it is of another version or torn."""
    body = len(payload) - len(_MAGIC)
    if not payload.startswith(_MAGIC) or body % PICTURE.itemsize:
        raise FeedError(f"{len(payload)} bytes that are no picture of version {_MAGIC.decode()}")
    return np.frombuffer(payload, PICTURE, offset=len(_MAGIC))


def pack_views(rows: Rows) -> list[bytes]:
    """Payloads for `live.views` of VIEW rows, as few as the bus's limit allows."""
    return _packed_rows(_VIEWS_MAGIC, rows)


def unpack_views(payload: bytes) -> Rows:
    """VIEW rows of a payload. Raises FeedError if it is of another version or torn."""
    return _unpacked_rows(_VIEWS_MAGIC, VIEW, payload)


def pack_progress(rows: Rows) -> list[bytes]:
    """Payloads for `live.progress` of PROGRESS rows, as few as the bus's limit allows."""
    return _packed_rows(_PROGRESS_MAGIC, rows)


def unpack_progress(payload: bytes) -> Rows:
    """PROGRESS rows of a payload. Raises FeedError if it is of another version or torn."""
    return _unpacked_rows(_PROGRESS_MAGIC, PROGRESS, payload)


def _packed_rows(magic: bytes, rows: Rows) -> list[bytes]:
    most = (MAX_PAYLOAD - len(magic)) // rows.dtype.itemsize
    parts = range(0, len(rows), most)
    return [magic + rows[start : start + most].tobytes() for start in parts]


def _unpacked_rows(magic: bytes, dtype: np.dtype[Any], payload: bytes) -> Rows:
    body = len(payload) - len(magic)
    if not payload.startswith(magic) or body % dtype.itemsize:
        raise FeedError(f"{len(payload)} bytes that are no rows of version {magic.decode()}")
    return np.frombuffer(payload, dtype, offset=len(magic))


def pack_alerts(told: Iterable[tuple[AlertEvent, Alert]]) -> list[bytes]:
    """Payloads for `live.alerts`, as few as the bus's limit allows."""
    payloads: list[bytes] = []
    parts: list[bytes] = []
    size = 0
    for event, alert in told:
        shown = alert_as_json(alert)
        del shown["members"], shown["acts"]
        part = orjson.dumps({"event": event_as_json(event), "alert": shown})
        if parts and size + len(part) + len(parts) + 2 > MAX_PAYLOAD:
            payloads.append(b"[" + b",".join(parts) + b"]")
            parts, size = [], 0
        parts.append(part)
        size += len(part)
    if parts:
        payloads.append(b"[" + b",".join(parts) + b"]")
    return payloads


def unpack_alerts(payload: bytes) -> list[tuple[AlertEvent, Alert]]:
    """What `pack_alerts` packed; the alerts without members and acts. Raises FeedError."""
    try:
        return [
            (event_from_json(each["event"]), alert_from_json(each["alert"] | _NOT_SENT))
            for each in orjson.loads(payload)
        ]
    except (BrokenHistoryError, KeyError, TypeError, ValueError) as error:
        raise FeedError(f"{len(payload)} bytes that are no alerts: {error}") from None


@dataclass(frozen=True, slots=True)
class Airspace:
    """What `live.contacts` carries."""

    time: int
    """Milliseconds since 1970."""

    contacts: list[dict[str, Any]]
    """The greatest threat first."""

    sensors: list[dict[str, Any]]
    left_out: int = 0
    """Contacts that there was no room for: those that threaten least."""


def pack_contacts(told: Airspace) -> bytes:
    """The payload for `live.contacts`; what is beyond the bus's limit is left out, and counted."""
    sensors = orjson.dumps(told.sensors)
    room = MAX_PAYLOAD - len(sensors) - 200
    parts: list[bytes] = []
    for contact in told.contacts:
        part = orjson.dumps(contact)
        room -= len(part) + 1
        if room < 0:
            break
        parts.append(part)
    left_out = told.left_out + len(told.contacts) - len(parts)
    head = f'{{"time":{told.time},"left_out":{left_out},"contacts":['.encode()
    return head + b",".join(parts) + b'],"sensors":' + sensors + b"}"


def unpack_contacts(payload: bytes) -> Airspace:
    """What a payload of `live.contacts` tells. Raises FeedError."""
    try:
        told = orjson.loads(payload)
        lists: Sequence[Any] = (told["contacts"], told["sensors"])
        if not all(isinstance(each, dict) for some in lists for each in some):
            raise FeedError("a contact or a sensor that is no object")
        return Airspace(int(told["time"]), lists[0], lists[1], int(told["left_out"]))
    except (ValueError, TypeError, KeyError) as error:
        raise FeedError(f"{len(payload)} bytes that are no airspace: {error!r}") from None
