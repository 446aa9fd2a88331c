"""One MAVLink network: a link, the vehicles on it, and what they are asked and sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from telemetry.batch import Batch
from telemetry.mavlink.codec import Decoded, Decoder, Encoder, Message
from telemetry.mavlink.link import Address, UdpLink
from telemetry.mavlink.requests import Requests
from telemetry.mavlink.tlog import TlogWriter
from telemetry.mavlink.vehicles import Vehicles
from telemetry.settings import MavlinkSettings
from telemetry.sink import RefusedError, Sink

TICK = 0.02
"""Seconds between two looks at the socket."""

HEARTBEAT_INTERVAL = 1.0
"""Seconds: ArduPilot takes the ground for lost after 4–5 s without one."""

VALUE_AGE = 15.0
"""Seconds after which a value not heard again is unknown, or five intervals of asking."""

_COMPONENT = 190  # MAV_COMP_ID_MISSIONPLANNER, which ground stations use

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NetworkStatistics:
    """What a network has done since it was opened."""

    datagrams: int
    bytes: int
    frames: int
    """Good frames, whoever sent them."""

    bad_frames: int
    """Stretches of bytes that are no frame, torn, or with a wrong checksum."""

    unknown_messages: int
    """Frames of messages that the dialect lacks."""

    messages_per_second: float
    """Good frames over the last second."""

    vehicles: int
    kernel_drops: int | None
    """Datagrams that the kernel dropped before they were read; None where it doesn't say."""

    sent: int
    send_errors: int
    unrecorded: int
    """Frames that could not be written to a .tlog."""


class Network:
    """Takes in the vehicles of one named network until it is closed or its task is cancelled.

    `clock` gives seconds since 1970 (UTC): the receive time of what comes. Raises LinkError if
    `link_url` is not of the form udpin:HOST:PORT.
    """

    def __init__(
        self,
        name: str,
        link_url: str,
        settings: MavlinkSettings,
        sink: Sink,
        tlog_folder: Path,
        clock: Callable[[], float],
    ) -> None:
        self.name = name
        self._sink = sink
        self._clock = clock
        self._link = UdpLink(link_url)
        self._decoder = Decoder()
        self._encoder = Encoder(settings.system_id, _COMPONENT)
        self._own_system = settings.system_id
        self._vehicles = Vehicles(name, settings.system_id, max(VALUE_AGE, 5 / settings.status_hz))
        self._requests = Requests(settings)
        self._tlog = TlogWriter(tlog_folder, name, settings)
        self._is_open = False
        self._closed = False
        self._frames = self._bad = self._unknown = 0
        self._last_received = 0
        self._next_second = 0.0
        self._second_began = 0.0
        self._frames_before = 0
        self._rate = 0.0

    async def open(self) -> None:
        """Open the link; `run` does so if it wasn't done. Raises LinkError."""
        if not self._is_open:
            self._link.open()
            self._is_open = True
            self._second_began = asyncio.get_running_loop().time()
            _log.info("network %s: listening on %s", self.name, self._link.url)

    async def run(self) -> None:
        """Take in what comes until the network is closed. Raises LinkError."""
        await self.open()
        steady = asyncio.get_running_loop().time
        try:
            while not self._closed:
                self._tick(steady())
                await asyncio.sleep(TICK)
        finally:
            await self.close()

    async def close(self) -> None:
        """Hand over what still waits and close; closing twice is harmless."""
        self._closed = True
        if self._is_open:
            self._is_open = False
            self._link.close()
            self._tlog.close()
            self._offer(self._vehicles.rest())

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._is_open

    @property
    def address(self) -> Address:
        """Host and port that it listens on. The network must be open."""
        return self._link.address

    @property
    def statistics(self) -> NetworkStatistics:
        """What it has done so far."""
        link = self._link.statistics
        return NetworkStatistics(
            datagrams=link.datagrams,
            bytes=link.bytes,
            frames=self._frames,
            bad_frames=self._bad,
            unknown_messages=self._unknown,
            messages_per_second=self._rate,
            vehicles=len(self._vehicles),
            kernel_drops=link.kernel_drops,
            sent=link.sent,
            send_errors=link.send_errors,
            unrecorded=self._tlog.lost,
        )

    def _tick(self, now: float) -> None:
        chunks, addresses = self._link.receive()
        if chunks:
            self._take(chunks, addresses, now)
        else:
            self._offer(self._vehicles.overdue(now))
        for request in self._requests.due(now):
            frame = self._encoder.command(
                request.system,
                request.component,
                request.command,
                *request.parameters,
                repetition=request.repetition,
            )
            if self._link.send(request.system, frame):
                self._record(frame, now)
        if now >= self._next_second:
            self._next_second = now + HEARTBEAT_INTERVAL
            self._each_second(now)

    def _take(self, chunks: list[bytes], addresses: list[Address], now: float) -> None:
        microseconds = max(round(self._clock() * 1e6), self._last_received + 1)
        decoded = self._decoder.decode(chunks, np.full(len(chunks), microseconds).astype("M8[us]"))
        # What one tick found waiting came one after the other: each frame has a time of its own,
        # or two heartbeats of a vehicle would be the same row of its history.
        times = microseconds + np.arange(len(decoded.frames))
        decoded.frames["received_time"] = times.astype("M8[us]")
        self._last_received = microseconds + len(decoded.frames)
        self._frames += len(decoded.frames)
        self._bad += int(decoded.bad.sum())
        self._unknown += int(decoded.unknown.sum())
        self._tlog.write(list(zip(times.tolist(), decoded.raw, strict=True)), now)
        for system, chunk in decoded.frames[["system", "chunk"]].tolist():
            if system not in {0, self._own_system}:
                self._link.heard(system, addresses[chunk])
        taken = self._vehicles.take(decoded, now)
        self._offer(taken.batch)
        for error in [*taken.refused, *_refused(decoded, chunks, addresses)]:
            self._sink.refuse(f"mavlink:{self.name}", error)
        for system in sorted(taken.rebooted):
            _log.info("network %s: vehicle %d has rebooted", self.name, system)
            self._requests.rebooted(system, now)
        self._hear(decoded, now)

    def _hear(self, decoded: Decoded, now: float) -> None:
        """Tell the requests which messages came of whom, and what was acknowledged."""
        roles = self._vehicles.roles
        autopilots = roles.autopilots
        frames = decoded.frames[roles.are_autopilots(decoded.frames)]
        messages: dict[int, set[int]] = {}
        for system, message in frames[["system", "message"]].tolist():
            messages.setdefault(system, set()).add(message)
        for system, heard in messages.items():
            if system in autopilots:
                self._requests.heard(system, autopilots[system], heard, now)
        acknowledgements = decoded.tables.get(Message.COMMAND_ACK)
        if acknowledgements is not None:
            systems = decoded.frames["system"][acknowledgements.frames].tolist()
            rows = acknowledgements.rows[["command", "result", "target_system"]].tolist()
            for system, (command, result, target) in zip(systems, rows, strict=True):
                if target in {0, self._own_system}:
                    self._requests.acknowledged(system, command, result)

    def _each_second(self, now: float) -> None:
        frame = self._encoder.ground_station_heartbeat()
        if self._link.send_to_all(frame):
            self._record(frame, now)
        elapsed = now - self._second_began
        if elapsed > 0:
            self._rate = (self._frames - self._frames_before) / elapsed
            self._second_began, self._frames_before = now, self._frames
        self._tlog.sweep(now, self._clock())

    def _record(self, frame: bytes, now: float) -> None:
        self._tlog.write([(round(self._clock() * 1e6), frame)], now)

    def _offer(self, batch: Batch) -> None:
        if len(batch):
            self._sink.offer(batch)


def _refused(decoded: Decoded, chunks: list[bytes], addresses: list[Address]) -> list[RefusedError]:
    """One for each datagram with bad bytes in it, one for each with unknown messages."""
    errors = []
    for reason, counts in (("bad_frame", decoded.bad), ("unknown_message", decoded.unknown)):
        for index in np.flatnonzero(counts).tolist():
            host, port = addresses[index]
            chunk = chunks[index]
            detail = (
                f"{counts[index]} in a datagram of {len(chunk)} bytes from {host}:{port} "
                f"that begins {chunk[:16].hex(' ')}"
            )
            errors.append(RefusedError(reason, detail))
    return errors
