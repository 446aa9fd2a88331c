"""What reading and writing hand back, and the sentences that several forms say alike."""

from __future__ import annotations

from typing import NamedTuple

from fleet.geofences.geofence import Geofence, Margin, Scope


class Imported(NamedTuple):
    """The fences of a document, and what of it they do not hold, one sentence each."""

    fences: tuple[Geofence, ...]
    lost: tuple[str, ...] = ()


class Exported(NamedTuple):
    """A document, and what of the fences it does not carry, one sentence each."""

    data: bytes
    lost: tuple[str, ...] = ()


def label(fence: Geofence) -> str:
    """How a fence is called in a sentence."""
    return f"geofence {fence.name!r}"


def judging_lost(fence: Geofence) -> list[str]:
    """Of a form that knows neither how a fence is judged nor whom it is for."""
    lost = []
    for name, default in (("hysteresis", 10.0), ("dwell", 0.0)):
        if getattr(fence, name) != default:
            lost.append(f"its {name} of {getattr(fence, name):g} is not carried")
    if fence.margin != Margin():
        lost.append("its margin is not carried")
    if fence.scope != Scope():
        lost.append("whom it is for is not carried: it reads as being for everyone")
    if fence.version > 1:
        lost.append(f"that it is version {fence.version} is not carried")
    return [f"{label(fence)}: {each}" for each in lost]
