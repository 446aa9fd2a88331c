"""The search loop: propose sorties, take their tracks, keep the map, propose the next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
from pydantic import ValidationError

from missions.errors import PlanningError
from missions.files.disk import read_bytes, write_whole
from missions.files.models import first_fault, parsed
from missions.route import Route
from missions.search import effort as division
from missions.search.achieved import Track, achieved_pod, planned
from missions.search.choose import Wave, choose
from missions.search.detection import Law
from missions.search.grid import Cells, Grid
from missions.search.inputs import positive
from missions.search.maps import ProbabilityMap, same_frame
from missions.search.record import (
    FILE_MOST,
    FORM,
    NAME_MOST,
    POINTS_MOST,
    SORTIES_MOST,
    GridRecord,
    LegRecord,
    Report,
    SearchRecord,
    Sortie,
    packed,
)
from missions.search.units import SEPARATION, UNITS_MOST

CHOSEN = {"parallel-sweep": False, "creeping-line": True}
"""Patterns that sorties are proposed in, and whether their lanes creep."""


class SearchLoop:
    """A search from its first map on. What it does depends on nothing but what it is given.

    `new` or `load` one; `next_sorties` proposes, `report` takes the track of one that was flown
    and updates the map, `cancel` drops one that was not, `save` keeps all of it.
    """

    def __init__(
        self,
        prior: ProbabilityMap,
        now: ProbabilityMap,
        name: str = "",
        sorties: tuple[Sortie, ...] = (),
        reports: tuple[Report, ...] = (),
    ) -> None:
        self.name = name
        self._prior = prior
        self._map = now
        self._sorties = {sortie.id: sortie for sortie in sorties}
        self._reports = list(reports)

    @classmethod
    def new(cls, prior: ProbabilityMap, name: str = "") -> SearchLoop:
        """A new search. Raises PlanningError for a map from which mass is missing already."""
        if len(name) > NAME_MOST or not name.isprintable():
            raise PlanningError(
                f"the search's name has more than {NAME_MOST} letters or unprintable ones; "
                "give another"
            )
        if abs(prior.total - 1) > 1e-6:
            raise PlanningError(
                f"a search begins with a map that sums up to 1, not to {prior.total:g}"
            )
        return cls(prior, prior, name)

    @property
    def map(self) -> ProbabilityMap:
        """The map of now."""
        return self._map

    @property
    def prior(self) -> ProbabilityMap:
        """The map at the beginning."""
        return self._prior

    @property
    def grid(self) -> Grid:
        """The cells of both."""
        return self._map.grid

    @property
    def success(self) -> float:
        """Cumulative probability of success: that the target would have been found by now."""
        return max(self._prior.total - self._map.total, 0.0)

    @property
    def sorties(self) -> tuple[Sortie, ...]:
        """All sorties, in order of their proposal."""
        return tuple(self._sorties.values())

    @property
    def history(self) -> tuple[Report, ...]:
        """What the flown sorties were worth, in order of their reports."""
        return tuple(self._reports)

    def pod(self) -> Cells:
        """(rows, columns) the cumulative POD of each cell; 0 where nothing ever was likely."""
        left = np.ones(self.grid.shape)
        np.divide(self._map.mass, self._prior.mass, out=left, where=self._prior.mass > 0)
        return 1 - left

    def best_possible(self, effort: float, sweep_width: float) -> float:
        """What no plan of `effort` metres of track adds to the success, at random search.

        The best division among cells, without regard to flying (`effort.divide`); sorties that
        are planned already are taken to be flown first. Raises PlanningError as `divide` does.
        """
        mass = self._expected_mass()
        areas = self.grid.cell**2
        best = division.divide(mass, areas, effort, sweep_width)
        return division.success(mass, areas, best, sweep_width)

    def next_sorties(
        self,
        count: int,
        effort: float,
        sweep_width: float,
        *,
        pattern: str = "parallel-sweep",
        law: Law = "random",
        start: tuple[float, float] | None = None,
        separation: float = SEPARATION,
    ) -> tuple[Sortie, ...]:
        """Propose up to `count` sorties at once, each of `effort` metres of track in its pattern.

        Sorties that are planned and not yet flown or cancelled are taken to find nothing as
        planned, so a second call proposes what comes after them. Fewer come back if the map has
        no room for all. `start` (east, north) is where the drones come from. Raises PlanningError
        for another pattern than parallel-sweep and creeping-line, and as `choose` does.
        """
        if pattern not in CHOSEN:
            raise PlanningError(
                f"sorties are proposed as {' or '.join(CHOSEN)}, not as {pattern!r}; draw that "
                "pattern and add its route"
            )
        if not 1 <= count <= UNITS_MOST:
            raise PlanningError(f"1 to {UNITS_MOST} sorties are proposed at once, not {count}")
        wave = Wave(count, effort, sweep_width, law, CHOSEN[pattern], start, separation)
        mass = self._expected_mass()
        units = choose(mass, self.grid, wave)
        self._room_for(len(units))
        taken = []
        for unit in units:
            sortie, mass = self._take(
                unit.route, sweep_width, pattern, law, unit.height_offset, mass
            )
            taken.append(sortie)
        return tuple(taken)

    def add(
        self,
        route: Route,
        sweep_width: float,
        *,
        pattern: str,
        law: Law = "random",
        height_offset: float = 0.0,
    ) -> Sortie:
        """Take a route that was planned otherwise, an expanding square for example, as a sortie.

        Raises PlanningError for a route of another frame or of too many points, an unknown law,
        and when there are SORTIES_MOST.
        """
        self._room_for(1)
        same_frame(self.grid.frame, route.frame, "the route")
        points = sum(len(leg.points) for leg in route.legs)
        if not 2 <= points <= POINTS_MOST:
            raise PlanningError(
                f"a route has 2 to {POINTS_MOST} points, not {points}; divide a longer one"
            )
        positive(sweep_width, "the sweep width")
        mass = self._expected_mass()
        sortie, _ = self._take(route, sweep_width, pattern, law, height_offset, mass)
        return sortie

    def report(self, sortie_id: str, track: Track) -> Report:
        """Update the map by the track of a sortie that found nothing, exactly once.

        Raises PlanningError for a sortie that is unknown, cancelled or reported already, and for
        a track that has searched nothing of the map.
        """
        sortie = self._planned(sortie_id, "reported")
        pod = achieved_pod(track, self.grid, sortie.law)
        if not pod.any():
            raise PlanningError(
                f"the track has searched no cell of the map: is it that of {sortie_id}, and are "
                "latitude and longitude in their places? Cancel a sortie that was not flown"
            )
        before, after = self._map, self._map.searched(pod)
        gained = max(before.total - after.total, 0.0)
        report = Report(
            sortie=sortie_id,
            searched_length=track.searched_length,
            pod=min(gained / before.total, 1.0),
            success=min(gained, 1.0),
            cumulative=min(max(self._prior.total - after.total, 0.0), 1.0),
        )
        self._map = after
        self._reports.append(report)
        self._sorties[sortie_id] = sortie.model_copy(update={"state": "flown"})
        return report

    def cancel(self, sortie_id: str) -> Sortie:
        """Drop a sortie that will not be flown. Raises PlanningError as `report` does."""
        sortie = self._planned(sortie_id, "cancelled")
        self._sorties[sortie_id] = sortie.model_copy(update={"state": "cancelled"})
        return self._sorties[sortie_id]

    def save(self, path: Path) -> None:
        """Write the search to a file, whole or not at all. Raises PlanningError if it cannot."""
        data = self.dump()
        if len(data) > FILE_MOST:
            raise PlanningError(f"the search takes {len(data)} bytes, {FILE_MOST} is the most")
        write_whole(path, data)

    def dump(self) -> bytes:
        """The search as JSON, the same bytes for the same search."""
        grid = self.grid
        record = SearchRecord(
            name=self.name,
            latitude=grid.frame.latitude,
            longitude=grid.frame.longitude,
            grid=GridRecord(
                west=grid.west,
                south=grid.south,
                cell=grid.cell,
                rows=grid.rows,
                columns=grid.columns,
            ),
            prior=packed(self._prior.mass),
            mass=packed(self._map.mass),
            rest=self._map.rest,
            sorties=self.sorties,
            reports=self.history,
        )
        return orjson.dumps(record.model_dump(mode="json"), option=orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def load(cls, path: Path) -> SearchLoop:
        """A search as it was saved. Raises PlanningError for what is no search file, or damaged."""
        record = parsed(read_bytes(path, FILE_MOST), FORM, str(path))
        prior, now = record.maps()
        return cls(prior, now, record.name, record.sorties, record.reports)

    def _planned(self, sortie_id: str, verb: str) -> Sortie:
        if sortie_id not in self._sorties:
            known = ", ".join(s.id for s in self.sorties if s.state == "planned") or "none"
            raise PlanningError(
                f"{sortie_id!r} names no sortie of this search; to be flown are: {known}"
            )
        sortie = self._sorties[sortie_id]
        if sortie.state != "planned":
            raise PlanningError(f"{sortie_id} was {sortie.state} already and cannot be {verb}")
        return sortie

    def _take(
        self,
        route: Route,
        sweep_width: float,
        pattern: str,
        law: Law,
        height_offset: float,
        mass: Cells,
    ) -> tuple[Sortie, Cells]:
        """The sortie, and what it will leave of the expected mass if it finds nothing."""
        seen = mass * achieved_pod(planned(route, sweep_width), self.grid, law)
        try:
            sortie = Sortie(
                id=f"S{len(self._sorties) + 1}",
                pattern=pattern,
                sweep_width=sweep_width,
                law=law,
                height_offset=height_offset,
                expected=min(float(seen.sum()), 1.0),
                legs=tuple(
                    LegRecord(purpose=leg.purpose, points=tuple(map(tuple, leg.points.tolist())))
                    for leg in route.legs
                ),
            )
        except ValidationError as error:
            raise PlanningError(
                f"the route is none that a search can keep: {first_fault(error)}"
            ) from None
        self._sorties[sortie.id] = sortie
        return sortie, mass - seen

    def _room_for(self, count: int) -> None:
        if len(self._sorties) + count > SORTIES_MOST:
            raise PlanningError(f"a search has {SORTIES_MOST} sorties at most; begin a new one")

    def _expected_mass(self) -> Cells:
        """The mass once what is planned has been flown as planned and found nothing."""
        mass = self._map.mass
        for sortie in self.sorties:
            if sortie.state == "planned":
                track = planned(sortie.route(self.grid.frame), sortie.sweep_width)
                mass = mass * (1 - achieved_pod(track, self.grid, sortie.law))
        return mass
