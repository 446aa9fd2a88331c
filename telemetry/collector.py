"""The collector: joins links and trackers to the picture, the store and the bus.

Everything that comes in passes `accept` or `offer` once: the picture changes, the writer gets the
rows. Several times a second what changed in the picture goes onto the bus. Nothing here waits for
the database except the device that wants its acknowledgement.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from fleet.picture import Picture
from telemetry.batch import Batch
from telemetry.bus import Bus, BusError
from telemetry.feed import COLLECTOR_SUBJECT, PICTURE_SUBJECT, pack_picture
from telemetry.mavlink.network import Network
from telemetry.settings import (
    CollectorSettings,
    MavlinkSettings,
    OsmandSettings,
    OwntracksSettings,
)
from telemetry.sink import Refusals, RefusedError
from telemetry.store.writer import Writer
from telemetry.trackers import Clock
from telemetry.trackers.osmand import OsmandServer
from telemetry.trackers.owntracks import OwntracksSubscriber

log = logging.getLogger(__name__)

HEALTH_PERIOD = 1.0
SUMMARY_PERIOD = 60.0

ASSETS_MOST = 100_000
"""Assets that are taken in: who invents a new tracker id for each request fills no memory."""


@dataclass(frozen=True)
class Sources:
    """What the collector listens to."""

    mavlink: MavlinkSettings
    osmand: OsmandSettings
    owntracks: OwntracksSettings
    mqtt_url: str


class Collector:
    """Takes batches in (it is the `telemetry.sink.Sink`) and runs all that brings them."""

    def __init__(
        self,
        settings: CollectorSettings,
        sources: Sources,
        *,
        dsn: str,
        bus: Bus,
        data_dir: Path,
        clock: Clock = time.time,
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._bus = bus
        self._clock = clock
        self.picture = Picture()
        self.refusals = Refusals()
        self.writer = Writer(
            dsn,
            queue_rows=settings.queue_rows,
            on_refused=lambda error: self.refuse("store", error),
        )
        self.received = 0
        """Rows that came in, acknowledged or not."""
        self.networks = [
            Network(name, link, sources.mavlink, self, data_dir / "tlog" / name, clock)
            for name, link in sources.mavlink.networks.items()
        ]
        self.osmand = OsmandServer(sources.osmand, self, clock)
        self.owntracks = OwntracksSubscriber(sources.owntracks, sources.mqtt_url, self, clock)

    async def accept(self, batch: Batch) -> None:
        """Show the batch and keep it; returns after COMMIT. Raises NotStoredError, RefusedError."""
        self._show(batch)
        await self.writer.commit(batch, timeout=self._settings.commit_timeout)

    def offer(self, batch: Batch) -> None:
        """Show the batch and keep it when the database can; never blocks."""
        try:
            self._show(batch)
        except RefusedError as error:
            self.refuse("collector", error)
        else:
            self.writer.offer(batch)

    def refuse(self, origin: str, error: RefusedError) -> None:
        """Count it, and say so in the log at the 1st, 10th, 100th … of its sort."""
        count = self.refusals.add(origin, error)
        if count == 10 ** (len(str(count)) - 1):
            log.warning("refused %s from %s (%d so far): %s", error.reason, origin, count, error)

    async def run(self) -> None:
        """Run until cancelled. Raises an ExceptionGroup if a listener cannot start."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.writer.run())
            for network in self.networks:
                tasks.create_task(network.run())
            tasks.create_task(self.osmand.run())
            tasks.create_task(self.owntracks.run())
            tasks.create_task(_every(1 / self._settings.feed_hz, self._feed()))
            tasks.create_task(_every(HEALTH_PERIOD, self._publish_health))
            tasks.create_task(_every(HEALTH_PERIOD, self._watch_store()))
            tasks.create_task(_every(SUMMARY_PERIOD, self._summarise))

    def _show(self, batch: Batch) -> None:
        """Take the batch into the picture. Raises RefusedError for an asset beyond ASSETS_MOST."""
        if len(self.picture) >= ASSETS_MOST and any(
            a.key not in self.picture for a in batch.assets
        ):
            raise RefusedError("too_many_assets", f"{ASSETS_MOST} assets are known already")
        self.received += len(batch)
        self.picture.add(batch.assets)
        self.picture.update_positions(batch.positions)
        self.picture.update_statuses(batch.statuses)

    def _feed(self) -> Callable[[], Awaitable[None]]:
        sent = 0

        async def publish() -> None:
            nonlocal sent
            if not self._bus.connected:
                return  # what changes meanwhile is sent when the bus is back
            version = self.picture.version
            for payload in pack_picture(self.picture.changed_since(sent)):
                await self._bus.publish(PICTURE_SUBJECT, payload)
            sent = version

        return publish

    def _watch_store(self) -> Callable[[], Awaitable[None]]:
        """Say once when the database goes away and once when it is back."""
        was_connected = True

        async def watch() -> None:
            nonlocal was_connected
            store = self.writer.statistics
            if was_connected and not store.connected:
                log.warning("the database is away: %s", store.last_error or "not connected yet")
            elif store.connected and not was_connected:
                log.info("the database is back; %d rows waited", store.waiting)
            was_connected = store.connected

        return watch

    def health(self) -> dict[str, object]:
        """What `live.collector` tells; counters are since the start."""
        return {
            "time": self._clock(),
            "assets": len(self.picture),
            "received": self.received,
            "messages": sum(network.statistics.frames for network in self.networks),
            "owntracks_connected": self.owntracks.connected,
            "store": asdict(self.writer.statistics),
            "mavlink": {network.name: asdict(network.statistics) for network in self.networks},
            "refused": {
                f"{origin}: {reason}": n for (origin, reason), n in self.refusals.counts.items()
            },
        }

    async def _publish_health(self) -> None:
        await self._bus.publish(COLLECTOR_SUBJECT, orjson.dumps(self.health()))

    async def _summarise(self) -> None:
        store = self.writer.statistics
        log.info(
            "%d assets, %d rows in, %d committed, %d waiting, %d dropped, %d refused",
            len(self.picture),
            self.received,
            store.committed,
            store.waiting,
            store.dropped,
            self.refusals.counts.total(),
        )


async def _every(period: float, action: Callable[[], Awaitable[None]]) -> None:
    """Act each `period` seconds; a bus that is away is waited for, its publisher never stops."""
    while True:
        await asyncio.sleep(period)
        with contextlib.suppress(BusError):
            await action()
