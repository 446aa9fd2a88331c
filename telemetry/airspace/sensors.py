"""How the sensors of the airspace are: when each was last heard, how much it tells, whether it is lost.

Only of some it is known that they should speak: a SAPIENT node has its heartbeat, an SBS server its
connection, and a receiver that once said that it is there without having heard a drone says so again.
Others are quiet when nothing flies, and that is no fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from fleet.airspace.words import Words, words
from telemetry.airspace.heard import Heard, SensorEvent

SENSORS_MOST = 500
"""Sensors that are known; of more those not heard for longest are forgotten."""

QUIET_AFTER = 60.0
"""Seconds without a word after which a sensor is quiet, or silent if it ought to speak."""

GONE_AFTER = 10.0
"""Seconds after which a connection that ended is a sensor that is lost."""

_SMOOTH = 0.3
_SECOND = np.timedelta64(1_000_000, "us")

State = Literal["ok", "quiet", "silent", "lost", "off"]
"""`off`: it said that it goes."""


@dataclass(slots=True)
class _Sensor:
    name: str
    protocol: str
    label: str
    heard: np.datetime64 | None = None
    since: np.datetime64 | None = None
    """Since when its connection is gone."""
    messages: int = 0
    counted: int = 0
    rate: float = 0.0
    beats: bool = False
    """Whether it speaks also when nothing flies."""
    lost: bool = False
    goodbye: bool = False
    detail: str = ""


class Sensors:
    """All sensors that were heard or are looked for. Times are UTC, in microseconds."""

    def __init__(self) -> None:
        self._known: dict[str, _Sensor] = {}
        self._reckoned: np.datetime64 | None = None

    def __len__(self) -> int:
        return len(self._known)

    def hear(self, heard: Heard) -> None:
        """Note who said something, and what happened to whom."""
        alone = len(heard.said) == 1 and not len(heard.detections) and not heard.events
        for said in heard.said:
            sensor = self._sensor(said.sensor, said.protocol)
            sensor.messages += 1
            sensor.beats |= alone and sensor.name.startswith("scout:")
            sensor.heard = said.received_time
            sensor.since = None
        for event in heard.events:
            self._happened(event)

    def connection(self, name: str, *, connected: bool, now: np.datetime64) -> None:
        """A server that we connect to is connected, or is not."""
        sensor = self._sensor(name, name.partition(":")[0])
        if connected:
            sensor.since = None
        elif sensor.since is None:
            sensor.since = now

    def reckon(self, now: np.datetime64) -> None:
        """Reckon rates anew, at most once a second."""
        if self._reckoned is None:
            self._reckoned = now
        elapsed = float((now - self._reckoned) / _SECOND)
        if elapsed < 1:
            return
        self._reckoned = now
        for sensor in self._known.values():
            new = (sensor.messages - sensor.counted) / elapsed
            sensor.counted = sensor.messages
            sensor.rate += _SMOOTH * (new - sensor.rate)

    def states(self, now: np.datetime64) -> dict[str, State]:
        """How each is at `now`."""
        return {name: _state(sensor, now) for name, sensor in self._known.items()}

    def troubles(self, now: np.datetime64) -> dict[str, Words]:
        """What is to be said of each that is lost or silent."""
        found = {}
        for name, state in self.states(now).items():
            if state in {"lost", "silent"}:
                label = self._known[name].label
                found[name] = words(f"sensor_{state}", name=label)
        return found

    def well(self, now: np.datetime64) -> frozenset[str]:
        """Those that work."""
        return frozenset(n for n, state in self.states(now).items() if state in {"ok", "off"})

    def shown(self, now: np.datetime64) -> list[dict[str, Any]]:
        """Each as JSON has it; times are milliseconds since 1970."""
        states = self.states(now)
        return [
            {
                "sensor": name,
                "name": sensor.label,
                "protocol": sensor.protocol,
                "state": states[name],
                "heard_time": None if sensor.heard is None else milliseconds(sensor.heard),
                "rate": round(sensor.rate, 1),
                "messages": sensor.messages,
                "detail": sensor.detail,
            }
            for name, sensor in sorted(self._known.items())
        ]

    def _sensor(self, name: str, protocol: str) -> _Sensor:
        sensor = self._known.pop(name, None)
        if sensor is None:
            while len(self._known) >= SENSORS_MOST:
                del self._known[next(iter(self._known))]
            sensor = _Sensor(name, protocol, name.partition(":")[2] or name)
        self._known[name] = sensor  # the one heard last comes last
        return sensor

    def _happened(self, event: SensorEvent) -> None:
        sensor = self._sensor(event.sensor, event.sensor.partition(":")[0])
        match event.kind:
            case "registered":
                sensor.lost = sensor.goodbye = False
                sensor.since = None
                label = event.detail.get("name")
                sensor.label = label if isinstance(label, str) and label else sensor.label
            case "regained":
                sensor.lost = False
            case "status":
                sensor.detail = str(event.detail.get("system", ""))
                sensor.goodbye = sensor.detail == "SYSTEM_GOODBYE"
            case "lost":
                sensor.lost = True
            case "gone":
                sensor.since = event.received_time


def _state(sensor: _Sensor, now: np.datetime64) -> State:
    if sensor.goodbye:
        return "off"
    if sensor.lost:
        return "lost"
    if sensor.since is not None and (now - sensor.since) / _SECOND >= GONE_AFTER:
        return "lost"
    if sensor.heard is None or (now - sensor.heard) / _SECOND <= QUIET_AFTER:
        return "ok"
    return "silent" if sensor.beats else "quiet"


def milliseconds(time: np.datetime64) -> int | None:
    """Since 1970; None where it is unknown."""
    return None if np.isnat(time) else int(time.astype("M8[ms]").astype(np.int64))
