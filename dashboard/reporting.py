"""Makes a report of what the store holds: asks for its rows, and reckons beside the event loop."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import numpy as np
import psycopg

from dashboard.report_tables import Row, Table, table, visit_table
from fleet.assets import Asset, Kind
from fleet.columns import Rows
from fleet.geofences.geofence import Geofence
from fleet.geofences.members import Member
from fleet.reports.days import days
from fleet.reports.flights import STATE, flights
from fleet.reports.overspeed import overspeed
from fleet.reports.trips import Driving, trips_and_stops
from fleet.reports.visits import visits, visits_of
from telemetry.store import report_rows
from telemetry.watching.duty_settings import SpeedZoneSettings
from telemetry.watching.zones_held import zones_held

ReportKind = Literal["trips", "stops", "overspeed", "flights", "visits", "days"]

KINDS: tuple[ReportKind, ...] = get_args(ReportKind)

_DRIVEN = frozenset({Kind.UNKNOWN, Kind.CAR, Kind.OFFICER})

ABOUT: Mapping[ReportKind, frozenset[Kind]] = {
    "trips": _DRIVEN,
    "stops": _DRIVEN,
    "flights": frozenset({Kind.UNKNOWN, Kind.DRONE}),
    "overspeed": _DRIVEN | {Kind.DRONE},
    "visits": _DRIVEN | {Kind.DRONE},
    "days": _DRIVEN | {Kind.DRONE},
}
"""The kinds of assets that a report is about where none are named."""


@dataclass(frozen=True, slots=True)
class Question:
    """A report that is asked for, of a window with both ends aware."""

    kind: ReportKind
    assets: Sequence[Asset]
    names: Mapping[int, str]
    start: datetime
    end: datetime
    zone: ZoneInfo
    """Of the days."""

    driving: Driving = field(default_factory=Driving)
    limit: float = 27.8
    """Metres per second, of overspeed."""

    fences: Sequence[str] = ()
    """Ids of geofences whose visits are told; none: all."""

    speed_zones: Mapping[str, SpeedZoneSettings] = field(default_factory=dict)
    """By name; where they hold is told by the geofences that counted then."""

    computed: bool = False
    """Visits reckoned from positions, not told by the events of the time."""

    @property
    def keys(self) -> list[int]:
        """Of the assets."""
        return [asset.key for asset in self.assets]


async def report(connection: psycopg.AsyncConnection, asked: Question) -> Table:
    """Make it; its rows are in the order of names. Raises TooManyRowsError, FormError, psycopg.Error."""
    made = await _made(connection, asked)
    return replace(made, rows=sorted(made.rows, key=_by_name))


def _by_name(row: Row) -> tuple[list[str | int], str]:
    """`hq 9` before `hq 10`."""
    parts = re.split(r"(\d+)", row["name"])
    return [int(part) if n % 2 else part.casefold() for n, part in enumerate(parts)], row["asset"]


async def _made(connection: psycopg.AsyncConnection, asked: Question) -> Table:
    if asked.kind == "visits":
        return await _visits(connection, asked)
    window = (asked.keys, asked.start, asked.end)
    fixes = await report_rows.fixes(connection, *window)
    states = np.zeros(0, STATE)
    if asked.kind == "flights":
        states = await report_rows.states(connection, *window)
    if asked.kind == "overspeed":
        fences = []
        if asked.speed_zones:
            fences = await report_rows.fences(connection, (), asked.start, asked.end)
        made = await asyncio.to_thread(_overspeed, asked, fixes, fences)
        return table(asked.kind, made, asked.names)
    made = await asyncio.to_thread(_rows, asked, fixes, states)
    return table(asked.kind, made, asked.names)


def _rows(asked: Question, fixes: Rows, states: Rows) -> Rows:
    match asked.kind:
        case "trips":
            return trips_and_stops(fixes, asked.driving).trips
        case "stops":
            return trips_and_stops(fixes, asked.driving).stops
        case "flights":
            return flights(fixes, states)
        case "days":
            return days(fixes, asked.zone, still_speed=asked.driving.still_speed)
        case "overspeed" | "visits":
            raise AssertionError("these are not made of fixes alone")


def _overspeed(asked: Question, fixes: Rows, fences: Sequence[Geofence]) -> Rows:
    held = zones_held(asked.speed_zones, fences, asked.start, asked.end)
    kinds = {asset.key: asset.kind for asset in asked.assets}
    return overspeed(fixes, asked.limit, held, kinds)


async def _visits(connection: psycopg.AsyncConnection, asked: Question) -> Table:
    fences = await report_rows.fences(connection, asked.fences, asked.start, asked.end)
    if asked.computed:
        fixes = await report_rows.fixes(connection, asked.keys, asked.start, asked.end)
        members = [Member(asset.key, asset.kind) for asset in asked.assets]
        told = await asyncio.to_thread(visits_of, fixes, fences, members)
    else:
        events = await report_rows.fence_events(connection, asked.keys, asked.start, asked.end)
        wanted = set(asked.fences)
        told = visits(event for event in events if not wanted or event.fence in wanted)
    return visit_table(told, asked.names, {fence.key: fence.name for fence in fences})
