"""Plans scheduled through the API: orders, conflicts, sorties and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.dashboard.api.planning import client_of, made, matrice, problem_of, saved, search
from tests.dashboard.pictures import cars, drones
from tests.databases import Servers, migrated_database

pytestmark = pytest.mark.integration

MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)
"""Noon in Peshawar."""

ASSETS = [str(drone.key) for drone in drones(2)]


@pytest.fixture
def dsn(servers: Servers) -> Iterator[str]:
    """A database on plain PostgreSQL: nothing here asks for more."""
    with migrated_database(servers["postgresql"]) as dsn:
        yield dsn


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> float:
        return self.now.timestamp()


def once(time: datetime) -> dict[str, Any]:
    return {"kind": "once", "time": time.isoformat()}


def daily(cron: str = "0 14 * * *", **more: Any) -> dict[str, Any]:
    """At 14:00 of Peshawar, from Monday on."""
    return {"kind": "recurring", "cron": cron, "first": MONDAY.isoformat(), **more}


def order(plan: dict[str, Any], when: dict[str, Any], asset: str, **more: Any) -> dict[str, Any]:
    names = [one["name"] for one in plan["drones"]]
    return {
        "name": "patrol",
        "plan": plan["id"],
        "when": when,
        "drones": dict.fromkeys(names, asset),
        "who": "Khan",
        **more,
    }


async def given(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("schedule/orders", json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def window(client: httpx.AsyncClient, days: float = 3) -> dict[str, Any]:
    asked = {"begin": MONDAY.isoformat(), "end": (MONDAY + timedelta(days=days)).isoformat()}
    answer = await client.get("schedule/runs", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def at(told: dict[str, Any]) -> list[str]:
    return [run["time"] for run in told["runs"]]


async def test_from_an_area_to_a_scheduled_sortie_and_what_becomes_of_it(dsn: str) -> None:
    clock = Clock()
    async with client_of(dsn, drone_count=2, clock=clock) as (client, _):
        plan = await saved(client, "Wazir Bagh", search())
        body = order(plan, daily(), ASSETS[0])
        preview = {name: value for name, value in body.items() if name != "who"}
        told = (await client.post("schedule/preview", json=preview)).json()
        assert told["times"][:2] == ["2026-11-23T09:00:00Z", "2026-11-24T09:00:00Z"]
        assert (told["more"], told["conflicts"], told["passed"]) == (True, [], True)

        kept = await given(client, body)
        assert kept["next"] == "2026-11-23T09:00:00Z"
        found = await window(client)
        assert at(found) == [f"2026-11-{day}T09:00:00Z" for day in (23, 24, 25)]
        (flight,) = found["runs"][0]["flights"]
        assert (flight["asset"], flight["asset_name"]) == (ASSETS[0], "drone 1")
        assert flight["start"] < flight["end"] < flight["ready"]
        assert 0.2 < flight["battery_need"] < 1

        (first, *_) = (await client.get("schedule/next", params={"count": 2})).json()
        assert (first["seconds"], first["battery_percent"], first["ready"]) == (7200.0, 80.0, True)
        assert first["battery_then"] == 100.0

        # One is cancelled, with the reason; one is flown; one is let pass.
        runs = [f"schedule/runs/{run['id']}" for run in found["runs"]]
        problem_of(await client.post(f"{runs[1]}/cancel", json={"who": "Bibi", "why": ""}), 422)
        rain = {"who": "Bibi", "why": "rain"}
        cancelled = (await client.post(f"{runs[1]}/cancel", json=rain)).json()
        assert (cancelled["state"], cancelled["who"], cancelled["why"]) == (
            "cancelled",
            "Bibi",
            "rain",
        )
        clock.now = MONDAY + timedelta(hours=2)
        assert (await client.get(runs[0])).json()["state"] == "due"
        clock.now = MONDAY + timedelta(days=2.5)
        await client.post(f"{runs[0]}/flown", json={"who": "Khan"})
        states = [run["state"] for run in (await window(client))["runs"]]
        assert states == ["flown", "cancelled", "overdue"]
        back = (await client.post(f"{runs[1]}/restore", json={"who": "Khan"})).json()
        assert back["state"] == "overdue"
        nobody = runs[0].rpartition(".")[0] + ".1795000000"
        problem_of(await client.get(nobody), 404)

        # What is past stays when the order is changed, and when it is ended.
        path = f"schedule/orders/{kept['id']}"
        later = order(plan, daily("30 15 * * *"), ASSETS[1])
        problem_of(await client.put(path, json=later), 428)
        changed = await client.put(path, json=later, headers={"if-match": '"1"'})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
        assert at(await window(client, 5)) == [
            *(f"2026-11-{day}T09:00:00Z" for day in (23, 24, 25)),
            "2026-11-26T10:30:00Z",
            "2026-11-27T10:30:00Z",
        ]
        problem_of(
            await client.delete(path, params={"who": "Bibi"}, headers={"if-match": '"1"'}), 412
        )
        ended = await client.delete(path, params={"who": "Bibi"}, headers={"if-match": '"2"'})
        assert ended.json()["next"] is None
        assert len((await window(client, 5))["runs"]) == 3
        assert (await client.get("schedule/orders")).json()["items"] == []
        assert (await client.post(f"{path}/restore", json={"who": "Khan"})).status_code == 200
        assert len((await window(client, 5))["runs"]) == 5
        # A run that was cancelled of an order that is another one now is not had back.
        (*_, last) = (await window(client, 5))["runs"]
        run = f"schedule/runs/{last['id']}"
        await client.post(f"{run}/cancel", json=rain)
        assert (await client.post(f"{run}/restore", json={"who": "Khan"})).json()["why"] == ""
        await client.post(f"{run}/cancel", json=rain)
        moved = order(plan, daily("45 15 * * *"), ASSETS[1])
        revision = {"if-match": (await client.get(path)).headers["etag"]}
        assert (await client.put(path, json=moved, headers=revision)).status_code == 200
        lost = problem_of(await client.post(f"{run}/restore", json={"who": "Khan"}), 409)
        assert "not flown at this time any more" in lost["detail"]

        changes = (await client.get(f"{path}/changes")).json()[4:]
        assert [one["what"] for one in reversed(changes)] == [
            "made",
            "cancelled",
            "flown",
            "planned",
            "changed",
            "deleted",
            "restored",
        ]
        assert changes[-2]["why"] == "rain"


async def test_conflicts_are_shown_before_an_order_is_given(dsn: str) -> None:
    charged = {"battery_charge": 5400}
    async with client_of(dsn, drone_count=2, clock=Clock(), **charged) as (client, _):
        plan = await saved(client, "field", search())
        noon = MONDAY + timedelta(days=1)
        kept = await given(client, order(plan, once(noon), ASSETS[0]))
        assert kept["battery_charge"] == 5400.0  # as the settings say
        end = (await window(client))["runs"][0]["end"]
        soon = datetime.fromisoformat(end) + timedelta(seconds=60)
        car = str(cars(1)[0].key)
        cases: list[tuple[dict[str, Any], list[str]]] = [
            (order(plan, once(noon), ASSETS[0]), ["same_drone"]),
            (order(plan, once(soon), ASSETS[0]), ["battery_not_back"]),
            (order(plan, once(noon), ASSETS[1]), ["same_airspace"]),
            (order(plan, once(soon), ASSETS[1]), []),
            (order(plan, once(soon), "7"), ["drone_unknown"]),
            (order(plan, once(soon), car), ["drone_out_of_service"]),
            (order(plan, once(soon), "7", drones={}), ["drone_unknown"]),
        ]
        for body, kinds in cases:
            preview = {name: value for name, value in body.items() if name != "who"}
            told = (await client.post("schedule/preview", json=preview)).json()
            assert [one["kind"] for one in told["conflicts"]] == kinds
        refused = problem_of(await client.post("schedule/orders", json=cases[2][0]), 409)
        assert refused["type"] == "conflicts"
        (conflict,) = refused["conflicts"]
        assert conflict["message"] == refused["detail"]
        assert conflict["code"] == "schedule.same_airspace"
        both = {conflict["values"]["drone"], conflict["values"]["other_drone"]}
        assert both == {"drone 1", "drone 2"}
        assert conflict["longitude"] == pytest.approx(71.54, abs=0.01)
        assert len((await window(client))["runs"]) == 1

        # What a job has made is previewed before it is kept.
        job = await made(client, search(drones=[matrice(count=2)]))
        names = [f"DJI Matrice 30T {n}" for n in (1, 2)]
        body = {"name": "two", "when": once(noon), "drones": dict(zip(names, ASSETS, strict=True))}
        told = (await client.post("schedule/preview", json=body | {"job": job["id"]})).json()
        found = {one["code"]: one["values"] for one in told["conflicts"]}
        assert found.keys() == {"schedule.same_drone", "schedule.same_airspace"}
        values = found["schedule.same_drone"]
        assert (values["drone"], values["other"], values["sortie"]) == ("drone 1", "patrol", "two")
        assert datetime.fromisoformat(values["begin"]) == noon
        for wrong in ({}, {"job": job["id"], "plan": plan["id"]}):
            refused = problem_of(await client.post("schedule/preview", json=body | wrong), 422)
            assert "one of the two" in refused["detail"]

        # Who has seen them may have it all the same; the schedule goes on showing them.
        await given(client, {**cases[2][0], "accept_conflicts": True})
        found = await window(client)
        assert len(found["runs"]) == 2
        assert [one["kind"] for one in found["conflicts"]] == ["same_airspace"]
        both = {found["conflicts"][0]["run"], found["conflicts"][0]["other_run"]}
        assert both == {run["id"] for run in found["runs"]}
        cancel = {"who": "Bibi", "why": "in the way"}
        await client.post(f"schedule/runs/{found['runs'][0]['id']}/cancel", json=cancel)
        assert (await window(client))["conflicts"] == []

        # A plan that is scheduled is not put away.
        gone = await client.delete(
            f"plans/{plan['id']}", params={"who": "Khan"}, headers={"if-match": '"1"'}
        )
        assert "scheduled by patrol" in problem_of(gone, 409)["detail"]


async def test_what_is_no_order_is_refused_with_its_place(dsn: str) -> None:
    nowhere = "00000000-0000-4000-8000-000000000000"
    async with client_of(dsn, drone_count=1, clock=Clock()) as (client, _):
        plan = await saved(client, "field", search())
        good = order(plan, daily(), ASSETS[0])
        wrong: list[tuple[dict[str, Any], int, str]] = [
            ({"when": daily("0 25 * * *")}, 422, "body.when.recurring.cron"),
            ({"when": daily("0 0 30 2 *")}, 422, "bad day-of-month"),
            ({"when": daily(zone="Mars/Base")}, 422, "body.when.recurring.zone"),
            ({"when": daily(last="2026-01-01T00:00Z")}, 422, "not after `first`"),
            ({"when": once(MONDAY - timedelta(days=1))}, 422, "body.when: that is never flown"),
            ({"when": {"kind": "once", "time": "2026-11-24T10:00"}}, 422, "timezone"),
            ({"when": {"kind": "weekly"}}, 422, "body.when"),
            ({"plan": nowhere}, 422, "body.plan: there is no plan"),
            ({"plan_version": 7}, 422, "version 7"),
            ({"drones": {"somebody": ASSETS[0]}}, 422, "the plan has no drone 'somebody'"),
            ({"drones": {"DJI Matrice 30T 1": "x"}}, 422, "body.drones"),
            ({"name": ""}, 422, "body.name"),
            ({"who": None}, 422, "body.who"),
        ]
        for change, status, said in wrong:
            answer = await client.post("schedule/orders", json=good | change)
            assert said in problem_of(answer, status)["detail"]
        key = {"Idempotency-Key": "order-it-once"}
        twice = [await client.post("schedule/orders", json=good, headers=key) for _ in range(2)]
        assert twice[0].json() == twice[1].json()
        assert twice[0].headers["location"] == f"/api/v1/schedule/orders/{twice[0].json()['id']}"
        other = await client.post("schedule/orders", json=good | {"name": "other"}, headers=key)
        assert problem_of(other, 422)["type"] == "other-body"
        path = f"schedule/orders/{twice[0].json()['id']}/changes"
        assert "asked" not in (await client.get(path)).json()[0]["detail"]
        begin = MONDAY.isoformat()
        for path in (
            f"schedule/runs?begin={begin[:10]}&end=2026-11-24",
            "schedule/runs?begin=2026-11-23T00:00Z&end=2026-11-22T00:00Z",
            "schedule/runs?begin=2026-11-23T00:00Z&end=2027-11-22T00:00Z",
            "schedule/runs/nonsense",
            "schedule/orders/12",
        ):
            problem_of(await client.get(path), 422)
        for path in (f"schedule/orders/{nowhere}", f"schedule/runs/{nowhere}.1795000000"):
            problem_of(await client.get(path), 404)

        # A plan that must not fly is not scheduled.
        file = await client.get(f"plans/{plan['id']}/export", params={"form": "json"})
        high = file.content.replace(b'"height": 60.0', b'"height": 190.0')
        spoilt = await client.post("plans/import", params={"who": "Khan"}, content=high)
        answer = await client.post("schedule/orders", json=order(spoilt.json(), daily(), ASSETS[0]))
        assert problem_of(answer, 409)["type"] == "plan-not-proved"
