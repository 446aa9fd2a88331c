"""Borders watched from our side; each plan is proved by the checker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from missions.errors import PlanningError
from missions.making.border import Patrol, border_plan
from missions.making.common import Common
from missions.plan import Authority, BorderLine, Plan
from missions.terrain import HeightGrid
from tests.missions.making.asking import FRAME, NOON, common, home, proved

RIVER = shapely.LineString([(0, 0), (800, 300), (1500, 200), (2400, 900), (4000, 700)])
LINE = BorderLine(
    line=dict(shapely.geometry.mapping(FRAME.unproject(RIVER))), side="right", buffer=200
)
ORDER = Authority(
    name="DIG Khan",
    order_number="PB-17/2026",
    valid_from=NOON - timedelta(hours=1),
    valid_to=NOON + timedelta(hours=6),
)
PATROL = Patrol(offset=300, revisit=600, begin=400, end=2400)


def asked(count: int = 4, **more: Any) -> Common:
    given: dict[str, Any] = {"kind": "DJI Matrice 350 RTK", "count": count, "start": NOON} | more
    return common(home(1500, -900), **given)


def passes(plan: Plan, place: tuple[float, float]) -> list[float]:
    """When a drone on patrol is within 5 m of a place of the way, seconds."""
    found = []
    for sortie in plan.sorties:
        now = sortie.start
        before = np.array(FRAME.to_local(sortie.home.longitude, sortie.home.latitude)[0])
        for waypoint in sortie.waypoints:
            here = FRAME.to_local(waypoint.longitude, waypoint.latitude)[0]
            length = float(np.hypot(*(here - before)))
            leg = shapely.LineString([before, here])
            spot = shapely.Point(place)
            if waypoint.purpose == "patrol" and length and leg.distance(spot) < 5:
                found.append(now + leg.project(spot) / waypoint.speed)
            now += length / waypoint.speed
            before = here
    return sorted(found)


def test_each_point_is_passed_again_in_time_and_the_checker_agrees() -> None:
    plan = proved(border_plan(LINE, ORDER, PATROL, asked()))
    assert plan.figures["sections"] == 2
    way = next(
        FRAME.to_local(waypoint.longitude, waypoint.latitude)[0]
        for sortie in plan.sorties
        for waypoint in sortie.waypoints
        if waypoint.purpose == "patrol"
    )
    times = passes(plan, (float(way[0]), float(way[1])))
    assert len(times) >= 3
    assert max(np.diff(times)) <= 600 * 1.1  # flown evenly here; turns and climbs come on top


def test_no_leg_comes_nearer_than_the_buffer_nor_crosses() -> None:
    plan = border_plan(LINE, ORDER, PATROL, asked())
    for sortie in plan.sorties:
        way = shapely.LineString(
            FRAME.to_local(
                [waypoint.longitude for waypoint in sortie.waypoints],
                [waypoint.latitude for waypoint in sortie.waypoints],
            )
        )
        assert way.distance(RIVER) > 200


@pytest.mark.parametrize(
    ("authority", "start", "said"),
    [
        (None, NOON, "wants its authority"),
        (ORDER, None, "wants its start"),
        (
            ORDER.model_copy(update={"valid_to": NOON + timedelta(minutes=10)}),
            NOON,
            "is valid from",
        ),
        (ORDER.model_copy(update={"valid_from": NOON + timedelta(hours=1)}), NOON, "is valid from"),
    ],
)
def test_without_a_valid_order_there_is_no_plan(
    authority: Authority | None, start: object, said: str
) -> None:
    with pytest.raises(PlanningError, match=said):
        border_plan(LINE, authority, PATROL, asked(start=start))


def test_too_few_drones_for_the_revisit_time_are_said() -> None:
    with pytest.raises(PlanningError, match=r"drones have to be over the line|nobody is ready"):
        border_plan(LINE, ORDER, Patrol(offset=300, revisit=300, begin=400, end=7200), asked(3))


def test_a_way_within_the_buffer_is_refused() -> None:
    with pytest.raises(PlanningError, match="fly farther from it"):
        border_plan(LINE, ORDER, Patrol(offset=150, revisit=600, begin=400, end=2400), asked())


def grid(file: Path, heights_at: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Path:
    """A height grid of 20 m cells over 12 km around the river."""
    size = 600
    (west,), (north,) = FRAME.to_geographic([[-4000.0, 6000.0]])
    (east,), (south,) = FRAME.to_geographic([[8000.0, -6000.0]])
    x, y = np.meshgrid(np.linspace(-4000, 8000, size), np.linspace(6000, -6000, size))
    with rasterio.open(
        file,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=Affine((east - west) / size, 0, west, 0, (south - north) / size, north),
    ) as written:
        written.write(heights_at(x, y).astype(np.float32), 1)
    return file


def test_a_ridge_that_hides_the_drone_from_the_radio_is_found(tmp_path: Path) -> None:
    # A wall between home and the far end of the line.
    file = grid(tmp_path / "ridge.tif", lambda x, _y: np.where((x > 2600) & (x < 2700), 700, 340))
    with (
        HeightGrid.open(file) as terrain,
        pytest.raises(PlanningError, match=r"hides \d+ % of the way from every ground station"),
    ):
        border_plan(LINE, ORDER, PATROL, asked(terrain=terrain))


def test_over_open_ground_all_of_the_line_is_seen(tmp_path: Path) -> None:
    file = grid(tmp_path / "plain.tif", lambda x, _y: np.full(x.shape, 340.0))
    with HeightGrid.open(file) as terrain:
        plan = border_plan(LINE, ORDER, PATROL, asked(terrain=terrain))
    assert plan.figures["line_seen_percent"] == 100


def test_a_gorge_in_which_the_line_is_hidden_is_found(tmp_path: Path) -> None:
    # The river's bed lies 300 m deep between walls, 80 m wide on each side.
    shapely.prepare(RIVER)

    def gorge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        bed = shapely.dwithin(RIVER, shapely.points(x.ravel(), y.ravel()), 80).reshape(x.shape)
        return np.where(bed, 40.0, 340.0)

    file = grid(tmp_path / "gorge.tif", gorge)
    with (
        HeightGrid.open(file) as terrain,
        pytest.raises(PlanningError, match=r"only \d+ % of the border can be seen from the way"),
    ):
        border_plan(LINE, ORDER, PATROL, asked(terrain=terrain))
