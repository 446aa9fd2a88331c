"""The vectorised engine against a plain one that looks at every way in small steps."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Geofence, Level
from fleet.geofences.shapes import Corridor
from tests.fleet.geofences.scenes import at, box, fence, fixes, place, told

HOLED = shapely.Polygon(
    box(-200, -200, 200, 200).exterior.coords, [box(-90, -120, 110, 60).exterior.coords]
)
SHAPES = [
    HOLED,
    shapely.MultiPolygon([box(-250, -90, -30, 200), box(20, -150, 240, 40)]),
    Corridor((place(-300, -100), place(0, 90), place(300, -100)), 25.0),
]
FINE = 4000
"""Steps of each way."""


def plain(area: Geofence, track: NDArray[np.float64]) -> list[tuple[str, float]]:
    """What and when, in seconds, of a track of (seconds, east, north, height)."""
    found = []
    inside = False
    outline = area.outline
    shapely.prepare(outline)
    for number, (before, after) in enumerate(pairwise([track[0], *track])):
        parts = np.linspace(0, 1, FINE + 1)[1:, None]
        steps = before + parts * (after - before)
        if number == 0:
            steps = track[:1]
        longitudes, latitudes = place(steps[:, 1], steps[:, 2])
        there = np.asarray(shapely.contains_xy(outline, longitudes, latitudes))
        if area.floor is not None:
            there &= steps[:, 3] >= area.floor.height
        found += [
            ("entered" if there[index] else "left", float(steps[index, 0]))
            for index in np.flatnonzero(there != np.append(inside, there[:-1]))
        ]
        inside = bool(there[-1])
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SHAPES),
    st.booleans(),
    st.integers(0, 2**32 - 1),
    st.integers(1, 12),
)
def test_events_are_those_of_looking_at_every_place(
    shape: object, has_floor: bool, seed: int, count: int
) -> None:
    random = np.random.default_rng(seed)
    seconds = np.cumsum(random.uniform(1, 20, count))
    track = np.column_stack(
        [seconds, random.uniform(-300, 300, (count, 2)), random.uniform(0, 100, count)]
    )
    floor = Level(50, "HOME") if has_floor else None
    area = fence(shape, floor=floor)
    rows = fixes([tuple(row) for row in track], height=track[:, 3])
    events = told(Fences([area]), rows)
    expected = plain(area, track)
    # What is shorter than the plain one's steps it cannot see.
    step = 20 / FINE
    got = [(event.what, (event.time - at(0)) / timedelta(seconds=1)) for event in events]
    brief = [
        index
        for index, (first, second) in enumerate(pairwise(got))
        if second[1] - first[1] < 2 * step
    ]
    got = [each for i, each in enumerate(got) if i not in brief and i - 1 not in brief]
    if not brief:
        assert [what for what, _ in got] == [what for what, _ in expected]
        for (_, mine), (_, theirs) in zip(got, expected, strict=True):
            assert abs(mine - theirs) <= step + 1e-3
