"""All of an area seen from one way inside it.

Several drafts are made: parallel lanes in the most promising directions, lanes in cells with a
direction each, and rounds along the edges. What a draft does not see is visited. The best draft is
polished; where two are nearly as good, both are polished a little first.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from fleet.wording import sentence
from missions.area import Area
from missions.coverage.drafts import Drafts, Pattern
from missions.coverage.effort import Effort, Motion
from missions.coverage.fixed_wing import fixed_wing_legs
from missions.coverage.legs import as_legs
from missions.coverage.outline import Floats, lengths
from missions.coverage.polish import Polish
from missions.coverage.room import Room, make_room
from missions.coverage.swath import Swath
from missions.errors import PlanningError
from missions.projection import Geometry
from missions.route import Leg, Route

Stop = Callable[[], bool]
Progress = Callable[[float], None]

COVERAGE = 0.998
"""Share of what the swath can see from inside."""

COVERAGE_LEAST, COVERAGE_MOST = 0.9, 0.9999

COMPLETED = 3
"""Drafts that are completed with visits."""

CLOSE = 1.04
"""Of the best one's cost: a draft that costs less is worth a comparison after a little polish."""

COARSE, FINE = 8.0, 20.0
"""Samples across the swath while drafts are compared, and in the end."""

DRAFT_PRICE = 2.0
"""How many times what is not seen is worth the lane that would see it, in a draft."""

PRICE = 12.0
"""The same for the polish, to begin with; it follows the coverage that is reached."""

AIM = 0.85
"""Of what may be left unseen: so that the next samples do not find more than all of it."""

SCALES = (1.0, 0.6, 0.35)
"""Of the steps in one sweep of the polish after the other."""

LACKING_PRICE = 100.0
"""Likewise of a finished way that sees less than is asked."""

EXTRA_SWEEPS = 2
"""At twice the price, if less is seen than is asked."""


TURN = 0.3167
"""Radians by which the area is turned while it is planned for. Edges along the axes, of lengths that
are whole spacings, would put lanes, samples and edges on one another, where the last bit of a number
decides what is seen."""


def cover(
    area: Area,
    spacing: float,
    *,
    pattern: Pattern = "shortest",
    motion: Motion | None = None,
    swath: float | None = None,
    margin: float = 0.0,
    coverage: float = COVERAGE,
    turns_outside: bool = False,
    stop: Stop = lambda: False,
    progress: Progress = lambda _share: None,
    seed: int = 0,
) -> Route:
    """A way inside an area from which all of it is seen, half a spacing to either side.

    No metre of it lies outside the area, in a hole, or nearer than `margin` metres to their edges.
    Of what can be seen from there within half a spacing, at least the share `coverage` is seen, by
    the lanes alone; turns and transits only lead over. A `swath` may be wider than the spacing
    (side overlap), not narrower.

    Without `motion` the way is made short, with one it is made quick: corners cost time. `pattern`
    "lanes" leaves out rounds along the edges, "rounds" the lanes. A fixed wing (a motion with a
    radius) flies parallel lanes to the edges and turns in arcs; as these hardly ever fit, they may
    lead over edges and holes if `turns_outside`. Of it `fixed_wing.COVERAGE` is asked.

    `stop` is asked often: once it is true, the best so far is returned, which may see less.
    `progress` is told shares up to 1. The same seed gives the same way. Raises PlanningError for
    arguments that cannot be, an area too small or too large for them, and turns that leave it.
    """
    _check(spacing, swath, margin, coverage)
    room = make_room(area, spacing / 2, margin)
    random = np.random.default_rng(seed)
    if motion is not None and motion.radius > 0:
        legs = fixed_wing_legs(
            room,
            spacing,
            motion.radius,
            area.frame,
            turns_outside=turns_outside,
            random=random,
            stop=stop,
            progress=progress,
        )
    else:
        effort = Effort.of(motion, spacing)
        turned = Room(_turned(room.free, TURN), _turned(room.target, TURN))
        planner = _Planner(turned, spacing, effort, 1 - coverage, stop, progress, random)
        legs = tuple(
            Leg(_turned_points(leg.points, -TURN), leg.purpose) for leg in planner.legs(pattern)
        )
    progress(1.0)
    return Route(area.frame, legs)


def _turned(shape: Geometry, angle: float) -> Geometry:
    return shapely.transform(shape, lambda xy: _turned_points(xy, angle))


def _turned_points(points: Floats, angle: float) -> Floats:
    """(N, 2) turned about the plane's origin by an angle in radians."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.asarray(points @ np.array([[cosine, sine], [-sine, cosine]]))


@dataclass(frozen=True)
class _Draft:
    """A way and its cost in metres: its effort, and what it does not see times a price."""

    way: Floats
    cost: float


class _Planner:
    def __init__(
        self,
        room: Room,
        spacing: float,
        effort: Effort,
        missing: float,
        stop: Stop,
        progress: Progress,
        random: np.random.Generator,
    ) -> None:
        self._room = room
        self._spacing = spacing
        self._effort = effort
        self._missing = missing
        self._stop = stop
        self._progress = progress
        self._random = random
        self._swath = Swath(room.target, spacing, random, COARSE)
        self._drafts = Drafts(room, self._swath, effort, stop)

    def legs(self, pattern: Pattern) -> tuple[Leg, ...]:
        """The legs of the best way that is found."""
        drafts: list[_Draft] = []
        for way in self._drafts.of(pattern):
            drafts.append(self._draft(way, self._drafts.unseen(way), DRAFT_PRICE))
            self._progress(min(0.3, 0.05 * len(drafts)))
            if self._stop():
                break
        if not drafts:
            raise PlanningError(
                sentence(
                    "planner.coverage.lane",
                    "no lane {spacing:g} m from the next fits into the area; lower the spacing",
                    spacing=self._spacing,
                )
            )
        best = self._best(drafts)
        fine = Swath(self._room.target, self._spacing, self._random, FINE)
        return as_legs(self._polished(best, fine), fine)

    def _best(self, drafts: list[_Draft]) -> Floats:
        drafts.sort(key=_cost)
        completed = []
        for draft in drafts[:COMPLETED]:
            way = self._drafts.completed(draft.way)
            completed.append(self._draft(way, self._drafts.unseen(way), DRAFT_PRICE))
        completed.sort(key=_cost)
        close = [draft for draft in completed[:2] if draft.cost <= CLOSE * completed[0].cost]
        if len(close) == 1 or self._stop():
            return completed[0].way
        polished = []
        for draft in close:
            polish = self._polish(draft.way, self._swath)
            polish.sweep(1.0, PRICE, lanes=False, stop=self._stop)
            polished.append(self._draft(polish.way, polish.refresh(), PRICE))
        self._progress(0.5)
        return min(polished, key=_cost).way

    def _draft(self, way: Floats, unseen: float, price: float) -> _Draft:
        effort = float(self._effort(lengths(way)).sum())
        return _Draft(way, effort + price * unseen * self._room.target.area / self._spacing)

    def _polish(self, way: Floats, swath: Swath) -> Polish:
        return Polish(way, swath, self._room.free, self._effort, self._random)

    def _polished(self, way: Floats, swath: Swath) -> Floats:
        """The way polished to the end, seeing as much as is asked.

        Either what is still not seen is made dearer, sweep after sweep, or visits to it are put
        in: corners of the area cost less by the one, narrow places by the other. The cheaper stays.
        """
        polish = self._polish(way, swath)
        price, missing = PRICE, 1.0
        sweeps = len(SCALES)
        ways: list[Floats] = []
        for number, scale in enumerate(SCALES + SCALES[-1:] * EXTRA_SWEEPS):
            if self._stop() or (number >= sweeps and missing <= self._missing):
                break
            if number >= sweeps:
                ways.append(polish.way)
                price *= 2
            polish.sweep(scale, price, lanes=number % 2 == 1, stop=self._stop)
            missing = polish.refresh()
            price *= float(np.clip(missing / (AIM * self._missing), 0.6, 1.7)) ** 0.7
            self._progress(0.5 + 0.5 * (number + 1) / (sweeps + EXTRA_SWEEPS + 1))
        filled = [self._filled(found, swath) for found in [*ways[:1], polish.way]]
        return min(filled, key=_cost).way

    def _filled(self, way: Floats, swath: Swath) -> _Draft:
        """The way with visits to what it lacks; what is lacking still is dear."""
        found = self._drafts.filled(way, self._missing, swath)
        swath.lay(found)
        return self._draft(found, max(swath.unseen - self._missing, 0.0), LACKING_PRICE)


def _cost(draft: _Draft) -> float:
    return draft.cost


def _check(spacing: float, swath: float | None, margin: float, coverage: float) -> None:
    if not (math.isfinite(spacing) and spacing > 0):
        raise PlanningError(f"a spacing of {spacing:g} m is none; give metres above 0")
    if swath is not None and not swath >= spacing:
        raise PlanningError(
            sentence(
                "planner.coverage.swath",
                "a swath of {swath:g} m leaves gaps between lanes {spacing:g} m apart; the "
                "spacing must not be wider than the swath",
                swath=swath,
                spacing=spacing,
            )
        )
    if not (math.isfinite(margin) and margin >= 0):
        raise PlanningError(f"a margin of {margin:g} m is none; give 0 or more")
    if not COVERAGE_LEAST <= coverage <= COVERAGE_MOST:
        raise PlanningError(
            f"a coverage of {coverage:g} cannot be asked for; give a share from {COVERAGE_LEAST:g} "
            f"to {COVERAGE_MOST:g}"
        )
