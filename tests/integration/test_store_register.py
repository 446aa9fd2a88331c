"""The register on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from telemetry.store import register
from telemetry.store.insert import Inserter
from tests.telemetry.store.samples import ASSETS, CARS, DRONES, NOON

pytestmark = pytest.mark.integration

KEY = DRONES[0].key


@asynccontextmanager
async def known(dsn: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await Inserter(connection).prepare(ASSETS)
        yield connection


async def test_each_change_is_a_version_with_who_and_what(database: str) -> None:
    async with known(database) as connection:
        first = await register.change(
            connection, KEY, {"name": "Shaheen", "note": "new"}, seen=1, who="Gul", now=NOON
        )
        assert (first.version, first.name, first.note) == (2, "Shaheen", "new")
        same = await register.change(
            connection, KEY, {"name": "Shaheen"}, seen=2, who="Gul", now=NOON
        )
        assert same.version == 2
        serviced = {"name": None, "maintained_time": NOON}
        await register.change(connection, KEY, serviced, seen=2, who="Bibi", now=NOON)
        told = await register.changes(connection, KEY, before=100, limit=10)
    assert [(each.version, each.who, each.changes) for each in told] == [
        (3, "Bibi", {"name": ["Shaheen", None], "maintained_time": [None, NOON.isoformat()]}),
        (2, "Gul", {"name": [None, "Shaheen"], "note": [None, "new"]}),
    ]


async def test_who_has_not_seen_the_last_version_changes_nothing(timescale_database: str) -> None:
    async with known(timescale_database) as connection:
        await register.change(connection, KEY, {"note": "a"}, seen=1, who="Gul", now=NOON)
        with pytest.raises(register.ChangedError):
            await register.change(connection, KEY, {"note": "b"}, seen=1, who="Bibi", now=NOON)
        with pytest.raises(register.UnknownAssetError):
            await register.change(connection, 17, {"note": "b"}, seen=1, who="Bibi", now=NOON)
        assert (await register.some(connection, [KEY]))[KEY].note == "a"


async def test_what_is_out_of_service_is_told_until_it_is_back(timescale_database: str) -> None:
    async with known(timescale_database) as connection:
        for seen, out in enumerate((True, False), 1):
            changed = {"out_of_service": out}
            await register.change(connection, KEY, changed, seen=seen, who="Gul", now=NOON)
            expected = frozenset({KEY} if out else ())
            assert await register.out_of_service(connection) == expected


async def test_a_group_is_given_to_all_or_none(timescale_database: str) -> None:
    async with known(timescale_database) as connection:
        keys = [car.key for car in CARS[:3]]
        north = {"group_name": "North"}
        with pytest.raises(register.UnknownAssetError):
            await register.assign(connection, [*keys, 17], north, who="Gul", now=NOON)
        assert await register.entries(connection, group="North") == []
        await register.assign(connection, keys, north, who="Gul", now=NOON)
        found = await register.entries(connection, group="North")
        assert {entry.id for entry in found} == set(keys)
        assert len(await register.entries(connection, group="")) == len(ASSETS) - 3


async def test_entries_come_by_identity_and_can_be_searched(timescale_database: str) -> None:
    async with known(timescale_database) as connection:
        await register.change(
            connection, KEY, {"call_sign": "شاہین", "shown_kind": 3}, seen=1, who="Gul", now=NOON
        )
        identities = sorted(asset.identity for asset in ASSETS)
        first = await register.entries(connection, limit=4)
        rest = await register.entries(connection, after=first[-1].identity)
        assert [entry.identity for entry in (*first, *rest)] == identities
        assert [e.id for e in await register.entries(connection, words="شاہ")] == [KEY]
        assert [e.id for e in await register.entries(connection, kind=3)] == [KEY]
        assert await register.labels(connection) == ({KEY: "شاہین"}, {KEY: 3}, {})
