"""Tables of others, our own, and what is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.assets import Asset, Kind
from fleet.columns import POSITION, Rows, Source, blank
from telemetry.batch import Batch, merged
from telemetry.history.csv_file import HEADER, CsvFile
from telemetry.history.errors import HistoryError
from telemetry.history.imports.csv_reader import LINE_BYTES_MOST, read_csv
from telemetry.history.imports.piece import ROWS
from telemetry.sink import RefusedError
from tests.telemetry.history.tracks import refusal

NOW = 1_795_200_000.0  # November 2026


def judge(rows: Rows) -> None:
    rows["suspect"] |= 1


TRACCAR = """\
deviceId,fixTime,latitude,longitude,altitude,speed_knots,course
gulbahar-3,2026-11-20 10:00:00,34.0151,71.5249,331.2,10,90.5
gulbahar-3,2026-11-20T10:00:05Z,34.0152,71.525,,,
,2026-11-20T10:00:06Z,34.0152,71.525,,,
gulbahar-3,2026-11-20T10:00:07Z,94.0152,71.525,,,
gulbahar-3,yesterday,34.0152,71.525,,,
gulbahar-3,2026-11-20T10:00:08Z,34.0152

gulbahar-3,2036-11-20T10:00:07Z,34.0152,71.525,,,
"""

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path: Path, asset: str | None = None) -> tuple[Batch, list[RefusedError]]:
    pieces = list(read_csv(path, asset, NOW, judge))
    return merged([piece.batch for piece in pieces]), [e for p in pieces for e in p.skipped]


def test_a_table_of_others_gives_what_it_tells(write: Write) -> None:
    batch, skipped = read(write(TRACCAR))
    assert batch.assets == (Asset("imported:gulbahar-3", Kind.CAR),)
    first, second = batch.positions
    assert first["fix_time"] == np.datetime64("2026-11-20T10:00:00")
    assert first["source"] == Source.IMPORTED
    assert first["received_time"] == np.datetime64(int(NOW), "s")
    assert first["altitude"] == np.float32(331.2)
    assert first["suspect"] == second["suspect"] == 1  # as it was judged
    assert first["speed"] == pytest.approx(10 * 1852 / 3600)
    assert first["heading"] == np.float32(90.5)
    assert (second["latitude"], second["longitude"]) == (34.0152, 71.525)
    for name in ("altitude", "speed", "heading", "climb", "accuracy", "height"):
        assert math.isnan(second[name])
    assert [(error.reason, error.detail.partition(":")[0]) for error in skipped] == [
        ("no_id", "line 4"),
        ("bad_position", "line 5"),
        ("bad_time", "line 6"),
        ("no_position", "line 7"),
        ("absurd_time", "line 9"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "time;lat;lon\n1795168800;34;71\n",
        "LON\tLAT\tTimestamp\n71\t34\t1795168800000\n",
        '\ufeff"utc","y","x"\r\n"2026-11-20T15:00:00+05:00","34","71"\r\n',
    ],
)
def test_delimiters_names_and_times_of_many_kinds(write: Write, text: str) -> None:
    batch, skipped = read(write(text), "mavlink:north/7")
    assert skipped == []
    assert batch.assets == (Asset("mavlink:north/7", Kind.DRONE),)
    (row,) = batch.positions[["fix_time", "latitude", "longitude"]].tolist()
    assert (str(row[0]), *row[1:]) == ("2026-11-20 10:00:00", 34.0, 71.0)


def test_an_asset_that_is_given_counts_for_all_rows(write: Write) -> None:
    batch, skipped = read(write(TRACCAR), "osmand:gulbahar-3")
    assert [asset.identity for asset in batch.assets] == ["osmand:gulbahar-3"]
    assert "no_id" not in {error.reason for error in skipped}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "its first line has no column fix_time, latitude, longitude"),
        ("time,lat\n", "its first line has no column longitude"),
        ("time,lat,lon\n", "no column says whose positions they are; give --asset"),
        (b"time,lat,lon,id\n" + b"x" * LINE_BYTES_MOST, "a line of 65536 bytes or more"),
        (b"\x89PNG\r\n\x1a\n\0\0", "its first line has no column"),
    ],
)
def test_what_is_no_table_of_positions_is_refused_with_its_name(
    write: Write, content: str | bytes, why: str
) -> None:
    with pytest.raises(HistoryError, match=f"table.csv: {why}"):
        read(write(content))


def test_our_own_table_needs_no_asset_and_takes_none(write: Write) -> None:
    path = write(",".join(HEADER) + "\n")
    batch, skipped = read(path)
    assert not len(batch)
    assert not skipped
    with pytest.raises(HistoryError, match="leave --asset out"):
        read(path, "osmand:car")


GOOD = (
    "osmand:car,car,Car,2026-11-20T10:00:00.000001Z,2026-11-20T10:00:01Z,osmand,34,71,,,,,,,speed"
)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("osmand:car", "a\tb", "bad_id"),
        ("osmand:car", "", "no_id"),
        (",car,", ",boat,", "bad_kind"),
        ("000001Z", "000001", "bad_time"),
        ("2026-11-20T10:00:01Z", "1999-12-31T23:59:59Z", "absurd_time"),
        ("2026-11-20T10:00:01Z", "2100-01-01T00:00:00Z", "absurd_time"),
        (",osmand,", ",40000,", "bad_source"),
        (",osmand,", ",moon,", "bad_source"),
        (",34,", ",90.1,", "bad_position"),
        (",34,", ",,", "bad_position"),
        (",71,", ",inf,", "bad_position"),
        (",71,,", ",71,high,", "bad_number"),
        (",speed", ",tired", "bad_suspect"),
        (",speed", ",speed,more", "bad_row"),
    ],
)
def test_a_row_of_ours_that_was_changed_to_what_cannot_be_is_skipped(
    write: Write, old: str, new: str, reason: str
) -> None:
    assert old in GOOD
    path = write("\n".join([",".join(HEADER), GOOD, GOOD.replace(old, new, 1), GOOD]))
    batch, skipped = read(path)
    assert len(batch.positions) == 2
    assert [(error.reason, error.detail.partition(":")[0]) for error in skipped] == [
        (reason, "line 3")
    ]


def test_a_long_table_comes_in_pieces(tmp_path: Path) -> None:
    rows = blank(POSITION, 3 * ROWS + 10)
    rows["fix_time"] = np.datetime64("2026-11-20") + np.arange(len(rows)).astype("m8[s]")
    rows["received_time"], rows["latitude"], rows["longitude"] = rows["fix_time"], 34, 71.5
    path = tmp_path / "long.csv"
    file = CsvFile(path)
    file.add(Asset("osmand:car", Kind.CAR), "car", rows)
    file.close()
    pieces = list(read_csv(path, None, NOW, judge))
    assert [len(piece.batch) for piece in pieces] == [ROWS, ROWS, ROWS, 10]
    assert [piece.position for piece in pieces] == sorted(piece.position for piece in pieces)
    assert pieces[-1].position == path.stat().st_size


_FIELDS = st.sampled_from(
    [*HEADER, "lat", "lon", "time", ",", ";", "\t", '"', "\n", "\r\n", "\0", "1e999", "nan", "-1"]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=100),
        st.binary(max_size=100).map(lambda rest: b"time,lat,lon,id\n" + rest),
        st.binary(max_size=100).map(lambda rest: ",".join(HEADER).encode() + b"\n" + rest),
        st.lists(_FIELDS, max_size=30).map(lambda parts: "".join(parts).encode()),
        st.lists(_FIELDS, max_size=20).map(
            lambda parts: f"time,lat,lon\n{''.join(parts)}".encode()
        ),
    ),
    asset=st.sampled_from([None, "osmand:car", "\n"]),
)
def test_any_bytes_are_taken_or_refused(tmp_path: Path, content: bytes, asset: str | None) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    told = refusal(lambda: read(path, asset))
    assert told is None or "any.csv" in told
