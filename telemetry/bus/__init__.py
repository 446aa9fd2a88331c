"""The bus: the live feed and requests between the processes of one deployment.

What is on the bus is of now: a subscriber that falls behind loses the oldest messages and can see
how many. History is the store's. `memory.MemoryBus` joins the parts of one process,
`nats.NatsBus` joins processes and machines; both keep the same contract
(tests/integration/test_bus_contract.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

QUEUE_LIMIT = 1024
"""Messages that wait for one subscriber before its oldest is dropped."""

MAX_PAYLOAD = 1_000_000
"""Bytes of one message: a NATS server's default limit, less its headers."""


class BusError(Exception):
    """The bus cannot do it: unreachable, closed, or the payload is too large."""


class NoAnswerError(BusError):
    """Nobody answered a request in time, or nobody listens there."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its full subject and its bytes."""

    subject: str
    payload: bytes


class Subscription(Protocol):
    """Messages in order of arrival; iterate over it with `async for`."""

    @property
    def dropped(self) -> int:
        """How many messages were lost here because the subscriber was too slow."""

    def __aiter__(self) -> AsyncIterator[Message]: ...


Handler = Callable[[Message], Awaitable[bytes]]


class Bus(Protocol):
    """Subjects are dot-separated words; in a subscription `*` is one word, a final `>` the rest."""

    @property
    def connected(self) -> bool:
        """Whether a message published now would leave this process."""

    async def publish(self, subject: str, payload: bytes) -> None:
        """Send to all who subscribe now; waits for nobody. Raises BusError."""

    def subscribe(self, subject: str) -> AbstractAsyncContextManager[Subscription]:
        """Receive from the moment the block is entered until it is left."""

    async def request(self, subject: str, payload: bytes, *, timeout: float) -> bytes:
        """Ask whoever responds there. Raises NoAnswerError after `timeout` seconds, BusError."""

    def respond(self, subject: str, handler: Handler) -> AbstractAsyncContextManager[None]:
        """Answer requests while the block lasts; of several responders one gets each request."""

    async def close(self) -> None:
        """Leave the bus; subscriptions end. Closing twice is harmless."""
