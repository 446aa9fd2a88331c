"""Areas, lines and points out of every format, the same ones; the rest refused in one line."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from missions.area import Area
from missions.errors import PlanningError
from missions.files import disk, plan_json, xml
from missions.files.areas import read_area, read_areas, read_line, read_points
from missions.files.shapes import Point
from tests.missions.files.plans import HOLE, MISSION, PLAN, SQUARE
from tests.missions.files.test_qgc_plan import SURVEY, written

Write = Callable[[str | bytes | dict[str, Any]], Path]

POLYGON = {"type": "Polygon", "coordinates": [[*SQUARE, SQUARE[0]], [*HOLE, HOLE[0]]]}
LINE = {"type": "LineString", "coordinates": [[71.5, 34.0, 300], [71.6, 34.1, 310]]}
EAST = {"type": "Polygon", "coordinates": [[[71.6, 34.0], [71.7, 34.0], [71.7, 34.1]]]}


def text(ring: list[tuple[float, float]]) -> str:
    return " ".join(f"{lon},{lat},0" for lon, lat in [*ring, ring[0]])


KML_POLYGON = f"""<Polygon>
  <innerBoundaryIs><LinearRing><coordinates>{text(HOLE)}</coordinates></LinearRing></innerBoundaryIs>
  <outerBoundaryIs><LinearRing><coordinates>
    {text(SQUARE)}
  </coordinates></LinearRing></outerBoundaryIs>
</Polygon>"""

KML = f"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">
<Document><name>Drawings</name><Folder>
  <Placemark><name>Saddar</name><styleUrl>#a</styleUrl>{KML_POLYGON}</Placemark>
  <Placemark><name> Border
     road </name><LineString><coordinates>71.5,34.0 71.6,34.1</coordinates></LineString></Placemark>
  <Placemark><name>Post</name><Point><coordinates>71.5,34.0,331.5</coordinates></Point></Placemark>
  <Placemark><name>Patrol</name><gx:Track><when>2025-11-21T08:00:00Z</when>
    <gx:coord>71.5 34.0 300</gx:coord><gx:coord>71.51 34.01 300</gx:coord></gx:Track></Placemark>
</Folder></Document></kml>"""

GPX = """<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="34.0" lon="71.5"><ele>331.5</ele><name>Post</name></wpt>
<rte><name>Route</name><rtept lat="34.0" lon="71.5"/><rtept lat="34.2" lon="71.5"/></rte>
<trk><name>Border road</name><trkseg><trkpt lat="34.0" lon="71.5"><ele>3</ele></trkpt>
<trkpt lat="34.1" lon="71.6"/></trkseg></trk></gpx>"""

WKT = shapely.to_wkt(shapely.Polygon(SQUARE, [HOLE]))


def kmz(*entries: tuple[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return file.getvalue()


def feature(geometry: dict[str, Any] | None, name: str = "", **more: Any) -> dict[str, Any]:
    properties = {"name": name} if name else None
    return {"type": "Feature", "geometry": geometry, "properties": properties, **more}


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file; its name says nothing."""

    def written_to(content: str | bytes | dict[str, Any]) -> Path:
        path = tmp_path / "drawing"
        content = json.dumps(content) if isinstance(content, dict) else content
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written_to


def assert_saddar(area: Area) -> None:
    drawn = shapely.Polygon(SQUARE, [HOLE]).normalize()
    assert area.frame.unproject(area.polygon).normalize().equals_exact(drawn, 1e-9)


@pytest.mark.parametrize(
    "content",
    [
        POLYGON,
        feature(POLYGON, "Saddar"),
        collection(feature(None), feature(POLYGON, "Saddar"), feature(LINE)),
        {"type": "GeometryCollection", "geometries": [POLYGON, LINE]},
        {"type": "MultiPolygon", "coordinates": [POLYGON["coordinates"]]},
        b"\xef\xbb\xbf \n" + json.dumps(POLYGON).encode(),
        KML,
        KML.replace("UTF-8", "UTF-16").encode("utf-16"),
        KML.replace(' xmlns="http://www.opengis.net/kml/2.2"', ""),
        KML.replace("http://www.opengis.net/kml/2.2", "http://earth.google.com/kml/2.1"),
        KML.replace("<Polygon>", "<MultiGeometry><Polygon>").replace(
            "</Polygon>", "</Polygon></MultiGeometry>"
        ),
        kmz(("images/a.png", b"x"), ("doc.kml", KML.encode())),
        WKT,
        "SRID=4326;" + WKT,
        f"GEOMETRYCOLLECTION({WKT}, POINT(71.5 34.0))",
        PLAN.model_dump_json(),
    ],
    ids=[
        "GeoJSON polygon", "feature", "collection", "geometry collection", "multipolygon", "BOM",
        "KML", "UTF-16", "no namespace", "KML 2.1", "MultiGeometry", "KMZ",
        "WKT", "EWKT", "WKT collection", "our plan",
    ],
)  # fmt: skip
def test_the_same_area_comes_out_of_every_format(content: Any, write: Write) -> None:
    assert_saddar(read_area(write(content)))


def test_a_fence_and_a_survey_of_a_qgroundcontrol_plan_are_areas(write: Write) -> None:
    document = written(MISSION)
    document["mission"]["items"].append(SURVEY)
    corridor = {
        "type": "ComplexItem",
        "complexItemType": "CorridorScan",
        "polyline": [[34, 71], [35, 71]],
    }
    document["mission"]["items"].append(corridor)
    path = write(document)
    areas = read_areas(path)
    assert [area.name for area in areas] == [
        "fence polygon 1", "fence polygon 2", "fence circle 1", "fence circle 2", "survey 6",
    ]  # fmt: skip
    assert areas[0].polygon.area == areas[4].polygon.area
    assert areas[2].polygon.area == pytest.approx(np.pi * 120.5**2, rel=0.002)
    assert areas[2].polygon.area < np.pi * 120.5**2  # an inclusion is not made larger
    assert areas[3].polygon.area > np.pi * 30**2  # nor an exclusion smaller
    assert len(read_line(path, "mission")) == 2
    assert read_line(path, "CorridorScan 7").tolist() == [[71, 34], [71, 35]]
    assert [point.name for point in read_points(path)] == ["home", "rally 1"]


def test_a_multipolygon_gives_several_areas_in_order(write: Write) -> None:
    path = write(
        feature(
            {"type": "MultiPolygon", "coordinates": [POLYGON["coordinates"], EAST["coordinates"]]},
            "Saddar",
        )
    )
    areas = read_areas(path)
    assert [area.name for area in areas] == ["Saddar", "Saddar"]
    assert_saddar(areas[0])
    with pytest.raises(PlanningError, match="several areas are called 'Saddar'"):
        read_area(path, "Saddar")


def test_an_area_cut_at_the_antimeridian_is_joined(write: Write) -> None:
    west = [[[179.99, -17.0], [180.0, -17.0], [180.0, -16.98], [179.99, -16.98]]]
    east = [[[-180.0, -17.0], [-179.99, -17.0], [-179.99, -16.98], [-180.0, -16.98]]]
    area = read_area(write({"type": "MultiPolygon", "coordinates": [west, east]}))
    width, _ = np.ptp(shapely.get_coordinates(area.polygon), axis=0)
    assert width == pytest.approx(2129, abs=2)


def test_one_of_several_areas_is_chosen_by_its_name_or_its_number(write: Write) -> None:
    path = write(
        collection(feature(EAST, "East"), feature(POLYGON), feature(EAST, title="x", id=7))
    )
    assert read_area(path, "East").name == "East"
    assert_saddar(read_area(path, "2"))
    with pytest.raises(PlanningError, match="3 areas; choose one by its name: 'East', '2', '7'"):
        read_area(path)
    with pytest.raises(PlanningError, match="no area is called 'West'; there are 'East', '2', '7'"):
        read_area(path, "West")


def test_the_others_of_a_file_need_not_be_valid(write: Write) -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[SQUARE[i] for i in (0, 2, 1, 3)]]}
    path = write(collection(feature(bow_tie, "bow"), feature(POLYGON, "Saddar")))
    assert_saddar(read_area(path, "Saddar"))
    with pytest.raises(PlanningError, match=r"drawing: area 'bow' crosses itself at 34.01"):
        read_areas(path)


@pytest.mark.parametrize(
    "content", [LINE, feature(LINE, "Border road"), KML, GPX, "LINESTRING(71.5 34.0, 71.6 34.1)"]
)
def test_the_same_line_comes_out_of_every_format(content: Any, write: Write) -> None:
    path = write(content)
    several = content in {KML, GPX} if isinstance(content, str) else False
    line = read_line(path, "Border road" if several else None)
    assert line.tolist() == [[71.5, 34.0], [71.6, 34.1]]


def test_which_line_must_be_clear_and_it_must_lead_somewhere(write: Write) -> None:
    with pytest.raises(PlanningError, match="has 2 lines, one is wanted; there are: 'Border road'"):
        read_line(write(KML))
    with pytest.raises(PlanningError, match="0 lines called 'x'"):
        read_line(write(KML), "x")
    with pytest.raises(PlanningError, match="there are: none"):
        read_line(write(POLYGON))
    with pytest.raises(PlanningError, match="fewer than two places"):
        read_line(write("LINESTRING(71.5 34.0, 71.5 34.0)"))


@pytest.mark.parametrize(
    ("content", "point"),
    [
        (KML, Point("Post", 34.0, 71.5, 331.5)),
        (GPX, Point("Post", 34.0, 71.5, 331.5)),
        ("POINT Z (71.5 34.0 331.5)", Point("", 34.0, 71.5, 331.5)),
        ("POINT (71.5 34.0)", Point("", 34.0, 71.5)),
        (
            feature({"type": "Point", "coordinates": [71.5, 34.0]}, "Post"),
            Point("Post", 34.0, 71.5),
        ),
        ({"type": "MultiPoint", "coordinates": [[71.5, 34.0, 2]]}, Point("", 34.0, 71.5, 2.0)),
    ],
)
def test_points_are_read_with_their_names(content: Any, point: Point, write: Write) -> None:
    assert read_points(write(content)) == [point]


LAUGHS = "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is none of GeoJSON, KML"),
        (b"\x89PNG\r\n", "is none of GeoJSON, KML"),
        ("hello", "is none of GeoJSON, KML"),
        ("{}", "has no 'type'"),
        ("[1, 2]", "instead of an object"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ({"type": "Topology"}, "no type of GeoJSON"),
        ({"type": "Polygon", "coordinates": [[[71.5, 340], *SQUARE]]}, r"\[0\]\[0\] is longitude 71.5, latitude 340"),
        ({"type": "Polygon", "coordinates": [[[71.5], *SQUARE]]}, "is no position"),
        ({"type": "Polygon", "coordinates": [[["71", "34"], *SQUARE]]}, "finite numbers"),
        ({"type": "Polygon", "coordinates": [[[1e308, 1e308], *SQUARE]]}, "longitude stands first"),
        (collection(feature(POLYGON), {"type": "Feature", "geometry": {"type": "Circle", "coordinates": 1}}), r"features\[1\].geometry is a 'Circle'"),
        (LINE, "has no polygon"),
        ("<html/>", "but 'html' instead of kml or gpx"),
        ("<kml>", "is no XML: no element found"),
        ("<kml/>", "has no polygon"),
        (KML.replace("71.5,34.0,0", "71.5;34.0"), "'Saddar' has the coordinates '71.5;34.0'"),
        (KML.replace("71.5,34.0,0", "nan,34.0"), "'Saddar' has the coordinates 'nan,34.0'"),
        (KML.replace("71.5,34.0,0", "34.0,171.5"), "'Saddar' has longitude 34, latitude 171.5"),
        (KML.replace("outerBoundaryIs", "x"), "without an outer boundary"),
        (f"<!DOCTYPE kml [<!ENTITY a 'ha'>{LAUGHS}]><kml a='&j;'>&j;</kml>", "has a document type"),
        ('<!DOCTYPE kml SYSTEM "file:///etc/hostname"><kml/>', "has a document type"),
        (f"<!DOCTYPE kml [<!ENTITY a 'ha'>{LAUGHS}]><kml>&j;</kml>".encode("utf-16"), "has a document type"),
        ("<kml>" + "<Folder>" * 200, "more than 100 elements within each other"),
        ("<kml>" + "<a/>" * (xml.ELEMENTS_MOST + 1), "more than 300000 elements"),
        ("<?xml version='1.0' encoding='klingon'?><kml/>", "unknown encoding"),
        (kmz(("a.txt", b"x")), "has no .kml in it"),
        (kmz(("doc.kml", KML.encode()))[:-30], "is no KMZ"),
        (kmz(("doc.kml", b" " * (disk.FILE_MOST + 1))), "unpacks to more than 16 MB"),
        ("POLYGON EMPTY", "empty geometry"),
        ("POLYGON((71.5 34.0, 71.6 34.0))", "is no WKT"),
        ("POLYGON((71.5 34.0, 71.6 34.0, 71.6 34.1, 71.5 nan))", "."),
        ("POLYGON((71.5 34.0, 71.6 1e308, 71.6 34.1, 71.5 34.0))", "latitude 1e\\+308"),
        ("SRID=32642;" + WKT, "EPSG:32642"),
        ("POLYGON((" + "1 1," * 500_001 + "1 1))", "more than 500000 positions"),
        (KML.replace("71.5,34.0,0 ", "1,1 " * 500_001), "more than 500000 positions"),
        ("GEOMETRYCOLLECTION(" * 800_000, "more than 10 brackets"),
        (GPX.replace('lat="34.0"', 'lat="north"'), "has a wpt at lat 'north', lon '71.5'"),
    ],
)  # fmt: skip
def test_what_is_no_drawing_is_refused_in_one_line(content: Any, said: str, write: Write) -> None:
    path = write(content)
    with pytest.raises(PlanningError, match=said) as refused:
        read_areas(path)
    message = str(refused.value)
    assert message.startswith(str(path))
    assert "\n" not in message


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanningError, match="No such file"):
        read_areas(tmp_path / "none")
    with pytest.raises(PlanningError, match="Is a directory"):
        read_areas(tmp_path)
    with pytest.raises(PlanningError, match="cannot be read"):
        read_areas("a\0b")
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(disk.FILE_MOST + 1)
    with pytest.raises(PlanningError, match="more than 16 MB"):
        read_areas(large)
    plan_json.save(PLAN, tmp_path / "plan.json")
    with pytest.raises(PlanningError, match="no points"):
        read_points(tmp_path / "plan.json")
