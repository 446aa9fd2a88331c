"""OwnTracks: positions of phones as JSON over MQTT, on `owntracks/<user>/<device>`.

A location has `lat`, `lon` and `tst` (seconds), and may have `vel` (km/h), `cog`, `alt`, `acc` and
`batt`. What is absent is unknown here: the iOS app leaves out what is not valid and writes a zero
as 0, while the Android app may leave out a zero as well, so absence cannot be read as zero.
https://owntracks.org/booklet/tech/json/#_typelocation
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, replace

import orjson

from fleet.assets import Asset, IdentityError, owntracks_asset
from fleet.columns import STATUS, Source, blank
from telemetry.batch import Batch
from telemetry.settings import OwntracksSettings
from telemetry.sink import NotStoredError, RefusedError, Sink
from telemetry.trackers import Clock
from telemetry.trackers.mqtt import MqttError, MqttMessage, MqttSession, parse_address
from telemetry.trackers.report import (
    MAX_ACCURACY,
    MAX_ALTITUDE,
    MAX_SPEED,
    MIN_ALTITUDE,
    Report,
)
from telemetry.trackers.values import coordinates, fix_time, heading, number, positive

ORIGIN = "owntracks"
TOPIC = "owntracks/+/+"

MAX_BYTES = 64 << 10
"""Bytes of a message; a location has a few hundred."""

KILOMETRE_PER_HOUR = 1 / 3.6
"""Metres per second."""

RETRY_DELAYS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between attempts to reach the broker; the last one for ever."""

NOT_STORED_DELAY = 1.0
"""Seconds after which messages that were not stored are asked for again."""

_log = logging.getLogger(__name__)


def parse(topic: str, payload: bytes, received: float) -> Batch:
    """The batch that a message brings: a position, and a status when it tells the battery.

    Empty for an empty message (a retained one is deleted so) and for types other than location
    (`lwt`, `transition`, `status` …). `received` is our clock in seconds since 1970. Raises
    RefusedError.
    """
    asset = _asset(topic)
    if not payload:
        return Batch()
    if len(payload) > MAX_BYTES:
        raise RefusedError("too_large", f"a message of {len(payload)} bytes")
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise RefusedError("malformed", f"no JSON: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("_type"), str):
        raise RefusedError("malformed", "no JSON object with a _type")
    if message["_type"] == "encrypted":
        raise RefusedError("encrypted", f"{asset.identity} encrypts; switch it off in the app")
    if message["_type"] != "location":
        return Batch()
    return _location(asset, message, received).batch(received)


def _asset(topic: str) -> Asset:
    words = topic.split("/")
    if len(words) != 3 or words[0] != "owntracks" or not all(words):
        raise RefusedError("bad_topic", f"{topic[:80]!r} is not owntracks/<user>/<device>")
    try:
        return owntracks_asset(words[1], words[2])
    except IdentityError as error:
        raise RefusedError("bad_id", str(error)) from None


def _location(asset: Asset, message: dict[str, object], received: float) -> Report:
    if message.get("tst") is None:
        raise RefusedError("no_time", "a location without tst")
    latitude, longitude = coordinates(message.get("lat"), message.get("lon"))
    return Report(
        asset,
        Source.OWNTRACKS,
        fix_time(message["tst"], received),
        latitude,
        longitude,
        altitude=number("alt", message.get("alt"), MIN_ALTITUDE, MAX_ALTITUDE),
        heading=heading("cog", message.get("cog")),
        speed=positive("vel", message.get("vel"), MAX_SPEED / KILOMETRE_PER_HOUR)
        * KILOMETRE_PER_HOUR,
        accuracy=positive("acc", message.get("acc"), MAX_ACCURACY),
        battery_percent=positive("batt", message.get("batt"), 100),
    )


@dataclass(slots=True)
class OwntracksStatistics:
    """What came in since the start."""

    received: int = 0
    """Messages, those that were sent again included."""
    stored: int = 0
    """Of them acknowledged after COMMIT, or offered when the device asked for QoS 0."""
    ignored: int = 0
    """Of them acknowledged without a position in them: other types and empty ones."""
    refused: int = 0
    """Of them acknowledged though they cannot be taken: sending them again would not mend it."""
    not_stored: int = 0
    """Of them left to the broker, which sends them again."""
    lost_connections: int = 0


class OwntracksSubscriber:
    """Takes messages from a broker, and acknowledges each when the sink has accepted it."""

    def __init__(
        self, settings: OwntracksSettings, broker_url: str, sink: Sink, clock: Clock
    ) -> None:
        self._settings = settings
        self._broker_url = settings.broker or broker_url
        self._sink = sink
        self._clock = clock
        self._session: MqttSession | None = None
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._reported = ""
        self.statistics = OwntracksStatistics()

    @property
    def connected(self) -> bool:
        """Whether messages come in now."""
        return self._session is not None and self._session.subscribed

    async def run(self) -> None:
        """Receive until cancelled or closed; connects again for ever.

        Raises MqttError if the broker's address is none.
        """
        address = parse_address(self._broker_url)
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
                    address, self._settings.client_id, TOPIC, self._take
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
        self.statistics.received += 1
        self._reported = ""  # the next trouble is told again
        try:
            await self._keep(message)
        except RefusedError as error:  # sending it again would not mend it
            self.statistics.refused += 1
            self._sink.refuse(ORIGIN, error)
        except NotStoredError:
            self.statistics.not_stored += 1
            raise

    async def _keep(self, message: MqttMessage) -> None:
        """Hand a message's batch to the sink. Raises RefusedError, NotStoredError."""
        batch = parse(message.topic, message.payload, self._clock())
        if not len(batch):
            self.statistics.ignored += 1
            return
        if message.retained:  # comes with each subscription: the battery was told of then, not now
            batch = replace(batch, statuses=blank(STATUS, 0))
        if message.qos == 0:
            self._sink.offer(batch)
        else:
            await self._sink.accept(batch)
        self.statistics.stored += 1
