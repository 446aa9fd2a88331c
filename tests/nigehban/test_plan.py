"""`nigehban plan` as a mission planner types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from missions.errors import PlanningError
from missions.files.plan_json import load
from nigehban.planning.commands import app

FIELD = [[71.55, 34.0], [71.556, 34.0], [71.556, 34.004], [71.55, 34.004], [71.55, 34.0]]
HOLE = [[71.552, 34.001], [71.552, 34.002], [71.553, 34.002], [71.553, 34.001], [71.552, 34.001]]
PEOPLE = [
    [71.578, 34.008],
    [71.5797, 34.0081],
    [71.5798, 34.0088],
    [71.578, 34.0089],
    [71.578, 34.008],
]
BORDER = [[71.1, 34.1], [71.109, 34.1027], [71.116, 34.1018], [71.126, 34.108]]
DRONE = ["--drone", "DJI Matrice 30T", "--home", "34.001,71.549,340"]


def drawn(folder: Path, kind: str, coordinates: Any) -> str:
    """A GeoJSON file with one geometry."""
    file = folder / f"{kind}-{abs(hash(json.dumps(coordinates)))}.geojson"
    file.write_text(json.dumps({"type": kind, "coordinates": coordinates}))
    return str(file)


def typed(*words: str) -> str:
    """Run a command in this process; what it printed. Raises what it raises."""
    ended = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    assert ended.exit_code == 0, ended.output
    return ended.output


def coverage(folder: Path, *more: str, area: Any = None) -> str:
    file = drawn(folder, "Polygon", area or [FIELD, HOLE])
    return typed("coverage", "--area", file, "--out", str(folder / "plan.json"), *more)


def border(folder: Path) -> str:
    """A border plan into b.json."""
    return typed(
        *("border", "--line", drawn(folder, "LineString", BORDER), "--side", "right"),
        *("--count", "3", "--for", "20min", "--drone", "DJI Matrice 350 RTK"),
        *("--home", "34.09,71.11", "--start", "2026-11-23T12:00+05:00"),
        *("--authority", "DIG Khan", "--order", "PB-17"),
        *("--valid-from", "2026-11-23T10:00+05:00", "--valid-to", "2026-11-23T22:00+05:00"),
        *("--out", str(folder / "b.json")),
    )


def test_from_an_area_to_a_proved_plan_a_picture_and_a_file_for_the_ground_station(
    tmp_path: Path,
) -> None:
    picture, timetable = tmp_path / "plan.png", tmp_path / "gantt.png"
    told = coverage(
        tmp_path,
        *DRONE,
        "--count",
        "2",
        "--height",
        "80",
        "--wind",
        "270,5",
        "--png",
        str(picture),
        "--gantt",
        str(timetable),
    )
    assert "proved: it may fly" in told
    plan = load(tmp_path / "plan.json")
    assert plan.figures["drones"] == 2
    assert plan.wind.speed == 5
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert timetable.read_bytes().startswith(b"\x89PNG")
    mission = tmp_path / "plan.waypoints"
    told = typed("convert", str(tmp_path / "plan.json"), "--out", str(mission))
    assert told.count("written to") == len(plan.sorties)
    assert all(path.read_text().startswith("QGC WPL 110") for path in tmp_path.glob("*.waypoints"))
    assert "proved" in typed("check", str(tmp_path / "plan.json"))
    assert "Wh" in typed("show", str(tmp_path / "plan.json"))


def test_a_plain_route_wants_neither_drone_nor_home(tmp_path: Path) -> None:
    file, out = drawn(tmp_path, "Polygon", [FIELD, HOLE]), tmp_path / "route.geojson"
    assert "km of way" in typed("coverage", "--area", file, "--spacing", "40", "--out", str(out))
    route = json.loads(out.read_text())
    geometry = route.get("geometry", route)
    assert geometry["type"] == "LineString"
    assert len(geometry["coordinates"]) > 10


def test_a_plan_that_must_not_fly_ends_with_1_and_says_why(tmp_path: Path) -> None:
    coverage(tmp_path, *DRONE)
    file = tmp_path / "plan.json"
    plan = json.loads(file.read_text())
    plan["sorties"][0]["waypoints"][5]["height"] = 300
    file.write_text(json.dumps(plan))
    ended = CliRunner().invoke(app, ["check", str(file)], env={"COLUMNS": "200"})
    assert ended.exit_code == 1
    assert "[height]" in ended.output
    assert "not proved: it must not fly" in ended.output
    told = CliRunner().invoke(app, ["check", str(file), "--json"])
    assert any(finding["rule"] == "height" for finding in json.loads(told.output)["findings"])


def test_a_search_goes_on_from_its_file(tmp_path: Path) -> None:
    file, out = str(tmp_path / "child.search"), str(tmp_path / "wave.json")
    typed(
        "search-map",
        "new",
        file,
        "--last-known",
        "34.012,71.553",
        "--category",
        "child-4-6",
        "--radius",
        "1500",
        "--cell",
        "100",
    )
    told = typed(
        "search-map", "next", file, "--effort", "4", "--detection", "0.6", "--out", out, *DRONE
    )
    assert "S1" in told
    assert "proved" in told
    way = load(Path(out)).sorties[0].waypoints
    fixes = "".join(
        f'<trkpt lat="{point.latitude}" lon="{point.longitude}">'
        f"<time>2026-11-23T10:{second // 60:02}:{second % 60:02}Z</time></trkpt>"
        for second, point in zip(range(0, 3600, 9), way, strict=False)
    )
    track = tmp_path / "S1.gpx"
    track.write_text(
        '<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><trkseg>{fixes}</trkseg></trk></gpx>"
    )
    assert "success so far" in typed("search-map", "report", file, "S1", "--track", str(track))
    with pytest.raises(PlanningError, match="S1"):
        typed("search-map", "report", file, "S1", "--track", str(track))
    assert "flown" in typed("search-map", "show", file, "--png", str(tmp_path / "map.png"))


def test_a_crowd_and_a_border_are_planned(tmp_path: Path) -> None:
    people = drawn(tmp_path, "Polygon", [PEOPLE])
    told = typed(
        "crowd",
        "--area",
        people,
        "--gsd",
        "0.1",
        "--for",
        "20min",
        "--count",
        "2",
        "--drone",
        "DJI Matrice 30T",
        "--home",
        "34.004,71.575",
        "--out",
        str(tmp_path / "c.json"),
    )
    assert "proved: it may fly" in told
    told = border(tmp_path)
    assert "proved: it may fly" in told
    authority = load(tmp_path / "b.json").authority
    assert authority is not None
    assert authority.order_number == "PB-17"


def test_drones_of_different_kinds_and_homes_share_an_area_for_the_least_energy(
    tmp_path: Path,
) -> None:
    kinds = ["--drone", "Matrice 300 RTK", "--drone", "Matrice 350 RTK", "--count", "3"]
    homes = ["--home", "34.001,71.549,340", "--home", "34.003,71.557,340"]
    coverage(tmp_path, *kinds, *homes)
    soonest = load(tmp_path / "plan.json")
    flown = {(sortie.kind, sortie.home.longitude) for sortie in soonest.sorties}
    assert flown == {("DJI Matrice 300 RTK", 71.549), ("DJI Matrice 350 RTK", 71.557)}
    coverage(tmp_path, *kinds, *homes, "--goal", "energy")
    least = load(tmp_path / "plan.json")
    assert least.figures["energy"] < soonest.figures["energy"]
    assert least.figures["makespan"] > soonest.figures["makespan"]


def test_in_the_cold_the_same_way_takes_more_of_the_battery(tmp_path: Path) -> None:
    used = {}
    for celsius in ("25", "-5"):
        coverage(tmp_path, *DRONE, "--temperature", celsius)
        (sortie,) = load(tmp_path / "plan.json").sorties
        assert sortie.figures is not None
        used[celsius] = sortie.figures.energy / sortie.figures.energy_usable
    assert used["-5"] > 1.1 * used["25"]


def test_a_plan_that_is_not_proved_is_not_handed_to_an_autopilot(tmp_path: Path) -> None:
    border(tmp_path)
    file = tmp_path / "b.json"
    released = load(file)
    file.write_text(released.model_copy(update={"authority": None}).model_dump_json())
    out = tmp_path / "b.plan"
    with pytest.raises(
        PlanningError, match=r"b\.json must not fly, so .*b\.plan is not written: .*"
    ):
        typed("convert", str(file), "--out", str(out))
    assert not list(tmp_path.glob("*.plan"))
    typed("convert", str(file), "--out", str(tmp_path / "b.kml"))
