"""A schematic of Peshawar: drawn by the map where nothing else is, driven on by simulated cars.

Drawn by hand from general knowledge, plausible to about 300 m, and labelled as schematic wherever
it is shown. It lies in `peshawar.geojson` as a FeatureCollection (RFC 7946). Each feature has
`kind`, `class` (what to style by), `name`, `name_ur` (Urdu); areas and places also a `rank`
(0 first, 3 last, for labels):

| kind  | geometry   | class |
|-------|------------|-------|
| area  | Polygon    | builtup, old_city, cantonment, residential, campus, industrial, airport, runway, park, stadium, fort |
| road  | LineString | motorway, trunk, primary, secondary, street |
| rail  | LineString | rail |
| water | LineString | river, nala, canal |
| place | Point      | city, district, landmark, hospital, station |

Roads that meet share a vertex; lines that cross without one pass over each other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CENTRE = (34.0151, 71.5249)
"""Latitude and longitude of the middle of the map."""

METRES_PER_DEGREE = (110_922.7, 92_368.4)
"""Metres in one degree of latitude and of longitude at CENTRE, from the radii of curvature of the
WGS 84 ellipsoid. Over the schematic (±0.15°) the second is right to 0.2 %."""

ROAD_CLASSES = ("motorway", "trunk", "primary", "secondary", "street")
"""Classes of road, the widest first."""

_FILE = "peshawar.geojson"


class Neighbour(NamedTuple):
    """A node that one stretch of road leads to."""

    node: int
    edge: int


@dataclass(frozen=True)
class RoadGraph:
    """The roads as a graph of straight stretches, driven in both directions.

    Nodes are the vertices of the drawn roads: junctions, bends and ends.
    """

    nodes: NDArray[np.float64]
    """(N, 2) latitude, longitude."""
    edges: NDArray[np.intp]
    """(E, 2) the two nodes of each stretch."""
    lengths: NDArray[np.float64]
    """(E,) metres."""
    classes: tuple[str, ...]
    """(E,) of ROAD_CLASSES."""
    names: tuple[str, ...]
    """(E,) name of the road that the stretch belongs to."""
    neighbours: tuple[tuple[Neighbour, ...], ...]
    """(N,) where each node leads to; a junction has three or more, an end one."""


def schematic() -> dict[str, Any]:
    """The schematic as GeoJSON; a new dictionary at each call."""
    collection: dict[str, Any] = json.loads(
        resources.files("fleet").joinpath(_FILE).read_text("utf-8")
    )
    return collection


def to_metres(latitude: Any, longitude: Any) -> tuple[Any, Any]:
    """East and north of CENTRE, in metres, of degrees (numbers or arrays alike)."""
    north_scale, east_scale = METRES_PER_DEGREE
    return (longitude - CENTRE[1]) * east_scale, (latitude - CENTRE[0]) * north_scale


def to_degrees(east: Any, north: Any) -> tuple[Any, Any]:
    """Latitude and longitude of metres east and north of CENTRE (numbers or arrays alike)."""
    north_scale, east_scale = METRES_PER_DEGREE
    return CENTRE[0] + north / north_scale, CENTRE[1] + east / east_scale


@cache
def roads() -> RoadGraph:
    """The road graph of the schematic; the same one at each call."""
    index: dict[tuple[float, float], int] = {}
    edges: dict[tuple[int, int], tuple[str, str]] = {}
    for feature in schematic()["features"]:
        if feature["properties"]["kind"] != "road":
            continue
        label = (feature["properties"]["class"], feature["properties"]["name"])
        points = [(lat, lon) for lon, lat in feature["geometry"]["coordinates"]]
        line = [index.setdefault(point, len(index)) for point in points]
        for start, end in pairwise(line):
            edges.setdefault((min(start, end), max(start, end)), label)
    nodes = np.array(list(index), np.float64)
    ends = np.array(list(edges), np.intp)
    east, north = to_metres(nodes[:, 0], nodes[:, 1])
    lengths = np.hypot(*(axis[ends[:, 1]] - axis[ends[:, 0]] for axis in (east, north)))
    for column in (nodes, ends, lengths):
        column.flags.writeable = False  # everybody shares this graph
    neighbours: list[list[Neighbour]] = [[] for _ in nodes]
    for edge, (start, end) in enumerate(edges):
        neighbours[start].append(Neighbour(end, edge))
        neighbours[end].append(Neighbour(start, edge))
    return RoadGraph(
        nodes=nodes,
        edges=ends,
        lengths=lengths,
        classes=tuple(label[0] for label in edges.values()),
        names=tuple(label[1] for label in edges.values()),
        neighbours=tuple(map(tuple, neighbours)),
    )
