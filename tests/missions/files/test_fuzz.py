"""Whatever a file holds: shapes, a mission, a plan; or a PlanningError in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.files import plan_json, wpl
from missions.files.areas import read_areas, read_line, read_points
from missions.files.export import read_mission
from missions.files.sortie_items import mission_sortie
from missions.zones import read_zones
from tests.missions.files.plans import MISSION, PLAN
from tests.missions.files.test_areas import GPX, KML, LINE, POLYGON, WKT, collection, feature, kmz
from tests.missions.files.test_qgc_plan import SURVEY, written
from tests.mutations import assert_one_line, mutated

SURVEYED = written(MISSION)
SURVEYED["mission"]["items"].append(SURVEY)
MULTI = {"type": "MultiPolygon", "coordinates": [POLYGON["coordinates"]] * 2}
DRAWN = collection(feature(POLYGON, "a"), feature(LINE, "b"), feature(MULTI))
DOCUMENTS: list[dict[str, Any]] = [DRAWN, SURVEYED, json.loads(PLAN.model_dump_json())]
FILES = [
    KML.encode(),
    kmz(("doc.kml", KML.encode())),
    GPX.encode(),
    WKT.encode(),
    wpl.write(MISSION)[0].encode(),
    json.dumps(DRAWN).encode(),
    json.dumps(SURVEYED).encode(),
]


def fly(path: Path) -> object:
    return mission_sortie(read_mission(path), name="x", drone="x", kind="x", speed=5.0)


READERS: list[Callable[[Path], object]] = [
    read_areas,
    read_line,
    read_points,
    read_zones,
    fly,
    plan_json.load,
]
quick = settings(
    max_examples=70,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def survive(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    for read in READERS:
        try:
            read(path)
        except PlanningError as error:
            assert_one_line(error)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "f"


@quick
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_bytes_and_text(path: Path, data: bytes) -> None:
    survive(path, data)


BEGINNINGS = [
    b"PK\x03\x04",
    b"<kml>",
    b"<gpx>",
    b"\xff\xfe<\x00",
    b"POLYGON((",
    b"MULTI",
    b'{"type":',
]


@quick
@given(begin=st.sampled_from(BEGINNINGS), data=st.binary(max_size=200))
def test_bytes_that_begin_well(path: Path, begin: bytes, data: bytes) -> None:
    survive(path, begin + data)


@quick
@given(document=mutated(DOCUMENTS))
def test_json_with_something_changed(path: Path, document: dict[str, Any]) -> None:
    survive(path, json.dumps(document).encode())


@quick
@given(data=st.data())
def test_files_with_bytes_changed_added_and_cut_out(path: Path, data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from(FILES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        length = data.draw(st.sampled_from([0, 1, 1, 1, 20]))
        whole[at : at + length] = data.draw(st.binary(max_size=3))
    survive(path, bytes(whole))


WORDS = [
    "1e308",
    "-1e308",
    "nan",
    "inf",
    "-inf",
    "91",
    "181",
    "",
    "0",
    "1e-320",
    "9" * 400,
    "x",
    "٣",
]


@quick
@given(data=st.data())
def test_numbers_changed_for_worse_ones(path: Path, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([KML, GPX, WKT, wpl.write(MISSION)[0]]))
    numbers = sorted(
        {word for word in ("71.5", "34.0", "34", "71.52", "30", "16", "4") if word in text}
    )
    for _ in range(data.draw(st.integers(1, 3))):
        old, new = data.draw(st.sampled_from(numbers)), data.draw(st.sampled_from(WORDS))
        text = text.replace(old, new, data.draw(st.integers(1, 3)))
    survive(path, text.encode())
