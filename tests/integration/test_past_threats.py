"""The threat of a contact in the past is what was told of it, whatever is protected today."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import psycopg
import pytest

from dashboard.api.application import PATH
from dashboard.watched import Watched
from fleet.moments import as_datetime
from telemetry.airspace import shown
from telemetry.airspace.sky import Sky
from telemetry.batch import Batch
from telemetry.store.insert import Inserter
from tests.dashboard.pages import running_page
from tests.fleet.airspace.making import at
from tests.telemetry.airspace.test_sky import NOBODY, comes, run

pytestmark = pytest.mark.integration

LASTS = 50
OLD = 4711
"""A contact that flies the same way, of which nothing was told."""


async def test_what_was_told_of_a_threat_is_what_the_past_tells_with_other_zones(
    database: str,
) -> None:
    """The zone of then is not in the database, and another one is protected by the settings."""
    sights = run(Sky(), range(LASTS), comes)
    live = {
        second * 1000: shown.contacts(sight, NOBODY, at(second), 1)[0]["threat"]
        for second, sight in enumerate(sights)
        if len(sight.contacts)
    }
    assert {told["level"] for told in live.values()} == {2, 3}
    states = np.concatenate([sight.kept for sight in sights])
    old = states.copy()
    old["contact"] = OLD
    told = np.concatenate([sight.told for sight in sights])
    async with await psycopg.AsyncConnection.connect(database) as connection:
        batch = Batch(contacts=np.concatenate([states, old]), contact_threats=told)
        await Inserter(connection).write(batch, [])
        await connection.commit()
    span = {"from": as_datetime(at(0)).isoformat(), "to": as_datetime(at(LASTS)).isoformat()}
    other = Watched(zones=("Elsewhere",), near=50_000)
    async with (
        running_page(dsn=database, watched=other) as page,
        httpx.AsyncClient(base_url=f"{page.url}{PATH}/history/", timeout=30) as api,
    ):

        async def items(**asked: str) -> dict[str, Any]:
            answer = await api.get("contacts", params=asked)
            assert answer.status_code == 200, answer.text
            return {item["contact"]: item for item in answer.json()["items"]}

        whole = await items(**span, step="1")
        thinned = await items(**span, step="10")
        moment = await items(**{"from": as_datetime(at(LASTS - 0.5)).isoformat()})

    key = str(told["contact"][0])
    assert whole.keys() == {key, str(OLD)}
    for time, then in live.items():
        last = [each for each in whole[key]["threats"] if each["time"] <= time][-1]
        assert {name: last[name] for name in ("score", "level", "zone")} == {
            name: then[name] for name in ("score", "level", "zone")
        }
        words = [{"en": each["en"], "ur": each["ur"]} for each in last["reasons"]]
        assert words == then["reasons"]
    assert whole[key]["reckoned"] == []
    levels = dict(zip(whole[key]["time"], whole[key]["level"], strict=True))
    assert levels == {time: live[time]["level"] for time in levels}
    assert thinned[key]["level"] == [live[time]["level"] for time in thinned[key]["time"]]
    assert moment[key]["threats"][-1]["score"] == live[(LASTS - 1) * 1000]["score"]

    assert whole[str(OLD)]["threats"] == []
    assert whole[str(OLD)]["reckoned"] == list(range(len(old)))
    assert set(whole[str(OLD)]["level"]) == {0}  # of itself alone: no zone is known
