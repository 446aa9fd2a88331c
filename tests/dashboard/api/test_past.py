"""Alerts, contacts and geofences as they were then, over the API, through the client, and in clips."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from dashboard.api.application import PATH
from nigehban.client import AsyncClient, past_models
from telemetry.store import past_alerts
from tests.browser import past
from tests.dashboard.pages import Page, running_page

pytestmark = pytest.mark.integration

START, END = past.at(0), past.at(past.LASTS)
WINDOW = {"from": START.isoformat(), "to": END.isoformat()}
INTRUDER = f"drone_in_zone/contact:{past.CONTACT:x}"

OF_THE_API = {
    "AssetThen": "AssetThen",
    "Picture": "PictureThen",
    "Track": "TrackColumns",
    "Tracks": "Tracks",
    "Happened": "dashboard__api__timeline__Happened",
    "AlertThen": "AlertThen",
    "Called": "Called",
    "ThreatThen": "ThreatThen",
    "ContactThen": "ContactThen",
    "FenceThen": "FenceThen",
}


@pytest.fixture
async def page(timescale_database: str) -> AsyncIterator[Page]:
    await past.store(timescale_database)
    async with running_page(dsn=timescale_database) as page:
        yield page


async def test_each_moment_has_its_alerts_contacts_and_geofences(page: Page) -> None:
    async with AsyncClient(page.url) as client:

        async def standing(second: float) -> dict[str, str]:
            found = client.alerts_then(past.at(second))
            return {alert.key: alert.state async for alert in found}

        assert await standing(-3601) == {}
        assert await standing(-3550) == {past.STALE: "unacknowledged"}
        assert await standing(0) == {past.STALE: "acknowledged"}
        assert await standing(610) == {
            past.STALE: "acknowledged",
            INTRUDER: "acknowledged",
            "panic/1": "unacknowledged",
        }
        assert INTRUDER not in await standing(past.INTRUDES[1])
        of_car = client.alerts_then(START, END, assets=[str(past.CARS[0].key)], limit=1)
        told = [alert async for alert in of_car]
        assert [(a.what, a.state, a.who) for a in told] == [
            ("activate", "unacknowledged", "system"),
            ("acknowledge", "acknowledged", "Gul"),
        ]
        all_of_it = [alert async for alert in client.alerts_then(START, END)]
        assert [alert.id for alert in all_of_it] == [2, 3, 4, 5, 6, 7]
        (raised,) = (alert for alert in all_of_it if alert.id == 3)
        assert raised.latitude == pytest.approx(past.BAZAAR_PLACE[0], abs=1e-4)
        assert told[0].longitude is not None

        (contact,) = [contact async for contact in client.contacts_then(START, END, step=1)]
        lasts = past.FLIES[1] - past.FLIES[0]
        assert contact.time == [1000 * second for second in range(*past.FLIES)]
        assert contact.gone_time == past.at(past.FLIES[1])
        assert contact.operator_latitude[past.OPERATED - past.FLIES[0] - 1] is None
        assert contact.operator_latitude[past.OPERATED - past.FLIES[0]] is not None
        assert [(each.point, each.kind, each.identity) for each in contact.called] == [
            (0, "not_cooperative", ""),
            (past.NAMED - past.FLIES[0], "cooperative", "rid:1588E040445AC004418"),
        ]
        assert (contact.level[0], contact.level[-1], len(contact.level)) == (1, 3, lasts)
        reckoned = past.INTRUDES[0] - past.FLIES[0]
        assert contact.reckoned == list(range(reckoned))
        assert contact.threats[0].time == 1000 * past.INTRUDES[0]
        told_then = contact.threats[0]
        assert (told_then.score, told_then.level, told_then.zone) == (75, 3, "Bazaar of then")
        assert [(each["code"], each["points"], each["value"]) for each in told_then.reasons] == [
            ("inside", 70, None),
            ("low", 5, 20.0),
        ]
        assert told_then.reasons[0]["en"] == "is inside Bazaar of then"
        thinned = [contact async for contact in client.contacts_then(START, END, step=60)]
        assert len(thinned[0].time) == 11
        (then,) = [contact async for contact in client.contacts_then(past.at(350.5))]
        assert then.time == [-500]
        assert [contact async for contact in client.contacts_then(past.at(past.FLIES[1] + 1))] == []

        fences = [fence async for fence in client.geofences_then(START, END, limit=1)]
        assert [fence.properties["name"] for fence in fences] == ["Bazaar", "Bazaar, wide"]
        widened = past.at(past.WIDENED).isoformat().replace("+00:00", "Z")
        assert fences[0].properties["valid_until"] == widened == fences[1].properties["valid_from"]
        assert fences[1].properties["in_force"] == [
            {"from": widened, "to": END.isoformat().replace("+00:00", "Z")}
        ]
        (then_,) = [fence async for fence in client.geofences_then(past.at(past.WIDENED - 1))]
        assert then_.properties["version"] == 1
        assert (await client.picture_then(past.at(30))).assets
        assert len((await client.tracks_then(START, past.at(60))).assets) == len(past.ASSETS)
        kinds = [item.kind async for item in client.happened(START, END, kinds=["alert", "fence"])]
        assert {"alert", "fence"} == set(kinds)
        schemas = (await client.get("openapi.json"))["components"]["schemas"]
    for ours, theirs in OF_THE_API.items():
        fields = getattr(past_models, ours).model_fields
        named = {field.alias or name for name, field in fields.items()}
        assert named <= set(schemas[theirs]["properties"]), ours


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("alerts", {}, "query.from"),
    ("alerts", {**WINDOW, "cursor": "WzEsMl0x"}, "query.cursor"),
    ("alerts", {**WINDOW, "cursor": "Wy0xLDJd"}, "query.cursor"),
    ("geofences", {**WINDOW, "cursor": "WyJ4IiwxXQ"}, "query.cursor"),
    ("geofences", {"from": "2026-01-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}, "92 days"),
    ("contacts", {**WINDOW, "cursor": "WyJ4IiwxXQ"}, "query.cursor"),
    ("contacts", {**WINDOW, "step": "0.1"}, "take steps of 1 s"),
    ("clip", {**WINDOW, "format": "gpx", "include": "alerts"}, "GPX has only tracks"),
    ("clip", {**WINDOW, "format": "kml", "include": "weather"}, "query.include"),
]


async def test_clips_hold_contacts_and_alerts_and_what_cannot_be_had_is_told(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry.store.past_contacts.POINTS_MOST", 1000)
    asked = {**WINDOW, "include": "contacts,alerts"}
    async with httpx.AsyncClient(base_url=f"{page.url}{PATH}/history/", timeout=30) as client:

        async def clip(form: str, **more: str) -> bytes:
            answer = await client.get("clip", params={**asked, **more, "format": form})
            assert answer.status_code == 200, answer.text
            return answer.content

        features = json.loads(await clip("geojson"))["features"]
        (contact,) = (f for f in features if "contact" in f["properties"])
        assert contact["geometry"]["type"] == "LineString"
        assert contact["properties"]["threats"][-1] == "high"
        assert contact["properties"]["threats_reckoned"].count(True) == (
            past.INTRUDES[0] - past.FLIES[0]
        )
        alerts = {f["properties"]["alert"]: f for f in features if "alert" in f["properties"]}
        assert alerts.keys() == {past.STALE, INTRUDER, "panic/1"}
        intruder: dict[str, Any] = alerts[INTRUDER]["properties"]
        assert (intruder["state"], intruder["priority"]) == ("normal", "medium")
        acts = [(act["what"], act["who"]) for act in intruder["acts"]]
        assert acts == [("activate", "system"), ("acknowledge", "Gul"), ("return", "system")]
        document = ET.fromstring(await clip("kml"))
        names = [each.text or "" for each in document.iter("{http://www.opengis.net/kml/2.2}name")]
        assert "rid:1588E040445AC004418: operator" in names
        assert "Panic button of past-1" in names
        of_car = await clip("csv", assets=str(past.CARS[0].key))
        with zipfile.ZipFile(io.BytesIO(of_car)) as bundle:
            tables = {
                name: list(csv.DictReader(io.TextIOWrapper(bundle.open(name), "utf-8")))
                for name in bundle.namelist()
            }
        assert {row["asset"] for row in tables["positions.csv"]} == {past.CARS[0].identity}
        assert len(tables["contacts.csv"]) == past.FLIES[1] - past.FLIES[0]
        assert [row["alert"] for row in tables["alerts.csv"]] == ["panic/1"]
        for path, params, said in REFUSED:
            answer = await client.get(path, params=params)
            assert (answer.status_code, said in answer.json()["detail"]) == (422, True), answer.text
        monkeypatch.setattr(past_alerts, "EVENTS_MOST", 3)
        answer = await client.get("alerts", params=WINDOW)
        assert "ask for fewer on a page" in answer.json()["detail"]
