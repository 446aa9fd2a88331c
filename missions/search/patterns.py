"""The table of search patterns, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from missions.errors import PlanningError
from missions.route import Route
from missions.search.contour import contour
from missions.search.sector import sector
from missions.search.square import expanding_square
from missions.search.sweep import creeping_line, parallel_sweep
from missions.search.trackline import track_line


@dataclass(frozen=True)
class Pattern:
    """`code` is IAMSAR's, `help` says when to take it; `draw` says what it wants by its signature."""

    name: str
    code: str
    help: str
    draw: Callable[..., Route]


PATTERNS: dict[str, Pattern] = {
    pattern.name: pattern
    for pattern in (
        Pattern(
            "expanding-square",
            "SS",
            "From a place known within close limits outwards; the first leg into the wind.",
            expanding_square,
        ),
        Pattern(
            "sector",
            "VS",
            "Over and over a place that is known accurately; the first leg down-drift.",
            sector,
        ),
        Pattern(
            "parallel-sweep",
            "PS",
            "Lanes along the long side of a large area, equally likely everywhere.",
            parallel_sweep,
        ),
        Pattern(
            "creeping-line",
            "CS",
            "Lanes along the short side of a large area, from its likelier end.",
            creeping_line,
        ),
        Pattern(
            "track-line",
            "TSR, TSN",
            "Along the way that somebody meant to take, and back on the other side of it or not.",
            track_line,
        ),
        Pattern(
            "contour",
            "OS",
            "Round a mountain along its contours, from the peak downwards.",
            contour,
        ),
    )
}


def pattern(name: str) -> Pattern:
    """The pattern of that name. Raises PlanningError for an unknown one."""
    if name not in PATTERNS:
        raise PlanningError(f"{name!r} is no search pattern; take one of {', '.join(PATTERNS)}")
    return PATTERNS[name]
