"""Zones that authorities publish (`fleet.zones`) as geofences, and geofences as such zones."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from fleet.forms import TEXT_MOST
from fleet.geofences.files.reports import Imported, corridor_lost, judging_lost
from fleet.geofences.geofence import NAME_MOST, FenceKind, Geofence, Level
from fleet.geofences.shapes import Corridor
from fleet.schedules import Period
from fleet.wording import sentence
from fleet.zone_parts import name_lost
from fleet.zones import Limit, Restriction, Zone

GEOID_LEAST, GEOID_MOST = -107.0, 86.0
"""Metres of mean sea level (EGM96) above the ellipsoid, anywhere on Earth."""

_NAMESPACE = uuid.UUID("0f3a8d52-7c0e-4d0b-9a55-6f1b6f3c2e11")

_KINDS: dict[Restriction, FenceKind] = {
    "PROHIBITED": "keep-out",
    "REQ_AUTHORIZATION": "keep-out",
    "CONDITIONAL": "alert-only",
    "NO_RESTRICTION": "alert-only",
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
        lost += _restriction_lost(zone)
        note = "; ".join(part for part in (zone.conditions, zone.authority, zone.source) if part)
        if len(note) > TEXT_MOST:
            lost.append(
                sentence(
                    "zone.conditions",
                    "zone {zone}: its conditions are cut to {most} characters",
                    zone=zone.identifier,
                    most=TEXT_MOST,
                )
            )
        called = zone.name or zone.identifier
        if len(called) > NAME_MOST:
            lost.append(name_lost(zone.identifier, NAME_MOST))
        identity = f"{zone.source}/{zone.identifier}/{zone.part}"
        taken[identity] += 1
        fences.append(
            Geofence(
                name=called[:NAME_MOST],
                kind=_KINDS[zone.restriction],
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
        sentence(
            "zone.ellipsoid",
            "zone {zone}: its limit {limit:g} m above the ellipsoid is taken as {taken:g} m above "
            "sea level, the farthest that it can be",
            zone=zone.identifier,
            limit=limit.height,
            taken=limit.height + shift,
        )
    )
    return Level(limit.height + shift, "AMSL")


def _restriction_lost(zone: Zone) -> list[str]:
    """What a geofence does not say of what is restricted in a zone."""
    identifier = zone.identifier
    match zone.restriction:
        case "REQ_AUTHORIZATION":
            return [
                sentence(
                    "zone.authorised",
                    "zone {zone}: flight with an authorisation is allowed there; it is a keep-out "
                    "for all",
                    zone=identifier,
                )
            ]
        case "CONDITIONAL":
            return [
                sentence(
                    "zone.conditional",
                    "zone {zone}: its conditions are for a person to read; it only alerts",
                    zone=identifier,
                )
            ]
        case "NO_RESTRICTION":
            return [
                sentence(
                    "zone.free",
                    "zone {zone}: nothing is restricted there; it only alerts",
                    zone=identifier,
                )
            ]
        case "PROHIBITED":
            return []


def to_zones(fences: Iterable[Geofence]) -> Zones:
    """The zones of fences. A keep-in has no place among them and is left out."""
    zones: list[Zone] = []
    lost: list[str] = []
    for fence in fences:
        restriction = _RESTRICTIONS.get(fence.kind)
        if restriction is None:
            lost.append(
                sentence(
                    "fence.zone.keepin",
                    "geofence {name!r}: it is a keep-in, which zones cannot say; it is left out",
                    name=fence.name,
                )
            )
            continue
        periods = _periods(fence)
        if periods is None:
            lost.append(
                sentence(
                    "fence.zone.never",
                    "geofence {name!r}: it is never in force; it is left out",
                    name=fence.name,
                )
            )
            continue
        shape = fence.shape
        if isinstance(shape, Corridor):
            lost.append(corridor_lost(fence))
            shape = fence.outline
        if fence.kind == "privacy":
            lost.append(
                sentence(
                    "fence.zone.privacy",
                    "geofence {name!r}: that nothing is recorded there stands in its conditions",
                    name=fence.name,
                )
            )
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
            sentence(
                "fence.zone.home",
                "geofence {name!r}: its limit {limit:g} m above home is left out: there it has none",
                name=fence.name,
                limit=level.height,
            )
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
