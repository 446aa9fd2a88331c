"""Checklists through the API: open with an alert, ticked by somebody, kept when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from dashboard.api.application import PATH
from fleet.airspace.checklist import CHECKLIST, OPENS_WITH
from tests.dashboard.pages import running_page

pytestmark = pytest.mark.integration

KEY = f"{min(OPENS_WITH)}/contact-1"
FIRST = CHECKLIST[0].id
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

RAISED = (
    'INSERT INTO nigehban.alert_event (id, alert, event_time, what, who, why, "values")'
    " VALUES (%s, %s, %s, 'activate', 'system', '', jsonb_build_object('first_up', %s::text))"
)


def first(answer: httpx.Response) -> dict[str, Any]:
    items: list[dict[str, Any]] = answer.json()["items"]
    assert [item["id"] for item in items] == [item.id for item in CHECKLIST]
    return items[0]


async def test_who_ticked_what_is_kept_for_each_raising(timescale_database: str) -> None:
    again = NOON + timedelta(hours=1)
    with psycopg.connect(timescale_database) as connection:
        for number, time in enumerate((NOON, again)):
            connection.execute(RAISED.encode(), (number + 1, KEY, time, KEY))
        for number, first_up in ((3, KEY), (4, "panic/1")):
            connection.execute(RAISED.encode(), (number, f"group/{number}", NOON, first_up))
    async with (
        running_page(dsn=timescale_database) as page,
        httpx.AsyncClient(base_url=f"{page.url}{PATH}/", timeout=30) as api,
    ):
        opened = await api.get("checklists", params={"alert": KEY})
        assert (first(opened)["done"], first(opened)["time"]) == (False, None)
        assert set(first(opened)["text"]) == {"en", "ur"}
        order = {"alert": KEY, "item": FIRST, "who": "Gul", "note": "none is up"}
        for _ in "ab":
            assert (await api.post("checklists", json=order)).status_code == 201
        ticked = first(await api.get("checklists", params={"alert": KEY}))
        assert (ticked["done"], ticked["who"], ticked["note"]) == (True, "Gul", "none is up")
        back = await api.post("checklists", json=order | {"done": False, "who": "Bibi"})
        assert (first(back)["done"], first(back)["who"]) == (False, "Bibi")
        before = {"alert": KEY, "raised": NOON.isoformat()}
        assert not first(await api.get("checklists", params=before))["who"]
        with psycopg.connect(timescale_database) as connection:
            found = connection.execute(
                "SELECT raised_time, who, done FROM nigehban.checklist_tick ORDER BY tick_time"
            )
            assert found.fetchall() == [(again, "Gul", True), (again, "Bibi", False)]
        for body, status in (
            ({"item": "nonsense"}, 422),
            ({"who": ""}, 422),
            ({"alert": "panic/osmand:car-1"}, 404),
            ({"alert": KEY + "-2"}, 404),
            ({"alert": "group/3"}, 201),  # over since: it opened with what came first in it
            ({"alert": "group/4"}, 404),
            ({"raised_time": (NOON + timedelta(1)).isoformat()}, 404),
        ):
            assert (await api.post("checklists", json=order | body)).status_code == status
