"""What protocols over MQTT share: a protocol's own class says what becomes of a message.

A message is acknowledged to the broker when it is kept, or set aside with its reason
(docs/decisions/0003-mqtt-acknowledgement.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from pydantic import SecretStr

from telemetry.sink import NotStoredError, RefusedError
from telemetry.trackers.intake import Intake
from telemetry.trackers.mqtt import MqttError, MqttMessage, MqttSession, parse_address

RETRY_DELAYS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between attempts to reach the broker; the last one for ever."""

NOT_STORED_DELAY = 1.0
"""Seconds after which messages that were not stored are asked for again."""

_log = logging.getLogger(__name__)


class AtBroker(Protocol):
    """A section that says which broker to subscribe at, and as whom."""

    @property
    def broker(self) -> str | None:
        """The address."""

    @property
    def username(self) -> str | None:
        """The user."""

    @property
    def password(self) -> SecretStr | None:
        """The password."""

    @property
    def client_id(self) -> str:
        """Keeps the broker's queue for us over a restart."""


class MqttTracker(ABC):
    """Takes messages from a broker, and acknowledges each when it is kept."""

    topics: Sequence[str]
    """What is subscribed to."""

    def __init__(self, settings: AtBroker, intake: Intake) -> None:
        """`settings.broker` has to be set: whoever runs an embedded broker puts in its address."""
        self._settings = settings
        self.intake = intake
        self._session: MqttSession | None = None
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._reported = ""
        self.statistics = intake.statistics

    @abstractmethod
    async def keep(self, message: MqttMessage, peer: str) -> None:
        """Take what a message tells; returns when it is kept. Raises RefusedError, NotStoredError."""

    @property
    def listening(self) -> bool:
        """Whether messages come in now."""
        return self._session is not None and self._session.subscribed

    async def run(self) -> None:
        """Receive until cancelled or closed; connects again for ever.

        Raises MqttError if the broker's address is none.
        """
        address = parse_address(self._settings.broker or "")
        if self._settings.username is not None:
            password = self._settings.password
            address = replace(
                address,
                username=self._settings.username,
                password=None if password is None else password.get_secret_value(),
            )
        self._ended.clear()
        failures = 0
        try:
            while not self._closing.is_set():
                self._session = session = MqttSession(
                    address, self._settings.client_id, self.topics, self._take
                )
                delay = await self._outlast(session)
                failures = 0 if session.was_subscribed else failures + 1
                delay = max(delay, RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)])
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(delay):
                        await self._closing.wait()
        finally:
            self._session = None
            self._ended.set()

    async def close(self) -> None:
        """End `run`; what is not acknowledged stays with the broker."""
        self._closing.set()
        if self._session is not None:
            self._session.end()
        await self._ended.wait()

    async def _outlast(self, session: MqttSession) -> float:
        """Run the session to its end; returns how long to wait at least before the next one."""
        try:
            await session.run()
        except NotStoredError as error:
            self._report(f"not stored, the broker sends it again: {error}")
            return NOT_STORED_DELAY
        except MqttError as error:
            self._report(str(error))
            self.statistics.lost_connections += session.was_subscribed
        except Exception:  # noqa: BLE001 - a fault in the sink must not end the reception
            _log.exception("a message could not be dealt with")
            return RETRY_DELAYS[-1]
        return 0.0

    def _report(self, what: str) -> None:
        """Say why nothing comes in, once until it changes."""
        if what != self._reported and not self._closing.is_set():
            _log.warning("%s: %s", self.intake.origin, what)
        self._reported = what

    async def _take(self, message: MqttMessage) -> None:
        """Deal with one message; when this returns it is acknowledged. Raises NotStoredError."""
        self._reported = ""  # the next trouble is told again
        intake = self.intake
        intake.statistics.received += 1
        peer = f"mqtt {message.topic[:200]}"
        try:
            await self.keep(message, peer)
        except RefusedError as error:
            if message.qos:  # sending it again would not mend it
                await intake.set_aside(error, raw=message.payload, peer=peer)
            else:
                intake.refuse(error, raw=message.payload, peer=peer)
