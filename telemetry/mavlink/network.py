"""One MAVLink network: its links, the vehicles on them, and what they are asked and sent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from fleet.columns import Rows
from telemetry.airspace.heard import Take
from telemetry.airspace.mavlink import MavlinkAirspace, tells
from telemetry.batch import Batch, Carried, Event
from telemetry.mavlink.cameras import Cameras
from telemetry.mavlink.codec import Decoded, Decoder
from telemetry.mavlink.conversation import Conversation
from telemetry.mavlink.counts import Counts
from telemetry.mavlink.duplicates import Duplicate
from telemetry.mavlink.links.base import Link, Peer
from telemetry.mavlink.links.bundle import Bundle, Chunks
from telemetry.mavlink.missions import Missions
from telemetry.mavlink.pieces import Pieces
from telemetry.mavlink.quality import Quality
from telemetry.mavlink.recorder import Recorder
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.mavlink.sieve import DUPLICATE_SYSTEM_ID, Sieve, unreadable
from telemetry.mavlink.signing import Signing
from telemetry.mavlink.statistics import NetworkStatistics, told_heard
from telemetry.mavlink.tlog import TlogWriter
from telemetry.mavlink.vehicles import Vehicles
from telemetry.sink import RefusedError, Sink

TICK = 0.02
TICK_LEAST, TICK_MOST = 0.005, 0.08
"""Seconds between two looks at the links. The more a look costs, the longer the pause after it: few
large batches cost less than many small ones. But it is shorter where the kernel's buffer is small
for what comes."""

REST = 30
"""How many times as long as a look the pause after it is, within these bounds."""

FILLED = 0.5
"""How full the kernel's buffer may get between two looks at the rate of the last one."""

SECOND = 1.0
"""Seconds between two heartbeats of ours (ArduPilot takes the ground for lost after 4–5 s without
one), and between two looks at rates, routes and files."""

VALUE_AGE = 15.0
"""Seconds after which a value not heard again is unknown, or five intervals of asking."""

_log = logging.getLogger(__name__)


class Network:
    """Takes in the vehicles of one named network until it is closed or its task is cancelled.

    `clock` gives seconds since 1970 (UTC): the receive time of what comes. With `signing`, only
    frames that it accepts are taken. What they tell of the airspace goes to `airspace`. See
    `building.new_network`.
    """

    def __init__(
        self,
        name: str,
        links: Sequence[Link],
        settings: MavlinkSettings,
        sink: Sink,
        tlog_folder: Path,
        clock: Callable[[], float],
        signing: Signing | None = None,
        airspace: Take | None = None,
    ) -> None:
        self.name = name
        self._sink = sink
        self._clock = clock
        self._signing = signing
        self._bundle = Bundle(links)
        self._decoder = Decoder()
        self._counts = Counts(len(links))
        self._quality = Quality()
        self._sieve = Sieve(signing)
        self._vehicles = Vehicles(name, settings.system_id, max(VALUE_AGE, 5 / settings.status_hz))
        self._recorder = Recorder(name, TlogWriter(tlog_folder, name, settings))
        self._conversation = Conversation(
            self._bundle, settings, signing, self._quality, clock, self._record
        )
        self._cameras = Cameras()
        self._missions = Missions()
        self._airspace = MavlinkAirspace(name)
        self._hand_on = airspace
        self._is_open = False
        self._closed = False
        self._last_received = 0
        self._next_second = 0.0
        self._saving: asyncio.Future[None] | None = None

    async def open(self) -> None:
        """Open the links; `run` does so if it wasn't done. Raises LinkError."""
        if not self._is_open:
            self._bundle.open()
            self._is_open = True
            self._counts.begin(time.monotonic())
            urls = ", ".join(link.url for link in self._bundle.links)
            _log.info("network %s: listening on %s", self.name, urls)

    async def run(self) -> None:
        """Take in what comes until the network is closed. Raises LinkError."""
        await self.open()
        try:
            before = time.monotonic()
            while not self._closed:
                began = time.monotonic()
                self._tick(began)
                await asyncio.sleep(self._pause(time.monotonic() - began, began - before))
                before = began
        finally:
            await self.close()

    def _pause(self, spent: float, gathered: float) -> float:
        """Seconds until the next look, after one that took `spent` for what came in `gathered`."""
        pause = min(max(TICK, REST * spent), TICK_MOST)
        if self._bundle.fullest > 0:
            pause = min(pause, max(gathered * FILLED / self._bundle.fullest, TICK_LEAST))
        return pause

    async def close(self) -> None:
        """Hand over what still waits and close; closing twice is harmless."""
        self._closed = True
        if self._is_open:
            self._is_open = False
            self._bundle.close()
            self._offer(self._vehicles.rest())
            if self._saving is not None:
                await self._saving
            await asyncio.to_thread(self._close_files)

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._is_open

    @property
    def links(self) -> tuple[Link, ...]:
        """Its links, in the order of the settings."""
        return self._bundle.links

    @property
    def statistics(self) -> NetworkStatistics:
        """What it has done so far."""
        links = self._bundle.statistics
        drops = [link.kernel_drops for link in links if link.kernel_drops is not None]
        return NetworkStatistics(
            datagrams=sum(link.chunks for link in links),
            bytes=sum(link.bytes for link in links),
            frames=self._counts.frames,
            bad_frames=self._counts.bad,
            unknown_messages=self._counts.unknown,
            copies=self._sieve.copies,
            refused_signatures={} if self._signing is None else dict(self._signing.counts),
            strange_frames=self._sieve.strange,
            duplicates=self._sieve.duplicates,
            messages_per_second=self._counts.messages_per_second,
            vehicles=len(self._vehicles),
            kernel_drops=sum(drops) if drops else None,
            sent=sum(link.sent for link in links),
            send_errors=sum(link.send_errors for link in links),
            unrecorded=self._recorder.lost,
            recording_waits=self._recorder.waiting_bytes,
        )

    @property
    def serials(self) -> dict[int, str]:
        """Remote ID serial numbers of its vehicles, by asset."""
        told = self._airspace.serials
        return {self._vehicles.asset(system).key: serial for system, serial in told.items()}

    def views(self, since: int) -> tuple[Rows, int]:
        """VIEW rows of the cameras that told anything after a version (0: all), and the next one."""
        systems, views = self._cameras.changed_since(since)
        views["asset"] = [self._vehicles.asset(system).key for system in systems]
        return views, self._cameras.version

    def progress(self, since: int) -> tuple[Rows, int]:
        """PROGRESS rows of the vehicles that told after a version (0: all), and the next one."""
        systems, rows = self._missions.changed_since(since)
        rows["asset"] = [self._vehicles.asset(system).key for system in systems]
        return rows, self._missions.version

    def health(self) -> dict[str, JsonValue]:
        """What it tells on the bus: its statistics, each link, how well each vehicle is heard."""
        links: list[JsonValue] = [
            {**asdict(link), "frames": int(frames), "messages_per_second": float(rate)}
            for link, frames, rate in zip(
                self._bundle.statistics, self._counts.by_link, self._counts.rates, strict=True
            )
        ]
        heard = self._quality.by_vehicle()
        heard = heard[self._vehicles.are_known(heard["system"])]
        columns = told_heard(heard, self._bundle, time.monotonic())
        return {**asdict(self.statistics), "links": links, "heard": columns}

    def _tick(self, now: float) -> None:
        chunks = self._bundle.receive(now)
        if len(chunks):
            self._take(chunks, now)
        else:
            self._offer(self._vehicles.overdue(now))
        self._conversation.ask(now)
        if now >= self._next_second:
            self._next_second = now + SECOND
            self._each_second(now)

    def _take(self, chunks: Chunks, now: float) -> None:
        microseconds = max(round(self._clock() * 1e6), self._last_received + 1)
        received = np.full(len(chunks), microseconds).view("M8[us]")
        decoded = self._decoder.decode(chunks.data, received, chunks.streams)
        chunks.keep_rest(decoded.torn)
        # What one tick found waiting came one after the other: each frame has a time of its own,
        # or two heartbeats of a vehicle would be the same row of its history.
        times = microseconds + np.arange(len(decoded.frames))
        decoded.frames["received_time"] = times.view("M8[us]")
        self._last_received = microseconds + len(decoded.frames)
        self._counts.take(decoded, chunks)
        for number, error in unreadable(decoded, chunks):
            self._refuse(error, chunks.data[number], chunks.peers[number])
        peers = chunks.numbers[decoded.frames["chunk"]]
        self._quality.hear(decoded.frames, peers, decoded.raw.lengths, now)
        sifted = self._sieve.sift(decoded, peers, self._vehicles.roles, now)
        for refused in sifted.refused:
            self._refuse(refused.error, refused.raw, chunks.peers[refused.chunk])
        for system in sifted.replaced:
            _log.info("network %s: another vehicle %d, or the same rebooted", self.name, system)
            self._vehicles.forget(system)
            self._conversation.rebooted(system, now)
        for duplicate in sifted.duplicates:
            self._raise(duplicate)
            if duplicate.behind_one_peer:  # what was taken for reboots moved its clock
                self._vehicles.forget(duplicate.system)
        self._hear(sifted.decoded, sifted.peers, chunks, now)

    def _hear(self, decoded: Decoded, peers: NDArray[np.int64], chunks: Chunks, now: float) -> None:
        """Use the frames that are taken."""
        frames = decoded.frames
        self._recorder.write(frames["received_time"].astype(np.int64), decoded.raw, now)
        taken = self._vehicles.take(decoded, peers, now)
        self._offer(taken.batch)
        for frame, error in taken.refused:
            self._refuse(error, decoded.raw[frame], chunks.peers[frames["chunk"][frame]])
        self._cameras.take(decoded, self._vehicles.are_known)
        self._take_missions(decoded)
        self._take_airspace(decoded, chunks)
        for system in sorted(taken.rebooted):
            _log.info("network %s: vehicle %d has rebooted", self.name, system)
            self._conversation.rebooted(system, now)
        self._conversation.hear(decoded, peers, self._vehicles.roles, now)

    def _take_missions(self, decoded: Decoded) -> None:
        told = self._missions.take(decoded, self._vehicles.are_known)
        if told:
            assets = {system: self._vehicles.asset(system) for system, *_ in told}
            carried = tuple(
                Carried(assets[system].key, time, count, places)
                for system, time, count, places in told
            )
            self._offer(Batch(tuple(assets.values()), carried=carried))

    def _take_airspace(self, decoded: Decoded, chunks: Chunks) -> None:
        if self._hand_on is None or not tells(decoded):
            return
        taken = self._airspace.take(decoded, self._vehicles.systems)
        if taken.heard:
            self._hand_on(taken.heard)
        for frame, error in taken.refused:
            self._refuse(error, decoded.raw[frame], chunks.peers[decoded.frames["chunk"][frame]])

    def _raise(self, duplicate: Duplicate) -> None:
        """Tell of a second vehicle with a system id."""
        places = [self._bundle.place(number) for number in duplicate.peers]
        names = [place[1].name for place in places if place is not None]
        _log.warning(
            "network %s: two vehicles have the system id %d: %s (heard from %s)",
            self.name,
            duplicate.system,
            duplicate.why,
            " and ".join(names),
        )
        asset = self._vehicles.asset(duplicate.system)
        received = datetime.fromtimestamp(self._last_received / 1e6, UTC)
        detail: dict[str, JsonValue] = {"why": duplicate.why, "peers": list(names)}
        event = Event(asset.key, received, received, DUPLICATE_SYSTEM_ID, detail)
        self._offer(Batch((asset,), events=(event,)))

    def _each_second(self, now: float) -> None:
        elapsed = self._counts.reckon(now)
        if elapsed > 0:
            self._quality.reckon_rates(elapsed)
        heard = self._quality.by_vehicle()
        self._conversation.each_second(heard, now)
        if self._sieve.duplicates:
            pairs = heard[["system", "peer"]].tolist()
            heard = heard[[not self._sieve.is_stranger(*pair) for pair in pairs]]
        self._conversation.choose_routes(heard, now)
        self._recorder.sweep(now, self._clock())
        self._save_timestamps(now)

    def _save_timestamps(self, now: float) -> None:
        if self._signing is None or (self._saving is not None and not self._saving.done()):
            return
        timestamps = self._signing.unsaved(now)
        if timestamps is not None:
            loop = asyncio.get_running_loop()
            self._saving = loop.run_in_executor(None, self._signing.save, timestamps)

    def _close_files(self) -> None:
        self._recorder.close()
        if self._signing is not None:
            self._signing.close()

    def _record(self, frame: bytes, now: float) -> None:
        self._recorder.write(np.array([round(self._clock() * 1e6)]), Pieces.of([frame]), now)

    def _refuse(self, error: RefusedError, raw: bytes, peer: Peer) -> None:
        self._sink.refuse(f"mavlink:{self.name}", error, raw=raw, peer=peer.name)

    def _offer(self, batch: Batch) -> None:
        if len(batch):
            self._sink.offer(batch)
