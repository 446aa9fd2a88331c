"""Geofences to and from the files of other programs, and what is said to be lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.forms import FormError
from fleet.geofences.files import kml, qgc
from fleet.geofences.files.documents import SUFFIXES, Form, read_fences, write_fences
from fleet.geofences.files.reports import Imported
from fleet.geofences.geofence import Geofence, Level, Scope
from fleet.geofences.shapes import Corridor
from fleet.schedules import Period
from fleet.zones import Circle
from tests.fleet.geofences.scenes import at, box, fence, place, town
from tests.fleet.test_ed269 import DOCUMENT
from tests.fleet.test_ed318 import AIRPORT
from tests.fleet.test_zones import JAIL
from tests.mutations import assert_one_line, mutated

FORMS = get_args(Form)
TOWN = town()
HOLED = shapely.Polygon(
    box(-300, -300, 300, 300).exterior.coords, [box(-50, -50, 50, 50).exterior.coords]
)


def through(form: Form, *fences: Geofence) -> tuple[tuple[Geofence, ...], str]:
    """Written and read again; what was lost, in one text."""
    written = write_fences(fences, form)
    read = read_fences(written.data, "file")
    return read.fences, "\n".join((*written.lost, *read.lost))


def same_area(one: Geofence, other: Geofence) -> bool:
    return bool(one.outline.symmetric_difference(other.outline).area < 1e-9 * one.outline.area)


def test_geojson_carries_all_there_is() -> None:
    written = write_fences(TOWN, "geojson")
    assert written.lost == ()
    assert list(read_fences(written.data).fences) == TOWN


def test_geojson_drawn_in_any_editor_is_read_beside_ours() -> None:
    document = orjson.loads(write_fences(TOWN[:1], "geojson").data)
    document["features"].append(JAIL)
    read = read_fences(orjson.dumps(document), "drawn.geojson")
    assert [each.name for each in read.fences] == ["ring", "Central jail"]
    jail = read.fences[1]
    assert (jail.kind, jail.ceiling) == ("alert-only", Level(400, "AMSL"))
    assert jail.note == "Superintendent; drawn.geojson"
    assert read.lost == (
        "zone Central jail: its conditions are for a person to read; it only alerts",
    )


def test_kml_brings_our_fences_back_as_they_went_and_says_what_others_do_not_see() -> None:
    written = write_fences(TOWN, "kml")
    assert list(read_fences(written.data).fences) == TOWN
    assert len(written.lost) == len(TOWN)
    assert "that it is a corridor" in written.lost[1]
    assert "floor and ceiling" in written.lost[4]


def test_a_fence_redrawn_in_google_earth_has_its_new_outline() -> None:
    data = write_fences([fence(box(0, 0, 100, 100), dwell=9.0)], "kml").data
    west, south = place(0, 0)
    moved = data.replace(f"{west!r},{south!r}".encode(), f"{west - 0.01!r},{south!r}".encode())
    (again,) = read_fences(moved).fences
    assert again.dwell == 9
    assert again.outline.bounds[0] == pytest.approx(west - 0.01)


PLAIN_KML = b"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><Placemark>
 <name>Qissa Khwani &amp; bazaar</name>
 <MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>
 71.57,34.00,300 71.58,34.00,300 71.58,34.01,300 71.57,34.01,300 71.57,34.00,300
 </coordinates></LinearRing></outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>
 71.572,34.002 71.574,34.002 71.574,34.004 71.572,34.002
 </coordinates></LinearRing></innerBoundaryIs></Polygon>
 <Point><coordinates>71.575,34.005</coordinates></Point></MultiGeometry>
</Placemark><Placemark><name>Ring road</name>
 <LineString><coordinates>71.5,34.0 71.6,34.0</coordinates></LineString>
</Placemark></Folder></Document></kml>"""


def test_plain_kml_is_read_with_a_word_on_what_is_left_out() -> None:
    read = read_fences(PLAIN_KML, "bazaar.kml")
    (bazaar,) = read.fences
    assert (bazaar.name, bazaar.kind) == ("Qissa Khwani & bazaar", "keep-out")
    assert isinstance(bazaar.outline, shapely.Polygon)
    assert len(bazaar.outline.interiors) == 1
    assert read.lost == (
        "placemark 'Qissa Khwani & bazaar': a Point has no area; it is left out",
        "placemark 'Qissa Khwani & bazaar': its heights, times and style are not read",
        "placemark 'Ring road': a LineString has no area; it is left out",
    )
    assert read_fences(PLAIN_KML, "bazaar.kml").fences[0].id == bazaar.id


BOMBS = [
    b'<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><kml>&b;</kml>',
    b'<!DOCTYPE kml SYSTEM "http://127.0.0.1:1/x.dtd"><kml/>',
    b'<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/hostname">]><kml><Placemark>&x;</Placemark></kml>',
    b"<!DOCTYPE kml ["
    b'<!ENTITY a0 "aaaaaaaaaaaaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 20) for i in range(1, 12))
    + b']><kml name="&a11;">&a11;</kml>',
    b"<kml>" + b"<Folder>" * 5000 + b"</Folder>" * 5000 + b"</kml>",
]


@pytest.mark.parametrize("bomb", BOMBS)
def test_entities_and_document_types_are_refused(bomb: bytes) -> None:
    with pytest.raises(FormError) as caught:
        kml.read(bomb)
    assert_one_line(caught.value)


@pytest.mark.parametrize("form", ["ed318", "ed269"])
def test_published_forms_carry_shape_heights_and_times(form: Form) -> None:
    original = fence(
        HOLED,
        name="Prison",
        floor=Level(0, "AGL"),
        ceiling=Level(500, "AMSL"),
        hysteresis=10.0,
        periods=(Period(at(0), at(1e6)),),
        valid_until=at(5e5),
        note="call 15",
    )
    (again,), lost = through(form, original)
    assert (again.kind, again.floor, again.ceiling) == (
        "keep-out",
        original.floor,
        original.ceiling,
    )
    assert again.periods == (Period(at(0), at(5e5)),)
    assert again.in_force(at(0), at(1e6)) == original.in_force(at(0), at(1e6))
    assert same_area(again, original)
    assert again.note.startswith("call 15")
    assert lost == "geofence 'Prison': its margin is not carried"


@pytest.mark.parametrize("form", ["ed318", "ed269"])
def test_published_forms_say_what_they_cannot_carry(form: Form) -> None:
    beat, strip = (
        fence(kind="keep-in", name="beat"),
        fence(Corridor((place(0, 0), place(99, 0)), 9)),
    )
    home = fence(kind="privacy", name="home", floor=Level(10, "HOME"), dwell=5.0)
    group = fence(name="group", scope=Scope(groups=frozenset({"east"})), valid_until=at(0))
    fences, lost = through(form, beat, strip, home, group)
    assert len(fences) == 3
    for told in (
        "'beat': it is a keep-in, which zones cannot say; it is left out",
        "'jail': the corridor is written as its outline",
        "'home': that nothing is recorded there stands in its conditions",
        "'home': its limit 10 m above home is left out",
        "'home': its dwell of 5 is not carried",
        "'group': whom it is for is not carried",
    ):
        assert told in lost
    assert fences[1].note.startswith("No recording.")
    assert fences[1].floor in {None, Level(0.0)}


def test_a_fence_that_is_never_in_force_is_no_zone() -> None:
    never = fence(periods=(Period(at(0), at(10)),), valid_from=at(20))
    fences, lost = through("ed318", never)
    assert (fences, lost) == ((), "geofence 'jail': it is never in force; it is left out")


def test_published_documents_are_read() -> None:
    airport = read_fences(orjson.dumps(AIRPORT), "caa.json")
    assert airport.fences
    assert {each.kind for each in airport.fences} <= {"keep-out", "alert-only"}
    older = read_fences(orjson.dumps(DOCUMENT), "caa.json")
    assert older.fences
    assert len({each.id for each in older.fences}) == len(older.fences)
    again = read_fences(orjson.dumps(DOCUMENT), "caa.json")
    assert [each.id for each in again.fences] == [each.id for each in older.fences]


def test_heights_above_the_ellipsoid_are_taken_on_the_safe_side() -> None:
    limits = {"lower": 300, "upper": 400, "lower_reference": "WGS84", "upper_reference": "WGS84"}
    zone = {"type": "Feature", "geometry": JAIL["geometry"], "properties": limits}
    read = read_fences(orjson.dumps(zone))
    assert (read.fences[0].floor, read.fences[0].ceiling) == (
        Level(214, "AMSL"),
        Level(507, "AMSL"),
    )
    assert sum("the farthest that it can be" in told for told in read.lost) == 2


def test_a_plan_of_qgroundcontrol_carries_polygons_and_circles() -> None:
    circle = fence(Circle(34.0, 71.5, 300.0), "keep-in", hysteresis=10.0)
    fences, lost = through("qgc", circle, fence(box(0, 0, 100, 100)))
    assert [(each.kind, each.name) for each in fences] == [
        ("keep-out", "fence polygon 1"),
        ("keep-in", "fence circle 1"),
    ]
    assert fences[1].shape == circle.shape
    assert same_area(fences[0], fence(box(0, 0, 100, 100)))
    assert "its name and note are not carried" in lost


def test_a_plan_is_one_that_ground_stations_load() -> None:
    """The keys that QGroundControl's file format asks for."""
    plan = json.loads(write_fences([fence()], "qgc").data)
    assert (plan["fileType"], plan["version"], plan["groundStation"]) == (
        "Plan",
        1,
        "QGroundControl",
    )
    assert {"version", "firmwareType", "vehicleType", "cruiseSpeed", "hoverSpeed", "items"} <= set(
        plan["mission"]
    )
    assert plan["mission"]["plannedHomePosition"][:2] == pytest.approx([34.0151, 71.5249])
    assert plan["rallyPoints"] == {"version": 2, "points": []}
    latitude, longitude = plan["geoFence"]["polygons"][0]["polygon"][0]
    assert (round(latitude), round(longitude)) == (34, 72)


def test_a_plan_says_what_a_vehicle_cannot_be_given() -> None:
    parts = shapely.MultiPolygon([box(0, 0, 9, 9), box(50, 50, 99, 99)])
    hours = (Period(at(0), at(9)),)
    fences, lost = through(
        "qgc",
        fence(HOLED, "keep-in", name="inner"),
        fence(HOLED, "keep-out", name="ring", ceiling=Level(99), periods=hours),
        fence(parts, "keep-in", name="two", valid_from=at(0)),
        fence(parts, "keep-out", name="islands", valid_from=at(0)),
        fence(kind="privacy", name="home"),
    )
    # A keep-in with a hole is an inclusion and an exclusion; islands are two exclusions.
    assert [each.kind for each in fences] == [
        "keep-in", "keep-out", "keep-out", "keep-out", "keep-out",
    ]  # fmt: skip
    for told in (
        "'ring': its holes are closed",
        "'ring': its floor and ceiling are not carried",
        "'ring': its hours are not carried: it is always in force there",
        "'two': it has 2 parts",
        "'islands': from when and until when",
        "'home': privacy fences are not for vehicles",
    ):
        assert told in lost


def test_what_of_a_plan_is_not_read_is_said() -> None:
    plan = json.loads(write_fences([fence(kind="keep-in"), fence(kind="keep-in")], "qgc").data)
    plan["geoFence"]["breachReturn"] = [34.0, 71.5, 30.0]
    plan["mission"]["items"] = [{}]
    lost = qgc.read(plan).lost
    assert [each[:30] for each in lost] == [
        "the plan's return point of the",
        "the plan's mission is not read",
        "each inclusion becomes a keep-",
    ]


def test_an_unknown_form_is_refused() -> None:
    assert set(SUFFIXES) == set(FORMS)
    with pytest.raises(FormError, match="dxf"):
        write_fences(TOWN, "dxf")  # type: ignore[arg-type]  # that is what is wrong


DOCUMENTS: list[dict[str, Any]] = [
    AIRPORT,
    DOCUMENT,
    orjson.loads(write_fences(TOWN, "geojson").data),
    orjson.loads(write_fences(TOWN, "qgc").data),
]
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def survives(data: bytes, form: Form | None) -> None:
    try:
        read = read_fences(data, "fuzz", form)
    except FormError as error:
        assert_one_line(error)
    else:
        assert isinstance(read, Imported)
        for sentence in read.lost:
            assert "\n" not in sentence


@quick
@given(mutated(DOCUMENTS), st.sampled_from([None, *FORMS]))
def test_any_changed_document_gives_fences_or_one_line(
    document: dict[str, Any], form: Form
) -> None:
    survives(json.dumps(document).encode(), form)


@quick
@given(st.binary(max_size=300), st.sampled_from([None, *FORMS]))
def test_any_bytes_give_one_line(data: bytes, form: Form) -> None:
    survives(data, form)


@quick
@given(st.data())
def test_kml_with_bytes_changed_gives_fences_or_one_line(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from([PLAIN_KML, write_fences(TOWN[:1], "kml").data]))
    whole = bytearray(original)
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(whole) - 1))
        kind = data.draw(st.sampled_from(["set", "cut", "double"]))
        if kind == "set":
            whole[start] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del whole[start : start + data.draw(st.integers(1, 40))]
        else:
            whole[start:start] = whole[start : start + data.draw(st.integers(1, 80))]
        if not whole:
            break
    survives(bytes(whole), None)


def test_written_numbers_are_exact() -> None:
    random = np.random.default_rng(1)
    corners = random.uniform([71.4, 33.9], [71.6, 34.1], (3, 2))
    odd = fence(shapely.Polygon(corners), valid_from=datetime(2026, 3, 1, 0, 0, 0, 1, UTC))
    for form in ("geojson", "kml"):
        (again,), _ = through(form, odd)
        assert again == odd
