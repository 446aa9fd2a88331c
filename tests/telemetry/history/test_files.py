"""What is written as a track is read back by other libraries, whatever it is called."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gpxpy
import numpy as np
import pyarrow.parquet as pq
import pytest
from fastkml import KML, Document, Placemark
from fastkml.gx import MultiTrack
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from fleet.assets import Asset, Kind
from fleet.columns import POSITION, Rows, Source, Suspect, blank
from telemetry.history.errors import HistoryError
from telemetry.history.formats import FORMATS, TrackFile, format_of
from telemetry.history.imports.csv_reader import read_csv
from telemetry.history.segments import PAUSE
from telemetry.history.values import suspicions
from tests.telemetry.history.tracks import AWKWARD, assets, metres, names, tracks
from tests.telemetry.store.samples import same

CAR = Asset("osmand:car", Kind.CAR)


@contextmanager
def written(format_name: str, *parts: tuple[Asset, str, Rows]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"track.{format_name}"
        file: TrackFile = FORMATS[format_name](path)
        for part in parts:
            file.add(*part)
        file.close()
        yield path


def refuse_to_judge(rows: Rows) -> None:
    raise AssertionError("our own table says itself what is suspect")


def cut(rows: Rows, at: int) -> tuple[Rows, Rows]:
    """As two pieces of what was read; the second may be missing."""
    return rows[: max(1, at)], rows[max(1, at) :]


def micros(moment: Any) -> int:
    seconds: float = moment.replace(tzinfo=UTC).timestamp()
    return round(seconds * 1e6)


@settings(max_examples=40)
@given(asset=assets, name=names, rows=tracks())
def test_csv_gives_the_same_rows_again(asset: Asset, name: str, rows: Rows) -> None:
    rows["asset"] = asset.key
    with written("csv", (asset, name, rows)) as path:
        pieces = list(read_csv(path, None, 0, refuse_to_judge))
    assert [piece.skipped for piece in pieces] == [()]
    assert pieces[0].batch.assets == (asset,)
    assert same(pieces[0].batch.positions, rows)


@settings(max_examples=40)
@given(asset=assets, name=names, rows=tracks(), at=st.integers(1, 30))
def test_parquet_has_the_same_columns(asset: Asset, name: str, rows: Rows, at: int) -> None:
    parts = [part for part in cut(rows, at) if len(part)]
    with written("parquet", *((asset, name, part) for part in parts)) as path:
        table = pq.read_table(path).to_pydict()
    assert set(table["asset"]) == {asset.identity}
    assert set(table["kind"]) == {asset.kind.name.lower()}
    assert set(table["name"]) == {name}
    assert table["suspect"] == suspicions(rows)
    for column in ("fix_time", "received_time"):
        assert [micros(time) for time in table[column]] == rows[column].astype(int).tolist()
    for column in rows.dtype.names or ():
        if POSITION[column].kind == "f":
            expected = [None if np.isnan(value) else value for value in rows[column].tolist()]
            assert table[column] == expected, column


Point = tuple[int, float, float, float | None]
"""Time in µs, latitude, longitude, altitude."""


def expect_points(told: list[Point], rows: Rows) -> None:
    """As far as the formats resolve: 1e-9 degrees, millimetres."""
    assert [point[0] for point in told] == rows["fix_time"].astype(int).tolist()
    for (_, latitude, longitude, altitude), row in zip(told, rows, strict=True):
        assert latitude == pytest.approx(row["latitude"], abs=1e-9)
        assert longitude == pytest.approx(row["longitude"], abs=1e-9)
        if np.isnan(row["altitude"]):
            assert altitude is None
        else:
            assert altitude == pytest.approx(float(row["altitude"]), abs=6e-4)


def stretches(rows: Rows) -> list[int]:
    """Points of each stretch between two pauses."""
    breaks = np.flatnonzero(np.diff(rows["fix_time"]) > PAUSE) + 1
    return [len(part) for part in np.split(rows, breaks)]


some_tracks = tracks(measure=metres, source=st.just(int(Source.OSMAND)))


def close_together(rows: Rows, seed: int) -> Rows:
    """The same with times of which most are less than a pause apart."""
    steps = np.random.default_rng(seed).integers(1, 720, len(rows)).cumsum()
    rows["fix_time"] = np.datetime64("2026-11-20", "us") + steps.astype("m8[s]")
    return rows


@settings(max_examples=40)
@given(asset=assets, name=names, rows=some_tracks, at=st.integers(1, 30), seed=st.integers(0, 99))
def test_gpx_is_read_by_gpxpy(asset: Asset, name: str, rows: Rows, at: int, seed: int) -> None:
    rows = close_together(rows, seed)
    parts = [part for part in cut(rows, at) if len(part)]
    with written("gpx", *((asset, name, part) for part in parts)) as path:
        gpx = gpxpy.parse(path.read_text("utf-8"))
    (track,) = gpx.tracks
    assert (track.name, track.source) == (name, asset.identity)
    assert [len(segment.points) for segment in track.segments] == stretches(rows)
    points = list(itertools.chain(*(segment.points for segment in track.segments)))
    expect_points([(micros(p.time), p.latitude, p.longitude, p.elevation) for p in points], rows)
    for point, row in zip(points, rows, strict=True):
        told = {
            child.tag.rpartition("}")[2]: float(child.text)
            for extension in point.extensions
            for child in extension
        }
        known = {"speed": row["speed"], "course": row["heading"]}
        expected = {key: float(value) for key, value in known.items() if not np.isnan(value)}
        assert told == pytest.approx(expected, abs=6e-3)


@settings(max_examples=40)
@given(asset=assets, name=names, rows=some_tracks, at=st.integers(1, 30), seed=st.integers(0, 99))
def test_kml_is_read_by_fastkml(asset: Asset, name: str, rows: Rows, at: int, seed: int) -> None:
    rows = close_together(rows, seed)
    parts = [part for part in cut(rows, at) if len(part)]
    with written("kml", *((asset, name, part) for part in parts)) as path:
        (document,) = KML.parse(path).features
    assert isinstance(document, Document)
    (placemark,) = document.features
    assert isinstance(placemark, Placemark)
    assert (placemark.name, placemark.description) == (name.strip(), asset.identity.strip())
    multi = placemark.kml_geometry
    assert isinstance(multi, MultiTrack)
    points: list[Point] = []
    for track in multi.tracks:
        items = [(micros(item.when.dt), item.coord) for item in track.track_items]
        if points and items[0][0] == points[-1][0]:
            items = items[1:]  # it goes on where the one before ends
        points += [(time, place.y, place.x, place.z) for time, place in items]
    filled = rows.copy()
    filled["altitude"] = np.nan
    expect_points([(*point[:3], None) for point in points], filled)
    for point, altitude in zip(points, rows["altitude"].tolist(), strict=True):
        if not np.isnan(altitude):
            assert point[3] == pytest.approx(altitude, abs=6e-4)


@settings(max_examples=40)
@given(asset=assets, name=names, rows=some_tracks, at=st.integers(1, 30), seed=st.integers(0, 99))
def test_geojson_is_plain_json(asset: Asset, name: str, rows: Rows, at: int, seed: int) -> None:
    rows = close_together(rows, seed)
    parts = [part for part in cut(rows, at) if len(part)]
    with written("geojson", *((asset, name, part) for part in parts)) as path:
        told = json.loads(path.read_bytes())
    assert told["type"] == "FeatureCollection"
    points: list[Point] = []
    went_on = len(told["features"]) - len(stretches(rows))
    assert went_on == (len(parts) == 2 and len(parts[0]) not in np.cumsum(stretches(rows)))
    assert sum(len(f["properties"]["coordTimes"]) for f in told["features"]) == len(rows) + went_on
    for feature in told["features"]:
        properties = feature["properties"]
        assert (properties["asset"], properties["name"]) == (asset.identity, name)
        items = list(zip(properties["coordTimes"], _places(feature), strict=True))
        moments = [(micros(datetime.fromisoformat(time)), *place) for time, place in items]
        points += moments[1:] if points and moments[0][0] == points[-1][0] else moments
    expect_points(points, rows)


def _places(feature: Any) -> list[tuple[float, float, float | None]]:
    geometry, properties = feature["geometry"], feature["properties"]
    alone = geometry["type"] == "Point"
    places = [geometry["coordinates"]] if alone else geometry["coordinates"]
    assert alone or len(places) > 1
    altitudes = properties.get("altitudes") or [None] * len(places)
    return [
        (place[1], place[0], place[2] if len(place) == 3 else altitude)
        for place, altitude in zip(places, altitudes, strict=True)
    ]


@pytest.mark.parametrize("format_name", FORMATS)
def test_each_asset_is_by_itself_in_one_file(format_name: str) -> None:
    rows = blank(POSITION, 2)
    rows["fix_time"] = np.datetime64("2026-11-20") + np.arange(2).astype("m8[s]")
    rows["latitude"], rows["longitude"] = 34, 71.5
    rows["received_time"] = rows["fix_time"]
    whose = [Asset(f"osmand:{name}", Kind.CAR) for name in AWKWARD]
    with written(
        format_name, *((asset, name, rows) for asset, name in zip(whose, AWKWARD, strict=True))
    ) as path:
        match format_name:
            case "csv":
                told = {
                    asset.identity
                    for piece in read_csv(path, None, 0, refuse_to_judge)
                    for asset in piece.batch.assets
                }
            case "parquet":
                told = set(pq.read_table(path).to_pydict()["asset"])
            case "geojson":
                features = json.loads(path.read_bytes())["features"]
                told = {feature["properties"]["asset"] for feature in features}
            case _:
                tag = {"gpx": "src", "kml": "description"}[format_name]
                told = {str(element.text) for element in etree.parse(path).iter(f"{{*}}{tag}")}
    assert told == {asset.identity for asset in whose}


def test_what_xml_cannot_write_is_replaced_in_a_name() -> None:
    rows = blank(POSITION, 1)
    rows["fix_time"] = rows["received_time"] = np.datetime64("2026-11-20")
    rows["latitude"], rows["longitude"] = 34, 71.5
    with written("gpx", (CAR, "bell\x07 \ud800", rows)) as path:
        assert gpxpy.parse(path.read_text("utf-8")).tracks[0].name == "bell\ufffd \ufffd"


def test_suspicion_has_words_and_for_what_is_unknown_a_number() -> None:
    rows = blank(POSITION, 3)
    rows["suspect"] = [0, Suspect.SPEED | Suspect.RANGE, Suspect.CLOCK | 64]
    assert suspicions(rows) == ["", "speed range", "clock 64"]


@pytest.mark.parametrize(
    ("name", "option", "wrong"),
    [("a.txt", None, "'txt'"), ("a", None, "without"), ("a", "x", "'x'")],
)
def test_an_unknown_format_is_refused_with_those_that_there_are(
    name: str, option: str | None, wrong: str
) -> None:
    with pytest.raises(HistoryError, match=f"{wrong}.*csv, gpx, kml, geojson, parquet"):
        format_of(Path(name), option)
