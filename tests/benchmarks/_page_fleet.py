"""The fleet that the page's benchmark shows: on rounds, and with beacons that tell the update.

A beacon is a drone that stands north of all others and is somewhere for one update only, the next
one for the next update. Which beacon can be seen is which update can be seen, modulo their number.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import numpy as np

from fleet.assets import mavlink_asset, osmand_asset
from fleet.columns import PICTURE, Rows, Source, blank
from telemetry.bus.nats import connect_bus
from telemetry.feed import PICTURE_SUBJECT, pack_picture

BEACONS = 16
ASSETS = 5000
"""The beacons among them."""

CENTRE = (33.995, 71.53)
RADIUS = (0.045, 0.12)
TURN = 1200.0
"""Seconds of one round."""

BEACON_LATITUDE = 34.07
BEACON_LONGITUDES = np.linspace(71.45, 71.61, BEACONS)


@dataclass
class Publisher:
    """Sends all of it, `hz` times a second."""

    bus_url: str
    hz: float = 2.0
    assets: int = ASSETS
    sent: list[float] = field(default_factory=list)
    """When each update began to be sent, seconds since 1970."""

    def __post_init__(self) -> None:
        drones = [mavlink_asset("hq", n) for n in range(1, BEACONS + 1)]
        cars = [osmand_asset(f"patrol-{n:04d}") for n in range(self.assets - BEACONS)]
        named = [*drones, *cars]
        rows = blank(PICTURE, len(named))
        rows["asset"] = [asset.key for asset in named]
        rows["identity"] = [asset.identity.encode() for asset in named]
        rows["kind"] = [asset.kind for asset in named]
        rows["source"] = Source.OSMAND
        rows["speed"] = 8.0
        rows["landed_state"][:BEACONS] = 2
        rows["armed"][:BEACONS] = 1
        self._rows = rows
        self._ended = False

    @property
    def keys(self) -> list[str]:
        """Of the beacons."""
        return [str(key) for key in self._rows["asset"][:BEACONS].tolist()]

    def end(self) -> None:
        """Let `run` end after its next update."""
        self._ended = True

    async def run(self) -> None:
        """Send until `end`."""
        bus = await connect_bus(self.bus_url)
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self._ended:
            now = time.time()
            payloads = pack_picture(self._at(now, len(self.sent)))
            self.sent.append(now)
            for payload in payloads:
                await bus.publish(PICTURE_SUBJECT, payload)
            due = max(due + 1 / self.hz, loop.time())
            await asyncio.sleep(due - loop.time())
        await bus.close()

    def _at(self, now: float, update: int) -> Rows:
        rows = self._rows
        for name in ("position_time", "fix_time", "heard_time", "status_time"):
            rows[name] = np.datetime64(round(now * 1e6), "us")
        n = np.arange(len(rows))
        angle = 2 * np.pi * (now / TURN + n / 97)
        size = 0.1 + 0.9 * n / len(rows)
        rows["latitude"] = CENTRE[0] + RADIUS[0] * size * np.cos(angle)
        rows["longitude"] = CENTRE[1] + RADIUS[1] * size * np.sin(angle)
        rows["heading"] = np.degrees(angle + np.pi / 2) % 360
        rows["latitude"][:BEACONS] = rows["longitude"][:BEACONS] = np.nan
        rows["heading"][:BEACONS] = np.nan  # a beacon is a diamond: blue in its middle
        shown = update % BEACONS
        rows["latitude"][shown] = BEACON_LATITUDE
        rows["longitude"][shown] = BEACON_LONGITUDES[shown]
        return rows


def delays(sent: list[float], seen: list[tuple[float, int]]) -> list[float]:
    """Milliseconds from sending to seeing, of each (time, beacon) that was seen."""
    found = []
    for time_seen, beacon in seen:
        updates = [moment for moment in sent[beacon::BEACONS] if moment <= time_seen]
        if updates:
            found.append(1000 * (time_seen - updates[-1]))
    return found
