"""Who is on which duty now, and where speed is limited: from settings, geofences and the clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import numpy as np
import shapely

from fleet.columns import Rows
from fleet.geofences.compiled import Compiled
from fleet.geofences.geofence import Geofence
from fleet.geofences.shapes import Corridor
from fleet.moments import microseconds
from fleet.rules.duties import Duties, Duty, SpeedZone, SpeedZones
from fleet.rules.settings import RuleSettings
from fleet.schedules import Period, in_force
from telemetry.watching.duty_settings import DutySettings, SpeedZoneSettings

CHECK = timedelta(seconds=5)
"""How late a shift may begin and end."""


class Roster:
    """Follows one picture, as `fleet.rules.watch.Watch` does."""

    def __init__(
        self,
        settings: RuleSettings,
        duties: Mapping[str, DutySettings],
        zones: Mapping[str, SpeedZoneSettings],
    ) -> None:
        self.missing: frozenset[str] = frozenset()
        """Geofences that are named and not in force, and routes along what is no corridor."""
        self._settings = settings
        self._wanted = duties
        self._zones = zones
        self._periods = {
            name: tuple(Period(hours=(shift.hours,)) for shift in duty.shifts)
            for name, duty in duties.items()
        }
        self._known = 0
        self._meant: dict[str, tuple[str, ...]] = {}  # duties of each identity that has some
        self._basis: tuple[object, ...] = ()
        self._checked: datetime | None = None
        self._fences: Compiled | None = None
        self._duties, self._speed_zones = Duties(), SpeedZones()

    def at(self, rows: Rows, fences: Compiled, now: datetime) -> tuple[Duties, SpeedZones]:
        """The duties of all assets in PICTURE rows, and the speed zones, at a moment."""
        if not self._wanted and not self._zones:
            return self._duties, self._speed_zones
        admitted = self._admit(rows)
        due = self._checked is None or not timedelta() <= now - self._checked < CHECK
        if admitted or due or fences is not self._fences:
            self._checked, self._fences = now, fences
            on = tuple(name for name in self._wanted if self._is_on(name, now))
            held = _in_force(fences, now)
            basis = (on, tuple(sorted(f.key for f in held)), len(self._meant), fences)
            if basis != self._basis:
                self._basis = basis
                self._make(on, held)
        return self._duties, self._speed_zones

    def _admit(self, rows: Rows) -> bool:
        """Know the assets that are new; whether one of them has a duty."""
        new, before = rows[self._known :], len(self._meant)
        self._known = len(rows)
        for name, kind in zip(new["identity"].tolist(), new["kind"].tolist(), strict=True):
            identity = name.decode("utf-8", "replace")
            group = self._settings.group_of(identity, kind)
            meant = tuple(
                duty
                for duty, wanted in self._wanted.items()
                if group in wanted.groups or any(fnmatchcase(identity, p) for p in wanted.assets)
            )
            if meant:
                self._meant[identity] = meant
        return len(self._meant) > before

    def _is_on(self, duty: str, now: datetime) -> bool:
        periods = self._periods[duty]
        soon = now + timedelta(microseconds=1)
        return not periods or bool(in_force(periods, now, soon, 0.0, 0.0))

    def _make(self, on: tuple[str, ...], fences: Iterable[Geofence]) -> None:
        held: dict[str, list[Geofence]] = {}
        for fence in fences:
            held.setdefault(fence.name, []).append(fence)
        missing = set()
        made = {}
        for name in on:
            wanted = self._wanted[name]
            area, line = covered(held.get(wanted.area, [])), _line(held.get(wanted.route, []))
            missing |= {wanted.area} if wanted.area and area is None else set()
            missing |= {wanted.route} if wanted.route and line is None else set()
            made[name] = Duty(line, area)
        zones = []
        for name, zone in self._zones.items():
            area = covered(held.get(zone.fence, []))
            if area is None:
                missing.add(zone.fence)
            else:
                zones.append(SpeedZone(name, area, zone.most_speed, zone.numbers))
        self.missing = frozenset(missing)
        first = {
            identity: next((made[duty] for duty in meant if duty in made), None)
            for identity, meant in self._meant.items()
        }
        self._duties = Duties({identity: duty for identity, duty in first.items() if duty})
        self._speed_zones = SpeedZones(zones)


def _in_force(fences: Compiled, now: datetime) -> list[Geofence]:
    moments = np.full(len(fences), microseconds(now), np.int64)
    active = fences.activity.active(np.arange(len(fences)), moments)
    return [fences.fences[index] for index in np.flatnonzero(active).tolist()]


def covered(fences: Sequence[Geofence]) -> shapely.Polygon | shapely.MultiPolygon | None:
    """What those of one name cover."""
    if not fences:
        return None
    whole = shapely.union_all([fence.outline for fence in fences])
    assert isinstance(whole, shapely.Polygon | shapely.MultiPolygon)
    return whole


def _line(fences: list[Geofence]) -> shapely.LineString | None:
    """The line of the first of them that is a corridor."""
    lines = (fence.shape.line for fence in fences if isinstance(fence.shape, Corridor))
    line = next(lines, None)
    return None if line is None else shapely.LineString(line)
