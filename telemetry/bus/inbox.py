"""What waits for one subscriber: a queue that loses its oldest rather than grow or block."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from telemetry.bus import QUEUE_LIMIT, Message

QUEUE_BYTES = 64_000_000
"""Payload bytes that wait for one subscriber before its oldest message is dropped."""


class Inbox:
    """A `Subscription`: messages in order of arrival, the oldest lost when it is full.

    Full is `limit` messages or `max_bytes` of payload, whichever comes first.
    """

    def __init__(self, limit: int = QUEUE_LIMIT, max_bytes: int = QUEUE_BYTES) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._dropped = 0
        self._closed = False
        self._news = asyncio.Event()

    @property
    def dropped(self) -> int:
        """How many messages were lost here because the subscriber was too slow."""
        return self._dropped

    def put(self, message: Message) -> None:
        """Add a message; drops the oldest ones as far as the limits demand. Never blocks."""
        if self._closed:
            return
        self._waiting.append(message)
        self._bytes += len(message.payload)
        while len(self._waiting) > self._limit or self._bytes > self._max_bytes:
            self._bytes -= len(self._waiting.popleft().payload)
            self._dropped += 1
        self._news.set()

    def close(self) -> None:
        """No more messages; iteration ends after those that wait already."""
        self._closed = True
        self._news.set()

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        message = self._waiting.popleft()
        self._bytes -= len(message.payload)
        return message
