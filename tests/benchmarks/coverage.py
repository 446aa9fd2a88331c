"""Length of the way that covers an area, against coverage-path-planner (PyPI, C++).

The peer is given 36 angles and each of its settings that suits covering: lanes up to the edge or
some way inside it, with and without rounds along the edges, and rings. Of all its ways that keep
to the area and see at least as much as we are asked to (less what sampling blurs), the shortest
counts; where none sees as much, the shortest of those that see most. Its coordinates are given a
tenth of their size, as it is made for lawns.
"""

from __future__ import annotations

import math
import time

import coverage_path_planner as peer
import numpy as np
import shapely
from numpy.typing import NDArray

from missions.area import Area
from missions.coverage.cover import cover
from missions.projection import LocalFrame
from tests.benchmarks import Result, Say
from tests.benchmarks._areas import Drawn, areas

COUNT, SEED = 36, 1
ANGLES = 36
SCALE = 0.1
SAMPLES = 12_000
ASKED = 0.995
"""Share of the area that a way has to see."""

BLUR = 0.002
OUTSIDE_MOST = 1.0
"""Metres of a peer's way outside the area that are forgiven."""

FRAME = LocalFrame(34.0, 71.5)

Floats = NDArray[np.float64]


def run(say: Say) -> Result:
    ratios, times, shares, told = [], [], [], []
    for drawn in areas(COUNT, SEED):
        began = time.process_time()
        route = cover(Area(FRAME, drawn.polygon, drawn.name), drawn.spacing)
        seconds = time.process_time() - began
        share = _share(drawn, route.points)
        outside = shapely.LineString(route.points).difference(drawn.polygon.buffer(1e-6)).length
        assert outside == 0, f"{drawn.name}: {outside} m outside"
        length, its_share, setting = _best_peer(drawn, min(share, ASKED) - BLUR)
        ratios.append(route.length / length)
        times.append(seconds)
        shares.append(share)
        told.append(
            {
                "area": drawn.name,
                "km2": round(drawn.polygon.area / 1e6, 3),
                "spacing": drawn.spacing,
                "ours": round(route.length),
                "peer": round(length),
                "ratio": round(ratios[-1], 4),
                "coverage": round(share, 4),
                "peer_coverage": round(its_share, 4),
                "peer_setting": setting,
                "seconds": round(seconds, 2),
            }
        )
        say(f"{told[-1]}")
    return Result(
        ours=float(np.mean(ratios)),
        peer=1.0,
        ratio=float(np.mean(ratios)),
        unit="length of way",
        peer_name="coverage-path-planner 1.4, best of 36 angles and 8 settings",
        aim="mean <= 0.97, none above 1.05",
        ran=f"{COUNT} areas of seed {SEED}, 0.05-5 km2, up to 15 holes, spacings 20-80 m",
        details={
            "worst_ratio": max(ratios),
            "seconds_median": float(np.median(times)),
            "seconds_worst": max(times),
            "coverage_least": min(shares),
            "areas": told,
        },
    )


def _share(drawn: Drawn, way: Floats) -> float:
    """Of a grid's points in the area, how many lie within half a spacing of the way."""
    west, south, east, north = drawn.polygon.bounds
    step = math.sqrt(drawn.polygon.area / SAMPLES)
    x, y = np.meshgrid(
        np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step)
    )
    inside = shapely.contains_xy(drawn.polygon, x.ravel(), y.ravel())
    points = shapely.points(x.ravel()[inside], y.ravel()[inside])
    line = shapely.LineString(way)
    shapely.prepare(line)
    return float(np.mean(shapely.dwithin(line, points, drawn.spacing / 2 * (1 + 1e-9))))


def _best_peer(drawn: Drawn, wanted: float) -> tuple[float, float, str]:
    """Length, coverage and setting of the peer's best way."""
    found: list[tuple[float, float, str]] = []
    for name, setting, turned in _settings(drawn.spacing * SCALE):
        for index in range(ANGLES if turned else 1):
            way = _peer_way(drawn, math.pi * index / ANGLES, setting)
            if len(way) < 2:
                continue
            line = shapely.LineString(way)
            if line.difference(drawn.polygon.buffer(1e-3)).length < OUTSIDE_MOST:
                found.append((line.length, _share(drawn, way), f"{name} {5 * index}°"))
    enough = [way for way in found if way[1] >= wanted]
    if not enough:
        most = max(share for _, share, _ in found)
        enough = [way for way in found if way[1] >= most - BLUR]
    return min(enough)


def _settings(spacing: float) -> list[tuple[str, dict[str, object], bool]]:
    plain: dict[str, object] = {
        "mowBorder": False,
        "mowExclusionsBorder": False,
        "borderLaps": 0,
        "exclusionsBorderLaps": 0,
    }
    edged: dict[str, object] = {
        "mowBorder": True,
        "mowExclusionsBorder": True,
        "borderLaps": 1,
        "exclusionsBorderLaps": 1,
    }
    found: list[tuple[str, dict[str, object], bool]] = [
        (f"lanes, {share:g} inside", plain | {"distanceToBorder": share * spacing}, True)
        for share in (0, 0.1, 0.25, 0.5)
    ]
    for share in (0, 0.5):
        distance = {"distanceToBorder": share * spacing}
        found.append((f"lanes and a round, {share:g} inside", edged | distance, True))
        found.append((f"rings, {share:g} inside", plain | distance | {"pattern": "rings"}, False))
    return found


def _peer_way(drawn: Drawn, angle: float, setting: dict[str, object]) -> Floats:
    small = shapely.transform(drawn.polygon, lambda xy: xy * SCALE)
    environment = peer.Environment(_ring(small.exterior))
    for hole in small.interiors:
        environment.addObstacle(_ring(hole))
    settings = peer.PathSettings()
    settings.pattern, settings.offset, settings.angle = "lines", drawn.spacing * SCALE, angle
    for name, value in setting.items():
        setattr(settings, name, value)
    start = peer.Point(*small.exterior.coords[0])
    task = peer.PathService().computeFullTask(environment, settings, start)
    points = [(point.x, point.y) for point in task.path.getPoints()]
    return np.array(points, float).reshape(-1, 2) / SCALE


def _ring(ring: shapely.LinearRing) -> peer.Polygon:
    return peer.Polygon([peer.Point(x, y) for x, y in ring.coords[:-1]])
