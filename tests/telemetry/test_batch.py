"""Batches cut and joined: every row once, and each asset that is named."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, THREAT
from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from fleet.columns import POSITION, STATUS, blank
from telemetry.airspace.heard import Said, SensorEvent
from telemetry.batch import (
    Batch,
    Carried,
    DeadLetter,
    Event,
    FenceChange,
    StatusText,
    merged,
    rows_of,
    size_of,
)
from tests.telemetry.store.samples import ASSETS, FENCE_EVENT, NOON, START

_counts = st.integers(0, 4)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """A batch whose rows all differ, of any assets."""
    positions, statuses = blank(POSITION, draw(_counts)), blank(STATUS, draw(_counts))
    keys = st.sampled_from([asset.key for asset in ASSETS])
    for rows in (positions, statuses):
        rows["asset"] = [draw(keys) for _ in rows]
    positions["latitude"] = [draw(st.floats(-90, 90)) for _ in positions]
    statuses["battery_percent"] = [draw(st.floats(0, 100, width=32)) for _ in statuses]
    words = st.lists(st.text(max_size=3), max_size=4)
    texts = tuple(StatusText(draw(keys), NOON, 6, text) for text in draw(words))
    events = tuple(Event(draw(keys), NOON, NOON, kind) for kind in draw(words))
    letters = tuple(DeadLetter(NOON, "osmand", why, "", "", b"") for why in draw(words))
    carried = tuple(Carried(draw(keys), NOON, number, ()) for number in range(draw(_counts)))
    named = {*positions["asset"].tolist(), *statuses["asset"].tolist()}
    named |= {text.asset for text in texts} | {event.asset for event in events}
    named |= {each.asset for each in carried}
    assets = tuple(asset for asset in ASSETS if asset.key in named)
    changes = tuple(FenceChange(FENCE_EVENT, told) for told in range(draw(_counts)))
    alerts = tuple(
        AlertEvent(number, "panic/osmand:car-1", NOON, What.ACTIVATE, "system")
        for number in range(draw(_counts))
    )
    detections, contacts = blank(DETECTION, draw(_counts)), blank(CONTACT, draw(_counts))
    became, threats = blank(CHANGE, draw(_counts)), blank(THREAT, draw(_counts))
    numbered = (detections, "flags"), (contacts, "contact"), (became, "other"), (threats, "score")
    for rows, name in numbered:
        rows[name] = [draw(st.integers(0, 1000)) for _ in rows]
    said = tuple(Said(START, "sbs:mast", "sbs", word.encode()) for word in draw(words))
    sensors = tuple(SensorEvent(START, "sbs:mast", kind) for kind in draw(words))
    return Batch(
        *(assets, positions, statuses, texts, events, letters, changes, alerts),
        *(said, detections, sensors, contacts, became, threats),
        carried,
    )


TABLES = tuple(each.name for each in fields(Batch) if each.name != "assets")


def rows_in(batch: Batch) -> list[object]:
    """All rows, each as something that can be compared."""
    return [
        row.tobytes() if isinstance(row, np.void) else row
        for name in TABLES
        for row in getattr(batch, name)
    ]


@given(batches(), st.data())
def test_the_parts_of_a_batch_together_are_the_batch(whole: Batch, data: st.DataObject) -> None:
    middle = data.draw(st.integers(0, len(whole)))
    parts = [rows_of(whole, 0, middle), rows_of(whole, middle, len(whole))]
    assert [len(part) for part in parts] == [middle, len(whole) - middle]
    assert rows_in(parts[0]) + rows_in(parts[1]) == rows_in(whole)
    assert {*parts[0].assets, *parts[1].assets} == set(whole.assets)


@given(st.lists(batches(), min_size=1, max_size=4))
def test_joined_batches_have_all_rows_in_order_and_each_asset_once(several: list[Batch]) -> None:
    joined = merged(several)
    for name in TABLES:
        together = [row for batch in several for row in getattr(batch, name)]
        assert len(getattr(joined, name)) == len(together)
    assert sorted(map(repr, rows_in(joined))) == sorted(
        repr(row) for batch in several for row in rows_in(batch)
    )
    assert joined.texts == tuple(text for batch in several for text in batch.texts)
    assert joined.positions.tobytes() == np.concatenate([b.positions for b in several]).tobytes()
    assert len(joined.assets) == len(set(joined.assets))
    assert set(joined.assets) == {asset for batch in several for asset in batch.assets}


def test_a_batch_takes_room_by_its_rows_and_by_the_bytes_that_came_with_them() -> None:
    letter = DeadLetter(NOON, "osmand", "malformed", "", "", bytes(50_000))
    assert size_of(Batch()) == size_of(Batch(ASSETS)) == 1
    assert size_of(Batch(positions=blank(POSITION, 7))) == 7
    assert size_of(Batch(letters=(letter,))) == 51
    assert size_of(Batch(said=(Said(START, "scout:north", "remote-id", bytes(3000)),) * 2)) == 8
