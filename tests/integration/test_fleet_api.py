"""Register and fleet over the API, on a real database and the bus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import orjson
import psycopg
import pytest

from dashboard.api.application import PATH
from dashboard.links import Links
from fleet.assets import Asset, Kind
from fleet.columns import POSITION, STATUS, Rows, Source, blank
from fleet.earth import DEGREE
from telemetry.batch import Batch, Carried, Event
from telemetry.feed import COLLECTOR_SUBJECT
from telemetry.mavlink.firmware import FIRMWARE
from telemetry.store import flights
from telemetry.store.batteries import per_hour
from telemetry.store.insert import Inserter
from telemetry.store.rollups import RollUp
from tests.dashboard.pages import Page, running_page
from tests.dashboard.pictures import NOON, cars, drones, rows
from tests.waiting import until

pytestmark = pytest.mark.integration

DRONES, CARS = drones(2), cars(2)
KEY = str(DRONES[0].key)
LIMITS = {"car": {"kilometres": 15}, "South": {"days": 30}}
NOW: datetime = NOON.astype("M8[us]").item().replace(tzinfo=UTC)
DETAIL = dict.fromkeys(
    ("release", "git", "autopilot", "type", "board", "vendor", "product", "uid")
) | {"version": "4.5.7"}


@dataclass
class Control:
    """A page with its API and its database."""

    page: Page
    api: httpx.AsyncClient
    connection: psycopg.AsyncConnection

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.api.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def patch(self, version: int, **fields: Any) -> httpx.Response:
        body = {"who": "Gul", **fields}
        return await self.api.patch(
            f"register/{KEY}", json=body, headers={"if-match": f'"{version}"'}
        )


def hour_of_flight() -> Batch:
    """Statuses each 10 s of an hour in the air until a minute ago, from 90 % to 30 %."""
    statuses = blank(STATUS, 360)
    statuses["asset"] = DRONES[0].key
    seconds = np.arange(360) * 10 - 3660
    statuses["status_time"] = statuses["received_time"] = NOON + seconds.astype("m8[s]")
    statuses["landed_state"] = 2
    statuses["battery_percent"] = np.linspace(90, 30, 360)
    told = Event(DRONES[0].key, NOW, NOW, FIRMWARE, DETAIL)
    return Batch(statuses=statuses, events=(told,))


def half_an_hour_north(car: int) -> Rows:
    """Positions each 20 s: half an hour at 10 m/s, then half an hour at rest, until 10 s ago."""
    ways = blank(POSITION, 181)
    ways["asset"], ways["source"] = car, Source.OSMAND
    seconds = np.arange(181) * 20 - 3610
    ways["fix_time"] = ways["received_time"] = NOON + seconds.astype("m8[s]")
    ways["latitude"] = 34 + np.minimum(np.arange(181), 90) * 200 / DEGREE
    ways["longitude"] = 71.5
    return ways


@asynccontextmanager
async def running(dsn: str) -> AsyncIterator[Control]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare([*DRONES, *CARS])
        await inserter.write(hour_of_flight(), [])
        await flights.fold(connection, NOW + timedelta(hours=1), 10)
        async with (
            running_page(dsn=dsn, clock=NOW.timestamp, services=LIMITS) as page,
            httpx.AsyncClient(base_url=f"{page.url}{PATH}/", timeout=30) as api,
        ):
            control = Control(page, api, connection)
            await page.show(rows([*DRONES, *CARS]))

            async def shown() -> bool:
                return len((await api.get("assets")).json()) == 4

            await until(shown)
            yield control


@pytest.fixture
async def control(timescale_database: str) -> AsyncIterator[Control]:
    async with running(timescale_database) as control:
        yield control


async def test_a_name_reaches_open_pages_and_stays_with_who_gave_it(control: Control) -> None:
    async with control.page.viewer() as viewer:
        await until(lambda: viewer.told("assets"))
        answer = await control.patch(1, name="Shaheen", call_sign=" Eagle 1 ", shown_kind="camera")
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == '"2"'
        assert answer.json()["shown_name"] == "Eagle 1"
        await until(lambda: len(viewer.told("assets")) > 1)
        ((_, key, _, name, kind, _),) = viewer.told("assets")[-1]["assets"]
        assert (key, name, kind) == (KEY, "Eagle 1", 5)
    assert (await control.get(f"assets/{KEY}"))["kind"] == "camera"
    told = await control.get(f"register/{KEY}/changes")
    assert [(each["who"], each["changes"]) for each in told["items"]] == [
        (
            "Gul",
            {
                "name": [None, "Shaheen"],
                "call_sign": [None, "Eagle 1"],
                "shown_kind": [None, "camera"],
            },
        )
    ]


async def test_what_cannot_be_changed_so_is_refused(control: Control) -> None:
    for headers, fields, status in (
        ({}, {"name": "A"}, 428),
        ({"if-match": '"7"'}, {"name": "A"}, 412),
        ({"if-match": '"1"'}, {"name": "A" * 61}, 422),
        ({"if-match": '"1"'}, {"shown_kind": "boat"}, 422),
        ({"if-match": '"1"'}, {"maintenance_hours": 0}, 422),
        ({"if-match": '"1"'}, {"uncounted_hours": -1}, 422),
        ({"if-match": '"1"'}, {"maintained_time": (NOW + timedelta(hours=1)).isoformat()}, 422),
        ({"if-match": '"1"'}, {"identity": "mine"}, 422),
        ({"if-match": '"1"'}, {"camera": {}}, 422),
        ({"if-match": '"1"'}, {"camera": {"across": 361}}, 422),
        ({"if-match": '"1"'}, {"camera": {"pitch": -60, "latitude": 34}}, 422),
        ({"if-match": '"1"'}, {"camera": {"pitch": -60, "zoom": 3}}, 422),
    ):
        answer = await control.api.patch(
            f"register/{KEY}", json={"who": "Gul", **fields}, headers=headers
        )
        assert answer.status_code == status, (fields, answer.text)
    assert (await control.get(f"register/{KEY}"))["version"] == 1


async def test_cameras_that_are_registered_are_told_with_what_they_see(control: Control) -> None:
    said = {"model": "DJI M3T wide", "pitch": -60.0}
    answer = await control.patch(1, camera=said)
    assert answer.status_code == 200, answer.text
    told = {name: value for name, value in answer.json()["camera"].items() if value is not None}
    assert told == said

    async def footprints() -> Any:
        return await control.get("footprints")

    await until(footprints)
    (footprint,) = await footprints()
    assert (footprint["key"], footprint["fixed"], len(footprint["ring"])) == (KEY, False, 4)
    assert (await control.patch(2, camera=None)).json()["camera"] is None
    places = ((1, 16, 3, 34.0, 71.5, 60.0),)
    carried = Carried(DRONES[0].key, NOW, 2, places)
    await Inserter(control.connection).write(Batch(carried=(carried,)), [])

    async def missions() -> Any:
        return await control.get("missions")

    await until(missions)
    place = {"number": 1, "longitude": 71.5, "latitude": 34.0}
    assert [(each["key"], each["places"], each["item"]) for each in await missions()] == [
        (KEY, [place], None)
    ]

    async def gone() -> bool:
        return not await footprints()

    await until(gone)
    await _see_a_fixed_camera(control)


async def _see_a_fixed_camera(control: Control) -> None:
    """It is told with what it saw last, and has no place among what moves."""
    camera = Asset("camera:cam-7", Kind.CAMERA)
    kinds = ("crowd", "fire", "crowd")
    seen = [
        Event(camera.key, NOW - timedelta(minutes=n), NOW, kind, {"confidence": 0.9})
        for n, kind in enumerate(kinds)
    ]
    await Inserter(control.connection).write(Batch(events=tuple(seen)), [camera])
    lens = {"heading": 30.0, "across": 60.0, "reach": 120.0, "latitude": 34.0, "longitude": 71.5}
    said = {"who": "Gul", "name": "Gate 7", "group": "City", "camera": lens}
    seen_version = {"if-match": '"1"'}
    async with control.page.viewer() as viewer:
        answer = await control.api.patch(f"register/{camera.key}", json=said, headers=seen_version)
        assert answer.status_code == 200, answer.text
        await until(lambda: viewer.told("cameras"))
        (told,) = viewer.told("cameras")[-1]["cameras"]
        assert (told["name"], told["place"], told["event"]["kind"]) == (
            "Gate 7",
            [71.5, 34],
            "crowd",
        )
        assert str(camera.key) not in {key for _, key, *_ in viewer.told("assets")[-1]["assets"]}
    (one,) = (await control.get("cameras", words="gate city", group="City"))["items"]
    assert {name: one[name] for name in lens} == lens
    assert (one["event"]["time"], one["alerts"]["count"]) == (NOW.isoformat()[:-6] + "Z", 0)
    assert one["register"]["kind"] == "camera"
    assert await control.get(f"cameras/{camera.key}") == one
    assert (await control.get("cameras", group=""))["items"] == []
    assert (await control.api.get(f"cameras/{KEY}")).status_code == 404
    since = {"from": (NOW - timedelta(hours=1)).isoformat(), "to": NOW.isoformat()}
    tracks = (await control.get("history/tracks", **since))["assets"]
    assert {each["key"] for each in tracks} == {str(each.key) for each in (*DRONES, *CARS)}
    first = await control.get("events", asset=camera.key, limit=2)
    rest = await control.get("events", asset=camera.key, limit=2, cursor=first["next"])
    assert [each["kind"] for each in first["items"] + rest["items"]] == list(kinds)
    assert (rest["next"], rest["items"][0]["detail"]) == (None, {"confidence": 0.9})


async def test_several_assets_are_put_into_a_group_at_once(control: Control) -> None:
    keys = [str(car.key) for car in CARS]
    body = {"who": "Gul", "keys": keys, "group": "North"}
    async with control.page.viewer() as viewer:
        await until(lambda: viewer.told("assets"))
        answer = await control.api.post("register/group", json=body)
        assert answer.status_code == 200, answer.text
        assert [each["group"] for each in answer.json()] == ["North", "North"]
        await until(lambda: len(viewer.told("assets")) > 1)
        told = viewer.told("assets")[-1]["assets"]
        assert {(key, group) for _, key, _, _, _, group in told} == {(key, "North") for key in keys}
    found = await control.get("fleet", group="North")
    assert {each["now"]["key"] for each in found["items"]} == set(keys)
    refused = await control.api.post("register/group", json=body | {"keys": [*keys, "7"]})
    assert refused.status_code == 404


async def test_the_lists_come_by_pages_and_filters(control: Control) -> None:
    for path in ("register", "fleet"):
        first = await control.get(path, limit=3)
        rest = await control.get(path, limit=3, cursor=first["next"])
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
        assert len((await control.get(path, kind="car"))["items"]) == 2
    assert len((await control.get("register", words="PATROL-01"))["items"]) == 1
    assert (await control.get("fleet", state="lost"))["items"] == []
    stale = await control.api.get("fleet", params={"cursor": "WyJhYmMiLDFd"})
    assert stale.status_code == 410


async def test_the_fleet_tells_how_each_asset_does(control: Control) -> None:
    await control.patch(1, maintenance_hours=0.75, group="North")
    columns = {"system": [1], "peer": ["udp:1"], "frames": [100], "lost": [0], "age": [0.2]}
    columns |= {"messages_per_second": [12.0], "round_trip": [0.04]}
    for number, frames, lost in ((0, 100, 0), (10, 190, 10)):
        columns |= {"frames": [frames], "lost": [lost]}
        health = {"time": number, "received": 0, "mavlink": {"default": {"heard": columns}}}
        await control.page.bus.publish(COLLECTOR_SUBJECT, orjson.dumps(health))

    async def heard() -> bool:
        link = (await control.get(f"fleet/{KEY}"))["link"]
        return bool(link and link["lost_percent"] == 10)

    await until(heard)
    asset, other = (await control.get("fleet", kind="drone"))["items"]
    assert (asset["freshness"], asset["age"]) == ("fresh", 0)
    assert asset["battery"]["percent"] == 80
    assert asset["battery"]["percent_per_hour"] == pytest.approx(-60, abs=2)
    assert len(asset["battery"]["trend"]) == 24
    assert asset["firmware"]["version"] == "4.5.7"
    assert asset["flown"]["flights"] == 1
    assert asset["flown"]["hours"] == pytest.approx(1, abs=0.01)
    assert asset["flown"]["last_battery_used"] == pytest.approx(60, abs=0.1)
    maintenance = asset["maintenance"]
    assert maintenance["hours"]["left"] == pytest.approx(-0.25, abs=0.01)
    assert maintenance["used"] == pytest.approx(4 / 3, abs=0.01)
    assert (maintenance["distance"], maintenance["days"]["since"]) == (None, None)
    assert asset["register"]["group"] == "North"
    assert asset["alerts"] == {"count": 0, "waiting": 0, "priority": None}
    assert (other["link"], other["firmware"], other["flown"]) == (None, None, None)


async def test_how_an_asset_fared_is_told_in_steps(control: Control) -> None:
    told = await control.get(f"fleet/{KEY}/course", hours=6)
    assert (told["step"], len(told["battery"]), len(told["heard"])) == (60, 360, 360)
    assert sum(told["heard"]) == 360
    known = [value for value in told["battery"] if value is not None]
    assert known == sorted(known, reverse=True)
    assert 60 <= len(known) <= 61
    (flight,) = (await control.get(f"fleet/{KEY}/flights"))["items"]
    assert (flight["battery_start"], flight["battery_end"]) == (90, 30)
    assert told["driven"] is None
    assert (await control.api.get(f"fleet/{KEY}/course", params={"hours": 7})).status_code == 422
    assert (await control.api.get("fleet/7/flights")).status_code == 404


async def test_how_long_a_car_was_under_way_is_told(control: Control) -> None:
    car = CARS[0].key
    unheard = await control.get(f"fleet/{car}/course", hours=6)
    assert unheard["driven"] is None
    await Inserter(control.connection).write(Batch(positions=half_an_hour_north(car)), [])
    told = await control.get(f"fleet/{car}/course", hours=6)
    assert told["driven"] == {"hours": 0.5, "distance": 18_000}


async def test_what_a_car_ran_since_its_service_is_told_and_what_is_due(control: Control) -> None:
    car = CARS[0].key
    await Inserter(control.connection).write(Batch(positions=half_an_hour_north(car)), [])
    await RollUp().run(control.connection, NOW + timedelta(hours=1), 100)

    async def told(version: int = 0, **said: Any) -> Any:
        if said:
            body, seen = {"who": "Gul", **said}, {"if-match": f'"{version}"'}
            answer = await control.api.patch(f"register/{car}", json=body, headers=seen)
            assert answer.status_code == 200, answer.text
        return (await control.get(f"fleet/{car}"))["maintenance"]

    ever = await told()
    assert ever["hours"] == {"since": 0.5, "every": None, "left": None}
    assert ever["distance"] == {"since": 18_000, "every": 15_000, "left": -3000}
    assert (ever["serviced"], ever["days"]["since"], ever["used"]) == (None, None, 1.2)
    ten_past = NOW - timedelta(seconds=3610 - 600)  # ten minutes on its way, and then a full ten
    after = await told(1, maintained_time=ten_past.isoformat())
    assert (after["hours"]["since"], after["distance"]["since"]) == (0.333, 12_000)
    assert after["days"]["since"] == pytest.approx(3010 / 86400, abs=0.01)
    before = (NOW - timedelta(days=40)).isoformat()
    uncounted = {"uncounted_hours": 9.5, "uncounted_distance": 2000}
    long_ago = await told(
        2, maintained_time=before, group="South", maintenance_hours=20, **uncounted
    )
    assert long_ago["hours"] == {"since": 10, "every": 20, "left": 10}
    assert long_ago["distance"] == {"since": 20_000, "every": None, "left": None}
    assert long_ago["days"] == {"since": 40, "every": 30, "left": -10}
    assert long_ago["used"] == pytest.approx(4 / 3, abs=0.001)
    assert await told(3, shown_kind="officer") is None


def test_a_battery_drains_by_what_it_lost_since_it_was_changed() -> None:
    step = timedelta(minutes=5)
    assert per_hour([30.0, 20, None, 95, 90, None, 80], step) == pytest.approx(-60)
    assert per_hour([None, 50.0], step) is None
    assert per_hour([], step) is None


def test_a_collector_that_starts_anew_counts_lost_frames_anew() -> None:
    def told(time: float, frames: int, lost: int) -> dict[str, Any]:
        names = ("system", "peer", "frames", "lost", "messages_per_second", "round_trip", "age")
        values = (1, "udp:1", frames, lost, 5.0, None, 0.0)
        columns = {name: [value] for name, value in zip(names, values, strict=True)}
        return {"time": time, "mavlink": {"hq": {"heard": columns}}}

    links = Links()
    seen = []
    for word in (told(100, 1000, 5), told(130, 1100, 30), told(2, 10, 0), told(20, 110, 0)):
        links.hear(word)
        link = links.of("mavlink:hq/1")
        assert link is not None
        seen.append(link.lost_percent)
    assert seen == [None, 20, None, 0]
    assert links.of("mavlink:hq/2") is None
