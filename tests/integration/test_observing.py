"""What a monitoring system sees of a real collector."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from telemetry.bus.server import BrokerServer
from tests.brokers import free_port
from tests.commands import Ports
from tests.integration.collecting import collector
from tests.waiting import until

pytestmark = pytest.mark.integration


class Watched:
    """The collector as a monitoring system asks it."""

    def __init__(self, ports: Ports) -> None:
        self.base = f"http://127.0.0.1:{ports.observing}"
        self.client = httpx.AsyncClient(trust_env=False, timeout=5)

    async def status(self, path: str) -> int | None:
        try:
            return (await self.client.get(self.base + path)).status_code
        except httpx.TransportError:
            return None

    async def figures(self) -> dict[tuple[str, str], float]:
        """Samples by name and their only label's value."""
        text = (await self.client.get(self.base + "/metrics")).text
        return {
            (sample.name, "/".join(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


async def test_figures_and_health_of_a_collector_at_work(
    database: str, broker: BrokerServer, tmp_path: Path
) -> None:
    ports = Ports()
    nobody = {"NIGEHBAN_AIRSPACE__SBS": f'{{"roof": "127.0.0.1:{free_port()}"}}'}
    with collector(ports, broker, database, tmp_path, **nobody):
        watched = Watched(ports)

        async def is_ready() -> bool:
            return await watched.status("/readyz") == 200

        await until(is_ready, timeout=30)
        assert await watched.status("/healthz") == 200
        assert await watched.status("/nothing") == 404
        good = {"id": "car-7", "lat": "34.01", "lon": "71.54"}
        answer = await watched.client.get(ports.osmand_url, params=good)
        assert answer.status_code == 200
        await watched.client.get(ports.osmand_url, params=good | {"lat": "200"})

        async def knows_its_sensor() -> bool:
            return (await watched.figures())["nigehban_airspace_sensors", ""] == 1

        await until(knows_its_sensor)
        figures = await watched.figures()
        assert figures["nigehban_store_committed_total", ""] >= 1
        assert figures["nigehban_refused_total", "osmand/bad_position"] == 1
        assert figures["nigehban_assets", ""] == 1
        assert figures["nigehban_tracker_listening", "osmand"] == 1
        assert figures["nigehban_tracker_stored_total", "osmand"] == 1
        assert figures["nigehban_mavlink_frames_total", "default"] == 0
        assert figures["nigehban_spool_fill", ""] == 0
        assert figures["nigehban_store_connected", ""] == 1
        assert figures["nigehban_cpu_seconds_total", ""] > 0
        names = {name.removeprefix("nigehban_airspace_") for name, _ in figures}
        assert names >= {"sensors", "contacts", "in_zones", "zones", "left_out", "step_seconds"}
        assert names >= {"said_total", "detections_total", "steps_total", "failures_total"}
        assert names >= {"late_total", "placeless_total", "repeated_total", "crowded_out_total"}
        assert figures["nigehban_sbs_connections_total", "sbs:roof"] == 0
        assert "sensor_states" in names
        await watched.client.aclose()


async def test_a_broker_that_has_gone_makes_it_unready_but_not_unhealthy(
    database: str, broker: BrokerServer, tmp_path: Path
) -> None:
    ports = Ports()
    with collector(ports, broker, database, tmp_path):
        watched = Watched(ports)

        async def is_ready() -> bool:
            return await watched.status("/readyz") == 200

        async def is_unready() -> bool:
            return await watched.status("/readyz") == 503

        await until(is_ready, timeout=30)
        await broker.stop()
        await until(is_unready, timeout=30)
        told = (await watched.client.get(watched.base + "/readyz")).json()
        assert told["checks"]["bus"]["ok"] is False
        assert "page shows nothing new" in told["checks"]["bus"]["why"]
        assert told["checks"]["keeping"]["ok"] is True
        assert await watched.status("/healthz") == 200
        await broker.start()
        await until(is_ready, timeout=30)
        await watched.client.aclose()
