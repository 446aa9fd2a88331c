"""The collector: joins links and trackers to the picture, the store and the bus.

Everything that comes in passes `accept` or `offer` once: the picture changes, the keeper gets the
rows. Several times a second what changed in the picture goes onto the bus. Nothing here waits for
database or disk except the device that wants its acknowledgement.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path

import orjson

from fleet.assets import Kind
from fleet.geofences.looking import Ground
from fleet.picture import Picture
from telemetry.airspace.lookout import Lookout
from telemetry.airspace.settings import AirspaceSettings
from telemetry.batch import Batch, DeadLetter
from telemetry.bus import Bus, BusError
from telemetry.feed import COLLECTOR_SUBJECT, PICTURE_SUBJECT, pack_picture
from telemetry.garbage import seldom_collected
from telemetry.keeper import Keeper
from telemetry.kinds import Kinds
from telemetry.letters import LetterBox, dead_letter
from telemetry.mavlink.building import new_network
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.outside import OutsideEvents
from telemetry.settings import CollectorSettings
from telemetry.sink import NotStoredError, Refusals, RefusedError
from telemetry.store.housekeeping import Housekeeper
from telemetry.store.settings import HistorySettings
from telemetry.store.writer import Writer
from telemetry.trackers import Clock
from telemetry.trackers.plausibility import Plausibility
from telemetry.trackers.registry import build_all
from telemetry.trackers.settings import TrackerSections
from telemetry.views import PERIOD as VIEWS_PERIOD
from telemetry.views import ViewsFeed
from telemetry.watching.settings import GeofenceSettings, RulesSettings
from telemetry.watching.watcher import Watcher

log = logging.getLogger(__name__)

HEALTH_PERIOD = 1.0
SUMMARY_PERIOD = 60.0
LETTER_PERIOD = 10.0
"""Seconds between two looks for dead letters that stand for many and whose minute is over."""

ASSETS_MOST = 100_000
"""Assets that are taken in: who invents a new tracker id for each request fills no memory."""


@dataclass(frozen=True)
class Sources:
    """What the collector listens to."""

    mavlink: MavlinkSettings
    trackers: TrackerSections


@dataclass(frozen=True)
class Watching:
    """What the collector watches for."""

    rules: RulesSettings = field(default_factory=RulesSettings)
    geofences: GeofenceSettings = field(default_factory=GeofenceSettings)
    ground: Ground | None = None
    """The height of the ground, for limits above it."""
    airspace: AirspaceSettings = field(default_factory=AirspaceSettings)


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
        history: HistorySettings | None = None,
        watching: Watching | None = None,
        clock: Clock = time.time,
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._bus = bus
        self._clock = clock
        self._kinds = Kinds({name: Kind[kind.upper()] for name, kind in settings.kinds.items()})
        self._letters = LetterBox()
        self.picture = Picture()
        self.refusals = Refusals()
        self.writer = Writer(
            dsn,
            queue_rows=settings.queue_rows,
            on_refused=lambda error: self._count("store", error),
            clock=clock,
        )
        self.keeper = Keeper(
            self.writer,
            data_dir / "spool",
            settings.spool_bytes,
            patience=settings.patience,
            timeout=settings.commit_timeout,
        )
        self.housekeeper = Housekeeper(dsn, history or HistorySettings(), clock=clock)
        watching = watching or Watching()
        self.watcher = Watcher(
            dsn,
            self.keeper,
            self.picture,
            bus,
            rules=watching.rules,
            geofences=watching.geofences,
            ground=watching.ground,
            clock=clock,
        )
        # One that stands by raises no alert of what comes in, so it lets another one take it.
        self._outside = OutsideEvents(
            self, clock, lambda: self.watcher.statistics.state != "standing by"
        )
        self.lookout = Lookout(
            watching.airspace,
            self.keeper,
            self.picture,
            bus,
            self.watcher,
            self,
            clock,
            serials=self._serials,
        )
        self._plausibility = Plausibility(sources.trackers.plausibility)
        self.turned = -inf
        """When its own work last had a turn, in seconds of the event loop's clock."""
        self.received = 0
        """Rows that came in, acknowledged or not."""
        self.networks = [
            new_network(name, sources.mavlink, self, data_dir, clock, airspace=self.lookout.hear)
            for name in sources.mavlink.networks
        ]
        self.trackers = build_all(sources.trackers, self, clock) | self.lookout.trackers

    @property
    def bus_connected(self) -> bool:
        """Whether what is shown goes out now."""
        return self._bus.connected

    async def accept(self, batch: Batch) -> None:
        """Show the batch and keep it; returns after COMMIT, or when it is on disk.

        Raises NotStoredError, RefusedError.
        """
        batch = self._kinds.told(batch)
        self._show(batch)
        self.watcher.take(batch)
        await self.keeper.accept(batch)
        if batch.events:  # a call for help is acknowledged when its alert is kept as well
            try:
                async with asyncio.timeout(self._settings.commit_timeout):
                    await self.watcher.settled()
            except TimeoutError:
                raise NotStoredError("its alerts are not kept yet") from None

    def offer(self, batch: Batch) -> None:
        """Show the batch and keep it where nobody waits for that; never blocks."""
        batch = self._kinds.told(batch)
        try:
            self._show(batch)
        except RefusedError as error:
            self.refuse("collector", error)
        else:
            self.watcher.take(batch)
            self.keeper.offer(batch)

    def refuse(self, origin: str, error: RefusedError, *, raw: bytes = b"", peer: str = "") -> None:
        """Count it, and keep it as a dead letter unless there are many of its sort; never blocks."""
        self._count(origin, error)
        letter = dead_letter(origin, error, self._clock(), raw=raw, peer=peer)
        if (kept := self._letters.put(letter, time.monotonic())) is not None:
            self._keep_letters([kept])

    async def set_aside(self, origin: str, error: RefusedError, *, raw: bytes, peer: str) -> None:
        """Count it, and keep it as a dead letter for certain. Raises NotStoredError."""
        self._count(origin, error)
        letter = dead_letter(origin, error, self._clock(), raw=raw, peer=peer)
        await self.keeper.accept(Batch(letters=(letter,)))

    def _count(self, origin: str, error: RefusedError) -> None:
        """Count a refusal, and say so in the log at the 1st, 10th, 100th … of its sort."""
        count = self.refusals.add(origin, error)
        if count == 10 ** (len(str(count)) - 1):
            log.warning("refused %s from %s (%d so far): %s", error.reason, origin, count, error)

    async def run(self) -> None:
        """Run until cancelled. Raises an ExceptionGroup if a listener cannot start."""
        with seldom_collected():
            async with self.keeper.running():  # which outlives what brings it rows
                try:
                    await self._run_sources()
                finally:
                    self._keep_letters(self._letters.collect(inf))

    async def _run_sources(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for network in self.networks:
                tasks.create_task(network.run())
            for tracker in self.trackers.values():
                tasks.create_task(tracker.run())
            tasks.create_task(_every(1 / self._settings.feed_hz, self._feed()))
            tasks.create_task(_every(VIEWS_PERIOD, ViewsFeed(self.networks, self._bus).publish))
            tasks.create_task(_every(HEALTH_PERIOD, self._publish_health))
            tasks.create_task(_every(HEALTH_PERIOD, self._watch_store()))
            tasks.create_task(_every(LETTER_PERIOD, self._collect_letters))
            tasks.create_task(self.housekeeper.run())
            tasks.create_task(self.watcher.run())
            tasks.create_task(self._outside.run(self._bus))
            tasks.create_task(self.lookout.run())
            tasks.create_task(_every(SUMMARY_PERIOD, self._summarise))

    def _serials(self) -> dict[int, str]:
        """Remote ID serial numbers that our own drones told of themselves, by asset."""
        return {asset: s for network in self.networks for asset, s in network.serials.items()}

    def _keep_letters(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            self.keeper.offer(Batch(letters=(letter,)))

    async def _collect_letters(self) -> None:
        self._keep_letters(self._letters.collect(time.monotonic()))

    def _show(self, batch: Batch) -> None:
        """Take the batch into the picture. Raises RefusedError for an asset beyond ASSETS_MOST."""
        # Who only tells of events, as a camera does, is nowhere: its events go to history alone.
        told = {*batch.positions["asset"].tolist(), *batch.statuses["asset"].tolist()}
        assets = [asset for asset in batch.assets if asset.key in told]
        if len(self.picture) >= ASSETS_MOST and any(a.key not in self.picture for a in assets):
            raise RefusedError("too_many_assets", f"{ASSETS_MOST} assets are known already")
        self.received += len(batch)
        self._plausibility.mark(batch.positions)
        self.picture.add(assets)
        self.picture.update_positions(batch.positions)
        self.picture.update_statuses(batch.statuses)

    def _feed(self) -> Callable[[], Awaitable[None]]:
        sent = 0

        async def publish() -> None:
            nonlocal sent
            self.turned = asyncio.get_running_loop().time()
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
            "trackers": {
                name: {"listening": tracker.listening, **asdict(tracker.statistics)}
                for name, tracker in self.trackers.items()
            },
            "store": asdict(self.writer.statistics),
            "spool": asdict(self.keeper.spool),
            "housekeeping": asdict(self.housekeeper.statistics),
            "watching": asdict(self.watcher.statistics),
            "airspace": self.lookout.health(),
            "mavlink": {network.name: network.health() for network in self.networks},
            "refused": {
                f"{origin}: {reason}": n for (origin, reason), n in self.refusals.counts.items()
            },
        }

    async def _publish_health(self) -> None:
        await self._bus.publish(COLLECTOR_SUBJECT, orjson.dumps(self.health()))

    async def _summarise(self) -> None:
        store, spool = self.writer.statistics, self.keeper.spool
        log.info(
            "%d assets, %d rows in, %d committed, %d waiting, %d bytes spooled, %d dropped,"
            " %d refused",
            len(self.picture),
            self.received,
            store.committed,
            store.waiting,
            spool.bytes,
            store.dropped + spool.dropped,
            self.refusals.counts.total(),
        )


async def _every(period: float, action: Callable[[], Awaitable[None]]) -> None:
    """Act each `period` seconds; a bus that is away is waited for, its publisher never stops."""
    while True:
        await asyncio.sleep(period)
        with contextlib.suppress(BusError):
            await action()
