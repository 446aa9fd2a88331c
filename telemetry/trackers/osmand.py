"""OsmAnd and Traccar Client: one position per HTTP request, as query, form or JSON.

The older form has `id` (or `deviceid`), `lat` and `lon` (or `location=lat,lon`), `timestamp`,
`speed` in knots, `bearing` (or `heading`), `altitude`, `accuracy`, `batt` in percent; whatever
else comes is an attribute and not kept. Newer Traccar clients send JSON in which the speed is in
metres per second and the battery a fraction. https://www.traccar.org/osmand/

The client sends the same position again until it gets 200.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import numpy as np
import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from fleet.assets import Asset, IdentityError, osmand_asset
from fleet.columns import Source
from telemetry.batch import Batch
from telemetry.listening import bind
from telemetry.settings import OsmandSettings
from telemetry.sink import NotStoredError, RefusedError, Sink
from telemetry.trackers import Clock
from telemetry.trackers.http import HttpServer
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

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

ORIGIN = "osmand"

KNOT = 1852 / 3600
"""Metres per second."""

MAX_FIELDS = 200
"""Fields of a query or form; devices send a dozen."""

MAX_QUERY = 16 << 10
MAX_BODY = 64 << 10
"""Bytes of query and body; a report has a few hundred."""

WAITING_LIMIT = 2048
"""Requests that wait for COMMIT at once; further ones are told to come again."""

RETRY_AFTER = 10
"""Seconds after which a device should come again."""


def parse(query: bytes, body: bytes, content_type: str, received: float) -> Batch:
    """The batch that a request brings: a position, and a status when it tells the battery.

    `query` is what stands behind the `?`; `received` is our clock in seconds since 1970, which
    also stands in for a missing timestamp. Raises RefusedError.
    """
    if len(query) > MAX_QUERY:
        raise RefusedError("too_large", f"a query of more than {MAX_QUERY} bytes")
    if content_type.partition(";")[0].strip().lower() == "application/json":
        report = _from_json(body, received)
    else:
        report = _from_fields(_fields(query) | _fields(body), received)
    return report.batch(received)


def _fields(text: bytes) -> dict[str, str]:
    """The fields of a query or form; of those that come twice the last."""
    try:
        pairs = parse_qsl(
            text.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise RefusedError("malformed", "query or form is not UTF-8") from None
    except ValueError:
        raise RefusedError("malformed", f"more than {MAX_FIELDS} fields") from None
    return dict(pairs)


def _from_fields(fields: dict[str, str], received: float) -> Report:
    asset = _asset(fields.get("id") or fields.get("deviceid"))
    if fields.get("valid", "true").lower() not in {"true", "1", ""}:
        raise RefusedError("no_fix", f"valid={fields['valid'][:20]!r}: the device had no fix")
    latitude, longitude = fields.get("lat"), fields.get("lon")
    if "location" in fields:
        latitude, _, longitude = fields["location"].partition(",")
    lat, lon = coordinates(latitude, longitude)
    return Report(
        asset,
        Source.OSMAND,
        _time(fields.get("timestamp"), received),
        lat,
        lon,
        altitude=number("altitude", fields.get("altitude"), MIN_ALTITUDE, MAX_ALTITUDE),
        heading=heading("bearing", fields.get("bearing") or fields.get("heading")),
        speed=positive("speed", fields.get("speed"), MAX_SPEED / KNOT) * KNOT,
        accuracy=positive("accuracy", fields.get("accuracy"), MAX_ACCURACY),
        battery_percent=positive("batt", fields.get("batt"), 100),
    )


def _from_json(body: bytes, received: float) -> Report:
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError("malformed", f"body is no JSON: {error}") from None
    message = _object("body", message)
    asset = _asset(message.get("device_id"))
    location = _object("location", message.get("location"))
    coords = _object("location.coords", location.get("coords"))
    battery = _object("location.battery", location.get("battery") or {})
    lat, lon = coordinates(coords.get("latitude"), coords.get("longitude"))
    return Report(
        asset,
        Source.OSMAND,
        _time(location.get("timestamp"), received),
        lat,
        lon,
        altitude=number("altitude", coords.get("altitude"), MIN_ALTITUDE, MAX_ALTITUDE),
        heading=heading("heading", coords.get("heading")),
        speed=positive("speed", coords.get("speed"), MAX_SPEED),
        accuracy=positive("accuracy", coords.get("accuracy"), MAX_ACCURACY),
        battery_percent=positive("battery.level", battery.get("level"), 1) * 100,
    )


def _asset(device_id: object) -> Asset:
    if isinstance(device_id, int) and not isinstance(device_id, bool):
        device_id = str(device_id)
    if device_id in (None, ""):
        raise RefusedError("no_id", "no id: the request does not say which device it is from")
    if not isinstance(device_id, str):
        raise RefusedError("bad_id", f"device_id is {type(device_id).__name__}, not text")
    try:
        return osmand_asset(device_id)
    except IdentityError as error:
        raise RefusedError("bad_id", str(error)) from None


def _object(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RefusedError("malformed", f"{name} is no JSON object")
    return value


def _time(timestamp: object, received: float) -> np.datetime64:
    return receive_time(received) if timestamp in (None, "") else fix_time(timestamp, received)


class OsmandServer:
    """Takes reports in over HTTP: 200 after COMMIT, 400 for what is refused, 503 to come again."""

    def __init__(self, settings: OsmandSettings, sink: Sink, clock: Clock) -> None:
        self._settings = settings
        self._sink = sink
        self._clock = clock
        self._waiting = 0
        self._server = HttpServer(self._app, self._refuse)

    @property
    def listening(self) -> bool:
        """Whether requests are taken now."""
        return self._server.listening

    async def run(self) -> None:
        """Serve until cancelled or closed. Raises ListenError if the port cannot be had."""
        await self._server.run(bind(self._settings.host, self._settings.port, "osmand"))

    async def close(self) -> None:
        """End `run`; requests that wait for COMMIT are answered first."""
        await self._server.close()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application. Devices ask for any path, so it has no routes."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "POST"}:
            self._refuse("method", f"{request.method[:20]} is not taken")
            return _text(405, "GET or POST", Allow="GET, POST")
        if self._waiting >= WAITING_LIMIT:
            self._refuse("busy", f"{WAITING_LIMIT} requests wait for the database")
            return _text(503, "busy, come again", Retry_After=str(RETRY_AFTER))
        self._waiting += 1
        try:
            return await self._take(request)
        finally:
            self._waiting -= 1

    async def _take(self, request: Request) -> Response:
        try:
            body = await _body(request)
            content_type = request.headers.get("content-type", "")
            batch = parse(request.scope["query_string"], body, content_type, self._clock())
            await self._sink.accept(batch)
        except RefusedError as error:
            self._sink.refuse(ORIGIN, error)
            return _text(413 if error.reason == "too_large" else 400, str(error))
        except ClientDisconnect:
            self._refuse("incomplete", "the connection ended before its request was complete")
            return _text(400, "incomplete")
        except NotStoredError:
            return _text(503, "not stored, come again", Retry_After=str(RETRY_AFTER))
        return _text(200, "OK")

    def _refuse(self, reason: str, detail: str) -> None:
        self._sink.refuse(ORIGIN, RefusedError(reason, detail))


async def _body(request: Request) -> bytes:
    """The whole body. Raises RefusedError (`too_large`), ClientDisconnect."""
    too_large = RefusedError("too_large", f"a body of more than {MAX_BODY} bytes")
    if int(request.headers.get("content-length", 0)) > MAX_BODY:  # h11 saw to it being a number
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise too_large
    return bytes(body)


def _text(status: int, line: str, **headers: str) -> Response:
    return PlainTextResponse(
        line + "\n", status, {name.replace("_", "-"): value for name, value in headers.items()}
    )
