"""What both clients have in common: how a request is built, judged, and sent again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from nigehban.client.calls import Call
from nigehban.client.errors import error_of

API = "/api/v1/"

TIMEOUT = 30.0
"""Seconds for an answer; the server itself waits up to 12 for the collector."""

PATIENCE = 30.0
"""Seconds during which a request is sent again while the server says that something is away."""

LONGEST_PAUSE = 10.0
"""Seconds between two tries at most, whatever Retry-After says."""


def options(url: str) -> dict[str, Any]:
    """For httpx, of a page's address. Raises ValueError if it is none."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a page: it begins with http:// or https://")
    # The page is on loopback: no proxy of the environment leads there.
    return {"base_url": url.rstrip("/") + API, "timeout": TIMEOUT, "trust_env": False}


def arguments(call: Call[Any]) -> dict[str, Any]:
    """For `httpx.Client.request`."""
    headers, content = dict(call.headers), call.body
    if content is not None:
        as_it_is = isinstance(content, bytes)
        kind = "application/octet-stream" if as_it_is else "application/json"
        headers["Content-Type"] = kind
        content = content if as_it_is else orjson.dumps(content)
    return {
        "method": call.method,
        "url": call.path,
        "params": dict(call.query),
        "headers": headers,
        "content": content,
    }


class Tries:
    """Whether and when a request is sent again."""

    def __init__(self, call: Call[Any], patience: float) -> None:
        self._call = call
        self._left = patience

    def pause(self, answer: httpx.Response) -> float | None:
        """Seconds until it is sent again; None if this answer is the last one.

        Raises ApiError for a refusal that is the last one.
        """
        if answer.is_success:
            return None
        after = answer.headers.get("Retry-After", "")
        if answer.status_code == 503 and self._call.repeatable and after.isdecimal():
            pause = min(float(after), LONGEST_PAUSE)
            self._left -= pause
            if self._left >= 0:
                return pause
        raise error_of(answer)
