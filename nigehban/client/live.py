"""The live feed: every message as it comes, and the picture that they add up to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from nigehban.client.errors import FeedLostError, UnreachableError
from nigehban.client.models import Asset

LARGEST = 32 << 20
"""Bytes of a message: the whole picture of 20,000 assets has some 6 MB."""

WAITING = 4
"""Messages that wait here; the server drops what is old for a program that is slower."""

SILENCE = 5.0
"""Seconds without a message after which the feed is lost: the server speaks each 0.5 s."""


class LiveFeed:
    """An asynchronous iterator over the messages, each with a `type`; see docs/api.md.

    `assets` has all assets by key, as they are after the message that came last. Enter it as a
    context so that its socket is closed when you stop. Raises UnreachableError when it cannot begin,
    FeedLostError when it ends: begin a new one then, which starts with everything.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = url
        self._origin = Origin(f"{parts.scheme}://{parts.netloc}")
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._url = f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/live?format=json"
        self._stack = AsyncExitStack()
        self._socket: ClientConnection | None = None
        self._told: dict[str, dict[str, Any]] = {}

    async def __aenter__(self) -> Self:
        opening = connect(
            self._url,
            origin=self._origin,
            max_size=LARGEST,
            max_queue=WAITING,
            compression=None,
            proxy=None,
        )
        try:
            self._socket = await self._stack.enter_async_context(opening)
        except (OSError, WebSocketException) as error:
            raise UnreachableError(f"{self._address}: {error}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        self._socket = None
        await self._stack.aclose()

    @property
    def assets(self) -> dict[str, Asset]:
        """By key, those that had a mark."""
        return {key: self._read(told) for key, told in self._told.items() if "latitude" in told}

    def asset(self, key: str) -> Asset | None:
        """One of them; None if it had no mark yet."""
        told = self._told.get(key, {})
        return self._read(told) if "latitude" in told else None

    async def watch(self, key: str | None) -> None:
        """Ask for `detail` of one asset as it changes, or of none. Raises FeedLostError."""
        try:
            await self._open().send(orjson.dumps({"watch": key}), text=True)
        except WebSocketException as error:
            raise FeedLostError(f"{self._address}: {error}") from error

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as own:
            if self._socket is None:
                await own.enter_async_context(self)
            while True:
                message = await self._next()
                self._take(message)
                yield message

    async def _next(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(SILENCE):
                message: dict[str, Any] = orjson.loads(await self._open().recv())
                return message
        except TimeoutError:
            raise FeedLostError(f"{self._address}: silent for {SILENCE:g} s") from None
        except WebSocketException as error:
            raise FeedLostError(f"{self._address}: {error}") from error

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] not in {"assets", "marks"}:
            return
        for told in message[message["type"]]:
            self._told.setdefault(told["key"], {}).update(told)

    def _open(self) -> ClientConnection:
        if self._socket is None:
            raise FeedLostError(f"{self._address}: the feed is not open")
        return self._socket

    @staticmethod
    def _read(told: dict[str, Any]) -> Asset:
        return Asset.model_validate(told)
