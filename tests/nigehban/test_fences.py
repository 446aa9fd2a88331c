"""`nigehban fences` as a user types it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from fleet.geofences.files.documents import read_fences, write_fences
from fleet.geofences.geofence import Geofence, check_versions
from fleet.geofences.taking import taken
from fleet.zones import Circle
from tests.commands import Ports, run

BAZAAR = Geofence("Bazaar", "keep-out", Circle(34.0, 71.5, 200.0), hysteresis=25.0)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_changed_geofence_begins_where_the_old_version_ends() -> None:
    (first,) = taken(BAZAAR, [], NOW)
    assert (first.version, first.valid_from) == (1, NOW)
    assert taken(BAZAAR, [first], NOW + timedelta(hours=1)) == []
    later = NOW + timedelta(hours=2)
    old, new = taken(replace(BAZAAR, hysteresis=5.0), [first], later)
    assert (old.version, old.valid_until) == (1, later)
    assert (new.version, new.valid_from, new.hysteresis) == (2, later, 5.0)
    check_versions([old, new])


def test_a_geofence_that_had_ended_begins_anew() -> None:
    ended = replace(BAZAAR, valid_from=NOW, valid_until=NOW + timedelta(hours=1))
    (again,) = taken(BAZAAR, [ended], NOW + timedelta(hours=2))
    assert (again.version, again.valid_from) == (2, NOW + timedelta(hours=2))


@pytest.mark.integration
def test_geofences_go_in_once_are_listed_ended_and_come_out(
    tmp_path: Path, timescale_database: str
) -> None:
    environment = Ports().environment(
        tmp_path / "data", {"COLUMNS": "200", "NIGEHBAN_DATABASE__DSN": timescale_database}
    )

    def said(*words: str) -> str:
        ended = run(["fences", *words], environment)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    file = tmp_path / "bazaar.geojson"
    file.write_bytes(write_fences([BAZAAR], "geojson").data)
    assert said("import", str(file)) == "1 geofences taken, 0 known already\n"
    assert said("import", str(file)) == "0 geofences taken, 1 known already\n"
    assert BAZAAR.id in said("list")
    out = tmp_path / "out.plan"
    told = said("export", str(out)).splitlines()
    assert "not carried: geofence 'Bazaar': its hysteresis of 25 is not carried" in told
    assert [fence.kind for fence in read_fences(out.read_bytes()).fences] == ["keep-out"]
    assert said("end", "Bazaar") == "geofence 'Bazaar' has ended\n"
    assert "ended" in said("list")
    with psycopg.connect(timescale_database) as connection:
        assert connection.execute("SELECT count(*) FROM nigehban.geofence").fetchone() == (1,)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["import", "{folder}/none.kml"], "none.kml: No such file or directory"),
        (["import", "{folder}/bad.json"], "bad.json: "),
        (["import", "{folder}/bad.json", "--format", "dxf"], "no form is called 'dxf'"),
        (["export", "{folder}/out.txt"], "its suffix names no form"),
        (["end", "Nowhere"], "no geofence in force is 'Nowhere'"),
    ],
)
def test_what_cannot_be_done_ends_in_one_line(
    words: list[str], told: str, tmp_path: Path, timescale_database: str
) -> None:
    (tmp_path / "bad.json").write_text('{"type": "FeatureCollection", "features": 7}')
    environment = Ports().environment(
        tmp_path / "data", {"NIGEHBAN_DATABASE__DSN": timescale_database}
    )
    ended = run(["fences", *(word.format(folder=tmp_path) for word in words)], environment)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert told in line
