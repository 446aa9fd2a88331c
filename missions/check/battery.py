"""The battery: the whole sortie, the way home from every point of it, and what the plan claims."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fleet.wording import sentence
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
        sentence(
            "check.energy",
            "the sortie needs {needed:.1f} Wh, {usable:.1f} Wh are above the reserve and gone here, "
            "{early:.0f} s before it has landed",
            needed=used[-1] / 3600,
            usable=usable / 3600,
            early=track.end - track.samples.time[empty],
        ),
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
            sentence(
                "check.wind.home",
                "a wind of {wind:g} m/s does not let it fly home from here at an airspeed of "
                "{airspeed:g} m/s",
                wind=case.wind.speed,
                airspeed=airspeed,
            ),
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
        sentence(
            "check.reserve-return",
            "{used:.1f} Wh used to here and {back:.1f} Wh for the way home are more than the "
            "{usable:.1f} Wh above the reserve; it has to turn back {after:.0f} s after take-off",
            used=samples.used[worst] / 3600,
            back=back[worst] / 3600,
            usable=usable / 3600,
            after=samples.time[last] - track.begin,
        ),
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
        ("usable", claimed.energy_usable, usable / 3600, 0.1, "Wh"),
    ):
        if abs(said - found) > max(CLAIM_TOLERANCE * found, least):
            yield Finding(
                rule="figures",
                severity="warning",
                message=_claim(name, said, float(found), unit),
                sortie=track.sortie.name,
                amount=said,
                limit=float(found),
                unit=unit,
            )


def _claim(name: str, said: float, found: float, unit: str) -> str:
    if name == "usable":
        return sentence(
            "check.figures.usable",
            "usable are {said:.1f} Wh by the plan, reckoned anew {found:.1f} Wh",
            said=said,
            found=found,
        )
    return sentence(
        "check.figures",
        "{said:.1f} {unit} by the plan, reckoned anew {found:.1f} {unit}",
        said=said,
        found=found,
        unit=unit,
    )
