"""Tracks that turn out to be one object: different sensors tell of them, and they stay together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from fleet.airspace import association, motion, tuning
from fleet.airspace.columns import State
from fleet.airspace.names import Names
from fleet.airspace.states import States

REACH = 150.0
"""Metres: farther apart nothing is compared."""

YOUNG = np.timedelta64(8_000_000, "us")
"""For so long after a track's beginning its place and speed may be so stale or rough that it is not
seen to be together with another one."""

PERHAPS_MOST = 500
"""Such pairs of young tracks that are remembered; made-up drones beside a real one may be many."""

_CLOSE = tuning.GATES[2]


class Merger(NamedTuple):
    """Keys of two contacts that are one; `distance` in metres."""

    survivor: int
    gone: int
    distance: float


class Mergers:
    """Remembers since when tracks have been together."""

    def __init__(self, settings: tuning.Tuning) -> None:
        self._settings = settings
        self._since: dict[tuple[int, int], np.datetime64] = {}
        self.undecided: list[tuple[int, int]] = []
        """Keys of the pairs that may be one object, the older one first; it is not known yet."""

    def find(self, states: States, names: Names, time: np.datetime64) -> list[Merger]:
        """The pairs that have now been together for long enough; the older one survives."""
        shown = np.flatnonzero(np.isin(states.rows["state"], [State.CONFIRMED, State.COASTING]))
        if len(shown) < 2:
            self._since, self.undecided = {}, []
            return []
        rows = states.at(shown, time)
        tree = cKDTree(association.places(rows["latitude"], rows["longitude"]))
        pairs = tree.query_pairs(REACH, output_type="ndarray")
        names_of = rows["identity"]
        one, other = pairs[:, 0], pairs[:, 1]
        pairs = pairs[
            (names_of[one] == b"") | (names_of[other] == b"") | (names_of[one] == names_of[other])
        ]
        one, other = pairs[:, 0], pairs[:, 1]
        east, north = motion.offsets(
            rows["latitude"][one],
            rows["longitude"][one],
            rows["latitude"][other],
            rows["longitude"][other],
        )
        distance = np.hypot(east, north)
        spread = rows["radius"][one] ** 2 + rows["radius"][other] ** 2
        faster = np.hypot(
            rows["east"][one] - rows["east"][other], rows["north"][one] - rows["north"][other]
        )
        speeds = rows["speed_error"][one] ** 2 + rows["speed_error"][other] ** 2
        close = (distance**2 <= _CLOSE * spread) & (faster**2 <= _CLOSE * speeds)
        young = np.maximum(rows["first_time"][one], rows["first_time"][other]) > time - YOUNG
        within = round(1.5 * self._settings.scan * 1e6)
        since: dict[tuple[int, int], np.datetime64] = {}
        found, perhaps, merged = [], list[tuple[int, int]](), set[int]()
        others = np.flatnonzero(young & ~close)[:PERHAPS_MOST]
        for number in (*np.flatnonzero(close).tolist(), *others.tolist()):
            both = rows[pairs[number]]
            both = both[np.argsort(both["first_time"], kind="stable")]
            key = int(both["contact"][0]), int(both["contact"][1])
            if merged.intersection(key) or names.share_sensor(*key, within):
                continue
            perhaps.append(key)
            if not close[number]:
                continue
            since[key] = self._since.get(key, time)
            if (time - since[key]) / np.timedelta64(1, "s") >= self._settings.merge_after:
                found.append(Merger(*key, float(distance[number])))
                merged.update(key)
        self._since = since
        self.undecided = [key for key in perhaps if merged.isdisjoint(key)]
        return found
