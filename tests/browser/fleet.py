"""A small fleet that a test drives: on the bus as the collector sends it, and in the database."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime
from typing import Any, ClassVar

import numpy as np
import orjson
import psycopg

from fleet.assets import Asset, mavlink_asset, osmand_asset, owntracks_asset
from fleet.columns import POSITION, STATUS, Rows, Source, blank
from fleet.picture import Picture
from fleet.views import VIEW
from telemetry.batch import Batch, Event, StatusText, merged
from telemetry.bus.nats import connect_bus
from telemetry.feed import (
    COLLECTOR_SUBJECT,
    PICTURE_SUBJECT,
    VIEWS_SUBJECT,
    pack_picture,
    pack_views,
)
from telemetry.mavlink.firmware import FIRMWARE
from telemetry.store.insert import Inserter

TICK = 0.25
"""Seconds between two positions of everything."""

PAST = 900.0
PAST_STEP = 5.0
"""Seconds of history that the database begins with, and between two rows of it."""

CENTRE = (34.005, 71.535)
RADIUS = (0.032, 0.085)
TURN = 1200.0
"""Seconds of one round."""

PARKED = 3
"""Every so many drones one stands on the ground and tells the same figures again and again."""


DRAIN_MOST = 2.0
"""Percent that batteries go down while the tests run; each drone has 3 less than the one before."""


class LiveFleet:
    """Drones and cars on rounds over Peshawar, four times a second."""

    rests: ClassVar[bool] = False
    """Whether all of them stand still and send nothing."""

    def __init__(self, bus_url: str, dsn: str, *, drones: int = 12, cars: int = 18) -> None:
        self.drones = [mavlink_asset("hq", system) for system in range(1, drones + 1)]
        self.cars = [
            osmand_asset(f"patrol-{n:02d}") if n % 2 else owntracks_asset("police", f"car-{n:02d}")
            for n in range(1, cars + 1)
        ]
        self.assets: list[Asset] = [*self.drones, *self.cars]
        self.silent: set[int] = set()
        """Keys of assets that send nothing now; a test adds and takes away."""
        self.looking: set[int] = set()
        """Keys of drones whose cameras tell that they look down ahead; a test adds and takes away."""
        self._bus_url = bus_url
        self._dsn = dsn
        self._ended = False
        self._start = time.time()

    def end(self) -> None:
        """Let `drive` end after its next step."""
        self._ended = True

    @property
    def parked(self) -> Asset:
        """A drone on the ground."""
        return self.drones[PARKED - 1]

    @property
    def flying(self) -> list[Asset]:
        """The drones in the air."""
        return [drone for n, drone in enumerate(self.drones, 1) if n % PARKED]

    async def drive(self) -> None:
        """Move and send until `end`."""
        bus = await connect_bus(self._bus_url)
        picture = Picture()
        picture.add(self.assets)
        sent = received = 0
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            inserter = Inserter(connection)
            await inserter.prepare(self.assets)
            await inserter.write(merged(self._past(time.time())), [])
            while not self._ended:
                if self.rests:
                    await asyncio.sleep(TICK)
                    continue
                batch = self._batch(time.time())
                picture.update_positions(batch.positions)
                picture.update_statuses(batch.statuses)
                await inserter.write(batch, [])
                received += len(batch)
                for payload in pack_picture(picture.changed_since(sent)):
                    await bus.publish(PICTURE_SUBJECT, payload)
                sent = picture.version
                for payload in pack_views(self._views(time.time())):
                    await bus.publish(VIEWS_SUBJECT, payload)
                health: dict[str, Any] = {"time": time.time(), "received": received}
                health["mavlink"] = {"hq": {"heard": self._heard()}}
                await bus.publish(COLLECTOR_SUBJECT, orjson.dumps(health))
                await asyncio.sleep(TICK)
        await bus.close()

    def _views(self, now: float) -> Rows:
        views = blank(VIEW, len(self.looking))
        views["asset"] = sorted(self.looking)
        views["time"] = np.datetime64(round(now * 1e6), "us")
        views["from_nose"], views["roll"], views["pitch"], views["yaw"] = True, 0, -45, 0
        views["across"], views["upwards"] = 60, 45
        return views

    def _past(self, now: float) -> list[Batch]:
        """The last quarter of an hour, as if it had been there."""
        moments = np.arange(now - PAST, now - TICK, PAST_STEP)
        return [
            Batch(texts=tuple(self._texts()), events=tuple(self._firmware())),
            *(self._batch(float(moment)) for moment in moments),
        ]

    def _batch(self, now: float) -> Batch:
        assets = [asset for asset in self.assets if asset.key not in self.silent]
        drones = [asset for asset in assets if asset in self.drones]
        return Batch(positions=self._positions(assets, now), statuses=self._statuses(drones, now))

    def _positions(self, assets: list[Asset], now: float) -> Rows:
        rows = blank(POSITION, len(assets))
        rows["received_time"] = rows["fix_time"] = np.datetime64(round(now * 1e6), "us")
        for row, asset in zip(rows, assets, strict=True):
            n = self.assets.index(asset)
            drone = asset in self.drones
            still = drone and (n + 1) % PARKED == 0
            angle = 2 * math.pi * ((0 if still else now / TURN) + n / len(self.assets))
            size = 0.3 + 0.7 * n / len(self.assets)
            row["asset"] = asset.key
            row["source"] = Source.GLOBAL_POSITION_INT if drone else Source.OSMAND
            row["latitude"] = CENTRE[0] + RADIUS[0] * size * math.cos(angle)
            row["longitude"] = CENTRE[1] + RADIUS[1] * size * math.sin(angle)
            row["heading"] = (math.degrees(angle) + 90) % 360
            row["speed"] = 0.0 if still else 8.0 + n / 4
            row["altitude"] = 331.0 if not drone or still else 400.0 + n
            if drone:
                row["height"] = 0.2 if still else 60 + n + 6 * math.sin(now / 40 + n)
                row["climb"] = 0.0
            else:
                row["accuracy"] = 6.0
        return rows

    def _statuses(self, drones: list[Asset], now: float) -> Rows:
        rows = blank(STATUS, len(drones))
        rows["status_time"] = rows["received_time"] = rows["vehicle_time"] = np.datetime64(
            round(now * 1e6), "us"
        )
        for row, asset in zip(rows, drones, strict=True):
            n = self.assets.index(asset) + 1
            still = n % PARKED == 0
            row["asset"] = asset.key
            row["armed"] = 0 if still else 1
            row["mode"] = b"STABILIZE" if still else (b"AUTO", b"GUIDED")[n % 2]
            row["system_status"] = 3 if still else 4
            row["landed_state"] = 1 if still else 2
            row["battery_percent"] = 88 - 3 * n - (0 if still else self._drained(now))
            row["battery_voltage"] = 16.4 - 0.1 * n
            row["battery_current"] = 0.4 if still else 17.5
            row["gps_fix"] = 3 + n % 4
            row["satellites"] = 10 + n
            row["hdop"] = 0.7
            row["ekf_flags"] = 0x33F
            row["home_latitude"], row["home_longitude"] = CENTRE
            row["home_altitude"] = 331.0
        return rows

    def _drained(self, now: float) -> float:
        """Percent that each drone in the air has used, never so much that two change places."""
        return min((now - self._start) / 60, DRAIN_MOST)

    def _texts(self) -> list[StatusText]:
        now = datetime.now(UTC)
        return [
            StatusText(drone.key, now, 4, f"Battery 1 is low, says {drone.default_name}")
            for drone in self.drones
        ]

    def _firmware(self) -> list[Event]:
        now = datetime.now(UTC)
        detail = dict.fromkeys(("git", "board", "vendor", "product", "uid")) | {
            "version": "4.5.7",
            "release": "official",
            "autopilot": "ardupilotmega",
            "type": "quadrotor",
        }
        return [Event(drone.key, now, now, FIRMWARE, detail) for drone in self.drones]

    def _heard(self) -> dict[str, list[Any]]:
        """How the drones are heard, as the collector tells it: a few of each hundred frames lost."""
        systems = range(1, len(self.drones) + 1)
        frames = [round((time.time() - self._start) * 40)] * len(systems)
        return {
            "system": list(systems),
            "peer": [f"udp:127.0.0.1:{14550 + system}" for system in systems],
            "frames": frames,
            "lost": [
                round(count * system / 100) for count, system in zip(frames, systems, strict=True)
            ],
            "messages_per_second": [40.0] * len(systems),
            "round_trip": [system / 20 for system in systems],
            "age": [0.1] * len(systems),
        }
