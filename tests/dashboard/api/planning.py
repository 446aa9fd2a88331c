"""Areas, requests and clients for the tests of plans and their schedule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from dashboard.api.application import PATH
from tests.dashboard.pages import NO_DATABASE, Page, running_page
from tests.dashboard.pictures import cars, drones, rows
from tests.waiting import until

FIELD = {
    "type": "Polygon",
    "coordinates": [
        [[71.54, 34.0], [71.543, 34.0], [71.543, 34.002], [71.54, 34.002], [71.54, 34.0]]
    ],
}
"""280 m by 220 m in Peshawar."""

HOME = {"latitude": 33.9995, "longitude": 71.5405, "altitude": 340.0}


def matrice(**more: Any) -> dict[str, Any]:
    return {"kind": "DJI Matrice 30T", "home": HOME, **more}


def search(**more: Any) -> dict[str, Any]:
    """A sweep of FIELD by one drone."""
    return {
        "kind": "search",
        "pattern": "parallel-sweep",
        "detection": 0.6,
        "area": FIELD,
        "drones": [matrice()],
        "geofences": False,
        **more,
    }


@asynccontextmanager
async def client_of(
    dsn: str = NO_DATABASE, drone_count: int = 0, **options: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, Page]]:
    """A client of a page with some drones, and one car if there are any."""
    async with (
        running_page(dsn=dsn, **options) as page,
        httpx.AsyncClient(base_url=f"{page.url}{PATH}/", timeout=30) as client,
    ):
        if drone_count:
            await page.show(rows([*drones(drone_count), *cars(1)]))

            async def shown() -> bool:
                return len((await client.get("assets")).json()) == drone_count + 1

            await until(shown)
        yield client, page


async def made(client: httpx.AsyncClient, form: dict[str, Any]) -> dict[str, Any]:
    """The job of a form, when it has ended."""
    begun = await client.post("plan-jobs", json=form)
    assert begun.status_code == 202, begun.text
    job = begun.headers["location"].removeprefix(f"{PATH}/")
    while True:
        told: dict[str, Any] = (await client.get(job, params={"wait": 10})).json()
        if told["ended_time"] is not None:
            return told


async def saved(client: httpx.AsyncClient, name: str, form: dict[str, Any]) -> dict[str, Any]:
    """The kept plan of a form."""
    job = await made(client, form)
    assert job["state"] == "done", job
    answer = await client.post("plans", json={"job": job["id"], "name": name, "who": "Khan"})
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that an answer tells, which is of this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert "\n" not in told["detail"]
    return told
