"""What `nigehban plan` refuses: one line that says what is wrong with what, and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from typer.testing import CliRunner

from nigehban.errors import EXPECTED
from nigehban.planning.commands import app
from tests.commands import Ports, run

FIELD = [[71.55, 34.0], [71.556, 34.0], [71.556, 34.004], [71.55, 34.004], [71.55, 34.0]]
FAR_HOLE = [[71.56, 34.0], [71.57, 34.0], [71.57, 34.01], [71.56, 34.0]]
BOWTIE = [[71.55, 34.0], [71.556, 34.004], [71.556, 34.0], [71.55, 34.004], [71.55, 34.0]]
CONTINENTS = [[0, 0], [100, 0], [100, 40], [0, 40], [0, 0]]
ARCTIC = [[10, 80], [10.05, 80], [10.05, 80.01], [10, 80.01], [10, 80]]
PEOPLE = [[71.578, 34.008], [71.5797, 34.008], [71.5797, 34.0089], [71.578, 34.0089]]
LINE = [[71.1, 34.1], [71.109, 34.1027], [71.116, 34.1018], [71.126, 34.108]]

M30 = ["--drone", "DJI Matrice 30T", "--home", "34.001,71.549,340"]
M350 = ["--drone", "DJI Matrice 350 RTK", "--home", "34.09,71.11"]
COVERAGE = ["coverage", "--area", "field.geojson", *M30]
CROWD = [
    "crowd",
    "--area",
    "people.geojson",
    "--drone",
    "DJI Matrice 30T",
    "--home",
    "34.004,71.575",
]
SEARCH = ["search", "--detection", "0.6", *M30]
SECTOR = [*SEARCH, "--pattern", "sector", "--datum", "34.01,71.55"]
ORBIT = ["orbit", "--area", "field.geojson", *M30]
CORRIDOR = ["corridor", "--line", "line.geojson", *M350]
TIMES = ["--valid-from", "2026-11-23T10:00+05:00", "--valid-to", "2026-11-23T22:00+05:00"]
ORDER = ["--authority", "DIG Khan", "--order", "PB-17"]
NOON = ["--start", "2026-11-23T12:00+05:00"]
BORDER = ["border", "--line", "line.geojson", "--count", "3", "--for", "20min"]
OURS = [*BORDER, "--side", "right", *M350]


@pytest.fixture(autouse=True)
def drawings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what people hand in, good and bad, which is where the command runs."""
    shapes: dict[str, tuple[str, Any]] = {
        "field": ("Polygon", [FIELD]),
        "hole": ("Polygon", [FIELD, FAR_HOLE]),
        "continents": ("Polygon", [CONTINENTS]),
        "bowtie": ("Polygon", [BOWTIE]),
        "arctic": ("Polygon", [ARCTIC]),
        "two-corners": ("Polygon", [[FIELD[0], FIELD[1], FIELD[0]]]),
        "points": ("MultiPoint", FIELD),
        "no-numbers": ("Polygon", [[[71.55, 34.0], [None, 34.0], [71.556, 34.004], [71.55, 34.0]]]),
        "people": ("Polygon", [[*PEOPLE, PEOPLE[0]]]),
        "line": ("LineString", LINE),
    }
    for name, (kind, coordinates) in shapes.items():
        drawn = json.dumps({"type": kind, "coordinates": coordinates})
        (tmp_path / f"{name}.geojson").write_text(drawn)
    (tmp_path / "nan.geojson").write_text('{"type":"Polygon","coordinates":[[[NaN,34],[1,2]]]}')
    (tmp_path / "empty.geojson").write_text("")
    (tmp_path / "huge.geojson").write_bytes(b" " * (16 * 1024 * 1024 + 1))
    (tmp_path / "folder.geojson").mkdir()
    with rasterio.open(
        tmp_path / "elsewhere.tif", "w", driver="GTiff", width=9, height=9, count=1,
        dtype="float32", crs="EPSG:4326", transform=Affine(0.01, 0, 70.0, 0, -0.01, 33.0),
    ) as grid:  # fmt: skip
        grid.write(np.full((9, 9), 340, "float32"), 1)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_refused(said: str, words: list[str]) -> None:
    """The command refuses with one line, which `main` prints, and prints and writes nothing else."""
    before = set(Path.cwd().iterdir())
    ended = CliRunner().invoke(app, words)
    assert isinstance(ended.exception, EXPECTED), ended.output
    assert "\n" not in str(ended.exception)
    assert said in str(ended.exception)
    assert ended.output == ""
    assert set(Path.cwd().iterdir()) == before


@pytest.mark.integration
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["coverage", "--area", "continents.geojson", *M30],
         "continents.geojson: a point is 5878 km from 20.0000, 50.0000: one plan reaches 200 km"),
        ([*COVERAGE, "--spacing", "0"], "a spacing of 0 m is none; give metres above 0"),
        ([*COVERAGE, "--wind", "270,40"],
         "a wind of 40 m/s is above the 12 m/s that DJI Matrice 30T may be flown in; wait, or"),
        (["coverage", "--area", "field.geojson", *M30[:2], "--home", "34.4,71.55"],
         "no drone can reach the lanes 4436"),
        (["coverage", "--area", "hole.geojson", *M30],
         "hole.geojson: hole 1 of the area reaches outside it at 34.00500, 71.56750; draw it inside"),
        ([*COVERAGE, "--terrain", "elsewhere.tif"],
         "the height grid does not reach 34.00"),
        ([*CROWD, "--ring", "3", "--pace", "3", "--course", "90"],
         "when it would fly over people; fly fewer rounds, or with more drones"),
    ],
    ids=["two continents", "spacing 0", "wind", "reach", "hole outside", "height grid", "ring"],
)  # fmt: skip
def test_bad_input_ends_the_real_command_with_one_line_and_1(
    words: list[str], said: str, drawings: Path
) -> None:
    ended = run(["plan", *words], Ports().environment(drawings))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("nigehban: ")
    assert ended.stderr.count("\n") == 1
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none", "none.geojson cannot be read: No such file or directory"),
        ("folder", "folder.geojson cannot be read: Is a directory"),
        ("empty", "empty.geojson is none of GeoJSON, KML, KMZ, WKT, GPX and .plan; save"),
        ("huge", "huge.geojson has more than 16 MB; give a smaller file"),
        ("nan", "nan.geojson: the document is not JSON"),
        ("no-numbers", "coordinates[0][1] is no position: its members must be finite numbers"),
        ("points", "points.geojson has no polygon in it; draw the area as one"),
        ("two-corners", "two-corners.geojson: coordinates[0] has fewer than three different corners"),
        ("bowtie", "bowtie.geojson: the area crosses itself at 34.00200, 71.55300; draw it anew"),
        ("arctic", "arctic.geojson: 80.005, 10.025 is not within ±75° of latitude"),
    ],
)  # fmt: skip
def test_an_area_that_is_none(name: str, said: str) -> None:
    assert_refused(said, ["coverage", "--area", f"{name}.geojson", *M30])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*COVERAGE, "--spacing", "nan"], "a spacing of nan m is none"),
        ([*COVERAGE, "--height", "-5"], "a height of -5 m above the ground"),
        ([*COVERAGE, "--height", "500"], "outside the limits of 20 … 120 m"),
        ([*COVERAGE, "--height-most", "0"], "the limits: height_most: Input should be greater"),
        ([*COVERAGE, "--speed", "0"], "a speed of 0 cannot be flown"),
        ([*COVERAGE, "--sidelap", "1"], "a sidelap of 1: give a share from 0 up to under 1"),
        ([*COVERAGE, "--margin", "-1"], "a margin of -1 m is none; give 0 or more"),
        ([*COVERAGE, "--wind", "nan,3"], "wind 'nan,3': FROM within 0 … 360 degrees"),
        ([*COVERAGE, "--temperature", "-60"], "-60 °C is outside the -20 … 50 °C"),
        ([*COVERAGE, "--count", "0"], "no drones: give one at least"),
        ([*COVERAGE, "--count", "101"], "101 drones; 100 are planned for at most"),
        ([*COVERAGE[:3], "--drone", "M30T", "--home", "34,71.5"],
         "no drone is called 'M30T'; did you mean DJI Matrice 30T?"),
        ([*COVERAGE[:5], "--home", "34,71.5,nan"], "home '34,71.5,nan': an altitude within -600"),
        ([*COVERAGE[:5], "--home", "91,71.5"], "home '91.0,71.5': latitude within ±90"),
        (COVERAGE[:5], "no --home is given: LAT,LON where the drones take off"),
        (COVERAGE[:3], "without --drone the lanes want their --spacing"),
        ([*COVERAGE[:3], "--spacing", "0"], "spacing"),
        ([*COVERAGE, "--camera", "Box Brownie"], "no camera is called 'Box Brownie'; DJI Matrice"),
        ([*COVERAGE, "--wind", "west"], "wind 'west' is not of the form FROM,SPEED"),
        ([*COVERAGE, "--terrain", "none.tif"], "none.tif is no height grid that can be read"),
        ([*COVERAGE, "--zones", "none.json"], "none.json cannot be read"),
        ([*COVERAGE, "--start", "tomorrow"], "--start 'tomorrow' is no time"),
        ([*COVERAGE, "--goal", "fun"], "goal 'fun': it is makespan or energy"),
        ([*COVERAGE, "--out", "none/plan.json"], "--out none/plan.json: there is no folder"),
        ([*COVERAGE, "--out", "folder.geojson"], "--out folder.geojson is a folder; name a file"),
        ([*COVERAGE, "--out", "field.geojson"], "--out field.geojson is read for this plan"),
        ([*COVERAGE, "--png", "plan.bmp"], "plan.bmp is none of .png, .svg, .pdf"),
        ([*COVERAGE, "--gantt", "none/gantt.png"], "--gantt none/gantt.png: there is no folder"),
        ([*CROWD[:5], "--home", "34.0085,71.579"], "of where the crowd may be; move it out"),
        ([*CROWD, "--pace", "11"], "the crowd: speed: Input should be less than or equal to 10"),
        ([*CROWD, "--growth", "-1"], "the crowd: growth: Input should be greater than or equal"),
        ([*CROWD, "--gsd", "0"], "0 metres per pixel: give more than 0"),
        ([*CROWD, "--depression", "90"], "90° below the horizon: give an angle from 0"),
        ([*CROWD, "--heights", "-40"], "a post -40 m high is outside the limits of 20 … 120 m"),
        ([*CROWD, "--from", "0"], "is to be covered from 0 s but the flight there takes"),
        ([*CROWD, "--ring", "-1"], "-1 rounds of a crowd: give 1 to 100"),
        ([*CROWD[:3], "--drone", "WingtraOne Gen II", "--home", "34.004,71.575"],
         "WingtraOne Gen II cannot hover at a post; take drones that can"),
        ([*OURS, *NOON], "a border plan wants its authority: who ordered it, the order's number"),
        ([*OURS, *NOON, "--authority", "DIG Khan"], "an authority wants --order too"),
        ([*OURS, *ORDER, *TIMES], "a border plan wants its start: an order is valid for a time"),
        ([*OURS, *ORDER, *TIMES, "--start", "2026-11-23T21:50+05:00"],
         "order PB-17 is valid from 2026-11-23 10:00:00+05:00 to 2026-11-23 22:00:00+05:00, and"),
        ([*OURS, *ORDER, *NOON, "--valid-from", TIMES[3], "--valid-to", TIMES[1]],
         "are the two exchanged?"),
        ([*OURS, *ORDER, *TIMES, *NOON, "--buffer", "0"], "the border: buffer: Input should be"),
        ([*OURS, *ORDER, *TIMES, *NOON, "--offset", "100"], "lies within 2 m of its buffer of 200 m"),
        ([*OURS, *ORDER, *TIMES, *NOON, "--revisit", "1s"], "is shorter than two turns"),
        ([*OURS, *ORDER, *TIMES, *NOON, "--see", "2"], "a share of 2 to be seen: give one from 0"),
        ([*BORDER, "--side", "up", *M350], "--side 'up': it is left or right"),
        ([*BORDER, "--side", "left", *M350, *ORDER, *TIMES, *NOON],
         "lies across the border: ours is the left side of the line"),
        ([*SECTOR, "--radius", "0"], "the radius is 0 m; give more than 0"),
        (SECTOR, "a search by sector wants its radius"),
        ([*SECTOR, "--radius", "300", "--spacing", "-4"], "the spacing is -4 m; give more than 0"),
        ([*SEARCH, "--pattern", "spiral", "--datum", "34,71.5"], "'spiral' is no search pattern"),
        ([*SEARCH, "--pattern", "contour", "--area", "field.geojson"], "give a height grid"),
        ([*SEARCH[:2], "2", *SECTOR[3:], "--radius", "9"], "give one above 0 and at most 1"),
        ([*ORBIT, "--rings", "0"], "0 rings from 20 to 60 m: give one or more"),
        ([*CORRIDOR, "--width", "0"], "a corridor's width of 0 m is none; give metres above 0"),
        (["check", "none.json"], "none.json cannot be read: No such file or directory"),
        (["check", "field.geojson"], "field.geojson: name: Field required"),
        (["show", "empty.geojson"], "empty.geojson: Invalid JSON"),
        (["convert", "none.json", "--out", "a.kml"], "none.json cannot be read"),
    ],
)  # fmt: skip
def test_options_that_make_no_sense(words: list[str], said: str) -> None:
    assert_refused(said, words)


def test_a_file_that_cannot_be_written_is_said_and_a_plan_that_is_there_is_written_over(
    drawings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drawings / "plan.json").write_text("the plan of yesterday")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert_refused("plan.json cannot be written: No space left on device", COVERAGE)
    assert (drawings / "plan.json").read_text() == "the plan of yesterday"
    assert CliRunner().invoke(app, COVERAGE).exit_code == 0
    assert json.loads((drawings / "plan.json").read_text())["format"] == "nigehban-plan"
