"""Where fixed things stand: panic posts and cameras, at junctions first and then along the roads.

The busier the roads that meet and the nearer the centre, the earlier a place has its turn. A place
does not depend on how many are asked for, nor on a seed: a city does not move its posts.
"""

from __future__ import annotations

from functools import cache
from math import modf

import numpy as np

from fleet.peshawar import RoadGraph, roads, to_degrees, to_metres

VERGE = 8.0
"""Metres from the middle of the road."""

_BUSY = {"motorway": 0.5, "trunk": 3.0, "primary": 3.0, "secondary": 2.0, "street": 1.0}
_CITY = 6000.0  # metres from the centre over which the city thins out to a third
_GOLDEN = (5**0.5 - 1) / 2  # multiples of it, modulo 1, fill the line evenly (Weyl)


def places(count: int) -> list[tuple[float, float]]:
    """The first `count` places, (latitude, longitude) each."""
    graph = roads()
    at_junctions = _junctions()[:count]
    return at_junctions + _along_roads(graph, count - len(at_junctions))


@cache
def _junctions() -> list[tuple[float, float]]:
    """Places beside all junctions, the busiest first."""
    graph = roads()
    east, north = to_metres(graph.nodes[:, 0], graph.nodes[:, 1])
    thin = np.exp(-np.hypot(east, north) / _CITY)
    ranked = sorted(
        (-sum(_BUSY[graph.classes[near.edge]] for near in neighbours) * float(thin[node]), node)
        for node, neighbours in enumerate(graph.neighbours)
        if len(neighbours) > 2
    )
    return [_beside(float(east[node]), float(north[node]), node * 2.4) for _, node in ranked]


def _along_roads(graph: RoadGraph, count: int) -> list[tuple[float, float]]:
    if count <= 0:
        return []
    east, north = to_metres(graph.nodes[:, 0], graph.nodes[:, 1])
    nodes = np.stack([east, north], axis=1)
    middles = nodes[graph.edges].mean(axis=1)
    weights = np.array([_BUSY[name] for name in graph.classes])
    weights *= graph.lengths * np.exp(-np.hypot(middles[:, 0], middles[:, 1]) / _CITY)
    ends = np.cumsum(weights) / weights.sum()
    found = []
    for number in range(count):
        share = modf((number + 1) * _GOLDEN)[0]
        edge = min(int(np.searchsorted(ends, share, side="right")), len(ends) - 1)
        part = 1 - (ends[edge] - share) * weights.sum() / weights[edge]
        start, end = nodes[graph.edges[edge]]
        here = start + (end - start) * part
        bearing = float(np.arctan2(end[0] - start[0], end[1] - start[1]))
        found.append(_beside(float(here[0]), float(here[1]), bearing + np.pi / 2))
    return found


def _beside(east: float, north: float, bearing: float) -> tuple[float, float]:
    """The place VERGE metres away in the direction of `bearing` (radians)."""
    place = to_degrees(east + VERGE * np.sin(bearing), north + VERGE * np.cos(bearing))
    return round(float(place[0]), 6), round(float(place[1]), 6)
