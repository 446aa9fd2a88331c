"""What a camera, or the program that watches it, says it saw: JSON to an event.

One object a message, over MQTT to `cameras/<camera>/event`, or posted over HTTP:

    {"camera": "cam-0017",                 optional over MQTT; over HTTP it says who it is
     "time": "2026-11-22T14:03:11.250Z",   ISO 8601 (without a zone UTC), or s or ms since 1970
     "kind": "person_down",                a word of a–z, 0–9 and _, at most 40 letters
     "confidence": 0.87,                   0 to 1, optional
     "latitude": 34.0098,                  where it was seen, or where the camera is;
     "longitude": 71.5752,                 optional, but not one without the other
     "count": 120,                         how many, of a crowd; optional
     "plate": "AB-1234",                   of a vehicle_match, at most 20 characters; optional
     "text": "by the east gate"}           at most 200 characters; optional

Kinds in use: `person_down`, `crowd`, `vehicle_match`, `fire`, `smoke`, `fight`, `intrusion`,
`left_object`; others are kept as they are. Other keys are not kept. What is optional may be null.

The event belongs to the asset `camera:<camera>`, whose name has 1 to 40 of letters, digits, `.`,
`_` and `-`. The same camera, time and kind are the same event, however often it is told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache

import orjson
from pydantic import JsonValue

from fleet.assets import Asset, Kind
from fleet.columns import Source
from telemetry.sink import RefusedError
from telemetry.trackers.identity import ASSETS_KEPT
from telemetry.trackers.report import DETAIL_TEXT, Report
from telemetry.trackers.values import coordinates, fix_time, number, receive_time

MAX_BYTES = 16 << 10
"""Bytes of a message; an event has a few hundred."""

COUNT_MOST = 1_000_000
PLATE_MOST = 20

_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


@lru_cache(ASSETS_KEPT)
def camera_asset(name: str) -> Asset:
    """The camera called `name`. Raises RefusedError (`bad_id`)."""
    if not _NAME.fullmatch(name):
        raise RefusedError("bad_id", f"camera {name[:80]!r}: use 1–40 of A–Z, a–z, 0–9, . _ -")
    return Asset(f"camera:{name}", Kind.CAMERA)


def camera_of(topic: str) -> str:
    """The camera that publishes to `cameras/<camera>/event`. Raises RefusedError (`bad_topic`)."""
    words = topic.split("/")[:4]
    if len(words) != 3 or words[0] != "cameras" or words[2] != "event":
        raise RefusedError("bad_topic", f"{topic[:80]!r} is not cameras/<camera>/event")
    return words[1]


def read(payload: bytes, received: float, camera: str | None = None) -> Report:
    """What a message tells; `camera` is known from its topic, or said in it.

    `received` is our clock in seconds since 1970. Raises RefusedError (`malformed`, `no_id`,
    `bad_id`, `no_time`, `bad_time`, `bad_kind`, `out_of_range` …).
    """
    if len(payload) > MAX_BYTES:
        raise RefusedError("too_large", f"a message of {len(payload)} bytes")
    message = _object(payload)
    asset = camera_asset(_called(message.get("camera"), camera))
    kind = message.get("kind")
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise RefusedError("bad_kind", f"kind {str(kind)[:40]!r} is no word of a–z, 0–9 and _")
    if message.get("time") is None:
        raise RefusedError("no_time", "an event without time")
    now = receive_time(received)
    report = Report(asset, Source.UNKNOWN, fix_time(message["time"], received), now)
    report.events = (report.event(kind, **_detail(message)),)
    return report


def _object(payload: bytes) -> Mapping[str, object]:
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise RefusedError("malformed", f"no JSON: {error}") from None
    if not isinstance(message, dict):
        raise RefusedError("malformed", "no JSON object")
    return message


def _called(said: object, known: str | None) -> str:
    """The camera's name. Raises RefusedError."""
    if said is not None and not isinstance(said, str):
        raise RefusedError("bad_id", f"camera is {type(said).__name__}, not text")
    if known is None:
        if not said:
            raise RefusedError("no_id", "no camera: the message does not say which one it is from")
        return said
    if said is not None and said != known:
        raise RefusedError("bad_id", f"camera {said[:40]!r} publishes as {known[:40]!r}")
    return known


def _detail(message: Mapping[str, object]) -> dict[str, JsonValue]:
    """What else the event tells, of the right types and within bounds. Raises RefusedError."""
    detail: dict[str, JsonValue] = {}
    if not math.isnan(confidence := number("confidence", message.get("confidence"), 0, 1)):
        detail["confidence"] = confidence
    if message.get("latitude") is not None or message.get("longitude") is not None:
        place = coordinates(message.get("latitude"), message.get("longitude"))
        detail["latitude"], detail["longitude"] = place
    if not math.isnan(count := number("count", message.get("count"), 0, COUNT_MOST)):
        detail["count"] = int(count)
    for name, most in (("plate", PLATE_MOST), ("text", DETAIL_TEXT)):
        if (value := message.get(name)) is not None:
            if not isinstance(value, str) or len(value) > most:
                raise RefusedError("malformed", f"{name} is no text of at most {most} characters")
            detail[name] = value
    return detail
