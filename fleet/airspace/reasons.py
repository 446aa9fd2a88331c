"""Why a contact threatens a zone: codes with their points and figures, in words and in a form to be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from fleet.airspace.columns import STAY_RADIUS
from fleet.airspace.words import Words, metres, seconds, words


class Reason(NamedTuple):
    """One of the reasons that a threat is the sum of. `reason` makes them."""

    code: str
    """Of the sentence in `words`. Codes are kept for years: one that was told once stays readable."""

    points: int
    value: float | None = None
    """Metres, m/s or seconds, to one decimal; None for a reason without a figure."""


def reason(code: str, points: int, value: float | None = None) -> Reason:
    """A reason whose figure is rounded, so that what is told now and what is kept of it are the same."""
    return Reason(code, points, None if value is None else round(value, 1))


def _speed(value: float) -> str:
    return f"{value:.0f} m/s"


_FIGURES: dict[str, tuple[str, Callable[[float], str]]] = {
    "near": ("distance", metres),
    "breach": ("seconds", seconds),
    "closing": ("speed", _speed),
    "loiters": ("seconds", seconds),
    "low": ("height", metres),
}


def in_words(told: Reason, zone: str) -> Words:
    """A reason in words; `zone` is the name of the zone that is threatened.

    Raises KeyError for a code that is none.
    """
    figures = {"zone": zone}
    if told.code == "loiters":
        figures["distance"] = metres(STAY_RADIUS)
    if told.value is not None:
        name, written = _FIGURES[told.code]
        figures[name] = written(told.value)
    return words(told.code, **figures)


def packed(reasons: Iterable[Reason]) -> bytes:
    """The reasons as they are kept: `near:20:310.0 silent:20`."""
    return " ".join(
        f"{code}:{points}" if value is None else f"{code}:{points}:{value}"
        for code, points, value in reasons
    ).encode()


def unpacked(kept: bytes) -> tuple[Reason, ...]:
    """The reasons of `packed`. Raises ValueError for what is none."""
    return tuple(_unpacked(each) for each in kept.decode().split())


def _unpacked(kept: str) -> Reason:
    code, points, *value = kept.split(":")
    return Reason(code, int(points), float(value[0]) if value else None)
