"""Missions that vehicles carry, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from telemetry.batch import Batch, Carried, Place
from telemetry.store import missions
from telemetry.store.insert import Inserter
from tests.telemetry.store.samples import ASSETS, DRONES, NOON

pytestmark = pytest.mark.integration

PLACES: tuple[Place, ...] = ((1, 16, 3, 34.0123456, 71.5, 60.0), (2, 21, 3, 34.02, 71.6, 0.0))
FIRST = Carried(DRONES[0].key, NOON, 3, PLACES)
OTHER = Carried(DRONES[1].key, NOON, 9, None)


async def test_what_was_told_last_is_kept_in_whatever_order_it_comes(database: str) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare(ASSETS)
        late = replace(FIRST, time=NOON - timedelta(hours=1), places=PLACES[:1])
        assert await inserter.write(Batch(carried=(FIRST, OTHER)), []) == 2
        assert await inserter.write(Batch(carried=(late, FIRST)), []) == 0
        times = await missions.carried_times(connection)
        assert times == {FIRST.asset: NOON, OTHER.asset: NOON}
        kept = await missions.carried(connection, [FIRST.asset, OTHER.asset])
        assert {each.asset: each for each in kept} == {FIRST.asset: FIRST, OTHER.asset: OTHER}
