"""Stands before everything that the page's server answers, WebSocket handshakes included.

The page has no log-in yet and trusts who reaches it over loopback. Two others could reach it
there through the user's own browser: a foreign site whose name is made to point here (so the Host
header must be one of ours), and a foreign site that opens our socket or posts to us (so the
Origin must be ours). The answer's headers make sure that the page loads nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 256 * 1024
"""Bytes of a request body."""

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

_MAX_DIGITS = 12  # of a Content-Length

_READING = frozenset({"GET", "HEAD"})
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class BodyTooLargeError(Exception):
    """A request body of more bytes than its path may have, sent without saying so before."""


def content_security_policy(script_hashes: Iterable[str]) -> str:
    """The policy of every answer: nothing but our own origin.

    `script_hashes` are of the inline scripts that Dash itself writes into the page; no other
    inline script runs. Inline styles stay allowed: React, Plotly and MapLibre write them, and
    Plotly makes its rules at run time, so no hash can name them.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {' '.join(script_hashes)}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",  # Plotly's and MapLibre's own drawings
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


class Guard:
    """ASGI middleware.

    `hosts` are the names, without port, under which the page is ours; `sockets` the paths of the
    only WebSockets there are; `bodies` the bytes of a request body by path, where MAX_BODY is not
    enough.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Iterable[str],
        sockets: Iterable[str],
        policy: str,
        bodies: Mapping[str, int] | None = None,
    ) -> None:
        self._app = app
        self._bodies = dict(bodies or {})
        self._hosts = frozenset(hosts)
        self._sockets = frozenset(sockets)
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or answer 403, 405 or 413 (a refused handshake is a 403)."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            if self._handshake_is_ours(scope):
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                # Otherwise a browser may go on with the modules of the version before.
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        most = self._body_most(scope)
        try:
            await self._app(scope, _bounded(receive, most), send_guarded)
        except BodyTooLargeError:
            await _too_large(most)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if not self._host_is_ours(headers):
            host = headers.get("host", "")[:100]
            return PlainTextResponse(f"this page is not called {host!r}\n", 403)
        if scope["method"] not in _METHODS:
            return PlainTextResponse("method not allowed\n", 405, {"Allow": ", ".join(_METHODS)})
        if scope["method"] not in _READING and not _same_origin(headers, required=False):
            return PlainTextResponse("this request comes from another site\n", 403)
        length = headers.get("content-length", "0")
        most = self._body_most(scope)
        if not length.isdecimal() or len(length) > _MAX_DIGITS or int(length) > most:
            return _too_large(most)
        return None

    def _body_most(self, scope: Scope) -> int:
        return self._bodies.get(scope["path"], MAX_BODY)

    def _handshake_is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        ours = self._host_is_ours(headers) and _same_origin(headers, required=True)
        return ours and scope["path"] in self._sockets

    def _host_is_ours(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        return len(hosts) == 1 and _hostname(f"//{hosts[0]}") in self._hosts


def _same_origin(headers: Headers, *, required: bool) -> bool:
    """Whether Origin names the same host and port as Host; browsers always send it."""
    origin = headers.get("origin")
    if origin is None:
        return not required
    try:
        return urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _too_large(most: int) -> PlainTextResponse:
    return PlainTextResponse(f"a request body has at most {most} bytes\n", 413)


def _bounded(receive: Receive, most: int) -> Receive:
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise BodyTooLargeError
        return message

    return bounded
