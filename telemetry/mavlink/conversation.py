"""What a network and its vehicles say to each other: heartbeats, requests, answers, the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows
from telemetry.mavlink.codec import Decoded, Message
from telemetry.mavlink.encoder import EVERYBODY, Encoder
from telemetry.mavlink.links.base import Link, Peer
from telemetry.mavlink.links.bundle import Bundle
from telemetry.mavlink.quality import Quality
from telemetry.mavlink.requests import Request, Requests
from telemetry.mavlink.roles import Roles
from telemetry.mavlink.routes import Routes
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.mavlink.signing import Signing
from telemetry.mavlink.timesync import ANSWERS_MOST, Timesync

AUDIENCE_FOR = 60.0
"""Seconds for which a peer that was heard gets our heartbeats, beside those that vehicles are
answered by: these get them for as long as we run."""

_COMPONENT = 190  # MAV_COMP_ID_MISSIONPLANNER, which ground stations use

Ways = list[tuple[Link, Peer]]


class Conversation:
    """Our side of one network. Times `now` are seconds of a steady clock.

    `clock` gives seconds since 1970; `record` is given each frame that was sent.
    """

    def __init__(
        self,
        bundle: Bundle,
        settings: MavlinkSettings,
        signing: Signing | None,
        quality: Quality,
        clock: Callable[[], float],
        record: Callable[[bytes, float], None],
    ) -> None:
        self._bundle = bundle
        self._own_system = settings.system_id
        self._signing = signing
        self._quality = quality
        self._clock = clock
        self._record = record
        self._encoder = Encoder(settings.system_id, _COMPONENT, signing)
        self._requests = Requests(settings.position_hz, settings.status_hz)
        self._routes = Routes()
        self._timesync = Timesync()

    def hear(self, decoded: Decoded, peers: NDArray[np.int64], roles: Roles, now: float) -> None:
        """Take in what concerns us: who is there, what was asked for, and answers.

        `peers` are the numbers of those that the frames came from.
        """
        frames, tables = decoded.frames, decoded.tables
        systems = frames["system"]
        others = (systems != EVERYBODY) & (systems != self._own_system)
        self._routes.hear(systems[others], peers[others], now)
        heard = roles.are_autopilots(frames) & roles.have_heartbeated(systems)
        if heard.any():
            asked = frames[heard]
            self._requests.hear(asked["system"], asked["component"], asked["message"], now)
        if Message.COMMAND_ACK in tables:
            self._hear_acknowledgements(decoded)
        if Message.TIMESYNC in tables:
            self._hear_timesyncs(decoded, peers, now)

    def rebooted(self, system: int, now: float) -> None:
        """A vehicle has forgotten what it was asked."""
        self._requests.rebooted(system, now)

    def ask(self, now: float) -> None:
        """Send the requests that are due."""
        for request in self._requests.due(now):
            self._send(self._command(request), self._ways_to(request.system), now)

    def each_second(self, heard: Rows, now: float) -> None:
        """Our heartbeat, and now and then the time, to all who are there.

        `heard`: VEHICLE_QUALITY of the network.
        """
        for system, ways in self._audience(heard, now):
            self._send(self._encoder.ground_station_heartbeat(system), ways, now)
        if self._timesync.due(now):
            ts1 = self._timesync.question(now)
            for system, ways in self._audience(heard, now):
                self._send(self._encoder.timesync(0, ts1, system), ways, now)

    def choose_routes(self, heard: Rows, now: float) -> None:
        """Answer each vehicle by the best of these VEHICLE_QUALITY rows."""
        self._routes.choose(heard, now)

    def _command(self, request: Request) -> bytes:
        return self._encoder.command(
            request.system,
            request.component,
            request.command,
            *request.parameters,
            repetition=request.repetition,
        )

    def _hear_acknowledgements(self, decoded: Decoded) -> None:
        table = decoded.tables[Message.COMMAND_ACK]
        systems = decoded.frames["system"][table.frames].tolist()
        rows = table.rows[["command", "result", "target_system"]].tolist()
        for system, (command, result, target) in zip(systems, rows, strict=True):
            if target in {EVERYBODY, self._own_system}:
                self._requests.acknowledged(system, command, result)

    def _hear_timesyncs(self, decoded: Decoded, peers: NDArray[np.int64], now: float) -> None:
        """Note the answers to our questions, and answer those of vehicles."""
        table = decoded.tables[Message.TIMESYNC]
        heads, peers = decoded.frames[table.frames], peers[table.frames]
        trips = self._timesync.round_trips(table.rows, now)
        for row in np.flatnonzero(~np.isnan(trips)).tolist():
            sender = int(peers[row]), int(heads["system"][row]), int(heads["component"][row])
            self._quality.came_back(*sender, float(trips[row]))
        asks = (table.rows["tc1"] == 0) & (heads["system"] != self._own_system)
        for row in np.flatnonzero(asks).tolist()[:ANSWERS_MOST]:
            place = self._bundle.place(int(peers[row]))
            if place is not None:
                ours, theirs = round(self._clock() * 1e9), int(table.rows["ts1"][row])
                answer = self._encoder.timesync(ours, theirs, int(heads["system"][row]))
                self._send(answer, [place], now)

    def _ways_to(self, system: int) -> Ways:
        """Of a system: by its route; of one that was never heard, all that there are."""
        peer = self._routes.of(system)
        place = None if peer is None else self._bundle.place(peer)
        return self._bundle.targets if place is None else [place]

    def _send(self, frame: bytes, ways: Ways, now: float) -> None:
        """Send a frame by several ways; it is recorded once if it went out by any."""
        sent = [link.send(peer, frame) for link, peer in ways]
        if any(sent):
            self._record(frame, now)

    def _audience(self, heard: Rows, now: float) -> Iterator[tuple[int, Ways]]:
        """For each key that is used a system that has it, and every peer behind which it is."""
        lately = heard[now - heard["heard"] <= AUDIENCE_FOR]
        pairs = [*self._routes.all(), *lately[["peer", "system"]].tolist()]
        ways: dict[bytes | None, dict[int, tuple[Link, Peer]]] = {}
        systems: dict[bytes | None, int] = {}
        for number, system in pairs:
            place = self._bundle.place(number)
            if place is not None and system not in {EVERYBODY, self._own_system}:
                key = self._key(system)
                systems.setdefault(key, system)
                ways.setdefault(key, {})[number] = place
        heard_of = {number for peers in ways.values() for number in peers}
        for link, peer in self._bundle.targets:
            if peer.number not in heard_of:
                key = self._key(EVERYBODY)
                systems.setdefault(key, EVERYBODY)
                ways.setdefault(key, {})[peer.number] = link, peer
        for key, peers in ways.items():
            yield systems[key], list(peers.values())

    def _key(self, system: int) -> bytes | None:
        return None if self._signing is None else self._signing.key(system)
