"""What the situation says of the store."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from dashboard import feeding
from dashboard.situation import Situation
from fleet.columns import PICTURE, Rows, blank
from telemetry.store.queries import TRAIL
from tests.dashboard.pictures import NOON
from tests.waiting import until


class Store:
    """Answers while it is `open`."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    async def latest(self) -> Rows:
        return blank(PICTURE, 0)

    async def trails(self, now: np.datetime64) -> Rows:
        return np.zeros(0, TRAIL)

    async def labels(self) -> tuple[dict[int, str], dict[int, int], dict[int, str]]:
        await self.open.wait()
        return {}, {}, {}

    async def out_of_service(self) -> frozenset[int]:
        return frozenset()


async def test_a_store_that_hangs_is_said_to_be_away_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeding, "STORE_PATIENCE", 0.05)
    monkeypatch.setattr(feeding, "STORE_PERIOD", 0.01)
    store: Any = Store()
    situation = Situation()
    following = asyncio.create_task(feeding.follow_store(store, situation, lambda: NOON))
    await until(lambda: situation.database.ok)
    store.open.clear()
    await until(lambda: situation.database.ok is False)
    assert situation.database.detail == "no answer within 0.05 s"
    store.open.set()
    await until(lambda: situation.database.ok)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
