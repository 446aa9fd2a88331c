"""The collector's own listeners against the simulated fleet: what they take in is what it does."""

from __future__ import annotations

import asyncio
import contextlib
import time
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.columns import Rows
from fleet.peshawar import to_metres
from fleet.picture import Picture
from sitl.fleet import SimulatedFleet
from sitl.settings import SimulationSettings
from telemetry.batch import Batch
from telemetry.mavlink.building import new_network
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.settings import OsmandSettings, OwntracksSettings
from telemetry.sink import Refusals, RefusedError
from telemetry.trackers.intake import Intake
from telemetry.trackers.osmand import OsmandServer
from telemetry.trackers.owntracks import OwntracksSubscriber
from tests.brokers import free_port, running_broker
from tests.waiting import until

pytestmark = pytest.mark.integration


class Memory:
    """A sink that commits at once and keeps the picture."""

    def __init__(self) -> None:
        self.picture = Picture()
        self.refusals = Refusals()
        self.positions: list[Rows] = []
        self.texts: list[str] = []

    async def accept(self, batch: Batch) -> None:
        self.offer(batch)

    def offer(self, batch: Batch) -> None:
        self.picture.add(batch.assets)
        self.picture.update_positions(batch.positions)
        self.picture.update_statuses(batch.statuses)
        self.positions.append(batch.positions)
        self.texts += [text.text for text in batch.texts]

    def refuse(self, origin: str, error: RefusedError, *, raw: bytes = b"", peer: str = "") -> None:
        self.refusals.add(origin, error)

    async def set_aside(self, origin: str, error: RefusedError, *, raw: bytes, peer: str) -> None:
        self.refuse(origin, error, raw=raw, peer=peer)

    def rows(self) -> dict[str, np.void]:
        return {row["identity"].decode(): row for row in self.picture.rows}


async def test_the_picture_that_is_taken_in_is_the_fleet_that_is_out_there(tmp_path: Path) -> None:
    sink = Memory()
    udp, http = free_port(), free_port()
    async with running_broker(tmp_path) as broker:
        fleet = SimulatedFleet(
            SimulationSettings(drones=6, cars=12, airborne=1.0, boot_scale=0.03),
            mavlink=("127.0.0.1", udp),
            osmand_url=f"http://127.0.0.1:{http}/",
            mqtt_url=broker.tracker_url,
        )
        settings = MavlinkSettings.model_validate(
            {"networks": {"default": f"udpin:127.0.0.1:{udp}"}}
        )
        network = new_network("default", settings, sink, tmp_path, time.time)
        programs: list[Any] = [
            network,
            OsmandServer(OsmandSettings(port=http), Intake("osmand", sink, time.time)),
            OwntracksSubscriber(
                OwntracksSettings(broker=broker.mqtt_url), Intake("owntracks", sink, time.time)
            ),
            fleet,
        ]
        tasks = [asyncio.create_task(program.run()) for program in programs]
        try:
            await _picture_is_complete(sink, fleet)
            await _picture_is_true(sink, fleet)
            await _rebooted_drone_streams_again(sink, fleet)
            assert not sink.refusals.counts
            assert not any(task.done() for task in tasks)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task


async def _picture_is_complete(sink: Memory, fleet: SimulatedFleet) -> None:
    await until(lambda: set(sink.rows()) == set(fleet.identities))
    await until(lambda: not np.isnat(sink.picture.rows["position_time"]).any())
    drones = [row for row in sink.picture.rows if row["identity"].startswith(b"mavlink:")]
    assert len(drones) == 6
    await until(lambda: all(_told(row) for row in sink.rows().values()))


def _told(row: np.void) -> bool:
    """Whether all of a drone's state is known; cars have none."""
    if not row["identity"].startswith(b"mavlink:"):
        return True
    known = row["armed"] == 1 and row["mode"] == b"AUTO" and row["gps_fix"] == 3
    known = known and row["ekf_flags"] == 831 and row["landed_state"] == 2
    return bool(known and np.isfinite(row["home_latitude"]) and row["battery_percent"] > 20)


async def _picture_is_true(sink: Memory, fleet: SimulatedFleet) -> None:
    def off() -> list[float]:
        squadron = fleet.world.squadron
        distances = []
        for number in range(6):
            row = sink.rows()[f"mavlink:default/{number + 1}"]
            east, north = to_metres(row["latitude"], row["longitude"])
            truth = squadron.airframes.position[number]
            distances.append(hypot(east - truth[0], north - truth[1]))
            assert abs(row["height"] - truth[2]) < 5
            assert row["battery_percent"] == pytest.approx(
                squadron.batteries.charge[number] * 100, abs=1.1
            )
        return distances

    # 14 m/s, four fixes a second, a metre or two of filter error
    await until(lambda: max(off()) < 8)


async def _rebooted_drone_streams_again(sink: Memory, fleet: SimulatedFleet) -> None:
    """A new battery: the autopilot forgot its rates, the collector asks for them again."""
    life = fleet.world.squadron.lives[2]
    life.power_on_after(1.0, fleet.world.time / 1e6)
    off_at = np.datetime64(time.time_ns() // 1000, "us")
    await until(lambda: "EKF3 IMU0 is using GPS" in sink.texts)

    def fixes_since() -> int:
        row = sink.rows()["mavlink:default/3"]
        return sum(
            int(((rows["asset"] == row["asset"]) & (rows["fix_time"] > off_at)).sum())
            for rows in sink.positions
        )

    await until(lambda: fixes_since() >= 5)
