"""What OwnTracks says, as JSON over MQTT and HTTP alike.

A location has `lat`, `lon` and `tst` (seconds), and may have `vel` (km/h), `cog`, `alt`, `acc` and
`batt`. What is absent is unknown here: the iOS app leaves out what is not valid and writes a zero
as 0, while the Android app may leave out a zero as well, so absence cannot be read as zero.

A transition is the event `enter` or `leave` of a region that the phone watches itself; `lwt`, which
the broker publishes when it has lost the phone, is `offline`; `waypoint` and `waypoints` tell of
the regions. Messages may be encrypted with libsodium's secretbox under a key of the device.
https://owntracks.org/booklet/tech/json/, https://owntracks.org/booklet/features/encrypt/
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from functools import lru_cache

import orjson
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from pydantic import JsonValue

from fleet.assets import Asset
from fleet.columns import Source
from telemetry.sink import RefusedError
from telemetry.trackers.gate import DeniedError
from telemetry.trackers.identity import ASSETS_KEPT, tracker_asset
from telemetry.trackers.intake import Refused
from telemetry.trackers.report import (
    MAX_ACCURACY,
    MAX_ALTITUDE,
    MAX_SPEED,
    MIN_ALTITUDE,
    Report,
    event,
)
from telemetry.trackers.values import coordinates, fix_time, heading, number, positive, receive_time

MAX_BYTES = 64 << 10
"""Bytes of a message; a location has a few hundred."""

MAX_MESSAGES = 1000
"""Messages of one array."""

MAX_WAYPOINTS, MAX_WAYPOINTS_BYTES = 50, 3500
"""Waypoints of a list that its event names, and how long they may be; it tells how many there were.
"""

KILOMETRE_PER_HOUR = 1 / 3.6
"""Metres per second."""

_WORD = 20
"""Letters that are kept of the word behind a device: no known one is longer."""

_REGION = ("desc", "lat", "lon", "acc", "rad", "tst", "rid", "t")


@dataclass(slots=True)
class Told:
    """What came in one payload."""

    reports: list[Report] = field(default_factory=list)
    proven: bool = False
    """Whether all of it was encrypted with the device's key."""
    refused: list[Refused] = field(default_factory=list)
    """Of an array the messages that cannot be taken."""


@lru_cache(ASSETS_KEPT)
def asset_of(topic: str) -> tuple[Asset, str]:
    """Who publishes to `owntracks/<user>/<device>`, and the word behind it (`event`) or none.

    Raises RefusedError (`bad_topic`, `bad_id`).
    """
    words = topic.split("/")[:5]
    if not 3 <= len(words) <= 4 or words[0] != "owntracks" or not all(words):
        raise RefusedError("bad_topic", f"{topic[:80]!r} is not owntracks/<user>/<device>")
    word = words[3] if len(words) == 4 else ""
    return tracker_asset("owntracks", f"{words[1]}/{words[2]}"), word[:_WORD]


def read(asset: Asset, payload: bytes, received: float, key: bytes | None = None) -> Told:
    """What a payload tells: a message, or an array of them.

    Nothing for an empty one (a retained message is deleted so) and for other types. `received` is
    our clock in seconds since 1970, `key` the asset's. Raises RefusedError if nothing in it can be
    taken.
    """
    if not payload:
        return Told()
    if len(payload) > MAX_BYTES:
        raise RefusedError("too_large", f"a message of {len(payload)} bytes")
    messages = _json(payload)
    if not isinstance(messages, list):
        return _told(asset, messages, received, key)
    if len(messages) > MAX_MESSAGES:
        raise RefusedError("too_large", f"an array of {len(messages)} messages")
    all_told = Told(proven=bool(messages))
    for message in messages:
        try:
            told = _told(asset, message, received, key)
        except RefusedError as error:
            all_told.refused.append((error, orjson.dumps(message)))
        else:
            all_told.reports += told.reports
            all_told.proven &= told.proven
    return all_told


def _json(payload: bytes) -> object:
    try:
        message: object = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise RefusedError("malformed", f"no JSON: {error}") from None
    return message


def _told(asset: Asset, message: object, received: float, key: bytes | None) -> Told:
    kind, fields = _typed(message)
    proven = kind == "encrypted"
    if proven:
        kind, fields = _typed(_json(_decrypted(asset, fields.get("data"), key)))
    reader = _READERS.get(kind)
    return Told([] if reader is None else [reader(asset, fields, received)], proven)


def _typed(message: object) -> tuple[str, dict[str, object]]:
    if isinstance(message, dict) and isinstance(kind := message.get("_type"), str):
        return kind, message
    raise RefusedError("malformed", "no JSON object with a _type")


def _decrypted(asset: Asset, data: object, key: bytes | None) -> bytes:
    """The message in a box: 24 bytes of nonce, then what secretbox made of it, in base64."""
    if key is None:
        raise RefusedError("encrypted", f"{asset.identity} encrypts, and the settings have no key")
    if not isinstance(data, str):
        raise RefusedError("malformed", "an encrypted message without data")
    try:
        return SecretBox(key).decrypt(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError) as error:  # of letters beyond ASCII, or of no nonce
        raise RefusedError("malformed", f"encrypted data is no box: {error}") from None
    except CryptoError:
        raise DeniedError(
            "wrong_key", f"{asset.identity} encrypts with another key, or it was altered"
        ) from None


def _location(asset: Asset, message: dict[str, object], received: float) -> Report:
    latitude, longitude = coordinates(message.get("lat"), message.get("lon"))
    return Report(
        asset,
        Source.OWNTRACKS,
        _time(message, received),
        receive_time(received),
        latitude,
        longitude,
        number("alt", message.get("alt"), MIN_ALTITUDE, MAX_ALTITUDE),
        heading("cog", message.get("cog")),
        positive("vel", message.get("vel"), MAX_SPEED / KILOMETRE_PER_HOUR) * KILOMETRE_PER_HOUR,
        accuracy=positive("acc", message.get("acc"), MAX_ACCURACY),
        battery_percent=positive("batt", message.get("batt"), 100),
    )


def _transition(asset: Asset, message: dict[str, object], received: float) -> Report:
    """Where it happened stays in the detail: the location that comes with it says more."""
    kind = message.get("event")
    if not isinstance(kind, str) or kind not in {"enter", "leave"}:
        raise RefusedError("malformed", f"a transition with event={str(kind)[:40]!r}")
    return _eventful(asset, kind, _time(message, received), received, _plain(message))


def _offline(asset: Asset, message: dict[str, object], received: float) -> Report:
    """`tst` is when the phone had connected; offline it is from now on."""
    detail: dict[str, JsonValue] = {"connected": _scalar(message.get("tst"))}
    return _eventful(asset, "offline", receive_time(received), received, detail)


def _waypoint(asset: Asset, message: dict[str, object], received: float) -> Report:
    """`tst` is the waypoint's identity, which stays the same when it is changed."""
    return _eventful(asset, "waypoint", receive_time(received), received, _plain(message))


def _waypoints(asset: Asset, message: dict[str, object], received: float) -> Report:
    waypoints = message.get("waypoints")
    if not isinstance(waypoints, list):
        raise RefusedError("malformed", "waypoints without a list of them")
    told = [_plain(each) for each in waypoints[:MAX_WAYPOINTS] if isinstance(each, dict)]
    while len(orjson.dumps(told)) > MAX_WAYPOINTS_BYTES:
        told.pop()
    detail: dict[str, JsonValue] = {"count": len(waypoints), "waypoints": list(told)}
    return _eventful(asset, "waypoints", receive_time(received), received, detail)


_READERS = {
    "location": _location,
    "transition": _transition,
    "lwt": _offline,
    "waypoint": _waypoint,
    "waypoints": _waypoints,
}


def _eventful(
    asset: Asset, kind: str, time: int, received: float, detail: dict[str, JsonValue]
) -> Report:
    now = receive_time(received)
    happened = event(asset, time, now, kind, detail)
    return Report(asset, Source.OWNTRACKS, time, now, events=(happened,))


def _plain(message: dict[str, object]) -> dict[str, JsonValue]:
    """What a region's fields say."""
    return {name: _scalar(message[name]) for name in _REGION if name in message}


def _scalar(value: object) -> JsonValue:
    """A text (a short one), a number or nothing: the detail of an event has a bound."""
    if isinstance(value, str):
        return value[:80]
    return value if isinstance(value, int | float) else None


def _time(message: dict[str, object], received: float) -> int:
    if message.get("tst") is None:
        raise RefusedError("no_time", "a message without tst")
    return fix_time(message["tst"], received)
