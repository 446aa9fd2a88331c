"""QGroundControl's `.plan`: held against a schema, and against what it writes itself."""

from __future__ import annotations

import json
import math
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from fleet.forms import FormError, Node
from missions.errors import PlanningError
from missions.files import qgc_plan, wpl
from missions.files.export import read_mission
from missions.files.mission import Command, Mission, MissionItem
from missions.files.sortie_items import sortie_mission
from tests.missions.files.plans import HOME, MISSION, SORTIE, SQUARE, comparable, missions

LATITUDE = {"type": "number", "minimum": -90, "maximum": 90}
LONGITUDE = {"type": "number", "minimum": -180, "maximum": 180}
ALTITUDE = {"type": ["number", "null"]}
PLACE = {"type": "array", "prefixItems": [LATITUDE, LONGITUDE], "minItems": 2, "maxItems": 2}
PLACE_3D = {
    "type": "array",
    "prefixItems": [LATITUDE, LONGITUDE, ALTITUDE],
    "minItems": 3,
    "maxItems": 3,
}


def form(**members: Any) -> dict[str, Any]:
    """An object that has all these members, and may have more."""
    return {"type": "object", "required": list(members), "properties": members}


# From QGroundControl's developer guide (Plan File Format), and the keys that its
# MissionItem, GeoFenceController, QGCFencePolygon, QGCFenceCircle and
# RallyPointController demand when they load a file.
SCHEMA = form(
    fileType={"const": "Plan"},
    version={"const": 1},
    groundStation={"type": "string"},
    mission=form(
        version={"const": 2},
        firmwareType={"enum": [3, 12]},
        vehicleType={"type": "integer", "minimum": 0},
        cruiseSpeed={"type": "number"},
        hoverSpeed={"type": "number"},
        plannedHomePosition=PLACE_3D,
        items={
            "type": "array",
            "items": form(
                type={"const": "SimpleItem"},
                frame={"type": "integer"},
                command={"type": "integer"},
                autoContinue={"type": "boolean"},
                doJumpId={"type": "integer", "minimum": 1},
                params={
                    "type": "array",
                    "items": {"type": ["number", "null"]},
                    "minItems": 7,
                    "maxItems": 7,
                },
            ),
        },
    ),
    geoFence=form(
        version={"const": 2},
        polygons={
            "type": "array",
            "items": form(
                version={"const": 1},
                inclusion={"type": "boolean"},
                polygon={"type": "array", "items": PLACE, "minItems": 3},
            ),
        },
        circles={
            "type": "array",
            "items": form(
                version={"const": 1},
                inclusion={"type": "boolean"},
                circle=form(center=PLACE, radius={"type": "number", "exclusiveMinimum": 0}),
            ),
        },
    )
    | {"dependentSchemas": {"breachReturn": {"properties": {"breachReturn": PLACE_3D}}}},
    rallyPoints=form(version={"const": 2}, points={"type": "array", "items": PLACE_3D}),
)

VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

SURVEY: dict[str, Any] = {
    "type": "ComplexItem",
    "complexItemType": "survey",
    "version": 5,
    "angle": 90,
    "entryLocation": 0,
    "flyAlternateTransects": False,
    "splitConcavePolygons": False,
    "polygon": [[latitude, longitude] for longitude, latitude in SQUARE],
    "TransectStyleComplexItem": {
        "version": 2,
        "CameraShots": 12,
        "Items": [
            {
                "type": "SimpleItem",
                "autoContinue": True,
                "command": 16,
                "doJumpId": 2,
                "frame": 3,
                "params": [0, 0, 0, None, 34.001, 71.501, 50],
            },
            {
                "type": "SimpleItem",
                "autoContinue": True,
                "command": 206,
                "doJumpId": 3,
                "frame": 2,
                "params": [25, 0, 1, 0, 0, 0, 0],
            },
        ],
        "VisualTransectPoints": [[34.001, 71.501], [34.001, 71.519]],
    },
}


def written(mission: Mission) -> dict[str, Any]:
    data, _ = qgc_plan.write(mission)
    document: dict[str, Any] = json.loads(data)
    return document


def test_what_is_written_is_as_its_documentation_says() -> None:
    document = written(MISSION)
    VALIDATOR.validate(document)
    assert document["geoFence"]["polygons"][0]["polygon"][0] == [34.0, 71.5]  # latitude first
    assert document["mission"]["items"][1]["params"][3] is None  # NaN
    assert document["mission"]["items"][2]["doJumpId"] == 3
    assert document["mission"]["plannedHomePosition"] == [34.0151, 71.5249, 331.5]


def test_the_schema_has_teeth() -> None:
    for path in (
        ("mission", "items", 0, "params"),
        ("geoFence", "version"),
        ("mission", "version"),
    ):
        spoiled = written(MISSION)
        inner: Any = spoiled
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = [1, 2]
        assert not VALIDATOR.is_valid(spoiled)


def test_a_plan_that_pymavlink_opens_is_item_by_item_the_plan_that_the_schema_knows(
    tmp_path: Path,
) -> None:
    from pymavlink.mavwp import MAVWPLoader

    mission, _ = sortie_mission(SORTIE)
    document = written(mission)
    VALIDATOR.validate(document)
    text, _ = wpl.write(mission)
    file = tmp_path / "ravi.waypoints"
    file.write_text(text)
    loader = MAVWPLoader()
    assert loader.load(str(file)) == 1 + len(document["mission"]["items"])
    home = loader.wp(0)
    assert [home.x, home.y, home.z] == document["mission"]["plannedHomePosition"]
    assert (home.seq, home.frame, home.command, home.current) == (0, 0, 16, 1)
    for item in document["mission"]["items"]:
        row = loader.wp(item["doJumpId"])
        assert row.seq == item["doJumpId"]
        assert (row.frame, row.command) == (item["frame"], item["command"])
        assert bool(row.autocontinue) is item["autoContinue"]
        given = [row.param1, row.param2, row.param3, row.param4, row.x, row.y, row.z]
        assert given == item["params"]


@settings(max_examples=40)
@given(missions())
def test_any_mission_comes_back_exactly(mission: Mission) -> None:
    document = written(mission)
    VALIDATOR.validate(document)
    again = qgc_plan.read(Node(document))
    assert comparable(again) == comparable(mission)
    assert (again.firmware, again.fixed_wing) == (mission.firmware, mission.fixed_wing)
    assert (again.cruise_speed, again.hover_speed) == (mission.cruise_speed, mission.hover_speed)


def test_a_survey_is_read_as_the_items_within_it() -> None:
    document = written(MISSION)
    document["mission"]["items"].insert(1, SURVEY)
    items = qgc_plan.read(Node(document)).items
    assert [item.command for item in items] == [22, 16, 206, 16, 206, 16, 20]
    assert [item.seq for item in items] == list(range(1, 8))
    assert math.isnan(items[1].p4)
    assert items[1].latitude == 34.001


def test_a_complex_item_without_items_is_refused_by_name() -> None:
    document = written(MISSION)
    document["mission"]["items"][1] = {"type": "ComplexItem", "complexItemType": "StructureScan"}
    with pytest.raises(FormError, match=r"mission.items\[1\] is a 'StructureScan', which holds no"):
        qgc_plan.read(Node(document))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("fileType",), "Mission", "no plan of QGroundControl"),
        (("version",), 2, "version is 2, 1 is read"),
        (("mission", "version"), 1, "mission.version is 1, 2 is read"),
        (("geoFence", "version"), 1, "geoFence.version is 1, 2 is read"),
        (("mission", "items", 0, "params"), [0] * 6, r"items\[0\] has 6 params"),
        (("mission", "items", 0, "params"), ["x"] * 7, r"params\[0\] is 'x' instead of a number"),
        (("mission", "items", 0, "command"), 16.5, "16.5 instead of a whole number"),
        (("mission", "items", 0, "autoContinue"), 1, "neither true nor false"),
        (("mission", "plannedHomePosition"), [71.5, 340.0, 3], "plannedHomePosition is longitude"),
        (("mission", "plannedHomePosition"), [71.5], "no coordinate"),
        (("geoFence", "polygons", 0, "polygon"), [[34, 71.5]] * 5, "fewer than three"),
        (("geoFence", "circles", 0, "circle", "radius"), -1, "radius is -1"),
        (("rallyPoints", "points", 0), [34, 71.5], "no height"),
    ],
)
def test_a_fault_is_named_with_its_place(path: tuple[Any, ...], value: Any, said: str) -> None:
    document = deepcopy(written(MISSION))
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(FormError, match=said):
        qgc_plan.read(Node(document))


def test_an_unknown_altitude_of_home_stays_unknown_and_is_said() -> None:
    home = HOME.model_copy(update={"altitude": None})
    data, lost = qgc_plan.write(Mission(MISSION.items, home))
    assert [line.partition(" ")[2][:20] for line in lost] == [
        "name of home is not ",
        "altitude of home is ",
    ]
    read = qgc_plan.read(Node(json.loads(data)))
    assert read.home is not None
    assert read.home.altitude is None


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(PlanningError, match="needs a home"):
        qgc_plan.write(Mission(MISSION.items))
    infinite = MissionItem(1, 3, Command.WAYPOINT, p1=math.inf)
    with pytest.raises(PlanningError, match="item 1 has an infinite"):
        qgc_plan.write(Mission((infinite,), HOME))


def test_missions_are_told_from_their_content(tmp_path: Path) -> None:
    file = tmp_path / "mission"
    file.write_bytes(qgc_plan.write(MISSION)[0])
    assert comparable(read_mission(file)) == comparable(MISSION)
    file.write_text(wpl.write(MISSION)[0])
    assert read_mission(file).home == MISSION.home
    for wrong, said in (
        ("hello", "its first line is not 'QGC WPL 110'"),
        ('{"fileType": 1}', "mission: fileType is 1 instead of a text"),
        (b"\xff\xfe\x00", "is no mission"),
    ):
        file.write_bytes(wrong if isinstance(wrong, bytes) else wrong.encode())
        with pytest.raises(PlanningError, match=said):
            read_mission(file)
