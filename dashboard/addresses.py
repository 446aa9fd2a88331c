"""The addresses of the page. One document serves them all; the browser's router tells them apart."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

PAGES = ("live", "alerts", "airspace", "fleet", "plan", "history", "help")
"""In the order of the navigation. `live` is at `/`, each other one at its own name."""

_ADDRESSES = frozenset(f"/{name}" for name in PAGES if name != "live")


class PageAddresses:
    """ASGI middleware: a GET of a page's address is answered as one of `/`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in _ADDRESSES:
            scope = {**scope, "path": "/", "raw_path": b"/"}
        await self._app(scope, receive, send)
