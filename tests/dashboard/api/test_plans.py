"""Plans kept, found, changed, compared, exported and imported through the API."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from missions.files.plan_json import parse
from tests.dashboard.api.planning import client_of, made, matrice, problem_of, saved, search
from tests.databases import Servers, migrated_database

pytestmark = pytest.mark.integration


@pytest.fixture
def dsn(servers: Servers) -> Iterator[str]:
    """A database on plain PostgreSQL: nothing here asks for more."""
    with migrated_database(servers["postgresql"]) as dsn:
        yield dsn


async def test_a_plan_is_kept_renamed_copied_put_away_and_had_back(dsn: str) -> None:
    async with client_of(dsn) as (client, _):
        plan = await saved(client, "Wazir Bagh", search())
        path = f"plans/{plan['id']}"
        whole = await client.get(path)
        assert whole.headers["etag"] == '"1"'
        told = whole.json()
        assert told["request"]["pattern"] == "parallel-sweep"
        assert told["result"]["totals"] == told["totals"] == plan["totals"]
        assert (told["passed"], told["made_by"], told["kind"]) == (True, "Khan", "search")
        same = await client.get(path, headers={"if-none-match": '"1"'})
        assert same.status_code == 304

        # Nobody renames what he has not seen as it is.
        name = {"name": "Wazir Bagh, north", "who": "Bibi"}
        problem_of(await client.patch(path, json=name), 428)
        renamed = await client.patch(path, json=name, headers={"if-match": '"1"'})
        assert (renamed.json()["revision"], renamed.headers["etag"]) == (2, '"2"')
        stale = problem_of(await client.patch(path, json=name, headers={"if-match": '"1"'}), 412)
        assert "has revision 2, not 1" in stale["detail"]

        key = {"Idempotency-Key": "copy-it-once"}
        both = [
            (await client.post(f"{path}/copy", json={"name": "other", "who": "Bibi"}, headers=key))
            for _ in range(2)
        ]
        assert both[0].json()["id"] == both[1].json()["id"] != plan["id"]
        third = {"name": "third", "who": "Bibi"}
        another = await client.post(f"{path}/copy", json=third, headers=key)
        assert problem_of(another, 422)["type"] == "other-body"

        page = (await client.get("plans", params={"limit": 1})).json()
        assert [one["name"] for one in page["items"]] == ["other"]
        rest = (await client.get("plans", params={"limit": 1, "cursor": page["next"]})).json()
        assert [one["name"] for one in rest["items"]] == ["Wazir Bagh, north"]
        assert rest["next"] is None
        found = (await client.get("plans", params={"name": "BAGH", "kind": "search"})).json()
        assert [one["id"] for one in found["items"]] == [plan["id"]]

        gone = await client.delete(path, params={"who": "Bibi"}, headers={"if-match": '"2"'})
        assert gone.json()["deleted_time"] is not None
        assert [one["name"] for one in (await client.get("plans")).json()["items"]] == ["other"]
        away = (await client.get("plans", params={"deleted": True})).json()
        assert [one["id"] for one in away["items"]] == [plan["id"]]
        back = await client.post(f"{path}/restore", json={"who": "Khan"})
        assert back.json()["deleted_time"] is None

        changes = (await client.get(f"{path}/changes")).json()
        assert [(one["what"], one["who"]) for one in changes] == [
            ("restored", "Khan"),
            ("deleted", "Bibi"),
            ("renamed", "Bibi"),
            ("made", "Khan"),
        ]


async def test_a_plan_made_anew_is_its_next_version_and_the_two_can_be_compared(dsn: str) -> None:
    async with client_of(dsn) as (client, _):
        plan = await saved(client, "field", search())
        job = await made(client, search(drones=[matrice(count=2)]))
        new = await client.post(
            f"plans/{plan['id']}/versions",
            json={"job": job["id"], "who": "Bibi"},
            headers={"if-match": '"1"'},
        )
        assert (new.status_code, new.json()["version"]) == (201, 2)
        asked = {"one": plan["id"], "one_version": 1, "other": plan["id"]}
        told = (await client.get("plans/compare", params=asked)).json()
        figures = {one["figure"]: one for one in told["differences"]}
        assert (figures["drones"]["one"], figures["drones"]["other"]) == (1, 2)
        assert figures["duration"]["difference"] < 0
        assert figures["energy"]["difference"] > 0
        first = (await client.get(f"plans/{plan['id']}", params={"version": 1})).json()
        assert len(first["result"]["sorties"]) == 1


async def test_a_plan_goes_out_and_comes_in_again(dsn: str) -> None:
    async with client_of(dsn) as (client, _):
        plan = await saved(client, "two drones", search(drones=[matrice(count=2)]))
        path = f"plans/{plan['id']}/export"
        file = await client.get(path, params={"form": "json"})
        assert parse(file.content, "the plan").sorties
        missions = await client.get(path, params={"form": "waypoints"})
        assert missions.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(missions.content)) as archive:
            assert len(archive.namelist()) == 2
            assert archive.read(archive.namelist()[0]).startswith(b"QGC WPL 110")
        kml = await client.get(path, params={"form": "kml"})
        assert kml.headers["content-disposition"] == 'attachment; filename="two-drones.kml"'
        assert b"<kml" in kml.content
        report = (await client.get(f"{path}/report", params={"form": "gpx"})).json()
        assert report["name"] == "two-drones.gpx"
        assert "not carried" in report["lost"][0]
        assert [one["message"] for one in report["losses"]] == report["lost"]
        assert all(one["code"] for one in report["losses"])

        back = await client.post(
            "plans/import", params={"who": "Khan", "name": "back"}, content=file.content
        )
        assert back.status_code == 201, back.text
        assert back.json()["totals"] == plan["totals"]
        assert back.json()["passed"] is True
        wrong = file.content.replace(b'"latitude"', b'"latitud"', 1)
        for body, said in ((wrong, "latitud"), (b"no plan", "body: the plan"), (b"\xff", "UTF-8")):
            told = problem_of(
                await client.post("plans/import", params={"who": "Khan"}, content=body), 422
            )
            assert said in told["detail"]

        # What would not be proved is not handed to an autopilot.
        bad = file.content.replace(b'"height": 60.0', b'"height": 190.0')
        spoilt = await client.post("plans/import", params={"who": "Khan"}, content=bad)
        assert spoilt.json()["passed"] is False
        refused = await client.get(f"plans/{spoilt.json()['id']}/export", params={"form": "plan"})
        assert "must not fly" in problem_of(refused, 409)["detail"]


async def test_what_is_not_there_or_cannot_be_is_told(dsn: str) -> None:
    async with client_of(dsn) as (client, _):
        nowhere = "00000000-0000-4000-8000-000000000000"
        for path, status, said in (
            (f"plans/{nowhere}", 404, "no plan"),
            (f"plans/{nowhere}/export?form=kml", 404, "no plan"),
            ("plans/12", 422, "plan_id"),
            ("plans?cursor=nonsense", 422, "no cursor"),
            ("plans?limit=0", 422, "greater than or equal to 1"),
            (f"plans/compare?one={nowhere}&other={nowhere}", 404, "no plan"),
            (f"plans/{nowhere}/export?form=docx", 422, "waypoints"),
        ):
            assert said in problem_of(await client.get(path), status)["detail"]
        unknown = {"job": nowhere, "name": "x", "who": "Khan"}
        assert "no job" in problem_of(await client.post("plans", json=unknown), 404)["detail"]


async def test_without_a_database_a_plan_is_made_and_waits_to_be_kept() -> None:
    async with client_of() as (client, _):
        job = await made(client, search())
        body = {"job": job["id"], "name": "x", "who": "Khan"}
        told = problem_of(await client.post("plans", json=body), 503)
        assert told["type"] == "database-away"
        assert problem_of(await client.get("schedule/orders"), 503)["type"] == "database-away"
        assert (await client.get(f"plan-jobs/{job['id']}/result")).status_code == 200
