"""What has not changed is not sent again: ETag and If-None-Match, RFC 9110."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response


def tagged(
    request: Request,
    body: bytes,
    media_type: str = "application/json",
    *,
    revision: int | None = None,
) -> Response:
    """`body` with its ETag, or 304 if the client has it already.

    The tag is of the body, or the `revision` that a change of it has to name.
    """
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest() if revision is None else revision}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    known = request.headers.get("if-none-match", "")
    if tag in {each.strip().removeprefix("W/") for each in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def revised(response: Response, revision: int) -> Response:
    """The answer with a revision as its ETag."""
    response.headers["ETag"] = f'"{revision}"'
    return response
