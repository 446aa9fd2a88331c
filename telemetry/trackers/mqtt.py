"""One MQTT 3.1.1 connection whose messages are acknowledged only when they have been dealt with.

A session is one connection: a fresh gmqtt client with its own reconnecting switched off. PUBACK
goes out when the handler of a message returns, and it goes to the connection on which the message
came or nowhere: after a reconnection a packet identifier means another message. A handler that
cannot store its message ends the session instead, and the broker sends again what was not
acknowledged, to the next session of the same client id. That holds for every broker, since MQTT
lets no client refuse a single message (docs/decisions/0003-mqtt-acknowledgement.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import gmqtt
from gmqtt.mqtt.constants import MQTTv311
from gmqtt.mqtt.handler import MQTTConnectError

CONNECT_TIMEOUT = 10.0
"""Seconds until the broker has accepted the connection and the subscription."""

KEEP_ALIVE = 10
"""Seconds between signs of life; a silent broker is given up after twice that."""

CLOSE_TIMEOUT = 5.0

_NEVER_RECONNECT = -2
"""gmqtt: -1 is for ever, and 0 still tries once."""

_log = logging.getLogger(__name__)
_gmqtt_log = logging.getLogger("gmqtt")
_gmqtt_log.setLevel(logging.CRITICAL)  # a lost connection is ours to report, once and in one line


class MqttError(Exception):
    """The connection could not be made, or ended; the message says why."""


@dataclass(frozen=True, slots=True)
class MqttMessage:
    """A message that came in."""

    topic: str
    payload: bytes
    qos: int
    retained: bool
    """Whether the broker had kept it as the last of its topic, and sends it on subscribing."""


Handler = Callable[[MqttMessage], Awaitable[None]]
"""Deals with a message; what it raises ends the session without acknowledgement."""


@dataclass(frozen=True)
class Address:
    """Where a broker is and who we are there."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}"


def parse_address(url: str) -> Address:
    """The address in mqtt://[USER:PASSWORD@]HOST[:PORT], or mqtts:// for TLS. Raises MqttError."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        port, host = None, None
    if not host or parts.scheme not in {"mqtt", "mqtts"}:
        shown = url.rpartition("@")[2]
        raise MqttError(f"{shown!r} is no address of an MQTT broker: mqtt://HOST:PORT")
    tls = parts.scheme == "mqtts"
    username = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return Address(host, port or (8883 if tls else 1883), tls, username, password)


class MqttSession:
    """One connection with a persistent session at the broker. Its `run` is used once."""

    def __init__(
        self, address: Address, client_id: str, topics: Sequence[str], handler: Handler
    ) -> None:
        self._address = address
        self._topics = topics
        self._handler = handler
        self._granted: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        self._subscribed = False
        self._ending = asyncio.Event()
        self._closed = asyncio.Event()
        self._error: Exception = MqttError(f"closed the connection to {address}")
        self._working: set[asyncio.Task[Any]] = set()
        self._client = client = gmqtt.Client(
            client_id, clean_session=False, optimistic_acknowledgement=False, logger=_gmqtt_log
        )
        client.set_config({"reconnect_retries": _NEVER_RECONNECT, "reconnect_delay": 0})
        if address.username is not None:
            client.set_auth_credentials(address.username, address.password)
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect

    @property
    def subscribed(self) -> bool:
        """Whether messages come in now."""
        return self._subscribed and not self._ending.is_set()

    @property
    def was_subscribed(self) -> bool:
        """Whether messages came in at some time."""
        return self._subscribed

    async def run(self) -> None:
        """Receive until the connection ends; always raises MqttError or what a handler raised.

        Afterwards no handler of this session works any more, and none can acknowledge.
        """
        try:
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    await self._unless_ended(self._connect())
            except TimeoutError:
                why = f"{self._address} did not answer within {CONNECT_TIMEOUT:g} s"
                raise MqttError(why) from None
            except OSError as error:
                why = error.strerror or str(error)
                raise MqttError(f"cannot reach {self._address}: {why}") from error
            self._subscribed = True
            await self._ending.wait()
            raise self._error
        except asyncio.CancelledError:
            await self._close()
            for task in self._working:
                task.cancel()
            raise
        finally:
            await self._close()
            await asyncio.gather(*self._working, return_exceptions=True)

    def end(self) -> None:
        """Let `run` end: the messages that are being dealt with are given back to the broker."""
        self._ending.set()

    async def _connect(self) -> None:
        """Raises MqttError, OSError."""
        address = self._address
        try:
            await self._client.connect(
                address.host, address.port, address.tls, KEEP_ALIVE, version=MQTTv311
            )
        except MQTTConnectError as error:
            raise MqttError(f"{address} refuses us: {error}") from error
        self._client.subscribe([gmqtt.Subscription(topic, qos=1) for topic in self._topics])
        for topic, granted in zip(self._topics, await self._granted, strict=True):
            if granted != 1:
                raise MqttError(f"{address} refuses the subscription to {topic} ({granted:#x})")

    async def _unless_ended(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work; if the connection ends before, raises why it did."""
        loop = asyncio.get_running_loop()
        tasks = loop.create_task(work), loop.create_task(self._ending.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not tasks[0].done():
                raise self._error
            tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self) -> None:
        """Close the connection; from now on an acknowledgement goes nowhere."""
        self._ending.set()
        if self._closed.is_set():
            return
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._client.disconnect()
        except OSError as error:  # TimeoutError is one
            _log.warning("%s did not let the connection close: %r", self._address, error)
        finally:
            self._closed.set()

    async def _on_message(
        self,
        _client: gmqtt.Client,
        topic: str | bytes,
        payload: bytes,
        qos: int,
        properties: dict[str, Any],
    ) -> int:
        """Each message has a task of its own; when it returns, gmqtt sends PUBACK."""
        task = asyncio.current_task()
        assert task is not None
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        if isinstance(topic, bytes):  # gmqtt leaves it so when it is not UTF-8
            topic = topic.decode(errors="backslashreplace")
        if qos and self._ending.is_set():  # received, but not begun: it comes again
            await self._closed.wait()
            return 0
        try:
            await self._handler(MqttMessage(topic, payload, qos, bool(properties["retain"])))
        except asyncio.CancelledError:
            if not self._closed.is_set():
                raise  # not by us: never acknowledge
        except Exception as error:  # noqa: BLE001 - whatever failed, the message is not stored
            if not self._ending.is_set():
                self._error = error
                self._ending.set()
            await self._closed.wait()
        return 0

    def _on_subscribe(
        self, _client: gmqtt.Client, _mid: int, granted: tuple[int, ...], _properties: Any
    ) -> None:
        if not self._granted.done():
            self._granted.set_result(granted)

    def _on_disconnect(self, _client: gmqtt.Client, _packet: bytes, _error: object = None) -> None:
        if not self._ending.is_set():
            self._error = MqttError(f"lost the connection to {self._address}")
            self._ending.set()
