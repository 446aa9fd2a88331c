"""OwnTracks over HTTP: the phone posts each message, and posts it again until it gets a 2xx.

Who it is stands in the headers X-Limit-U and X-Limit-D, or in the query as `u` and `d`; the user
may also be that of its Basic authentication, whose password is the device's token. The answer is
the list of what there is to tell the phone: none. Since the app posts what is refused for ever and
nothing after it, what cannot be taken is set aside and answered as if it were.
https://owntracks.org/booklet/tech/http/
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qs

from fleet.assets import Asset
from telemetry.sink import RefusedError
from telemetry.trackers.gate import DeniedError
from telemetry.trackers.http import Request, Response, text
from telemetry.trackers.http_tracker import HttpTracker
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.owntracks_messages import read
from telemetry.trackers.registry import tracker

MAX_FIELDS = 20
"""Fields of a query; two are looked at."""

_NOTHING_TO_TELL = Response(200, b"[]", "application/json")


def who(request: Request) -> tuple[Asset, str | None]:
    """The phone that posts, and the password that it shows. Raises RefusedError (`no_id` …)."""
    named_user, password = _credentials(request.headers.get(b"authorization", b""))
    try:
        query = parse_qs(request.query.decode("latin-1"), max_num_fields=MAX_FIELDS)
    except ValueError:
        raise RefusedError("malformed", f"a query of more than {MAX_FIELDS} fields") from None

    def word(header: bytes, field: str) -> str:
        if (value := request.headers.get(header)) is not None:
            return value.decode(errors="replace")
        return query.get(field, [""])[0]

    user, device = word(b"x-limit-u", "u") or named_user, word(b"x-limit-d", "d")
    if not user or not device:
        raise RefusedError("no_id", "no X-Limit-U and X-Limit-D: set user and device in the app")
    if "/" in user or "/" in device:
        raise RefusedError("bad_id", f"a slash in user {user[:40]!r} or device {device[:40]!r}")
    return tracker_asset("owntracks", f"{user}/{device}"), password


def _credentials(authorization: bytes) -> tuple[str, str | None]:
    """User and password of Basic authentication; without it no user and None."""
    scheme, _, encoded = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return "", None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise RefusedError("malformed", "Authorization is not Basic in base64") from None
    return user, password


@tracker("owntracks_http")
class OwntracksHttpServer(HttpTracker):
    """Takes messages in: 200 after COMMIT, 503 to come again, 401, 403 or 404 for who may not."""

    async def take(self, request: Request) -> Response:
        """Keep what a phone posts. Raises NotStoredError."""
        intake, body, peer = self.intake, request.body, request.peer
        try:
            asset, password = who(request)
        except RefusedError as error:
            intake.refuse(error, raw=body, peer=peer)
            return text(400, str(error))
        if not body:
            intake.statistics.ignored += 1
            return _NOTHING_TO_TELL
        try:
            told = read(asset, body, intake.clock(), intake.gate.key(asset))
            await intake.accept(
                asset,
                told.reports,
                refused=told.refused,
                token=password,
                proven=told.proven,
                raw=body,
                peer=peer,
            )
        except DeniedError as error:
            intake.refuse(error, raw=body, peer=peer)
            return _denied(error, password)
        except RefusedError as error:
            await intake.set_aside(error, raw=body, peer=peer)
        return _NOTHING_TO_TELL


def _denied(error: DeniedError, password: str | None) -> Response:
    if error.reason == "unknown_device":
        return text(404, str(error))
    if error.reason == "wrong_secret" and password is None:
        return text(401, str(error), WWW_Authenticate='Basic realm="nigehban", charset="UTF-8"')
    return text(403, str(error))
