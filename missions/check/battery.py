"""The battery: the whole sortie, the way home from every point of it, and what the plan claims."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from missions.check import power
from missions.check.case import Case
from missions.check.report import Finding
from missions.check.track import Track

ENERGY_TOLERANCE = 0.001
"""Share of what is usable: two projections differ by less."""

CLAIM_TOLERANCE = 0.05
"""Share by which a sortie's figures may differ from what is reckoned here."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rules `energy`, `reserve-return`, `figures` (and `wind`, on the way home)."""
    for track in case.tracks:
        usable = power.usable(track.kind, case.plan.temperature)
        yield from _whole(case, track, usable)
        yield from _home(case, track, usable)
        yield from _claims(track, usable)


def _whole(case: Case, track: Track, usable: float) -> Iterator[Finding]:
    used = track.samples.used
    if used[-1] <= usable * (1 + ENERGY_TOLERANCE):
        return
    empty = int(np.argmax(used > usable))
    yield case.at(
        "energy",
        track,
        track.waypoint[empty],
        track.samples.place[empty],
        f"the sortie needs {used[-1] / 3600:.1f} Wh, {usable / 3600:.1f} Wh are above the reserve "
        f"and gone here, {track.end - track.samples.time[empty]:.0f} s before it has landed",
        amount=used[-1] / 3600,
        limit=usable / 3600,
        unit="Wh",
    )


def _home(case: Case, track: Track, usable: float) -> Iterator[Finding]:
    samples = track.samples
    away = track.home - samples.place
    distance, course = np.hypot(*away.T), np.arctan2(*away.T)
    back = power.way_home(track.kind, case.wind, distance, course, samples.height)
    # On the last leg it is on its way home already, and need not stop to turn round.
    flown = np.flatnonzero(track.pieces.flown_leg)
    homeward = samples.piece >= (flown[-1] if flown.size else 0)
    back = np.where(homeward, samples.used[-1] - samples.used, back)
    if not (possible := np.isfinite(back)).all():
        worst = int(np.argmax(np.where(possible, -1.0, distance)))
        airspeed = power.home_airspeed(track.kind, case.wind)
        yield case.at(
            "wind",
            track,
            track.waypoint[worst],
            samples.place[worst],
            f"a wind of {case.wind.speed:g} m/s does not let it fly home from here at an airspeed "
            f"of {airspeed:g} m/s",
            amount=case.wind.speed,
            limit=airspeed,
            unit="m/s",
        )
    needed = np.where(possible, samples.used + back, 0.0)
    worst = int(needed.argmax())
    # What the whole sortie needs is said by `energy`; here it is about the points before its end.
    if needed[worst] <= max(usable, samples.used[-1]) * (1 + ENERGY_TOLERANCE):
        return
    last = int(np.argmax(needed > usable))
    yield case.at(
        "reserve-return",
        track,
        track.waypoint[worst],
        samples.place[worst],
        f"{samples.used[worst] / 3600:.1f} Wh used to here and {back[worst] / 3600:.1f} Wh for the "
        f"way home are more than the {usable / 3600:.1f} Wh above the reserve; "
        f"it has to turn back {samples.time[last] - track.begin:.0f} s after take-off",
        amount=needed[worst] / 3600,
        limit=usable / 3600,
        unit="Wh",
    )


def _claims(track: Track, usable: float) -> Iterator[Finding]:
    claimed = track.sortie.figures
    if claimed is None:
        return
    # A plan may count the way up and down, or not.
    level, upright = track.pieces.length.sum(), np.abs(track.pieces.climb).sum()
    length = float(np.clip(claimed.length, level, level + upright))
    for name, said, found, least, unit in (
        ("duration", claimed.duration, track.end - track.begin, 1.0, "s"),
        ("length", claimed.length, length, 1.0, "m"),
        ("energy", claimed.energy, track.samples.used[-1] / 3600, 0.1, "Wh"),
        ("usable energy", claimed.energy_usable, usable / 3600, 0.1, "Wh"),
    ):
        if abs(said - found) > max(CLAIM_TOLERANCE * found, least):
            yield Finding(
                rule="figures",
                severity="warning",
                message=f"{name}: {said:.1f} {unit} by the plan, reckoned anew {found:.1f} {unit}",
                sortie=track.sortie.name,
                amount=said,
                limit=float(found),
                unit=unit,
            )
