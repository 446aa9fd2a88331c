"""Areas and corridors seen, as plans; each is proved by the checker."""

from __future__ import annotations

import math
from pathlib import Path

import orjson
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.area import Area
from missions.check.checker import check
from missions.making.coverage import Corridor, Coverage, corridor_plan, coverage_plan, plain_route
from tests.missions.coverage.drawing import holed_polygons
from tests.missions.making.asking import FRAME, common, home, proved


@given(polygon=holed_polygons(), share=st.floats(0.15, 0.4), count=st.integers(1, 3))
@settings(max_examples=6)
def test_the_plan_of_any_polygon_with_holes_is_proved_and_sees_all_of_it(
    polygon: shapely.Polygon, share: float, count: int
) -> None:
    area = Area(FRAME, polygon, "drawn")
    spacing = share * math.sqrt(polygon.area) / 2
    place = polygon.representative_point()
    asked = common(home(place.x, place.y), count=count, camera=None, speed=8.0)
    plan = coverage_plan(Coverage(area, spacing=spacing), asked)
    # Lanes so near to one another have corners that are, which the checker does not leave unsaid.
    findings = [finding for finding in check(plan).findings if finding.rule != "mission-items"]
    assert [str(finding) for finding in findings] == []
    proved(plan)
    assert plan.figures["coverage_percent"] >= 99.5


def test_a_corridor_is_divided_among_drones_and_proved() -> None:
    line = [FRAME.to_geographic([place]) for place in ((-400, 0), (100, 50), (700, -100))]
    points = shapely.get_coordinates(shapely.points([(lon[0], lat[0]) for lon, lat in line]))
    plan = proved(
        corridor_plan(Corridor(points, width=90, spacing=30), common(home(0, -80), count=2))
    )
    assert plan.pattern == "corridor"
    assert plan.figures["drones"] == 2


def test_a_plain_route_is_a_line_of_the_length_told(tmp_path: Path) -> None:
    area = Area(FRAME, shapely.geometry.polygon.orient(shapely.box(0, 0, 300, 200)), "field")
    told: list[float] = []
    length = plain_route(
        area, 40, 0.0, tmp_path / "way.geojson", lambda share, _: told.append(share), lambda: False
    )
    feature = orjson.loads((tmp_path / "way.geojson").read_bytes())
    longitudes, latitudes = zip(*feature["geometry"]["coordinates"], strict=True)
    way = shapely.LineString(FRAME.to_local(longitudes, latitudes))
    assert way.length == pytest.approx(length, abs=0.1)
    assert feature["properties"] == {"name": "field", "length": round(length, 2), "spacing": 40}
    assert way.difference(area.polygon.buffer(1e-3)).length == 0
    assert told == sorted(told)
    assert told[-1] == 1.0
