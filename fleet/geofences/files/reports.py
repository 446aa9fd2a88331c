"""What reading and writing hand back, and the sentences that several forms say alike."""

from __future__ import annotations

from typing import NamedTuple

from fleet.geofences.geofence import Geofence, Margin, Scope
from fleet.wording import sentence

_HYSTERESIS = 10.0  # of a fence that says nothing of it


class Imported(NamedTuple):
    """The fences of a document, and what of it they do not hold, one sentence each."""

    fences: tuple[Geofence, ...]
    lost: tuple[str, ...] = ()


class Exported(NamedTuple):
    """A document, and what of the fences it does not carry, one sentence each."""

    data: bytes
    lost: tuple[str, ...] = ()


def judging_lost(fence: Geofence) -> list[str]:
    """Of a form that knows neither how a fence is judged nor whom it is for."""
    lost: list[str] = []
    name = fence.name
    if fence.hysteresis != _HYSTERESIS:
        lost.append(
            sentence(
                "fence.hysteresis",
                "geofence {name!r}: its hysteresis of {hysteresis:g} is not carried",
                name=name,
                hysteresis=fence.hysteresis,
            )
        )
    if fence.dwell != 0.0:
        lost.append(
            sentence(
                "fence.dwell",
                "geofence {name!r}: its dwell of {dwell:g} is not carried",
                name=name,
                dwell=fence.dwell,
            )
        )
    if fence.margin != Margin():
        lost.append(
            sentence("fence.margin", "geofence {name!r}: its margin is not carried", name=name)
        )
    if fence.scope != Scope():
        lost.append(
            sentence(
                "fence.scope",
                "geofence {name!r}: whom it is for is not carried: it reads as being for everyone",
                name=name,
            )
        )
    if fence.version > 1:
        lost.append(
            sentence(
                "fence.version",
                "geofence {name!r}: that it is version {version} is not carried",
                name=name,
                version=fence.version,
            )
        )
    return lost


def corridor_lost(fence: Geofence) -> str:
    """Of a form that has no corridors."""
    return sentence(
        "fence.corridor",
        "geofence {name!r}: the corridor is written as its outline",
        name=fence.name,
    )
