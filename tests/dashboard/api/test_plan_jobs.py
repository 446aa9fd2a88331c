"""Plans made through the API: what can be asked, how far it is, what comes of it, how it ends."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from tests.dashboard.api.planning import FIELD, HOME, client_of, made, matrice, problem_of, search
from tests.dashboard.pictures import drones
from tests.waiting import until

pytestmark = pytest.mark.integration


def planners() -> list[psutil.Process]:
    """Processes of this test that plan."""
    return [
        child
        for child in psutil.Process().children()
        if "dashboard.planning.worker" in child.cmdline()
    ]


async def test_a_search_is_planned_with_its_map_its_sorties_and_its_proof() -> None:
    async with client_of() as (client, _):
        job = await made(client, search(name="lost child", drones=[matrice(count=2)]))
        assert (job["state"], job["share"], job["passed"]) == ("done", 1.0, True)
        result = (await client.get(f"plan-jobs/{job['id']}/result")).json()
        assert result["name"] == "lost child"
        assert result["findings"] == []
        assert 0.5 < result["totals"]["pod"] <= 1
        assert result["totals"]["sorties"] == len(result["sorties"]) == 2
        assert [one["drone"] for one in result["sorties"]] == [
            "DJI Matrice 30T 1",
            "DJI Matrice 30T 2",
        ]
        sortie = result["sorties"][0]
        assert sortie["profile"][-1][0] == pytest.approx(
            sortie["start"] + sortie["duration"], abs=1
        )
        assert max(point[2] for point in sortie["profile"]) == pytest.approx(60, abs=1)
        roles = {feature["properties"]["role"] for feature in result["map"]["features"]}
        assert roles == {"area", "seen", "way", "leg", "waypoint", "home"}
        west, south, east, north = result["bounds"]
        assert west <= 71.54 < 71.543 <= east
        assert south <= HOME["latitude"] < 34.002 <= north
    assert planners() == []  # they end with the page


TOWER = {
    "type": "Polygon",
    "coordinates": [
        [[71.54, 34.0], [71.5402, 34.0], [71.5402, 34.0002], [71.54, 34.0002], [71.54, 34.0]]
    ],
}
CANAL = {"type": "LineString", "coordinates": [[71.54, 34.0], [71.545, 34.001], [71.55, 34.0]]}
ORDER = {
    "name": "DIG Khan",
    "order_number": "PB-17/2026",
    "valid_from": "2026-11-23T10:00:00+05:00",
    "valid_to": "2036-11-23T22:00:00+05:00",
}


NEAR = {**HOME, "latitude": 33.9985}

KINDS: list[tuple[dict[str, Any], set[str]]] = [
    ({"kind": "coverage", "area": FIELD}, {"area", "seen"}),
    ({"kind": "corridor", "line": CANAL, "width": 100}, {"seen"}),
    ({"kind": "orbit", "area": TOWER, "height": 40}, {"zone"}),
    (
        {
            "kind": "crowd",
            "area": TOWER,
            "begin": 600,
            "last": 600,
            "drones": [matrice(count=4, home=NEAR)],
        },
        {"crowd", "reach", "post", "view"},
    ),
    (
        {
            "kind": "border",
            "line": CANAL,
            "side": "right",
            "last": 1200,
            "drones": [matrice(count=3, home={**HOME, "latitude": 33.995})],
            "start": "2026-11-23T12:00:00+05:00",
            "authority": ORDER,
        },
        {"border", "buffer"},
    ),
]


async def test_every_kind_of_mission_can_be_asked_for() -> None:
    async with client_of() as (client, _):
        for form, roles in KINDS:
            job = await made(client, {"drones": [matrice(home=NEAR)], "geofences": False, **form})
            assert (job["state"], job["error"], job["passed"]) == ("done", "", True)
            result = (await client.get(f"plan-jobs/{job['id']}/result")).json()
            assert roles <= {each["properties"]["role"] for each in result["map"]["features"]}


async def test_the_fleets_drones_take_off_where_they_are_with_what_they_have() -> None:
    async with client_of(drone_count=1) as (client, _):
        drone = drones(1)[0]
        told = (await client.get("drones")).json()
        assert [one["key"] for one in told["fleet"]] == [str(drone.key)]
        assert "DJI Matrice 30T" in {kind["name"] for kind in told["kinds"]}
        asked = {"kind": "DJI Matrice 30T", "asset": str(drone.key)}
        job = await made(client, search(drones=[asked], battery="present"))
        (sortie,) = (await client.get(f"plan-jobs/{job['id']}/result")).json()["sorties"]
        assert sortie["asset"] == str(drone.key)
        assert sortie["kind"] == "DJI Matrice 30T at 80 %"
        assert sortie["profile"][0][:3] == [0.0, 0.0, 0.0]


async def test_the_forms_say_what_may_be_asked() -> None:
    async with client_of() as (client, _):
        told = (await client.get("plan-kinds")).json()
        forms = {one["kind"]: one["form"]["properties"] for one in told["kinds"]}
        assert forms["coverage"]["sidelap"] == {
            "default": 0.7,
            "description": "Overlap of lanes, 0 … 0.95.",
            "maximum": 0.95,
            "minimum": 0,
            "title": "Sidelap",
            "type": "number",
        }
        assert {"pattern", "detection", "area", "drones", "geofences"} <= set(forms["search"])
        assert "separation" in told["rules"]
        await until(planners)  # who asks is about to plan


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "dance"}, "body", "coverage"),
    ({"detection": 0}, "body.search.detection", "greater than 0"),
    ({"detection": None}, "body.search.detection", "number"),
    ({"pattern": "zigzag"}, "body.search.pattern", "expanding-square"),
    ({"area": None}, "body.search", "wants its area"),
    ({"area": {"type": "Polygon", "coordinates": [[[71, 34]]]}}, "coordinates.0", "at least 4"),
    ({"area": {"type": "Polygon", "coordinates": [[[34, 95]] * 4]}}, "0.0.1", "less than"),
    ({"hieght": 30}, "body.search.hieght", "not permitted"),
    ({"height": "NaN"}, "body.search.height", "finite"),
    ({"drones": []}, "body.search.drones", "at least 1"),
    ({"drones": [{"kind": "DJI Matrice 30T"}]}, "drones.0", "give the home"),
    ({"drones": [matrice(kind="Matrise 30T")]}, "body.drones.0.kind", "did you mean"),
    ({"drones": [matrice(asset="12")]}, "body.drones.0.asset", "no asset 12"),
    ({"terrain": True}, "body.terrain", "the setting terrain"),
]


async def test_what_cannot_be_asked_is_refused_with_its_place() -> None:
    async with client_of() as (client, _):
        for change, place, said in WRONG:
            told = problem_of(await client.post("plan-jobs", json=search(**change)), 422)
            assert place in told["detail"]
            assert said in told["detail"]


async def test_what_cannot_be_planned_fails_in_the_command_lines_words() -> None:
    async with client_of() as (client, _):
        bow_tie = [[71.54, 34.0], [71.543, 34.002], [71.543, 34.0], [71.54, 34.002], [71.54, 34.0]]
        crossed = {"type": "Polygon", "coordinates": [bow_tie]}
        job = await made(client, search(area=crossed))
        assert (job["state"], job["passed"]) == ("failed", None)
        assert job["error"].startswith("the area crosses itself at 34.001")
        assert job["error_code"] == "planner.area.crosses"
        assert job["error_values"]["place"].startswith("34.001")
        told = problem_of(await client.get(f"plan-jobs/{job['id']}/result"), 409)
        assert "crosses itself" in told["detail"]
        # The process goes on with the next one.
        assert (await made(client, search()))["state"] == "done"
        assert len(planners()) == 1


def endless() -> dict[str, Any]:
    """What takes minutes: a large area with many holes."""
    holes = [
        [
            [71.5 + 0.004 * x, 34.0 + 0.004 * y],
            [71.5 + 0.004 * x, 34.002 + 0.004 * y],
            [71.502 + 0.004 * x, 34.002 + 0.004 * y],
            [71.5 + 0.004 * x, 34.0 + 0.004 * y],
        ]
        for x in range(12)
        for y in range(4)
    ]
    outline = [[71.49, 33.99], [71.56, 33.99], [71.56, 34.06], [71.49, 34.06], [71.49, 33.99]]
    area = {"type": "Polygon", "coordinates": [outline, *holes]}
    return {
        "kind": "coverage",
        "area": area,
        "drones": [matrice(count=20)],
        "geofences": False,
    }


async def test_a_cancelled_job_ends_its_process_and_the_page_answers_all_the_while() -> None:
    async with client_of() as (client, page):
        begun = await client.post("plan-jobs", json=endless())
        job = begun.headers["location"].removeprefix("/api/v1/")

        async def works() -> bool:
            told = (await client.get(job)).json()
            assert told["state"] in {"waiting", "running"}, told
            return str(told["state"]) == "running"

        await until(works)
        (process,) = planners()
        assert (await page.health())["viewers"] == 0
        assert (await client.delete(job)).status_code == 204
        assert not process.is_running()
        assert (await client.get(job)).json()["state"] == "cancelled"
        assert (await client.delete(job)).status_code == 204  # and once more: it is forgotten
        problem_of(await client.get(job), 404)


async def test_a_process_that_is_killed_fails_its_job_and_not_the_next_one() -> None:
    async with client_of() as (client, _):
        begun = await client.post("plan-jobs", json=endless())
        job = begun.headers["location"].removeprefix("/api/v1/")
        (process,) = await until(planners)
        process.kill()
        told = (await client.get(job, params={"wait": 10})).json()
        assert told["state"] == "failed"
        assert "ended by itself" in told["error"]
        assert (await made(client, search()))["state"] == "done"


async def test_only_so_many_are_made_and_waited_for_at_once() -> None:
    async with client_of() as (client, _):
        key = {"Idempotency-Key": "the-same-request"}
        first = await client.post("plan-jobs", json=endless(), headers=key)
        again = await client.post("plan-jobs", json=endless(), headers=key)
        assert first.json()["id"] == again.json()["id"]
        for _number in range(19):
            await client.post("plan-jobs", json=endless())
        told = problem_of(await client.post("plan-jobs", json=endless()), 429)
        assert told["type"] == "too-many-jobs"
        await until(lambda: len(planners()) == 2)
        states = [one["state"] for one in (await client.get("plan-jobs")).json()]
        assert states.count("running") <= 2
        assert len(states) == 20


async def test_a_plan_that_minds_the_geofences_waits_for_no_database() -> None:
    async with client_of() as (client, _):
        told = problem_of(await client.post("plan-jobs", json=search(geofences=True)), 503)
        assert told["type"] == "database-away"
