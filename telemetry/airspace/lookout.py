"""The lookout: takes what sensors tell, keeps it, and steps the sky beside the collector's other work.

What came is evidence and goes to the keeper at once. Several times a second it becomes contacts, which
are kept as well, go onto the bus, and are what the watch raises alerts of. Of the collectors of a
database the one that watches does so; the others keep what their sensors say.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from math import inf
from typing import NoReturn

import numpy as np

from fleet.airspace.conditions import Coverage
from fleet.airspace.threat import Protected
from fleet.assets import Asset, Kind
from fleet.geofences.geofence import Key
from fleet.picture import Picture
from telemetry.airspace import shown
from telemetry.airspace.heard import Heard, Take, moment, sensor_name
from telemetry.airspace.protecting import protected, protects
from telemetry.airspace.sapient_nodes import Node, Nodes
from telemetry.airspace.sapient_server import SapientServer
from telemetry.airspace.sbs_client import SbsClient
from telemetry.airspace.scout_tracker import ScoutTracker
from telemetry.airspace.sensors import Sensors
from telemetry.airspace.settings import AirspaceSettings
from telemetry.airspace.sky import Sight, Sky
from telemetry.batch import Batch, rows_of
from telemetry.bus import Bus, BusError
from telemetry.feed import CONTACTS_SUBJECT, Airspace, pack_contacts
from telemetry.keeper import Keeper
from telemetry.sink import Sink
from telemetry.trackers import Clock
from telemetry.trackers.intake import Intake
from telemetry.trackers.registry import Tracker
from telemetry.trackers.settings import host_and_port
from telemetry.trackers.values import receive_time
from telemetry.watching.sky_alerts import SkyNow
from telemetry.watching.watcher import Watcher

EVIDENCE_ROWS = 2000
"""Rows of evidence that are handed to the keeper in one batch."""

PATIENCE = 5.0
"""Seconds for which the first step waits for the contacts of an earlier run: the database may be away.
Detections are no older then than what tracks can use. Those contacts are taken over whenever they come,
and before that no alert is raised or over."""

SHOWN_MOST = 1000
"""Contacts that are shown; of more those that threaten most."""

PUBLISHED_LEAST = 0.45
"""Seconds between two pictures at least."""

PUBLISHED_MOST = 2.0
"""Seconds between two pictures at most: who joins late has it by then."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class LookoutStatistics:
    """Counters are since the start; updated in place."""

    said: int = 0  # messages of sensors
    detections: int = 0
    sensors: int = 0  # now
    contacts: int = 0  # now, those that only we tell of left out
    in_zones: int = 0  # of them in a protected zone or near one, now
    zones: int = 0  # protected, now
    steps: int = 0
    failures: int = 0  # steps that failed; the sky then began anew
    late: int = 0  # detections that moved no track: see fleet.airspace.tracks.Counts
    placeless: int = 0
    repeated: int = 0
    crowded_out: int = 0
    left_out: int = 0  # contacts that were too many to be shown, in the latest picture
    step_seconds: float = 0.0  # CPU time of the latest step
    missing_zones: str = ""  # that the settings name and that are not in force


class Lookout:
    """Looks at the sky for one collector; `trackers` are what it listens to as others are."""

    def __init__(
        self,
        settings: AirspaceSettings,
        keeper: Keeper,
        picture: Picture,
        bus: Bus,
        watcher: Watcher,
        sink: Sink,
        clock: Clock,
        *,
        serials: Callable[[], Mapping[int, str]] = dict,
    ) -> None:
        """`clock` is our time in seconds since 1970.

        `serials` gives the Remote ID serial numbers that our own drones tell us, by asset.
        """
        self.statistics = LookoutStatistics()
        self.sensors = Sensors()
        self._settings = settings
        self._keeper = keeper
        self._picture = picture
        self._bus = bus
        self._watcher = watcher
        self._clock = clock
        self._serials = {_asset(told): serial for told, serial in settings.serials.items()}
        self._own_serials = serials
        self._sky = Sky(settings.tracks.tuning)
        self._going = self._goes_on = False
        self._began = clock()
        self._version = 0
        self._zones: dict[Key, Protected] = {}
        self._sight: Sight | None = None
        self._published = -inf
        self._last = b""
        self.trackers: dict[str, Tracker] = {}
        self.clients: dict[str, SbsClient] = {}
        self._nodes: Nodes | None = None
        if settings.enabled:
            self._listen(sink)

    @property
    def enabled(self) -> bool:
        """Whether the sky is looked at."""
        return self._settings.enabled

    @property
    def hear(self) -> Take | None:
        """What takes the words of those that listen already; None where the sky is not looked at."""
        return self.take if self.enabled else None

    def take(self, heard: Heard) -> None:
        """Keep what was heard, and have it count at the next step; never blocks."""
        batch = self._note(heard)
        for start in range(0, len(batch), EVIDENCE_ROWS):
            self._keeper.offer(rows_of(batch, start, start + EVIDENCE_ROWS))

    async def keep(self, heard: Heard) -> None:
        """As `take`; returns when it is kept. Raises NotStoredError, RefusedError."""
        await self._keeper.accept(self._note(heard))

    async def run(self) -> None:
        """Look until cancelled; returns at once if that is switched off."""
        if not self.enabled:
            self._watcher.watch_sky(SkyNow())
            return
        async with asyncio.TaskGroup() as tasks:
            for client in self.clients.values():
                tasks.create_task(client.run())
            tasks.create_task(self._look())

    def health(self) -> dict[str, object]:
        """What it tells on the bus."""
        clients = {name: asdict(client.statistics) for name, client in self.clients.items()}
        own = {"enabled": self.enabled, **asdict(self.statistics)}
        return {**own, "sensor_states": self.sensor_states(), "sbs": clients}

    def sensor_states(self) -> dict[str, int]:
        """How many sensors are in each state."""
        return dict(Counter(self.sensors.states(moment(receive_time(self._clock()))).values()))

    async def _look(self) -> NoReturn:
        while True:
            await asyncio.sleep(1 / self._settings.step_hz)
            try:
                self.look()
            except Exception:  # noqa: BLE001 - a word that no tracker foresaw ends no reception
                self.statistics.failures += 1
                _log.exception("the sky fails, and begins anew")
                self._sky = Sky(self._settings.tracks.tuning)
            with contextlib.suppress(BusError):  # it carries what is now: history is elsewhere
                await self._publish()

    def look(self) -> None:
        """Make contacts of what was heard, and hand them on."""
        now = moment(receive_time(self._clock()))
        self._look_after_sensors(now)
        if not self._may_go(now):
            return
        began = time.process_time()
        changed = self._picture.changed_since(self._version)
        self._version = self._picture.version
        serials = {**self._own_serials(), **self._serials}
        sight = self._sky.step(now, changed, serials, self._protected(), self._radars())
        told = Batch(contacts=sight.kept, contact_changes=sight.changes, contact_threats=sight.told)
        if len(told):
            self._keeper.offer(told)
        matters = shown.matters(sight, self._picture.rows, now)
        matters += shown.sensor_matters(self.sensors.troubles(now))
        self._watcher.watch_sky(SkyNow(tuple(matters), self.sensors.well(now), self._goes_on))
        self._sight = sight
        self._count(sight, time.process_time() - began)

    def _note(self, heard: Heard) -> Batch:
        self.statistics.said += len(heard.said)
        self.statistics.detections += len(heard.detections)
        self.sensors.hear(heard)
        self._sky.hear(heard.detections)
        return Batch(said=heard.said, detections=heard.detections, sensor_events=heard.events)

    def _may_go(self, now: np.datetime64) -> bool:
        """Whether to step: not where another collector does, and with what an earlier run knew."""
        state = self._watcher.statistics.state
        if state == "standing by":
            self._sky, self._sight = Sky(self._settings.tracks.tuning), None
            self._going = self._goes_on = False
            self._began = self._clock()
            return False
        flying = self._watcher.flying
        if flying is not None and not self._goes_on:
            self._sky.restore(flying.contacts, now, flying.formerly)
            self._going = self._goes_on = True
        elif state == "off" or self._clock() - self._began >= PATIENCE:
            self._going = True
        return self._going

    def _look_after_sensors(self, now: np.datetime64) -> None:
        for name, client in self.clients.items():
            self.sensors.connection(name, connected=client.connected, now=now)
        self.sensors.reckon(now)
        self.statistics.sensors = len(self.sensors)

    def _protected(self) -> list[Protected]:
        named = self._settings.zones
        fences = self._watcher.geofences_in_force()
        chosen = [fence for fence in fences if protects(fence, named)]
        known = self._zones
        self._zones = {
            fence.key: known.get(fence.key)
            or protected(fence, self._settings.near, self._watcher.ground)
            for fence in chosen
        }
        there = {name for fence in chosen for name in (fence.name, fence.id)}
        self.statistics.missing_zones = ", ".join(name for name in named if name not in there)
        self.statistics.zones = len(self._zones)
        return list(self._zones.values())

    def _radars(self) -> list[Coverage]:
        reach = self._settings.radar_range
        if self._nodes is None or reach is None:
            return []
        return [
            Coverage(node.place.latitude, node.place.longitude, reach)
            for node in self._nodes
            if node.place is not None and node.connected and not node.lost and _is_radar(node)
        ]

    def _count(self, sight: Sight, spent: float) -> None:
        statistics, counts = self.statistics, self._sky.tracks.counts
        statistics.steps += 1
        statistics.step_seconds = spent
        statistics.contacts = len(sight.contacts)
        zones = {"drone_in_zone", "drone_near_zone"}
        statistics.in_zones = len({c.contact for c in sight.conditions if c.kind in zones})
        statistics.late, statistics.placeless = counts.late, counts.placeless
        statistics.repeated = counts.repeated
        statistics.crowded_out = counts.crowded_out + self._sky.crowded_out

    async def _publish(self) -> None:
        """Raises BusError."""
        now = self._clock()
        since = now - self._published
        if since < PUBLISHED_LEAST or self._watcher.statistics.state == "standing by":
            return
        payload = pack_contacts(self._told(moment(receive_time(now))))
        same = _without_time(payload) == _without_time(self._last)
        if self._bus.connected and (not same or since >= PUBLISHED_MOST):
            self._published, self._last = now, payload
            await self._bus.publish(CONTACTS_SUBJECT, payload)

    def _told(self, now: np.datetime64) -> Airspace:
        sight = self._sight
        contacts = (
            [] if sight is None else shown.contacts(sight, self._picture.rows, now, SHOWN_MOST)
        )
        self.statistics.left_out = 0 if sight is None else len(sight.contacts) - len(contacts)
        milliseconds = round(self._clock() * 1000)
        return Airspace(milliseconds, contacts, self.sensors.shown(now), self.statistics.left_out)

    def _listen(self, sink: Sink) -> None:
        settings = self._settings
        if settings.scout.enabled:
            intake = Intake("scout", sink, self._clock)
            self.trackers["scout"] = ScoutTracker(settings.scout, intake, self.keep)
        if settings.sapient.enabled:
            server = SapientServer(
                settings.sapient, Intake("sapient", sink, self._clock), self.take
            )
            self.trackers["sapient"], self._nodes = server, server.nodes
        for name, address in settings.sbs.items():
            client = SbsClient(name, *host_and_port(address), sink, self.take, self._clock)
            self.clients[sensor_name("sbs", name)] = client


def _asset(identity: str) -> int:
    return Asset(identity, Kind.DRONE).key


def _is_radar(node: Node) -> bool:
    return "NODE_TYPE_RADAR" in node.kinds


def _without_time(payload: bytes) -> bytes:
    return payload.partition(b",")[2]
