"""Several drones in one search, kept apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.plan import Limits
from missions.projection import LocalFrame
from missions.route import Route
from missions.search.inputs import positive
from missions.search.rectangle import CORNERS, Corner, Rectangle
from missions.search.sweep import creeping_line, lane_count, parallel_sweep

UNITS_MOST = 50

SEPARATION = Limits().separation_vertical
"""Metres of height between drones that share or border an area, unless another is given."""


@dataclass(frozen=True)
class Unit:
    """What one drone searches, and how much higher than the planned height it does."""

    route: Route
    height_offset: float
    rectangle: Rectangle | None = None


def side_by_side(
    frame: LocalFrame,
    rectangle: Rectangle,
    spacing: float,
    units: int,
    *,
    creeping: bool = False,
    corner: Corner = "rear-left",
    separation: float = SEPARATION,
) -> tuple[Unit, ...]:
    """A parallel sweep or creeping line of a rectangle by several drones, one strip each.

    The strips lie side by side across the width, so creeping drones all begin at the likelier
    end. All commence at the same corner of their strip and creep the same way, so that at the
    same speed two are never nearer than the smallest spacing flown; neighbours differ in height
    by `separation` besides (IAMSAR vol. II: adjacent sub-areas, same direction of creep, vertical
    separation). Strips of a parallel sweep are whole lanes of the one spacing. Raises
    PlanningError as the patterns do and if there are fewer lanes than drones.
    """
    rectangle.corner(corner)
    strips, spacing = _strips(rectangle, spacing, _counted(units), corner, creeping=creeping)
    draw = creeping_line if creeping else parallel_sweep
    offsets = (0.0, positive(separation, "the separation in height"))
    return tuple(
        Unit(draw(frame, strip, spacing, corner=corner), offsets[index % 2], strip)
        for index, strip in enumerate(strips)
    )


def stacked(
    draw: Callable[[int], Route], units: int, *, separation: float = SEPARATION
) -> tuple[Unit, ...]:
    """An expanding square or sector search by several drones, one above the other.

    `draw` gives the pattern of a repeat: `lambda repeat: sector(frame, 500, repeat=repeat)`; each
    drone flies the next one, turned as IAMSAR turns a repeated search. They cross at the datum, so
    each is `separation` above the one before: never two aircraft at similar heights (IAMSAR vol.
    II and III, sector and expanding square). Raises PlanningError as `draw` does.
    """
    step = positive(separation, "the separation in height")
    return tuple(Unit(draw(index), index * step) for index in range(_counted(units)))


def _counted(units: int) -> int:
    if not 1 <= units <= UNITS_MOST:
        raise PlanningError(
            sentence(
                "planner.search.drones",
                "a search is flown by 1 to {most} drones, not {drones}",
                most=UNITS_MOST,
                drones=units,
            )
        )
    return units


def _strips(
    rectangle: Rectangle, spacing: float, units: int, corner: Corner, *, creeping: bool
) -> tuple[list[Rectangle], float]:
    """The strips from the corner's side to the other, and the spacing of their lanes."""
    if creeping:
        widths = [rectangle.width / units] * units
    else:
        lanes = lane_count(rectangle.width, spacing)
        if lanes < units:
            raise PlanningError(
                sentence(
                    "planner.search.lanes",
                    "{width:g} m at a track spacing of {spacing:g} m are {lanes} lanes, too few for"
                    " {drones} drones; take a smaller spacing or fewer drones",
                    width=rectangle.width,
                    spacing=spacing,
                    lanes=lanes,
                    drones=units,
                )
            )
        spacing = rectangle.width / lanes
        counts = [lanes // units + (index < lanes % units) for index in range(units)]
        widths = [rectangle.width * (count / lanes) for count in counts]
    right = CORNERS[corner][1] * rectangle.across
    begins = [sum(widths[:index]) for index in range(units)]
    strips = []
    for begin, width in zip(begins, widths, strict=True):
        east, north = rectangle.centre + (rectangle.width / 2 - begin - width / 2) * right
        strips.append(replace(rectangle, centre=(float(east), float(north)), width=width))
    return strips, spacing
