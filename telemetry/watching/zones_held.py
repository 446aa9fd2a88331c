"""When which speed zones held, for reports of the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from fleet.geofences.geofence import Geofence
from fleet.moments import as_numpy
from fleet.reports.overspeed import Held
from fleet.rules.duties import SpeedZone, SpeedZones
from telemetry.watching.duty_settings import SpeedZoneSettings
from telemetry.watching.roster import covered


def zones_held(
    zones: Mapping[str, SpeedZoneSettings],
    fences: Sequence[Geofence],
    start: datetime,
    end: datetime,
) -> list[Held]:
    """The zones of the settings between two moments, in spans that do not overlap.

    `fences` are the versions that counted meanwhile: a zone is where those with its fence's name are,
    while they are in force, as `roster` has it for now.
    """
    named = {zone.fence for zone in zones.values()}
    spans = {f.key: f.in_force(start, end) for f in fences if f.name in named}
    outlines = {fence.key: fence for fence in fences if fence.key in spans}
    bounds = sorted({moment for each in spans.values() for span in each for moment in span})
    found = []
    for begins, ends in pairwise(bounds):
        there = [
            outlines[key] for key, each in spans.items() if any(a <= begins < b for a, b in each)
        ]
        held = [
            SpeedZone(name, area, zone.most_speed, zone.numbers)
            for name, zone in zones.items()
            if (area := covered([fence for fence in there if fence.name == zone.fence])) is not None
        ]
        if held:
            found.append(Held(as_numpy(begins), as_numpy(ends), SpeedZones(held)))
    return found
