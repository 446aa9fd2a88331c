"""Whatever is asked of the API, it answers what was wrong, and nothing stops."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.commands import Ports
from tests.dashboard.api.requests import Maker
from tests.integration.ordering import house

pytestmark = pytest.mark.integration

EACH = 25
AT_ONCE = 8


async def test_no_request_is_answered_by_a_fault(timescale_database: str, ports: Ports) -> None:
    async with house(timescale_database, ports) as at:
        key = await at.call_for_help("car-1")
        made = await at.api.post(
            "geofences",
            json={
                "who": "Gul",
                "fence": {
                    "name": "Bazaar",
                    "kind": "alert-only",
                    "shape": {"type": "Circle", "centre": [71.5, 34.0], "radius": 200},
                },
            },
        )
        known = {"key": [key], "fence_id": [made.json()["id"]], "If-Match": ['"1"', '"2"']}
        described = (await at.api.get("openapi.json")).json()
        limit = asyncio.Semaphore(AT_ONCE)
        seen: dict[str, set[int]] = {}

        async def ask(request: httpx.Request) -> None:
            async with limit:
                answer = await at.api.send(request)
            told = (request.method, str(request.url), request.content[:300], answer.text[:500])
            assert answer.status_code < 500, told
            if answer.status_code >= 400:
                assert answer.json()["detail"], told
            seen.setdefault(request.method, set()).add(answer.status_code)

        maker = Maker(described, str(at.api.base_url).rstrip("/"), seed=7)
        async with asyncio.TaskGroup() as tasks:
            for each in maker.requests(EACH, known):
                tasks.create_task(ask(each))
        assert {200, 404, 422} <= seen["GET"]
        assert {200, 404, 422} <= seen["POST"]
        assert at.collector.watcher.statistics.state == "watching"
        assert at.collector.watcher.statistics.refused == 0
        other = await at.call_for_help("car-2")
        assert (await at.order("acknowledge", other)).status_code == 200
