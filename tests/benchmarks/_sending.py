"""The process that plays the fleet: `python -m tests.benchmarks._sending CONFIG`, CONFIG as JSON.

Each vehicle has a UDP socket of its own and sends a frame in each slot of 20 ms; it acknowledges
commands and answers TIMESYNC. Each car has a TCP connection, and sends again what it is not told is
kept. When all are connected it says `ready`, begins when it hears a line, and ends with what it did
as JSON.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as dialect

from tests.benchmarks._cars import Cars
from tests.benchmarks._flying import RATE, SYSTEMS, Flying
from tests.benchmarks._traffic import KINDS

ROWS = ("global_position_int", "gps_raw_int", "heartbeat")
"""Messages of which each is a row of history."""

FAREWELL = 60.0
"""Seconds that are waited for the last acknowledgements of cars."""

COMPANION = 191
"""The component that answers for a vehicle, so that the autopilot's frames keep their numbers."""

_COMMAND_LONG, _TIMESYNC = 76, 111


@dataclass
class Config:
    """What is to be played, and against which ports of the loopback."""

    mavlink: list[int]
    """UDP ports of the networks; each has SYSTEMS vehicles at most."""

    teltonika: int
    vehicles: int
    cars: int
    seconds: float


@dataclass
class Played:
    """What was done."""

    frames: int = 0
    frames_sent: dict[str, int] = field(default_factory=dict)
    """By message, of the frames of the plan."""

    answers: int = 0
    """Frames besides, to commands and questions."""

    fixes: int = 0
    """Of cars, sent."""

    acknowledged: int = 0
    """Of these."""

    sent_again: int = 0
    """Packets that came with the acknowledgement of no record, and were sent again."""

    acknowledged_after: float = 0.0
    """Seconds from sending a packet first to its acknowledgement, 95 of 100."""

    behind: float = 0.0
    """Seconds that a slot was sent too late at most."""

    cpu_seconds: float = 0.0
    seconds: float = 0.0


class Player:
    """Vehicles and cars with their sockets."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._flying = Flying(config.vehicles)
        self._cars = Cars(config.cars)
        self.played = Played()
        self._poll = select.epoll()
        self._vehicles = [self._vehicle(number) for number in range(config.vehicles)]
        self._by_fd = {sock.fileno(): number for number, sock in enumerate(self._vehicles)}
        self._connections: list[socket.socket] = []
        self._car_of: dict[int, int] = {}
        self._waiting: list[deque[tuple[float, bytes]]] = [deque() for _ in range(config.cars)]
        self._late: list[float] = []
        self._answering = [
            dialect.MAVLink(None, number % SYSTEMS + 1, COMPANION)
            for number in range(config.vehicles)
        ]
        for number in range(config.cars):
            self._connect(number)

    def play(self) -> Played:
        """Send all of it in real time."""
        config, played = self._config, self.played
        counts = np.zeros(len(KINDS), np.int64)
        began_cpu, began, unix = time.process_time(), time.monotonic(), time.time()
        slots = round(config.seconds * RATE)
        for slot in range(slots):
            due = began + slot / RATE
            played.behind = max(played.behind, time.monotonic() - due)
            self._listen_until(due)
            self._fly(slot, unix + slot / RATE)
            self._drive(slot, unix + slot / RATE)
            counts += np.bincount(self._flying.messages(slot), minlength=len(KINDS))
        played.seconds = time.monotonic() - began
        deadline = time.monotonic() + FAREWELL
        while played.acknowledged < played.fixes and time.monotonic() < deadline:
            self._listen_until(time.monotonic() + 0.05)
        played.cpu_seconds = time.process_time() - began_cpu
        played.frames_sent = dict(zip(KINDS, counts.tolist(), strict=True))
        if self._late:
            played.acknowledged_after = float(np.percentile(self._late, 95))
        return played

    def _vehicle(self, number: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect(("127.0.0.1", self._config.mavlink[number // SYSTEMS]))
        sock.setblocking(False)
        self._poll.register(sock.fileno(), select.EPOLLIN)
        return sock

    def _connect(self, number: int) -> None:
        sock = socket.create_connection(("127.0.0.1", self._config.teltonika))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(self._cars.logins[number])
        if sock.recv(1) != b"\x01":
            raise RuntimeError(f"car {number} was not let in")
        sock.setblocking(False)
        self._connections.append(sock)
        self._car_of[sock.fileno()] = number
        self._poll.register(sock.fileno(), select.EPOLLIN)

    def _fly(self, slot: int, unix: float) -> None:
        moment = self._flying.moment(slot, unix)
        view = memoryview(moment.data)
        for sock, start, end in zip(
            self._vehicles, moment.starts.tolist(), moment.ends.tolist(), strict=True
        ):
            sock.send(view[start:end])
        self.played.frames += len(self._vehicles)

    def _drive(self, slot: int, unix: float) -> None:
        """The cars of this slot: each has its own in a second."""
        cars = np.arange(slot % RATE, self._config.cars, RATE)
        if not len(cars):
            return
        now = time.monotonic()
        packets = self._cars.packets(cars, unix)
        for car, packet in zip(cars.tolist(), packets, strict=True):
            self._connections[car].send(packet)
            self._waiting[car].append((now, packet))
        self.played.fixes += len(cars)

    def _listen_until(self, moment: float) -> None:
        while True:
            events = self._poll.poll(max(moment - time.monotonic(), 0))
            now = time.monotonic()
            for fd, _ in events:
                if fd in self._by_fd:
                    self._hear_vehicle(self._by_fd[fd])
                else:
                    self._hear_car(self._car_of[fd], now)
            if now >= moment:
                return

    def _hear_vehicle(self, number: int) -> None:
        frame = self._vehicles[number].recv(300)
        message = int.from_bytes(frame[7:10], "little")
        payload = frame[10 : 10 + frame[1]].ljust(40, b"\0")
        out = self._answering[number]
        if message == _COMMAND_LONG:
            command = int.from_bytes(payload[28:30], "little")
            answer = out.command_ack_encode(command, 0, target_system=255)
        elif message == _TIMESYNC:
            asked = int.from_bytes(payload[8:16], "little", signed=True)
            answer = out.timesync_encode(time.monotonic_ns(), asked)
        else:
            return
        self._vehicles[number].send(answer.pack(out))
        out.seq = (out.seq + 1) % 256
        self.played.answers += 1

    def _hear_car(self, car: int, now: float) -> None:
        data = self._connections[car].recv(400)
        if not data:
            raise RuntimeError(f"the connection of car {car} was closed")
        for place in range(0, len(data), 4):
            records = int.from_bytes(data[place : place + 4], "big")
            first_sent, packet = self._waiting[car].popleft()
            if records:
                self.played.acknowledged += records
                self._late.append(now - first_sent)
            else:
                self._connections[car].send(packet)
                self._waiting[car].append((first_sent, packet))
                self.played.sent_again += 1


def main() -> None:
    player = Player(Config(**json.loads(sys.argv[1])))
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(asdict(player.play())), flush=True)


if __name__ == "__main__":
    main()
