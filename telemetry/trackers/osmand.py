"""OsmAnd and Traccar Client: one position per HTTP request, as query, form or JSON.

The older form has `id` (or `deviceid`), `lat` and `lon` (or `location=lat,lon`), `timestamp`,
`speed` in knots, `bearing` (or `heading`), `altitude`, `accuracy`, `batt` in percent. Newer Traccar
clients send JSON in which the speed is in metres per second and the battery a fraction.
https://www.traccar.org/osmand/

`alarm` (in JSON one of the `extras`) is an event, and `event` is one if it calls for help; other
keys are attributes and not kept. A panic is kept whatever is wrong with the rest of its report.
A device with a token shows it as `token` or `key` in the query or form: the server's address in
the app ends with `?token=…`.

The client sends the same position again until it gets 200, so one whose clock is wrong is set aside
and answered so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson

from fleet.assets import Asset
from fleet.columns import Source
from telemetry.batch import Event
from telemetry.sink import RefusedError
from telemetry.trackers.http import Request, Response, text
from telemetry.trackers.http_tracker import HttpTracker
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Refused
from telemetry.trackers.registry import tracker
from telemetry.trackers.report import (
    MAX_ACCURACY,
    MAX_ALTITUDE,
    MAX_SPEED,
    MIN_ALTITUDE,
    Report,
)
from telemetry.trackers.values import (
    coordinates,
    fix_time,
    heading,
    number,
    positive,
    receive_time,
)

KNOT = 1852 / 3600
"""Metres per second."""

MAX_FIELDS = 200
"""Fields of a query or form; devices send a dozen."""

MAX_QUERY = 16 << 10
"""Bytes of a query; a report has a few hundred."""

PANICS = frozenset({"sos", "panic"})
NO_ALARMS = frozenset({"", "0", "false", "none", "null"})

_STATUS = {"too_large": 413, "unknown_device": 404, "wrong_secret": 403}
_SECRET = re.compile(rb"(?<![^&?\n])((?:token|key)=)[^&\n]+")


@dataclass(frozen=True, slots=True)
class Told:
    """What a request says, not looked at yet but for who says it."""

    asset: Asset
    token: str
    """What it shows, empty if nothing."""

    fields: Mapping[str, object]
    speed_unit: float
    battery_full: float

    def report(self, received: float) -> Report:
        """The report; `received` is our clock in seconds since 1970. Raises RefusedError.

        Our clock also stands in for a missing timestamp.
        """
        return _report(self, received)


def read(query: bytes, body: bytes, content_type: str) -> Told:
    """What a request says; `query` is what stands behind the `?`. Raises RefusedError."""
    if len(query) > MAX_QUERY:
        raise RefusedError("too_large", f"a query of more than {MAX_QUERY} bytes")
    fields = _fields(query)
    token = fields.get("token") or fields.get("key") or ""
    if content_type.partition(";")[0].strip().lower() == "application/json":
        return _read_json(body, token)
    fields |= _fields(body)
    if "location" in fields:
        fields["lat"], _, fields["lon"] = fields["location"].partition(",")
    token = fields.get("token") or fields.get("key") or ""
    asset = _asset(fields.get("id") or fields.get("deviceid"))
    return Told(asset, token, fields, speed_unit=KNOT, battery_full=100)


def _fields(encoded: bytes) -> dict[str, str]:
    """The fields of a query or form; of those that come twice the last."""
    try:
        fields = encoded.decode()
        if "%" not in fields and "+" not in fields and fields.count("&") < MAX_FIELDS:
            pairs = [pair.partition("=") for pair in fields.split("&") if pair]
            return {name: value for name, _, value in pairs}  # in a fifth of parse_qsl's time
        return dict(
            parse_qsl(fields, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
        )
    except UnicodeDecodeError:
        raise RefusedError("malformed", "query or form is not UTF-8") from None
    except ValueError:
        raise RefusedError("malformed", f"more than {MAX_FIELDS} fields") from None


def _read_json(body: bytes, token: str) -> Told:
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError("malformed", f"body is no JSON: {error}") from None
    message = _object("body", message)
    asset = _asset(message.get("device_id"))
    location = _object("location", message.get("location"))
    extras = location.get("extras")
    coords = _object("location.coords", location.get("coords"))
    battery = _object("location.battery", location.get("battery") or {})
    fields = {
        "timestamp": location.get("timestamp"),
        "lat": coords.get("latitude"),
        "lon": coords.get("longitude"),
        "altitude": coords.get("altitude"),
        "bearing": coords.get("heading"),
        "speed": coords.get("speed"),
        "accuracy": coords.get("accuracy"),
        "batt": battery.get("level"),
        "alarm": extras.get("alarm") if isinstance(extras, dict) else None,
        "event": location.get("event"),
    }
    return Told(asset, token, fields, speed_unit=1, battery_full=1)


def _report(told: Told, received: float) -> Report:
    now = receive_time(received)
    asset, fields, speed_unit = told.asset, told.fields, told.speed_unit
    alarm = _alarm(fields.get("alarm"), fields.get("event"))
    time = now
    try:
        if (timestamp := fields.get("timestamp")) not in (None, ""):
            time = fix_time(timestamp, received)
        latitude, longitude = _place(fields)
        report = Report(
            asset,
            Source.OSMAND,
            time,
            now,
            latitude,
            longitude,
            number("altitude", fields.get("altitude"), MIN_ALTITUDE, MAX_ALTITUDE),
            heading("bearing", fields.get("bearing") or fields.get("heading")),
            positive("speed", fields.get("speed"), MAX_SPEED / speed_unit) * speed_unit,
            accuracy=positive("accuracy", fields.get("accuracy"), MAX_ACCURACY),
            battery_percent=positive("batt", fields.get("batt"), told.battery_full)
            * (100 / told.battery_full),
        )
    except RefusedError as error:
        if alarm is None:
            raise
        report = Report(asset, Source.OSMAND, time, now)
        report.events = (_event(report, alarm, refused=str(error)),)
    else:
        if alarm is not None:
            report.events = (_event(report, alarm),)
    return report


def _place(fields: Mapping[str, object]) -> tuple[float, float]:
    if str(fields.get("valid", "true")).lower() not in {"true", "1", ""}:
        raise RefusedError("no_fix", "valid=false: the device had no fix")
    return coordinates(fields.get("lat"), fields.get("lon"))


def _alarm(alarm: object, event: object) -> str | None:
    """The word of an alarm, if the fields of these names raise one."""
    if isinstance(alarm, str | int) and (word := str(alarm).strip().lower()) not in NO_ALARMS:
        return word
    if isinstance(event, str) and (word := event.strip().lower()) in PANICS | {"alarm"}:
        return word
    return None


def _event(report: Report, alarm: str, **detail: str) -> Event:
    return report.event("panic" if alarm in PANICS else "alarm", alarm=alarm, **detail)


def _asset(device_id: object) -> Asset:
    if isinstance(device_id, int) and not isinstance(device_id, bool):
        device_id = str(device_id)
    if device_id in (None, ""):
        raise RefusedError("no_id", "no id: the request does not say which device it is from")
    if not isinstance(device_id, str):
        raise RefusedError("bad_id", f"device_id is {type(device_id).__name__}, not text")
    return tracker_asset("osmand", device_id)


def _object(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RefusedError("malformed", f"{name} is no JSON object")
    return value


@tracker("osmand")
class OsmandServer(HttpTracker):
    """Takes reports in: 200 after COMMIT, 503 to come again, else why they are refused.

    400 is for what cannot be taken, 403 for a wrong token, 404 for a device that is not listed
    where the settings refuse it.
    """

    methods = ("GET", "POST")

    async def take(self, request: Request) -> Response:
        """Keep the report that a request brings. Raises NotStoredError."""
        intake, peer = self.intake, request.peer
        raw = _raw(request.query, request.body)
        try:
            content_type = request.headers.get(b"content-type", b"").decode("latin-1")
            told = read(request.query, request.body, content_type)
            reports, refused = _taken(told, intake.clock(), raw)
            await intake.accept(
                told.asset, reports, refused=refused, token=told.token or None, raw=raw, peer=peer
            )
        except RefusedError as error:
            intake.refuse(error, raw=raw, peer=peer)
            return text(_STATUS.get(error.reason, 400), str(error))
        return _OK


def _taken(
    told: Told, received: float, raw: bytes
) -> tuple[tuple[Report, ...], tuple[Refused, ...]]:
    """The report, or why it is to be set aside and acknowledged. Raises RefusedError.

    That is where the device's clock is wrong: it would come again and again, and nothing after it.
    """
    try:
        return (told.report(received),), ()
    except RefusedError as error:
        if error.reason != "absurd_time":
            raise
        return (), ((error, raw),)


_OK = text(200, "OK")


def _raw(query: bytes, body: bytes) -> bytes:
    """What came, without the secret that it may hold."""
    raw = query + b"\n" + body if body else query
    return _SECRET.sub(rb"\1***", raw) if b"token=" in raw or b"key=" in raw else raw
