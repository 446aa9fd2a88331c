"""Which of many positions lie in which of many fences: ours against a loop of prepared shapely.

Equal work: 1,000 positions × 200 polygons, all pairs found; theirs asks each prepared polygon for
each position, as trackers' servers do. That the pairs are the same is checked outside the time.
`details` hold the same at 10,000 × 2,000, and what all of `Fences.observe` costs there: a fix of
each asset, with crossings, margins and the set of events kept.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.columns import POSITION, Rows, Source, blank
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Geofence
from fleet.peshawar import to_degrees
from tests.benchmarks import Result, Say

ASSETS, FENCES = 1_000, 200
MANY_ASSETS, MANY_FENCES = 10_000, 2_000
AIM_MANY = 0.2
"""CPU seconds for the containment of many."""

REPEATS = 7
"""The median counts."""

TIMES = 20
"""Ours is so short that it is done so many times in each of them."""

BATCHES = 7
SPEED = 20.0
REACH = 15_000.0
"""Metres from the middle of Peshawar to each side."""

_START = np.datetime64("2026-03-02T17:00:00", "us")


def run(say: Say) -> Result:
    say(f"{ASSETS:,} positions × {FENCES} fences")
    random = np.random.default_rng(6)
    fences = Fences(_fences(random, FENCES))
    places = _places(random, ASSETS)
    shapes = [fence.outline for fence in fences.compiled.fences]
    shapely.prepare(shapes)
    points = np.asarray(shapely.points(*places[::-1])).tolist()
    ours = _contain(fences, places)
    theirs = median(_cpu(lambda: _loop(shapes, points)) for _ in range(REPEATS))
    found = set(zip(*(each.tolist() for each in fences.compiled.containing(*places)), strict=True))
    assert found == _loop(shapes, points), "the pairs differ"
    details: dict[str, Any] = {"pairs": len(found), "observe": _observe(fences, random, ASSETS)}
    say(f"{MANY_ASSETS:,} positions × {MANY_FENCES:,} fences")
    details["many"] = _many(random)
    if (spent := details["many"]["cpu_seconds"]) >= AIM_MANY:
        say(f"{spent:.3f} CPU seconds for many are over the {AIM_MANY:g} aimed at")
    return Result(
        ours=ours * 1e3,
        peer=theirs * 1e3,
        ratio=theirs / ours,
        unit="CPU milliseconds (ratio: theirs ÷ ours)",
        peer_name="prepared shapely, one position and fence at a time",
        aim=f"≥ 50; many < {AIM_MANY * 1e3:g} ms",
        ran=f"{ASSETS:,} positions × {FENCES} polygons of 6 to 24 corners in 30 × 30 km",
        details=details,
    )


def _many(random: np.random.Generator) -> dict[str, Any]:
    fences = Fences(_fences(random, MANY_FENCES))
    places = _places(random, MANY_ASSETS)
    return {
        "assets": MANY_ASSETS,
        "fences": MANY_FENCES,
        "pairs": len(fences.compiled.containing(*places)[0]),
        "cpu_seconds": _contain(fences, places),
        "aim_cpu_seconds": AIM_MANY,
        "observe": _observe(fences, random, MANY_ASSETS),
    }


def _contain(fences: Fences, places: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    """CPU seconds of finding all pairs."""

    def often() -> None:
        for _ in range(TIMES):
            fences.compiled.containing(*places)

    return median(_cpu(often) for _ in range(REPEATS)) / TIMES


def _observe(fences: Fences, random: np.random.Generator, assets: int) -> dict[str, Any]:
    """A fix of each asset a second, in one batch; the first, which begins all, is told apart."""
    latitude, longitude = _places(random, assets)
    heading = random.uniform(0, 2 * np.pi, assets)
    spent, events = [], []
    for number in range(BATCHES):
        step = number * SPEED / 111_000
        rows = _rows(latitude + step * np.cos(heading), longitude + step * np.sin(heading), number)
        told: list[int] = []
        spent.append(_cpu(lambda rows=rows, told=told: told.append(len(fences.observe(rows).new))))  # type: ignore[misc]  # mypy cannot infer the defaults of a lambda
        events += told
    return {
        "first_cpu_seconds": spent[0],
        "cpu_seconds": median(spent[1:]),
        "microseconds_per_fix": median(spent[1:]) / assets * 1e6,
        "events": events,
    }


def _fences(random: np.random.Generator, count: int) -> list[Geofence]:
    """Stars of 100 to 700 m."""
    fences = []
    for number in range(count):
        corners = int(random.integers(6, 25))
        angles = np.sort(random.uniform(0, 2 * np.pi, corners))
        radii = random.uniform(100, 700) * random.uniform(0.3, 1.0, corners)
        east, north = random.uniform(-REACH, REACH, 2)
        outline = to_degrees(east + radii * np.cos(angles), north + radii * np.sin(angles))
        shape = shapely.Polygon(np.column_stack(outline[::-1]))
        if not shape.is_valid:
            shape = shapely.Polygon(shape.convex_hull.exterior)  # type: ignore[attr-defined]  # of a polygon it is one
        fences.append(Geofence(f"fence {number}", "keep-out", shape))
    return fences


def _places(
    random: np.random.Generator, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    latitude, longitude = to_degrees(*random.uniform(-REACH, REACH, (2, count)))
    return latitude, longitude


def _rows(latitude: NDArray[np.float64], longitude: NDArray[np.float64], second: int) -> Rows:
    rows = blank(POSITION, len(latitude))
    rows["asset"] = np.arange(len(latitude))
    rows["source"], rows["accuracy"] = Source.OSMAND, 5
    rows["fix_time"] = _START + np.timedelta64(second, "s")
    rows["latitude"], rows["longitude"] = latitude, longitude
    return rows


def _loop(
    shapes: list[shapely.Polygon | shapely.MultiPolygon], points: list[shapely.Point]
) -> set[tuple[int, int]]:
    return {
        (number, which)
        for number, point in enumerate(points)
        for which, shape in enumerate(shapes)
        if shape.contains(point)
    }


def _cpu(call: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    call()
    return time.process_time() - began
