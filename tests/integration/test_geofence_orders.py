"""Geofences through the API: made, changed, ended, from files and into them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from dashboard.api.application import PATH
from dashboard.api.geofence_files import FILE_MOST
from fleet.geofences.files.documents import SUFFIXES, read_fences
from tests.dashboard.pages import running_page

pytestmark = pytest.mark.integration

BAZAAR: dict[str, Any] = {
    "name": "Bazaar",
    "kind": "keep-out",
    "shape": {"type": "Circle", "centre": [71.5, 34.0], "radius": 200},
    "hysteresis": 20,
}
CORRIDOR: dict[str, Any] = {
    "name": "Ring Road",
    "kind": "keep-out",
    "shape": {"type": "Corridor", "line": [[71.5, 34.0], [71.6, 34.1]], "half_width": 50},
}


@asynccontextmanager
async def api(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        running_page(dsn=dsn) as page,
        httpx.AsyncClient(base_url=f"{page.url}{PATH}/", timeout=30) as client,
    ):
        yield client


def ordered(fence: dict[str, Any]) -> dict[str, Any]:
    return {"who": "Gul", "fence": fence}


async def test_a_geofence_is_made_changed_and_ended_and_its_versions_stay(
    timescale_database: str,
) -> None:
    async with api(timescale_database) as client:
        key = {"idempotency-key": "fence-1"}
        made = await client.post("geofences", json=ordered(BAZAAR), headers=key)
        assert made.status_code == 201
        again = await client.post("geofences", json=ordered(BAZAAR), headers=key)
        assert (again.status_code, again.json()) == (201, made.json())
        other = await client.post("geofences", json=ordered(CORRIDOR), headers=key)
        assert other.status_code == 422
        path = made.headers["location"]
        wider = ordered(BAZAAR | {"hysteresis": 40})
        assert (await client.put(path, json=wider)).status_code == 428
        seen = {"if-match": made.headers["etag"]}
        both = await asyncio.gather(*(client.put(path, json=wider, headers=seen) for _ in "ab"))
        assert sorted(each.status_code for each in both) == [200, 412]
        told = (await client.get(path)).json()
        assert (told["version"], told["valid"]) == (2, True)
        assert [each["fence"]["hysteresis"] for each in told["versions"]] == [40, 20]
        assert {each["who"] for each in told["versions"]} == {"Gul"}
        assert told["versions"][1]["fence"]["valid_until"] == told["fence"]["valid_from"]
        listed = await client.get("geofences")
        assert [each["version"] for each in listed.json()] == [2]
        same = await client.get("geofences", headers={"if-none-match": listed.headers["etag"]})
        assert same.status_code == 304
        body = {"who": "Bibi"}
        ended = await client.post(f"{path}/end", json=body, headers={"if-match": '"2"'})
        assert (ended.status_code, ended.json()["valid"]) == (200, False)
        assert (await client.get("geofences")).json() == []
        late = await client.put(path, json=wider, headers={"if-match": '"2"'})
        assert late.status_code == 409
        nobody = "geofences/00000000-0000-4000-8000-000000000000"
        assert (await client.get(nobody)).status_code == 404
        assert (await client.put(nobody, json=wider, headers=seen)).status_code == 404


async def test_geofences_go_into_files_of_all_forms_and_come_back(timescale_database: str) -> None:
    async with api(timescale_database) as client:
        for fence in (BAZAAR, CORRIDOR):
            await client.post("geofences", json=ordered(fence))
        listed = (await client.get("geofences")).json()
        for form in SUFFIXES:
            file = await client.get("geofences/file", params={"form": form})
            assert file.status_code == 200
            assert len(read_fences(file.content).fences) == 2, form
            report = (await client.get("geofences/file/report", params={"form": form})).json()
            assert len(report["lost"]) == int(file.headers["nigehban-lost"])
            assert bool(report["lost"]) == (form != "geojson")
            assert [one["message"] for one in report["losses"]] == report["lost"]
            assert all(one["code"] for one in report["losses"]), form
        file = await client.get("geofences/file")
        assert file.headers["content-type"] == "application/geo+json"
        who = {"who": "Gul", "name": "ours.geojson"}
        known = await client.post("geofences/file", params=who, content=file.content)
        assert known.json() == {"taken": [], "known": 2, "lost": [], "losses": []}
        changed = file.content.replace(b"Bazaar", b"Big Bazaar")
        taken = (await client.post("geofences/file", params=who, content=changed)).json()
        assert (len(taken["taken"]), taken["known"]) == (1, 1)
        names = [each["name"] for each in (await client.get("geofences")).json()]
        assert names == ["Big Bazaar", "Ring Road"]
        assert len(listed) == 2


async def test_what_is_no_geofence_is_refused_with_its_place(timescale_database: str) -> None:
    async with api(timescale_database) as client:
        for change, place in (
            ({"kind": "keep-off"}, "kind"),
            ({"shape": {"type": "Circle", "centre": [71.5, 134.0], "radius": 200}}, "shape"),
            ({"shape": {"type": "Polygon", "coordinates": [[[71, 34], [72, 34]]]}}, "shape"),
            ({"hysteresis": -1}, "hysteresis"),
            ({"valid_until": "yesterday"}, "valid_until"),
            ({"scope": {"assets": [7]}}, "scope"),
            ({"name": "\0"}, "name"),
        ):
            answer = await client.post("geofences", json=ordered({**BAZAAR, **change}))
            assert answer.status_code == 422, (change, answer.text)
            assert place in answer.json()["detail"]
            assert answer.json()["detail"].startswith("body.fence")
        for content in (b"", b"{", b"<kml", b"\xff\xfe", b"[" * 10_000, b'{"type": "Feature"}'):
            who = {"who": "Gul"}
            answer = await client.post("geofences/file", params=who, content=content)
            assert answer.status_code == 422, (content[:10], answer.text)
        too_much = b" " * (FILE_MOST + 1)
        answer = await client.post("geofences/file", params={"who": "Gul"}, content=too_much)
        assert answer.status_code == 413
        assert (await client.get("geofences")).json() == []
