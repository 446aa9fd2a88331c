"""Plans written for others, and read back by other programs' libraries and by ours."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import gpxpy
import gpxpy.gpx
import pytest
import shapely
from fastkml import KML, Folder, Placemark
from fastkml.utils import find_all
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.geojson_zones import read_geojson_zones
from missions.errors import PlanningError
from missions.files import plan_json
from missions.files.areas import read_area, read_areas, read_line, read_points, read_shapes
from missions.files.export import export, plan_fence, read_mission
from missions.files.mission import Command
from missions.plan import NoFly, Plan, Waypoint
from tests.missions.files.plans import HOLE, HOME, PLAN, QUAD, SORTIE, SQUARE, waypoint

ALONE = PLAN.model_copy(update={"sorties": (SORTIE,)})
NOWHERE = PLAN.model_copy(
    update={
        "sorties": tuple(
            sortie.model_copy(update={"home": HOME.model_copy(update={"altitude": None})})
            for sortie in PLAN.sorties
        )
    }
)


def test_the_whole_plan_is_json(tmp_path: Path) -> None:
    done = export(PLAN, tmp_path / "plan.json")
    assert (done.paths, done.lost) == ([tmp_path / "plan.json"], [])
    assert plan_json.load(tmp_path / "plan.json").sorties == PLAN.sorties


def test_an_autopilots_file_holds_one_sortie_so_several_get_one_each(tmp_path: Path) -> None:
    done = export(PLAN, tmp_path / "out.plan")
    assert [path.name for path in done.paths] == ["out-Ravi-1.plan", "out-Ravi-2.plan"]
    for path in done.paths:
        mission = read_mission(path)
        assert len(mission.items) == 19
        assert [len(p.corners) for p in mission.fence.polygons] == [4]
        assert not mission.fence.polygons[0].inclusion
    assert any("zone Jail: the fence holds at every height and time" in line for line in done.lost)
    assert any("Ravi 2" in line for line in done.lost)


def test_one_sortie_is_written_where_it_was_asked(tmp_path: Path) -> None:
    done = export(ALONE, tmp_path / "out.waypoints")
    assert done.paths == [tmp_path / "out.waypoints"]
    assert read_mission(done.paths[0]).home == HOME.model_copy(update={"name": ""})
    assert "the fence and the rally points are not carried" in " ".join(done.lost)


def test_sorties_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    same = PLAN.model_copy(update={"sorties": (SORTIE, SORTIE, SORTIE)})
    paths = export(same, tmp_path / "out.plan").paths
    assert len(set(paths)) == 3
    assert all(path.exists() for path in paths)


def test_a_fixed_wings_speeds_are_airspeeds(tmp_path: Path) -> None:
    wing = ALONE.model_copy(update={"kinds": {"quad": QUAD.model_copy(update={"wing": "fixed"})}})
    mission = read_mission(export(wing, tmp_path / "out.plan").paths[0])
    assert mission.fixed_wing
    assert {i.p1 for i in mission.items if i.command == Command.CHANGE_SPEED} == {0}


def test_kml_is_read_by_fastkml_and_by_us(tmp_path: Path) -> None:
    path = tmp_path / "out.kml"
    export(PLAN, path)
    document = KML.parse(path)
    folders: list[Any] = list(find_all(document, of_type=Folder))
    assert [folder.name for folder in folders] == ["Ravi 1 (drone 7)", "Ravi 2 (drone 8)"]
    lanes: list[Any] = list(find_all(document, of_type=Placemark, name="Ravi 1 lane"))
    assert len(lanes) == 2
    first = lanes[0].geometry.coords[-1]
    wanted = SORTIE.waypoints[2]
    assert first == (wanted.longitude, wanted.latitude, 381.5)  # home's altitude and the height
    area = read_area(path, "Saddar survey")
    drawn = shapely.Polygon(SQUARE, [HOLE])
    assert area.frame.unproject(area.polygon).equals_exact(drawn, 1e-9, normalize=True)
    assert [a.name for a in read_areas(path)] == ["Saddar survey", "Jail"]
    lines = [line.name.removeprefix("Ravi 1 ") for line in read_shapes(path).lines[:6]]
    assert lines == ["transit", "lane", "turn", "lane", "station", "return"]


def test_kmz_is_the_same_kml(tmp_path: Path) -> None:
    export(PLAN, tmp_path / "out.kml")
    export(PLAN, tmp_path / "out.kmz")
    assert read_shapes(tmp_path / "out.kmz") == read_shapes(tmp_path / "out.kml")


def test_geojson_has_roles_and_heights(tmp_path: Path) -> None:
    path = tmp_path / "out.geojson"
    export(PLAN, path)
    features: list[dict[str, Any]] = json.loads(path.read_text())["features"]
    roles = [f["properties"]["role"] for f in features]
    assert roles == ["area", "zone", "sortie", *["leg"] * 6, "sortie", *["leg"] * 6]
    whole = features[2]
    assert whole["properties"]["heights"] == [w.height for w in SORTIE.waypoints]
    assert whole["geometry"]["coordinates"] == [[w.longitude, w.latitude] for w in SORTIE.waypoints]
    assert whole["properties"]["energy"] == 20
    assert features[4]["properties"]["purpose"] == "lane"
    (zone,) = read_geojson_zones(features[1])
    assert zone.upper is not None
    assert (zone.name, zone.upper.height, zone.upper.reference) == ("Jail", 400, "AMSL")


def test_gpx_is_read_by_gpxpy_and_by_us(tmp_path: Path) -> None:
    path = tmp_path / "out.gpx"
    export(PLAN, path)
    with path.open() as file:
        tracks = gpxpy.parse(file).tracks
    assert [track.name for track in tracks] == ["Ravi 1", "Ravi 2"]
    point = tracks[0].segments[0].points[2]
    wanted = SORTIE.waypoints[2]
    assert (point.latitude, point.longitude, point.elevation) == (
        wanted.latitude,
        wanted.longitude,
        381.5,
    )
    line = read_line(path, "Ravi 1")
    assert line.tolist() == [[w.longitude, w.latitude] for w in SORTIE.waypoints]
    assert [p.name for p in read_points(path)] == ["Police Lines", "Police Lines"]


@given(
    st.lists(
        st.builds(
            waypoint,
            north=st.floats(-1, 1),
            east=st.floats(-1, 1),
            height=st.floats(-400, 4000),
            purpose=st.just("lane"),
        ),
        min_size=2,
        max_size=12,
        unique_by=lambda point: (point.latitude, point.longitude),
    )
)
@settings(max_examples=40)
def test_any_way_comes_back_exactly_from_kml_geojson_and_gpx(flown: list[Waypoint]) -> None:
    sortie = SORTIE.model_copy(update={"waypoints": tuple(flown)})
    plan = PLAN.model_copy(update={"sorties": (sortie,), "area": None, "zones": ()})
    wanted = [(point.longitude, point.latitude) for point in flown]
    with tempfile.TemporaryDirectory() as folder:
        for suffix, name in ((".kml", "Ravi 1 lane"), (".geojson", "Ravi 1"), (".gpx", "Ravi 1")):
            path = Path(folder, f"out{suffix}")
            export(plan, path)
            found = [line.positions for line in read_shapes(path).lines if line.name == name]
            assert found[0] == wanted
        heights = [point.elevation for point in _gpx_points(Path(folder, "out.gpx"))]
    assert heights == [331.5 + point.height for point in flown]


def _gpx_points(path: Path) -> list[gpxpy.gpx.GPXTrackPoint]:
    return list(gpxpy.parse(path.read_text()).tracks[0].segments[0].points)


@pytest.mark.parametrize("suffix", [".kml", ".gpx", ".waypoints", ".plan"])
def test_an_altitude_of_home_that_is_not_known_is_said(suffix: str, tmp_path: Path) -> None:
    lost = export(NOWHERE, tmp_path / f"out{suffix}").lost
    assert any("home" in line and "not known" in line for line in lost)


@pytest.mark.parametrize("suffix", [".kml", ".kmz", ".gpx"])
def test_names_that_xml_cannot_hold_are_written_without_what_it_cannot(
    suffix: str, tmp_path: Path
) -> None:
    odd = SORTIE.model_copy(update={"name": "a\x00<b>\x1b&\uffff پشاور"})
    path = tmp_path / f"out{suffix}"
    export(PLAN.model_copy(update={"name": "\x01", "sorties": (odd,)}), path)
    assert read_shapes(path).lines[0].name.startswith("a<b>& پشاور")


def test_an_area_across_the_antimeridian_is_cut_for_others(tmp_path: Path) -> None:
    corners = [[179.99, -17.0], [-179.99, -17.0], [-179.99, -16.98], [179.99, -16.98]]
    area = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    plan = Plan(name="Taveuni", pattern="x", created=PLAN.created, area=area)
    for suffix in (".geojson", ".kml"):
        path = tmp_path / f"out{suffix}"
        export(plan, path)
        area_ = read_area(path)  # joined again
        assert area_.polygon.area == pytest.approx(2129 * 2213, rel=0.001)
        assert "180" in path.read_text()


def test_a_fence_has_no_holes_and_says_so() -> None:
    donut = dict(shapely.geometry.mapping(shapely.Polygon(SQUARE, [HOLE])))
    plan = PLAN.model_copy(update={"zones": (NoFly(name="x", polygon=donut),)})
    fence, lost = plan_fence(plan)
    assert [len(polygon.corners) for polygon in fence.polygons] == [4]
    assert "zone x: a fence has no holes; its holes are closed" in lost


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanningError, match=r"suffix '.docx'; known are .json, .kml"):
        export(PLAN, tmp_path / "out.docx")
    empty = PLAN.model_copy(update={"sorties": ()})
    with pytest.raises(PlanningError, match="no sorties to write"):
        export(empty, tmp_path / "out.plan")
    wrong = PLAN.model_copy(
        update={"area": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}
    )
    with pytest.raises(PlanningError, match="no Polygon or MultiPolygon"):
        export(wrong, tmp_path / "out.kml")
