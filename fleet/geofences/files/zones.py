"""Zones that authorities publish (`fleet.zones`) as geofences, and geofences as such zones."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from fleet.forms import TEXT_MOST
from fleet.geofences.files.reports import Imported, judging_lost, label
from fleet.geofences.geofence import NAME_MOST, FenceKind, Geofence, Level
from fleet.geofences.shapes import Corridor
from fleet.schedules import Period
from fleet.zones import Limit, Restriction, Zone

GEOID_LEAST, GEOID_MOST = -107.0, 86.0
"""Metres of mean sea level (EGM96) above the ellipsoid, anywhere on Earth."""

_NAMESPACE = uuid.UUID("0f3a8d52-7c0e-4d0b-9a55-6f1b6f3c2e11")

_KINDS: dict[Restriction, tuple[FenceKind, str]] = {
    "PROHIBITED": ("keep-out", ""),
    "REQ_AUTHORIZATION": (
        "keep-out",
        "flight with an authorisation is allowed there; it is a keep-out for all",
    ),
    "CONDITIONAL": ("alert-only", "its conditions are for a person to read; it only alerts"),
    "NO_RESTRICTION": ("alert-only", "nothing is restricted there; it only alerts"),
}

_RESTRICTIONS: dict[FenceKind, Restriction] = {
    "keep-out": "PROHIBITED",
    "alert-only": "CONDITIONAL",
    "privacy": "CONDITIONAL",
}


class Zones(NamedTuple):
    """Zones, and what of the fences they do not carry, one sentence each."""

    zones: tuple[Zone, ...]
    lost: tuple[str, ...]


def from_zones(zones: Iterable[Zone]) -> Imported:
    """The fences of zones. One read again has the same id, so a later issue can revise it."""
    fences: list[Geofence] = []
    lost: list[str] = []
    taken: Counter[str] = Counter()
    for zone in zones:
        kind, told = _KINDS[zone.restriction]
        if told:
            lost.append(f"zone {zone.identifier}: {told}")
        note = "; ".join(part for part in (zone.conditions, zone.authority, zone.source) if part)
        if len(note) > TEXT_MOST:
            lost.append(f"zone {zone.identifier}: its conditions are cut to {TEXT_MOST} characters")
        called = zone.name or zone.identifier
        if len(called) > NAME_MOST:
            lost.append(f"zone {zone.identifier}: its name is cut to {NAME_MOST} characters")
        identity = f"{zone.source}/{zone.identifier}/{zone.part}"
        taken[identity] += 1
        fences.append(
            Geofence(
                name=called[:NAME_MOST],
                kind=kind,
                shape=zone.shape,
                id=str(uuid.uuid5(_NAMESPACE, f"{identity}/{taken[identity]}")),
                floor=_level(zone, zone.lower, -GEOID_MOST, lost),
                ceiling=_level(zone, zone.upper, -GEOID_LEAST, lost),
                periods=zone.periods,
                note=note[:TEXT_MOST],
            )
        )
    return Imported(tuple(fences), tuple(lost))


def _level(zone: Zone, limit: Limit | None, shift: float, lost: list[str]) -> Level | None:
    if limit is None:
        return None
    if limit.reference != "WGS84":
        return Level(limit.height, limit.reference)
    lost.append(
        f"zone {zone.identifier}: its limit {limit.height:g} m above the ellipsoid is taken as "
        f"{limit.height + shift:g} m above sea level, the farthest that it can be"
    )
    return Level(limit.height + shift, "AMSL")


def to_zones(fences: Iterable[Geofence]) -> Zones:
    """The zones of fences. A keep-in has no place among them and is left out."""
    zones: list[Zone] = []
    lost: list[str] = []
    for fence in fences:
        restriction = _RESTRICTIONS.get(fence.kind)
        if restriction is None:
            lost.append(f"{label(fence)}: it is a keep-in, which zones cannot say; it is left out")
            continue
        periods = _periods(fence)
        if periods is None:
            lost.append(f"{label(fence)}: it is never in force; it is left out")
            continue
        shape = fence.shape
        if isinstance(shape, Corridor):
            lost.append(f"{label(fence)}: the corridor is written as its outline")
            shape = fence.outline
        if fence.kind == "privacy":
            lost.append(f"{label(fence)}: that nothing is recorded there stands in its conditions")
        conditions = "No recording. " if fence.kind == "privacy" else ""
        zones.append(
            Zone(
                identifier=fence.name,
                shape=shape,
                lower=_limit(fence, fence.floor, lost),
                upper=_limit(fence, fence.ceiling, lost),
                restriction=restriction,
                name=fence.name,
                periods=periods,
                conditions=(conditions + fence.note).strip()[:TEXT_MOST],
            )
        )
        lost += judging_lost(fence)
    return Zones(tuple(zones), tuple(lost))


def _limit(fence: Geofence, level: Level | None, lost: list[str]) -> Limit | None:
    if level is None:
        return None
    if level.above == "HOME":
        lost.append(
            f"{label(fence)}: its limit {level.height:g} m above home is left out: there it has none"
        )
        return None
    return Limit(level.height, level.above)


def _periods(fence: Geofence) -> tuple[Period, ...] | None:
    """Its periods within its validity; None if nothing is left of them."""
    if fence.valid_from is None and fence.valid_until is None:
        return fence.periods
    found = []
    for period in fence.periods or (Period(),):
        start = max(_known(period.start, fence.valid_from), default=None)
        end = min(_known(period.end, fence.valid_until), default=None)
        if start is None or end is None or start < end:
            found.append(Period(start, end, period.hours))
    return tuple(found) or None


def _known(*moments: datetime | None) -> list[datetime]:
    return [moment for moment in moments if moment is not None]
