"""Made-up flights as one radar sees them, with the truth beside: for tests and the benchmark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from fleet.airspace.columns import DETECTION, Datum, Means
from fleet.airspace.motion import moved, offsets
from fleet.columns import Rows, blank

Floats = NDArray[np.float64]

PLACE = (34.0151, 71.5249)
START = np.datetime64("2026-11-22T09:00:00", "us")
ERROR = 10.0
"""Metres, one sigma of each axis."""

FOUND_WITHIN = 60.0
"""Metres: a track that is farther from all that flies is false."""


@dataclass(frozen=True)
class Scene:
    """Looks once a second: where things were, and what was seen. Metres east and north of PLACE."""

    name: str
    truth: Floats
    """(looks, targets, 2)."""
    seen: list[Floats]
    """Of each look (detections, 2), shuffled, with clutter."""


def _seen(
    truth: Floats, random: np.random.Generator, detected: float, clutter: float, side: float
) -> list[Floats]:
    looks = []
    for places in truth:
        there = places[random.random(len(places)) < detected]
        found = there + random.normal(0, ERROR, there.shape)
        false = random.uniform(-side, side, (random.poisson(clutter), 2))
        looks.append(random.permutation(np.concatenate([found, false])))
    return looks


def crossing(targets: int, looks: int, seed: int) -> Scene:
    """All fly straight through one crowded square, at 8 to 20 m/s, in any direction."""
    random = np.random.default_rng(seed)
    side = 60.0 * np.sqrt(targets)
    course, speed = random.uniform(0, 2 * np.pi, targets), random.uniform(8, 20, targets)
    velocity = speed[:, np.newaxis] * np.stack([np.sin(course), np.cos(course)], axis=1)
    middle = random.uniform(-side, side, (targets, 2))
    times = np.arange(looks)[:, np.newaxis, np.newaxis] - looks / 2
    truth = middle + times * velocity
    return Scene("crossing", truth, _seen(truth, random, 0.95, 0, side))


def swarm(targets: int, looks: int, seed: int) -> Scene:
    """A grid 60 m wide that turns and flies on together, each wavering about its place."""
    random = np.random.default_rng(seed)
    wide = int(np.ceil(np.sqrt(targets)))
    grid = np.stack(np.divmod(np.arange(targets), wide), axis=1) * 60.0 - wide * 30
    seconds = np.arange(looks)
    turn = 0.01 * seconds
    rotation = np.stack(
        [np.stack([np.cos(turn), -np.sin(turn)], 1), np.stack([np.sin(turn), np.cos(turn)], 1)], 1
    )
    way = np.stack([12.0 * seconds, 3.0 * seconds], axis=1)
    phase = random.uniform(0, 2 * np.pi, (targets, 2))
    waver = 5 * np.sin(phase + 0.3 * seconds[:, np.newaxis, np.newaxis])
    truth = np.einsum("tij,nj->tni", rotation, grid) + way[:, np.newaxis] + waver
    return Scene("swarm", truth, _seen(truth, random, 0.95, 0, 1000))


def clutter(targets: int, looks: int, seed: int) -> Scene:
    """As `crossing`, farther apart, missed more often, with a false detection to each third target."""
    random = np.random.default_rng(seed)
    side = 150.0 * np.sqrt(targets)
    course, speed = random.uniform(0, 2 * np.pi, targets), random.uniform(5, 20, targets)
    velocity = speed[:, np.newaxis] * np.stack([np.sin(course), np.cos(course)], axis=1)
    middle = random.uniform(-side, side, (targets, 2))
    truth = middle + (np.arange(looks)[:, np.newaxis, np.newaxis] - looks / 2) * velocity
    return Scene("clutter", truth, _seen(truth, random, 0.9, targets / 3, 1.3 * side))


def detections(places: Floats, look: int) -> Rows:
    """DETECTION rows of one look."""
    rows = blank(DETECTION, len(places))
    rows["sensor"], rows["means"], rows["datum"] = b"radar", Means.RADAR, Datum.UNKNOWN
    rows["time"] = rows["received_time"] = START + np.timedelta64(look, "s")
    rows["latitude"], rows["longitude"] = moved(*PLACE, places[:, 0], places[:, 1])
    rows["error"] = ERROR
    return rows


def on_plane(contacts: Rows) -> Floats:
    """(N, 2) metres east and north of PLACE."""
    east, north = offsets(*PLACE, contacts["latitude"], contacts["longitude"])
    return np.stack([east, north], axis=1)


class Score:
    """How well tracks tell the truth: error, switches, misses and false ones, look by look."""

    def __init__(self) -> None:
        self.switches = self.missed = self.false = self.found = 0
        self._squares = 0.0
        self._last: dict[int, object] = {}

    @property
    def error(self) -> float:
        """Root mean square of the distance of those found, metres."""
        return float(np.sqrt(self._squares / max(self.found, 1)))

    def forget(self) -> None:
        """Another scene begins: its tracks have names of their own."""
        self._last.clear()

    def add(self, truth: Floats, tracks: Floats, names: list[object]) -> None:
        """One look: (N, 2) truth, (M, 2) tracks and the name of each."""
        away = cdist(truth, tracks)
        rows, columns = linear_sum_assignment(np.minimum(away, FOUND_WITHIN))
        near = away[rows, columns] < FOUND_WITHIN
        rows, columns = rows[near], columns[near]
        self.found += len(rows)
        self.missed += len(truth) - len(rows)
        self.false += len(tracks) - len(rows)
        self._squares += float((away[rows, columns] ** 2).sum())
        for target, track in zip(rows.tolist(), columns.tolist(), strict=True):
            name = names[track]
            self.switches += self._last.get(target, name) != name
            self._last[target] = name
