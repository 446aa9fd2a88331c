"""How each asset does, for the fleet's list: what is live beside what the store knows of it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Generic, TypeVar

import psycopg

from dashboard.history import History
from fleet.alerts.alert import Alert, Priority
from telemetry.store import batteries, driven, flights
from telemetry.store.batteries import Trend
from telemetry.store.driven import Driven
from telemetry.store.flights import Totals

TREND_STEP = timedelta(minutes=5)
TREND_POINTS = 24
"""Two hours of each battery."""

PAGES_PERIOD = 3.0
TRENDS_PERIOD = 60.0
TOTALS_PERIOD = 20.0
DRIVEN_PERIOD = 60.0
"""Seconds for which an answer serves all who ask: a page of the list, the store's of all assets."""

PAGES_MOST = 64
"""Pages of the list that are kept."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AlertsOfAsset:
    """The alerts of one asset that are not normal."""

    count: int
    waiting: int
    """Of them those that nobody has acknowledged."""

    priority: Priority
    """The highest."""


def alerts_by_asset(alerts: Iterable[Alert]) -> dict[int, AlertsOfAsset]:
    """How many alerts each asset has; groups stand for nobody, masked ones do not count."""
    found: dict[int, list[Alert]] = {}
    for alert in alerts:
        if not alert.is_group and not alert.masked:
            for asset in alert.assets:
                found.setdefault(asset, []).append(alert)
    return {
        asset: AlertsOfAsset(
            len(each), sum(alert.waits for alert in each), max(alert.priority for alert in each)
        )
        for asset, each in found.items()
    }


class Kept(Generic[T]):
    """An answer that serves for a while; who comes while it is made waits for it."""

    def __init__(self, period: float, ask: Callable[[], Awaitable[T]]) -> None:
        """`period` is seconds."""
        self._period = period
        self._ask = ask
        self._lock = asyncio.Lock()
        self._known: tuple[float, int, T] | None = None

    async def get(self, version: int) -> T:
        """The answer, a new one for another `version`. Raises what the question raises."""
        async with self._lock:
            known = self._known
            if known is None or known[1] != version or monotonic() - known[0] > self._period:
                self._known = known = monotonic(), version, await self._ask()
            return known[2]


class Answers(Generic[T]):
    """Answers by what was asked, each kept for a while; what was not asked for longest goes."""

    def __init__(self, period: float, most: int) -> None:
        self._period = period
        self._most = most
        self._kept: OrderedDict[Hashable, Kept[T]] = OrderedDict()

    async def get(self, asked: Hashable, version: int, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer to `asked`. Raises what `ask` raises."""
        kept = self._kept.setdefault(asked, Kept(self._period, ask))
        self._kept.move_to_end(asked)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return await kept.get(version)


class Facts:
    """What the store knows of all assets, asked seldom however many ask."""

    def __init__(
        self,
        history: History,
        now: Callable[[], datetime],
        with_battery: Callable[[], list[int]],
    ) -> None:
        """`with_battery` gives the keys of the assets whose batteries are worth a look."""

        async def trends() -> Mapping[int, Trend]:
            start = _floor(now()) - TREND_STEP * (TREND_POINTS - 1)
            assets = with_battery()[: batteries.ASSETS_MOST]
            return await history.ask(
                lambda connection: batteries.trends(
                    connection, assets, start, TREND_STEP, TREND_POINTS
                )
            )

        async def ask_totals() -> Mapping[int, Totals]:
            return await history.ask(_totals)

        async def ask_driven() -> Mapping[int, Driven]:
            return await history.ask(_driven)

        self.trends = Kept(TRENDS_PERIOD, trends)
        self.totals = Kept(TOTALS_PERIOD, ask_totals)
        self.driven = Kept(DRIVEN_PERIOD, ask_driven)


async def _totals(connection: psycopg.AsyncConnection) -> Mapping[int, Totals]:
    return await flights.totals(connection)


async def _driven(connection: psycopg.AsyncConnection) -> Mapping[int, Driven]:
    return await driven.since_service(connection)


def _floor(time: datetime) -> datetime:
    """The beginning of the step that `time` is in: the same points for the whole of it."""
    seconds = TREND_STEP.total_seconds()
    return datetime.fromtimestamp(time.timestamp() // seconds * seconds, time.tzinfo)
