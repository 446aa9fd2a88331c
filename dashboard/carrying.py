"""The missions that vehicles carry, overheard from other ground stations, and where in them they are.

What a vehicle says of the length of its mission must fit what was overheard; else it has got another
one unheard, and nothing is shown of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import psycopg

from dashboard.history import History, HistoryAwayError
from dashboard.keyed import Keyed
from fleet.columns import Rows
from telemetry.batch import Carried
from telemetry.store import missions

LOOK_PERIOD = 2.0
"""Seconds between two looks into the store."""

PROGRESS_STEP = 5_000
"""Milliseconds: that a vehicle still flies to the same item is told anew so often at most."""

_NONE = 65_535  # MISSION_CURRENT.total of a vehicle without any


class Carrying:
    """What is shown of missions. It is told as `missions`, `progress` as the subject of that name."""

    def __init__(self) -> None:
        self.progress = Progress()
        self._known: dict[int, Carried] = {}
        self._totals: dict[int, int] = {}
        self._told = Keyed(missions.MISSIONS_MOST)

    @property
    def version(self) -> int:
        """Grows with each change; 0: there was never any."""
        return self._told.version

    def times(self) -> dict[int, Any]:
        """Since when each mission that is known here was told."""
        return {asset: carried.time for asset, carried in self._known.items()}

    def put(self, carried: Iterable[Carried]) -> None:
        """Know these missions."""
        for each in carried:
            self._known[each.asset] = each
            self._show(each.asset)

    def take(self, rows: Rows) -> None:
        """Take PROGRESS rows."""
        times = rows["time"].astype("M8[ms]").astype(int).tolist()
        told = rows[["asset", "item", "total"]].tolist()
        for (asset, item, total), time in zip(told, times, strict=True):
            if self._totals.get(asset) != total:
                self._totals[asset] = total
                self._show(asset)
            if asset in self._known:
                self.progress.put(asset, item, time)

    def message(self, since: int) -> bytes:
        """The `missions` message for who was last told at a version, 0: never."""
        whole, items, gone = self._told.since(since)
        return orjson.dumps({"type": "missions", "whole": whole, "missions": items, "gone": gone})

    def all(self) -> list[Mapping[str, Any]]:
        """All missions that are shown."""
        return list(self._told)

    def _show(self, asset: int) -> None:
        known = self._known.get(asset)
        if known is None:
            return
        total = self._totals.get(asset, 0)
        if not known.places or total not in {0, known.count, known.count - 1}:
            self._told.drop(str(asset))
            return
        places = [
            [longitude, latitude, number] for number, _, _, latitude, longitude, _ in known.places
        ]
        told = {"key": str(asset), "time": round(known.time.timestamp() * 1000), "places": places}
        self._told.put(str(asset), told)


class Progress:
    """The item that each vehicle flies to, as the subject `progress`."""

    def __init__(self) -> None:
        self._told = Keyed(missions.MISSIONS_MOST)

    @property
    def version(self) -> int:
        """Grows with each change; 0: there was never any."""
        return self._told.version

    def put(self, asset: int, item: int, time: int) -> None:
        """`time` is when it was told, in ms since 1970."""
        time = time // PROGRESS_STEP * PROGRESS_STEP
        self._told.put(str(asset), {"key": str(asset), "item": item, "time": time})

    def message(self, since: int) -> bytes:
        """The `progress` message for who was last told at a version, 0: never."""
        _, items, _ = self._told.since(since)
        return orjson.dumps({"type": "progress", "progress": items})

    def all(self) -> list[Mapping[str, Any]]:
        """Of all vehicles."""
        return list(self._told)


async def follow_missions(history: History, carrying: Carrying) -> None:
    """Know what the store knows. Runs until cancelled."""

    async def look(connection: psycopg.AsyncConnection) -> None:
        known = carrying.times()
        times = await missions.carried_times(connection)
        new = [asset for asset, time in times.items() if known.get(asset) != time]
        if new:
            carrying.put(await missions.carried(connection, new))

    while True:
        with contextlib.suppress(HistoryAwayError):  # `feeding.follow_store` says so
            await history.ask(look)
        await asyncio.sleep(LOOK_PERIOD)
