"""Visits: when assets were in geofences, from the events at their edges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fleet.columns import Rows
from fleet.geofences.events import FenceEvent
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Geofence
from fleet.geofences.members import Member
from fleet.reports.fixes import ordered

_DAYS = 366 * 86_400.0


@dataclass(frozen=True, slots=True, order=True)
class Visit:
    """An asset in a geofence. What began before, or lasts, has no time for it."""

    asset: int
    fence: str
    version: int
    """That it was entered by."""

    fence_kind: str
    begins: datetime | None
    ends: datetime | None
    dwelt: bool = False


def visits(events: Iterable[FenceEvent]) -> list[Visit]:
    """The visits that events of any order tell, by asset, fence and time.

    A new version of a fence does not end a visit of who stays inside.
    """
    by_pair: dict[tuple[int, str], dict[str, FenceEvent]] = {}
    for event in events:
        by_pair.setdefault((event.asset, event.fence), {})[event.id] = event
    found: list[Visit] = []
    for pair in sorted(by_pair):
        told = sorted(by_pair[pair].values(), key=lambda event: (event.time, _ORDER[event.what]))
        found += _of_one(told)
    return found


_ORDER = {"left": 0, "entered": 1, "dwelt": 2}
"""Of events at the same time: a version is left when the next one is entered."""


def _of_one(events: list[FenceEvent]) -> list[Visit]:
    found: list[Visit] = []
    entered: FenceEvent | None = None
    dwelt = False
    for number, event in enumerate(events):
        if event.what == "dwelt":
            dwelt = True
        elif event.what == "entered":
            entered = entered or event
        elif not _goes_on(event, events[number + 1 : number + 2]):
            found.append(_visit(entered or event, entered, event, dwelt=dwelt))
            entered, dwelt = None, False
    if entered is not None:
        found.append(_visit(entered, entered, None, dwelt=dwelt))
    return found


def _goes_on(left: FenceEvent, following: list[FenceEvent]) -> bool:
    """Whether it is left only for its next version."""
    return left.cause == "validity" and any(
        event.what == "entered" and event.cause == "validity" and event.time == left.time
        for event in following
    )


def _visit(
    of: FenceEvent, entered: FenceEvent | None, left: FenceEvent | None, *, dwelt: bool
) -> Visit:
    return Visit(
        of.asset,
        of.fence,
        of.version,
        of.fence_kind,
        None if entered is None else entered.time,
        None if left is None else left.time,
        dwelt,
    )


def visits_of(
    positions: Rows, fences: Iterable[Geofence], members: Iterable[Member] = ()
) -> list[Visit]:
    """The visits of fences that POSITION rows of any order make, whatever was told at the time.

    Raises FormError for versions that contradict each other.
    """
    work = Fences(fences, horizon=_DAYS, fixes_most=max(len(positions), 1))
    work.enrol(members)
    return visits(work.observe(ordered(positions)).new)
