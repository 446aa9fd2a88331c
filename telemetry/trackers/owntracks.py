"""OwnTracks over MQTT: what phones publish to `owntracks/<user>/<device>` and below it.

A message is acknowledged to the broker when it is kept (docs/decisions/0003-mqtt-acknowledgement.md).
Which user a phone is at the broker does not reach us: where the broker lets anybody publish as
anybody, a device that is to be believed encrypts with a key. One that has only a token can show it
over HTTP alone, and is refused here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from dataclasses import replace

from telemetry.settings import OwntracksSettings
from telemetry.sink import NotStoredError, RefusedError
from telemetry.trackers.intake import Intake
from telemetry.trackers.mqtt import MqttError, MqttMessage, MqttSession, parse_address
from telemetry.trackers.owntracks_messages import asset_of, read
from telemetry.trackers.registry import tracker
from telemetry.trackers.report import Report

TOPICS = ("owntracks/+/+", "owntracks/+/+/+")
"""Locations and the last will; transitions, waypoints and other things of the device."""

RETRY_DELAYS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between attempts to reach the broker; the last one for ever."""

NOT_STORED_DELAY = 1.0
"""Seconds after which messages that were not stored are asked for again."""

_OURS = "cmd"
"""What is said to a device below its topic is no word of it."""

_log = logging.getLogger(__name__)


@tracker("owntracks")
class OwntracksSubscriber:
    """Takes messages from a broker, and acknowledges each when the sink has accepted it."""

    def __init__(self, settings: OwntracksSettings, intake: Intake) -> None:
        """`settings.broker` has to be set: whoever runs an embedded broker puts in its address."""
        self._settings = settings
        self.intake = intake
        self._session: MqttSession | None = None
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._reported = ""
        self.statistics = intake.statistics

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
                    address, self._settings.client_id, TOPICS, self._take
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
            _log.warning("OwnTracks: %s", what)
        self._reported = what

    async def _take(self, message: MqttMessage) -> None:
        """Deal with one message; when this returns it is acknowledged. Raises NotStoredError."""
        self._reported = ""  # the next trouble is told again
        intake = self.intake
        intake.statistics.received += 1
        peer = f"mqtt {message.topic[:200]}"
        try:
            await self._keep(message, peer)
        except RefusedError as error:
            if message.qos:  # sending it again would not mend it
                await intake.set_aside(error, raw=message.payload, peer=peer)
            else:
                intake.refuse(error, raw=message.payload, peer=peer)

    async def _keep(self, message: MqttMessage, peer: str) -> None:
        """Take what a message tells. Raises RefusedError, NotStoredError."""
        intake, raw = self.intake, message.payload
        asset, word = asset_of(message.topic)
        if word == _OURS or not raw:
            intake.statistics.ignored += 1
            return
        told = read(asset, raw, intake.clock(), intake.gate.key(asset))
        reports = _of_then(told.reports) if message.retained else told.reports
        if message.qos:
            await intake.accept(
                asset, reports, refused=told.refused, proven=told.proven, raw=raw, peer=peer
            )
        else:
            intake.offer(
                asset, reports, refused=told.refused, proven=told.proven, raw=raw, peer=peer
            )


def _of_then(reports: list[Report]) -> list[Report]:
    """What a message still tells that comes with each subscription: where the phone once was."""
    return [
        replace(report, battery_percent=math.nan, events=()) for report in reports if report.placed
    ]
