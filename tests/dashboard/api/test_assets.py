"""The API: assets, what has not changed, and how it says no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from dashboard.api.application import PATH
from tests.dashboard.pages import running_page
from tests.dashboard.pictures import drones, rows
from tests.waiting import until

pytestmark = pytest.mark.integration


@asynccontextmanager
async def client_of(count: int) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a page that shows `count` drones."""
    async with (
        running_page() as page,
        httpx.AsyncClient(base_url=f"{page.url}{PATH}/") as client,
    ):
        await page.show(rows(drones(count)))

        async def shown() -> bool:
            return len((await client.get("assets")).json()) == count

        await until(shown)
        yield client


async def test_assets_are_told_with_what_is_unknown_as_null() -> None:
    async with client_of(2) as client:
        told = (await client.get("assets")).json()
        assert [(each["identity"], each["kind"]) for each in told] == [
            ("mavlink:default/1", "drone"),
            ("mavlink:default/2", "drone"),
        ]
        assert told[0]["latitude"] == 34.0
        assert told[0]["battery_percent"] == 80.0
        assert told[0]["armed"] is True
        assert told[0]["position_time"] == "2026-05-04T07:00:00Z"
        one = await client.get(f"assets/{told[1]['key']}")
        assert one.json() == told[1]


async def test_what_has_not_changed_is_not_sent_again() -> None:
    async with client_of(1) as client:
        first = await client.get("assets")
        again = await client.get("assets", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status"),
    [("assets/12345", 404), ("assets/nonsense", 422), ("nothing", 404)],
)
async def test_a_refusal_is_a_problem(path: str, status: int) -> None:
    async with client_of(0) as client:
        answer = await client.get(path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.json()["detail"]


async def test_the_api_describes_itself() -> None:
    async with client_of(0) as client:
        described = (await client.get("openapi.json")).json()
        assert described["openapi"].startswith("3.1")
        assert "/assets/{key}" in described["paths"]


async def test_another_site_cannot_write() -> None:
    async with client_of(0) as client:
        answer = await client.put("assets/1", headers={"origin": "http://evil.example"})
        assert answer.status_code == 403
