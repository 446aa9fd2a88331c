"""A connection to a NATS server that comes back by itself, with all that was subscribed on it.

Each connection is a fresh client of nats-py with its own reconnecting switched off. That client
would queue what is published while it is away, and gives up for good after some errors of the
server; here whoever wants to publish learns at once that there is no connection, and
`NatsConnection` connects again for ever and takes up every interest on the new connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from telemetry.bus import BusError

CONNECT_TIMEOUT = 2
"""Seconds for one attempt to connect."""

RETRY_DELAYS = (0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds between attempts to connect; the last one for ever."""

PING_SECONDS = 2
"""A server that answers none of two pings is given up after at most three times this."""

WATCH_SECONDS = 0.1
"""How often the connection is looked at. nats-py has a callback for its end, but may be stuck
with a server that takes nothing before it calls."""

CLOSE_TIMEOUT = 2.0

FLUSH_TIMEOUT = 2.0
"""Seconds for the server to take what was subscribed."""

_PONG_FORGOTTEN = 60  # seconds: long after PING_SECONDS have ended the connection

PENDING_BYTES = 8_000_000
"""Bytes that wait to be sent before publishing is refused: the server does not take them."""

_log = logging.getLogger(__name__)

LinkError = (nats.errors.Error, OSError)
"""What nats-py raises when the connection does not do it; TimeoutError is an OSError."""


@dataclass(eq=False, slots=True)
class Interest:
    """A subscription that lives over connections."""

    subject: str
    group: str
    receive: Callable[[Msg], Awaitable[None]]
    current: Subscription | None = None


class NatsConnection:
    """Connected until `close`, with pauses."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None
        self._interests: list[Interest] = []
        self._changing = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._closed = False
        self._last_error = "no attempt yet"

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._client is not None and self._client.is_connected

    async def start(self, timeout: float) -> None:
        """Connect, and keep connected until `close`. Raises BusError after `timeout` seconds."""
        try:
            address = urlsplit(self._url)
            wrong = address.scheme not in {"nats", "tls"} or not address.hostname
            wrong |= address.port == 0
        except ValueError:
            wrong = True
        if wrong:
            raise BusError(
                f"{_shown(self._url)!r} is no address of a NATS server: nats://HOST:PORT"
            )
        # In a task of its own: nats-py swallows some cancellations, and may not swallow this timeout.
        self._keeper = asyncio.get_running_loop().create_task(self._keep())
        try:
            async with asyncio.timeout(timeout):
                await self._begun.wait()
        except TimeoutError:
            await self.close()
            error = f"no NATS server at {_shown(self._url)} after {timeout:g} s: {self._last_error}"
            raise BusError(error) from None
        except asyncio.CancelledError:
            await self.close()
            raise

    async def close(self) -> None:
        """End it for good."""
        self._closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        async with self._changing:
            client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(TimeoutError):  # it waits for a server that takes nothing
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await client.close()

    def client(self) -> Client:
        """The client to publish with now. Raises BusError if there is none or nothing is taken."""
        if self._closed:
            raise BusError("the bus is closed")
        client = self._client
        if client is None or not client.is_connected:
            raise BusError(f"not connected to {_shown(self._url)}: {self._last_error}")
        if client.pending_data_size > PENDING_BYTES:
            raise BusError(
                f"{_shown(self._url)} takes nothing: {client.pending_data_size} bytes wait"
            )
        return client

    @asynccontextmanager
    async def interested(self, interest: Interest) -> AsyncGenerator[None]:
        """Be subscribed, on this connection and on each later one, while the block lasts."""
        if self._closed:
            raise BusError("the bus is closed")
        async with self._changing:
            self._interests.append(interest)
            if self._client is not None:
                try:
                    await _take_up(self._client, [interest])
                except LinkError as error:  # the keeper takes it up with the next one
                    _log.info("subscribing to %s: %r", interest.subject, error)
        try:
            yield
        finally:
            async with self._changing:
                self._interests.remove(interest)
                if interest.current is not None and self.connected:
                    try:
                        await interest.current.unsubscribe()
                    except LinkError as error:  # gone with the connection
                        _log.debug("unsubscribing from %s: %r", interest.subject, error)

    async def _keep(self) -> None:
        """Connect, and again whenever the connection is lost."""
        await self._connect()
        self._begun.set()
        while not self._closed:
            await asyncio.sleep(WATCH_SECONDS)
            if self.connected:
                continue
            _log.warning("lost the NATS server at %s: %s", _shown(self._url), self._last_error)
            async with self._changing:
                self._client = None
            await self._connect()
            _log.info("connected to the NATS server at %s again", _shown(self._url))

    async def _connect(self) -> None:
        """Try until it is done or we are closed; then everything is subscribed again."""
        attempt = 0
        while not self._closed:  # cancelled too, but see `start`
            client = Client()
            try:
                await self._attempt(client)
            except Exception as error:  # noqa: BLE001 - whatever answers there, try again
                if not isinstance(error, nats.errors.NoServersError):  # else it was noted before
                    self._last_error = str(error) or repr(error)
                await client.close()
            except asyncio.CancelledError:
                await client.close()
                raise
            else:
                return
            await asyncio.sleep(RETRY_DELAYS[min(attempt, len(RETRY_DELAYS) - 1)])
            attempt += 1

    async def _attempt(self, client: Client) -> None:
        async def note_error(error: Exception) -> None:
            self._last_error = str(error) or repr(error)
            _log.debug("NATS: %r", error)

        await client.connect(
            self._url,
            name="nigehban",
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=CONNECT_TIMEOUT,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
            pending_size=0,  # else publishing waits for ever when the server takes nothing
            error_cb=note_error,
        )
        async with self._changing:
            await _take_up(client, self._interests)
            if not client.is_connected:
                raise nats.errors.ConnectionClosedError
            self._client = client


async def _take_up(client: Client, interests: list[Interest]) -> None:
    """Subscribe; on return the server knows of it. Raises what nats-py raises."""
    for interest in interests:
        interest.current = await client.subscribe(
            interest.subject, queue=interest.group, cb=interest.receive
        )
    if interests:
        await _known_to_the_server(client)


async def _known_to_the_server(client: Client) -> None:
    """Wait until the server has taken what was sent. Raises what nats-py raises, TimeoutError.

    The ping goes on when we are cancelled or do not wait any longer: nats-py ends its connection
    when the server answers one whose future was cancelled.
    """
    flushing = asyncio.create_task(client.flush(timeout=_PONG_FORGOTTEN))
    flushing.add_done_callback(lambda done: done.cancelled() or done.exception())
    async with asyncio.timeout(FLUSH_TIMEOUT):
        await asyncio.shield(flushing)


def _shown(url: str) -> str:
    """The address without the credentials that it may carry."""
    return url.rpartition("//")[2].rpartition("@")[2]
