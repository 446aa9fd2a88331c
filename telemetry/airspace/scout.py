"""What DroneScout receivers publish: JSON with a message pack of Remote ID in it.

    {"protocol": 1.0,
     "data": {"sensor ID": …, "MAC address": "02:…", "RSSI": -61, "UASdata": <pack in base64>, …},
     "status": {"sensor ID": …, "timestamp": <ms since 1970>, …}}

A payload may be compressed (LZMA, alone or as .xz), and may hold several objects, `{…}{…}`.
"""

from __future__ import annotations

import binascii
import json
import lzma
from base64 import b64decode
from collections.abc import Mapping

import numpy as np

from fleet.airspace.columns import DETECTION
from fleet.columns import blank
from telemetry.airspace.heard import SAID_BYTES, Heard, Said, moment, sensor_name
from telemetry.airspace.remote_id import Broadcasts, messages_of
from telemetry.remote_id.messages import RemoteIdError
from telemetry.sink import RefusedError

PAYLOAD_MOST = 256 << 10
"""Bytes of a payload, as it came."""

TEXT_MOST = 1 << 20
"""Bytes of a payload when it is no longer compressed."""

OBJECTS_MOST = 1000
"""Objects of a payload."""

MEMORY_MOST = 64 << 20
"""Bytes that a compressed payload may ask of its reader."""

PACK_MOST = 512
"""Characters of a message pack in base64; the largest has 304."""

_COMPRESSED = (b"\xfd7zXZ\x00", b"\x5d\x00\x00")
_PROTOCOLS = frozenset({1, 2, 3})

_decoder = json.JSONDecoder()


class ScoutReader:
    """Reads payloads of any number of receivers."""

    def __init__(self) -> None:
        self._broadcasts = Broadcasts()

    def take(self, payload: bytes, received: int) -> tuple[Heard, list[RefusedError]]:
        """What a payload tells, received at microseconds since 1970, and what cannot be taken of it.

        Raises RefusedError if none of it can be read (`too_large`, `malformed`).
        """
        rows, refused, sensors = [], [], []
        for told in objects(payload):
            try:
                sensor, sender, pack = _broadcast(told)
                if sensor not in sensors:
                    sensors.append(sensor)
                if pack is None:
                    continue
                messages = messages_of(pack)
            except RemoteIdError as error:
                refused.append(RefusedError("malformed", str(error)))
            except RefusedError as error:
                refused.append(error)
            else:
                rows.append(self._broadcasts.take(sensor, sender, messages, received))
        said = tuple(
            Said(moment(received), sensor, "remote-id", payload[:SAID_BYTES]) for sensor in sensors
        )
        return Heard(said, np.concatenate(rows) if rows else blank(DETECTION, 0)), refused


def objects(payload: bytes) -> list[Mapping[str, object]]:
    """The JSON objects of a payload. Raises RefusedError (`too_large`, `malformed`)."""
    if len(payload) > PAYLOAD_MOST:
        raise RefusedError("too_large", f"a payload of {len(payload)} bytes")
    try:
        text = _decompressed(payload).decode()
        found: list[Mapping[str, object]] = []
        at = 0
        while at < len(text):
            value, at = _decoder.raw_decode(text, at)
            if not isinstance(value, dict):
                raise RefusedError("malformed", f"{type(value).__name__} instead of a JSON object")
            if len(found) == OBJECTS_MOST:
                raise RefusedError("too_large", f"more than {OBJECTS_MOST} objects")
            found.append(value)
            while at < len(text) and text[at] in " \t\r\n":
                at += 1
    except UnicodeDecodeError:
        raise RefusedError("malformed", "neither UTF-8 nor LZMA") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise RefusedError("malformed", f"no JSON: {error}") from None
    if not found:
        raise RefusedError("malformed", "an empty payload")
    return found


def _decompressed(payload: bytes) -> bytes:
    if not payload.startswith(_COMPRESSED):
        return payload.strip()
    reader = lzma.LZMADecompressor(memlimit=MEMORY_MOST)
    try:
        text = reader.decompress(payload, max_length=TEXT_MOST + 1)
    except lzma.LZMAError as error:
        raise RefusedError("malformed", f"LZMA: {error}") from None
    if len(text) > TEXT_MOST:
        raise RefusedError("too_large", f"more than {TEXT_MOST} bytes when decompressed")
    if not reader.eof and reader.needs_input and payload.startswith(_COMPRESSED[0]):
        raise RefusedError("malformed", "LZMA: the payload is cut")
    return text.strip()


def _broadcast(told: Mapping[str, object]) -> tuple[str, str, bytes | None]:
    """Sensor, sender and pack of one object; None for one that only says that the sensor is there."""
    if told.get("protocol") not in _PROTOCOLS:
        raise RefusedError("bad_protocol", f"protocol {str(told.get('protocol'))[:40]!r}")
    data, status = told.get("data", {}), told.get("status", {})
    if not isinstance(data, dict) or not isinstance(status, dict):
        raise RefusedError("malformed", "data or status is no object")
    name = data.get("sensor ID", status.get("sensor ID"))
    if not isinstance(name, str | int) or isinstance(name, bool) or not str(name).strip():
        raise RefusedError("no_id", "the object does not say which sensor it is from")
    sensor = sensor_name("scout", str(name))
    packed = data.get("UASdata")
    if packed is None:
        return sensor, "", None
    sender = data.get("MAC address")
    if not isinstance(sender, str) or not 0 < len(sender) <= 40 or not sender.isascii():
        raise RefusedError("no_id", "a broadcast without MAC address")
    if not isinstance(packed, str) or len(packed) > PACK_MOST:
        raise RefusedError("malformed", "UASdata is no text of a message pack")
    try:
        return sensor, sender.lower(), b64decode(packed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError("malformed", f"UASdata: {error}") from None
