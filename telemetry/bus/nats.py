"""The bus between processes and machines, over a NATS server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import nats.errors
from nats.aio.msg import Msg

from telemetry.bus import BusError, Handler, Message, NoAnswerError
from telemetry.bus.inbox import Inbox
from telemetry.bus.nats_connection import Interest, LinkError, NatsConnection
from telemetry.bus.responder import Responder, ResponderError
from telemetry.bus.subjects import check_pattern, check_payload, check_subject

_ERROR_HEADER = "Nigehban-Error"
_QUEUE_GROUP = "responders"

_log = logging.getLogger(__name__)


class NatsBus:
    """A `Bus` over a NATS server. Make it with `connect_bus`."""

    def __init__(self, connection: NatsConnection) -> None:
        self._connection = connection
        self._inboxes: set[Inbox] = set()
        self._responders: set[Responder] = set()
        self._answering: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether a message published now would leave this process."""
        return self._connection.connected

    async def publish(self, subject: str, payload: bytes) -> None:
        """Send to all who subscribe now. Raises BusError, at once when disconnected."""
        check_subject(subject)
        check_payload(payload)
        client = self._connection.client()
        try:
            await client.publish(subject, payload)
        except LinkError as error:
            raise BusError(f"cannot publish on {subject}: {error!r}") from error

    @asynccontextmanager
    async def subscribe(self, subject: str) -> AsyncGenerator[Inbox]:
        """Receive until the block is left, over reconnections too. Raises BusError."""
        check_pattern(subject)
        inbox = Inbox()

        async def receive(message: Msg) -> None:  # nats-py demands a coroutine
            inbox.put(Message(message.subject, message.data))

        async with self._connection.interested(Interest(subject, "", receive)):
            self._inboxes.add(inbox)
            try:
                yield inbox
            finally:
                inbox.close()
                self._inboxes.discard(inbox)

    async def request(self, subject: str, payload: bytes, *, timeout: float) -> bytes:
        """Ask whoever responds there. Raises NoAnswerError, BusError."""
        check_subject(subject)
        check_payload(payload)
        client = self._connection.client()
        try:
            answer = await client.request(subject, payload, timeout=timeout)
        except nats.errors.NoRespondersError:
            raise NoAnswerError(f"nobody responds on {subject}") from None
        except TimeoutError:
            raise NoAnswerError(f"no answer on {subject} within {timeout:g} s") from None
        except LinkError as error:
            raise BusError(f"cannot ask on {subject}: {error!r}") from error
        if answer.headers and _ERROR_HEADER in answer.headers:
            raise ResponderError(answer.headers[_ERROR_HEADER])
        return answer.data

    @asynccontextmanager
    async def respond(self, subject: str, handler: Handler) -> AsyncGenerator[None]:
        """Answer requests while the block lasts, over reconnections too. Raises BusError."""
        check_pattern(subject)
        responder = Responder(subject, handler)

        async def receive(message: Msg) -> None:
            if message.reply:  # else it was published, and nobody waits for an answer
                task = asyncio.get_running_loop().create_task(self._answer(responder, message))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

        self._responders.add(responder)
        try:
            async with self._connection.interested(Interest(subject, _QUEUE_GROUP, receive)):
                yield
        finally:
            self._responders.discard(responder)
            await responder.close()

    async def close(self) -> None:
        """Leave the bus; subscriptions end. Closing twice is harmless."""
        for responder in list(self._responders):
            await responder.close()
        await self._connection.close()
        for inbox in self._inboxes:
            inbox.close()

    async def _answer(self, responder: Responder, request: Msg) -> None:
        """Send the handler's answer, or in a header why there is none."""
        answer, headers = b"", None
        try:
            answer = await responder.start(Message(request.subject, request.data))
        except ResponderError as error:
            headers = {_ERROR_HEADER: str(error)}
        try:
            await self._connection.client().publish(request.reply, answer, headers=headers)
        except (BusError, *LinkError) as error:  # whoever asked waits in vain and is told so
            _log.info("the answer on %s was lost: %r", request.subject, error)


async def connect_bus(url: str, *, timeout: float = 5) -> NatsBus:
    """The bus over the NATS server at `url` (nats://host:port).

    Raises BusError with the reason when there is no connection after `timeout` seconds. Later on
    the bus reconnects by itself.
    """
    connection = NatsConnection(url)
    await connection.start(timeout)
    return NatsBus(connection)
