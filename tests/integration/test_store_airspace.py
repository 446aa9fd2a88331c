"""What is kept of the airspace, on real databases: every row once, and asked in pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from math import inf
from typing import Any

import numpy as np
import psycopg
import pytest

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, THREAT, ContactClass, State
from fleet.columns import Rows, blank
from telemetry.batch import Batch, rows_of
from telemetry.spool.packing import unpack
from telemetry.store import contact_queries, sensor_queries
from telemetry.store.checklists import Tick, put_tick, ticks
from telemetry.store.contact_queries import ChangePlace, ContactPlace, StatePlace
from telemetry.store.housekeeping import Housekeeper
from telemetry.store.insert import Inserter
from telemetry.store.pages import place_of
from telemetry.store.sensor_queries import DetectionPlace, place_of_event, place_of_message
from telemetry.store.settings import HistorySettings
from telemetry.store.writer import Writer
from tests.integration.test_store_writer import running
from tests.telemetry.store.airspace_samples import CONTACTS, SENSORS, airspace, contact_states
from tests.telemetry.store.samples import NOON, START, same, seconds
from tests.waiting import until

pytestmark = pytest.mark.integration

END = NOON + timedelta(hours=2)
SAMPLE = airspace(np.random.default_rng(1))


@asynccontextmanager
async def writing(dsn: str) -> AsyncIterator[tuple[psycopg.AsyncConnection, Inserter]]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare([])
        yield connection, inserter


@asynccontextmanager
async def stored(dsn: str, batch: Batch = SAMPLE) -> AsyncIterator[psycopg.AsyncConnection]:
    async with writing(dsn) as (connection, inserter):
        assert await inserter.write(batch, []) == len(batch)
        yield connection


async def paged(
    page: Callable[[Any], Awaitable[Sequence[Any] | Rows]], place: Callable[[Any], Any]
) -> list[Any]:
    """All rows, page by page."""
    found: list[Any] = []
    after = None
    while len(rows := await page(after)):
        found += list(rows)
        after = place(rows[-1])
    return found


async def all_of(connection: psycopg.AsyncConnection) -> Batch:
    """What is stored, as a batch."""
    window = (connection, NOON, END)
    return Batch(
        said=tuple(await sensor_queries.messages(*window)),
        detections=await sensor_queries.detections(*window),
        sensor_events=tuple(await sensor_queries.sensor_events(*window)),
        contacts=await contact_queries.states(*window),
        contact_changes=await contact_queries.changes(*window),
        contact_threats=await contact_queries.threats(*window),
    )


def in_order(rows: Rows, *names: str) -> Rows:
    return np.sort(rows, order=names)


def assert_same(found: Batch, sent: Batch) -> None:
    assert sorted(found.said, key=lambda one: one.key) == sorted(sent.said, key=lambda one: one.key)
    key = ("time", "sensor", "key", "received_time")
    assert same(found.detections, in_order(sent.detections, *key))
    assert set(map(repr, found.sensor_events)) == set(map(repr, sent.sensor_events))
    assert same(found.contacts, in_order(sent.contacts, "time", "contact"))
    assert same(found.contact_changes, in_order(sent.contact_changes, "time", "contact"))
    assert same(found.contact_threats, in_order(sent.contact_threats, "time", "contact"))


async def test_what_is_written_is_read_again_with_all_that_is_unknown(database: str) -> None:
    async with running(Writer(database)) as writer:
        await writer.commit(SAMPLE, timeout=30)
        assert writer.statistics.committed == len(SAMPLE)
    async with writing(database) as (connection, _):
        assert_same(await all_of(connection), SAMPLE)


async def test_doubled_split_and_shuffled_it_is_the_same_and_there_once(database: str) -> None:
    parts = [rows_of(SAMPLE, start, start + 37) for start in range(0, len(SAMPLE), 37)]
    async with writing(database) as (connection, inserter):
        for part in [*reversed(parts), *parts]:
            await inserter.write(part, [])
        doubled = replace(SAMPLE, detections=np.concatenate([SAMPLE.detections] * 2))
        assert await inserter.write(doubled, []) == 0
        assert_same(await all_of(connection), SAMPLE)


async def test_two_collectors_with_the_same_rows_hinder_each_other_nowhere(database: str) -> None:
    async with writing(database) as (connection, one), writing(database) as (_, other):
        for _ in range(5):
            both = (one.write(SAMPLE, []), other.write(SAMPLE, []))
            await asyncio.gather(*both)
        assert_same(await all_of(connection), SAMPLE)


async def test_a_row_that_the_database_refuses_is_a_dead_letter_and_stops_no_other(
    timescale_database: str,
) -> None:
    bad = replace(SAMPLE, detections=SAMPLE.detections.copy())
    bad.detections["latitude"][7] = 91
    async with running(Writer(timescale_database)) as writer:
        writer.offer(bad)
        await until(lambda: writer.statistics.waiting == 0)
        assert writer.statistics.refused == 1
    rest = replace(SAMPLE, detections=np.delete(SAMPLE.detections, 7))
    async with writing(timescale_database) as (connection, _):
        assert_same(await all_of(connection), rest)
        cursor = await connection.execute("SELECT raw FROM nigehban.dead_letter")
        ((raw,),) = await cursor.fetchall()
    assert unpack(raw).detections.tobytes() == bad.detections[7:8].tobytes()


async def test_a_contact_that_changed_without_being_measured_is_as_it_was_last(
    database: str,
) -> None:
    rows = np.repeat(contact_states(np.random.default_rng(2), 1), 3)
    rows["state"] = [State.CONFIRMED, State.COASTING, State.ENDED]
    async with writing(database) as (connection, inserter):
        for key, order in enumerate(permutations(range(3))):
            rows["contact"] = key
            for number in order:
                await inserter.write(Batch(contacts=rows[[number]]), [])
            told = await contact_queries.states(connection, NOON, END, key=key)
            assert told["state"].tolist() == [State.ENDED]
            assert (await contact_queries.contact(connection, key))["state"].tolist() == [
                State.ENDED
            ]
            rows["contact"] = 100 + key
            await inserter.write(Batch(contacts=rows[list(order)]), [])
            assert (await contact_queries.contact(connection, 100 + key))["state"].tolist() == [
                State.ENDED
            ]


async def test_contacts_come_newest_first_page_by_page_and_by_class(database: str) -> None:
    async with stored(database) as connection:

        async def page(after: ContactPlace | None) -> Rows:
            return await contact_queries.contacts(connection, NOON, END, after=after, limit=3)

        found = await paged(page, lambda row: place_of(ContactPlace, row))
        assert [int(row["contact"]) for row in found] == [1003, 1002, 1001, 1000]
        newest = SAMPLE.contacts[-CONTACTS:]
        assert same(np.array(found, CONTACT)[::-1], in_order(newest, "contact"))
        friends = await contact_queries.contacts(
            connection, NOON, END, classes=[ContactClass.FRIEND]
        )
        named = await contact_queries.contacts(
            connection, NOON, END, classes=[ContactClass.COOPERATIVE]
        )
        assert (len(friends), named["contact"].tolist()) == (0, [1000])
        before = await contact_queries.contacts(connection, NOON - timedelta(hours=1), NOON)
        assert len(before) == len(await contact_queries.contact(connection, 7)) == 0


async def test_pages_of_changes_detections_messages_and_events_are_all_of_them(
    database: str,
) -> None:
    async with stored(database) as connection:
        window = (connection, NOON, END)

        async def found_changes(after: ChangePlace | None) -> Rows:
            return await contact_queries.changes(*window, after=after, limit=7)

        async def found_detections(after: DetectionPlace | None) -> Rows:
            return await sensor_queries.detections(*window, after=after, limit=7)

        async def found_threats(after: StatePlace | None) -> Rows:
            return await contact_queries.threats(*window, after=after, limit=7)

        threats = await paged(found_threats, lambda row: place_of(StatePlace, row))
        changes = await paged(found_changes, lambda row: place_of(ChangePlace, row))
        rows = await paged(found_detections, lambda row: place_of(DetectionPlace, row))
        said = await paged(
            lambda at: sensor_queries.messages(*window, after=at, limit=7), place_of_message
        )
        events = await paged(
            lambda at: sensor_queries.sensor_events(*window, after=at, limit=7), place_of_event
        )
        found = Batch(
            said=tuple(said),
            detections=np.array(rows, DETECTION),
            sensor_events=tuple(events),
            contacts=SAMPLE.contacts,
            contact_changes=np.array(changes, CHANGE),
            contact_threats=np.array(threats, THREAT),
        )
        assert_same(found, SAMPLE)
        times = [(one.received_time, one.number) for one in said]
        assert times == sorted(times)


async def test_lists_can_be_of_some_sensors_an_identity_or_a_contact(database: str) -> None:
    async with stored(database) as connection:
        window = (connection, NOON, END)
        north = "scout:north"
        rows = await sensor_queries.detections(
            *window, sensors=[north], identity="rid:1588E040445AC004418"
        )
        assert 0 < len(rows) < len(SAMPLE.detections)
        assert set(rows["sensor"]) == {b"scout:north"}
        assert set(rows["identity"]) == {b"rid:1588E040445AC004418"}
        assert {one.sensor for one in await sensor_queries.messages(*window, sensors=[north])} == {
            north
        }
        assert {
            one.sensor for one in await sensor_queries.sensor_events(*window, sensors=[north])
        } == {north}
        assert set((await contact_queries.changes(*window, key=1001))["contact"]) == {1001}
        assert set((await contact_queries.states(*window, key=1001))["contact"]) == {1001}


async def test_a_track_has_the_last_state_of_each_bucket(database: str) -> None:
    async with stored(database) as connection:
        track = await contact_queries.contact_track(
            connection, 1001, NOON, END, timedelta(seconds=20)
        )
        told = SAMPLE.contacts[SAMPLE.contacts["contact"] == 1001]
        last = [told[told["time"] < START + seconds(end)][-1] for end in (20, 40, 60)]
        assert same(track, np.array(last, CONTACT))
        with pytest.raises(ValueError, match="10000 points at most"):
            await contact_queries.contact_track(
                connection, 1001, NOON, END, timedelta(milliseconds=1)
            )


async def test_detections_of_a_contact_are_its_identity_s_and_nameless_ones_beside_it(
    database: str,
) -> None:
    contact = contact_states(np.random.default_rng(3), 1)
    rows = blank(DETECTION, 5)
    rows["sensor"], rows["time"], rows["received_time"] = SENSORS[1], START, START
    rows["key"] = [b"far but named", b"near", b"far", b"near, of another", b"near, too late"]
    rows["identity"] = [contact["identity"][0], b"", b"", b"rid:other", b""]
    rows["latitude"], rows["longitude"] = contact["latitude"][0], contact["longitude"][0]
    rows["latitude"][[0, 2]] += 0.01  # 1.1 km
    rows["latitude"][1] += 0.001  # 111 m
    rows["time"][4] += seconds(60)
    async with stored(database, Batch(detections=rows, contacts=contact)) as connection:
        (row,) = await contact_queries.contact(connection, 1000)
        found = await sensor_queries.detections_of(connection, row, NOON, END)
        assert set(found["key"]) == {b"far but named", b"near"}
        close = await sensor_queries.detections_of(connection, row, NOON, END, around=100)
        assert set(close["key"]) == {b"far but named"}


async def test_contacts_are_counted_by_cell_and_by_hour_of_a_time_zone(database: str) -> None:
    async with stored(database) as connection:
        cells = await contact_queries.by_cell(connection, NOON, END, 0.1)
        counted = {
            (round(float(row["latitude"]), 3), round(float(row["longitude"]), 3)): int(
                row["contacts"]
            )
            for row in cells
        }
        assert counted == {(34.0, 71.5): 2, (34.1, 71.5): 2}
        named = [ContactClass.COOPERATIVE]
        assert (await contact_queries.by_cell(connection, NOON, END, 0.1, classes=named)).size == 1
        friday, five = 4, 17  # 12:00 UTC is 17:00 in Karachi
        hours = await contact_queries.by_hour(connection, NOON, END, "Asia/Karachi")
        assert (hours.shape, hours[friday, five], hours.sum()) == ((7, 24), CONTACTS, CONTACTS)
        with pytest.raises(ValueError, match="'Asia/Nowhere' is no time zone"):
            await contact_queries.by_hour(connection, NOON, END, "Asia/Nowhere")


async def test_a_window_a_page_or_a_cell_that_cannot_be_is_refused(database: str) -> None:
    async with writing(database) as (connection, _):
        with pytest.raises(ValueError, match="ends before it begins"):
            await contact_queries.contacts(connection, END, NOON)
        with pytest.raises(ValueError, match="need a time zone"):
            await sensor_queries.messages(connection, NOON.replace(tzinfo=None), END)
        with pytest.raises(ValueError, match="a page of 0 rows: take 1 to 5000"):
            await contact_queries.changes(connection, NOON, END, limit=0)
        with pytest.raises(ValueError, match="a cell of 0 degrees"):
            await contact_queries.by_cell(connection, NOON, END, 0)


async def test_the_airspace_is_kept_as_long_as_the_settings_say(database: str) -> None:
    now = NOON + timedelta(days=10)
    names = [name for name in HistorySettings.model_fields if name.endswith("_days")]
    settings = HistorySettings(**dict.fromkeys(names, inf) | {"airspace_days": 8})
    async with stored(database) as connection:
        raised = NOON - timedelta(minutes=1)
        assert await put_tick(connection, Tick("drone/1", raised, "call", True, "Gul", NOON))
        housekeeper = Housekeeper(database, settings, clock=now.timestamp, period=0.01)
        await housekeeper.run_once()
        assert not len(await all_of(connection))
        assert not len(await contact_queries.contacts(connection, NOON, END))
        assert len(await ticks(connection, "drone/1", raised)) == 1
        dropped = {*housekeeper.statistics.dropped_rows, *housekeeper.statistics.dropped_chunks}
        assert dropped >= {
            "sensor_message",
            "detection",
            "contact_state",
            "contact_threat",
            "contact",
            "sensor_event",
        }


async def test_every_tick_of_a_checklist_is_kept_and_a_doubled_one_once(database: str) -> None:
    raised = datetime(2026, 11, 20, 11, 59, tzinfo=UTC)
    done = Tick("drone/1", raised, "call the tower", True, "Gul", NOON, "they knew")
    undone = replace(done, done=False, time=NOON + timedelta(seconds=5))
    other = replace(done, raised_time=raised - timedelta(days=1))
    async with writing(database) as (connection, _):
        kept = [await put_tick(connection, tick) for tick in (undone, done, done, other)]
        assert kept == [True, True, False, True]
        assert await ticks(connection, "drone/1", raised) == [done, undone]
