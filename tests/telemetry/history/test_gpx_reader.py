"""GPX as others write it, our own, and what is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.columns import Rows, Source
from telemetry.batch import Batch, merged
from telemetry.history.errors import HistoryError
from telemetry.history.formats import FORMATS
from telemetry.history.imports.gpx_reader import read_gpx
from telemetry.history.imports.piece import ROWS
from telemetry.history.imports.rows import asset_called
from telemetry.sink import RefusedError
from tests.telemetry.history.tracks import assets, metres, refusal, tracks

NOW = 1_795_200_000.0  # November 2026


def judge(rows: Rows) -> None:
    rows["suspect"] |= 1


GARMIN = b"""<?xml version="1.0" encoding="UTF-8"?>
<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="Garmin Connect"
  xmlns:ns3="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
  <metadata><name>not this one</name><time>2026-11-20T10:00:00Z</time></metadata>
  <wpt lat="34.0" lon="71.5"><name>post</name></wpt>
  <trk>
    <name>
      Gulbahar 3
    </name>
    <trkseg>
      <trkpt lat="34.0151" lon="71.5249"><ele>331.2</ele><time>2026-11-20T10:00:00.250Z</time>
        <extensions><ns3:TrackPointExtension><ns3:speed>4.5</ns3:speed><ns3:course>359.99</ns3:course>
        </ns3:TrackPointExtension></extensions></trkpt>
      <trkpt lat="34.0152" lon="71.5250"><time>2026-11-20T15:00:01+05:00</time></trkpt>
      <trkpt lat="0" lon="0"><time>2026-11-20T10:00:02Z</time></trkpt>
      <trkpt lat="34.0152" lon="71.5250"><ele>331</ele></trkpt>
      <trkpt lat="34.0152" lon="171.5250x"><time>2026-11-20T10:00:03Z</time></trkpt>
    </trkseg>
  </trk>
  <trk><trkseg><trkpt lat="34" lon="71"><time>2026-11-20T10:00:00Z</time></trkpt></trkseg></trk>
</gpx>"""

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: bytes) -> Path:
        path = tmp_path / "track.gpx"
        path.write_bytes(content)
        return path

    return write


def read(path: Path, asset: str | None = None) -> tuple[Batch, list[RefusedError]]:
    pieces = list(read_gpx(path, asset, NOW, judge))
    return merged([piece.batch for piece in pieces]), [e for p in pieces for e in p.skipped]


def test_points_become_positions_of_the_track_s_name(write: Write) -> None:
    batch, skipped = read(write(GARMIN))
    assert [asset.identity for asset in batch.assets] == ["imported:Gulbahar 3"]
    first, second = batch.positions
    assert first["source"] == Source.IMPORTED
    assert (first["latitude"], first["longitude"]) == (34.0151, 71.5249)
    assert first["fix_time"] == np.datetime64("2026-11-20T10:00:00.250")
    assert first["altitude"] == np.float32(331.2)
    assert (first["speed"], first["heading"]) == (np.float32(4.5), np.float32(359.99))
    assert second["fix_time"] == np.datetime64("2026-11-20T10:00:01")
    assert np.isnan(second["altitude"])
    assert first["suspect"] == second["suspect"] == 1  # as it was judged
    assert [(error.reason, error.detail.partition(":")[0]) for error in skipped] == [
        ("no_track", "a wpt is no position of a track"),
        ("no_fix", "point 3"),
        ("no_time", "point 4"),
        ("bad_position", "point 5"),
        ("no_id", "point 6"),
    ]


def test_an_asset_that_is_given_counts_for_all_tracks(write: Write) -> None:
    batch, skipped = read(write(GARMIN), "osmand:gulbahar-3")
    assert [asset.identity for asset in batch.assets] == ["osmand:gulbahar-3"]
    assert len(batch.positions) == 3
    assert "no_id" not in {error.reason for error in skipped}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=tracks(measure=metres), asset=assets)
def test_our_own_tracks_come_back_as_far_as_gpx_tells(
    tmp_path: Path, rows: Rows, asset: object
) -> None:
    asset = asset_called(getattr(asset, "identity", ""))
    path = tmp_path / "ours.gpx"
    rows["speed"], rows["heading"] = np.abs(rows["speed"]) % 100, np.abs(rows["heading"]) % 360
    file = FORMATS["gpx"](path)
    file.add(asset, "a name", rows)
    file.close()
    batch, skipped = read(path)
    taken = rows[(rows["fix_time"] < np.datetime64(round(NOW), "s")) & ~_nowhere(rows)]
    assert len(skipped) == len(rows) - len(taken)
    assert batch.assets == ((asset,) if len(taken) else ())
    np.testing.assert_array_equal(batch.positions["fix_time"], taken["fix_time"])
    for name, tolerance in {"latitude": 1e-9, "longitude": 1e-9, "altitude": 1e-2}.items():
        np.testing.assert_allclose(batch.positions[name], taken[name], atol=tolerance)
    np.testing.assert_allclose(batch.positions["speed"], taken["speed"], atol=1e-3)


def _nowhere(rows: Rows) -> np.ndarray:
    return np.asarray((np.abs(rows["latitude"]) < 1e-9) & (np.abs(rows["longitude"]) < 1e-9))


def test_a_long_track_comes_in_pieces(write: Write) -> None:
    point = b'<trkpt lat="34" lon="71"><time>2026-11-20T10:%02d:%02d.%03dZ</time></trkpt>'
    points = b"".join(
        point % (n // 60_000, n // 1000 % 60, n % 1000) for n in range(0, 3_600_000, 200)
    )
    path = write(b"<gpx><trk><name>x</name><trkseg>" + points + b"</trkseg></trk></gpx>")
    pieces = list(read_gpx(path, None, NOW, judge))
    assert sum(len(piece.batch) for piece in pieces) == 18_000
    assert max(len(piece.batch) for piece in pieces) < ROWS + 1000
    assert [piece.position for piece in pieces] == sorted(piece.position for piece in pieces)
    assert pieces[-1].position == path.stat().st_size


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no GPX"),
        (b"lat,lon\n1,2\n", "no GPX"),
        (b"<gpx><trk>", "no GPX"),
        (b"<kml></kml>", "its root is 'kml', not gpx"),
        (b"<gpx>" * 5000, "no GPX: elements in each other 100 deep"),
    ],
)
def test_what_is_no_gpx_is_refused_with_its_name(write: Write, content: bytes, why: str) -> None:
    with pytest.raises(HistoryError, match=f"track.gpx: {why}"):
        read(write(content))


def test_entities_are_not_looked_up_nor_multiplied(write: Write, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    path = write(
        f'<!DOCTYPE gpx [<!ENTITY l0 "ha">{laughs}<!ENTITY file SYSTEM "{secret.as_uri()}">]>'
        "<gpx><trk><name>&file;&l8;x</name><trkseg>"
        '<trkpt lat="34" lon="71"><time>2026-11-20T10:00:00Z</time></trkpt>'
        "</trkseg></trk></gpx>".encode()
    )
    try:
        batch, _ = read(path)
    except HistoryError:
        return
    (asset,) = batch.assets
    assert "hush" not in asset.identity
    assert "haha" not in asset.identity


@pytest.mark.parametrize(
    "repeated",
    [b'<wpt lat="1" lon="2"><name>here</name></wpt>', b"<trk><x>yy</x><y/></trk>"],
)
def test_a_file_of_any_length_takes_little_memory(write: Write, repeated: bytes) -> None:
    path = write(b"<gpx>" + repeated * (3_000_000 // len(repeated)) + b"</gpx>")
    code = (
        "import sys, resource; from pathlib import Path;"
        "from telemetry.history.imports.gpx_reader import read_gpx;"
        "begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "sum(1 for _ in read_gpx(Path(sys.argv[1]), None, 0, len));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begun)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert int(ended.stdout) < 6000, "kilobytes"


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.sampled_from(
                [
                    *(
                        b"<gpx>",
                        b"</gpx>",
                        b"<trk>",
                        b"</trk>",
                        b"<name>",
                        b"</name>",
                        b"\xff",
                        b"&",
                    ),
                    *(
                        b"<trkpt lat='1' lon='2'>",
                        b"</trkpt>",
                        b"<time>2026-01-01</time>",
                        b"<ele>",
                    ),
                    *(b"</ele>", b"1e999", b"<trkpt/>", b"]]>", b"<!--", b"<![CDATA[", b"x"),
                ]
            ),
            max_size=20,
        ).map(b"".join),
    )
)
def test_any_bytes_are_taken_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.gpx"
    path.write_bytes(content)
    told = refusal(lambda: read(path))
    assert told is None or ("any.gpx" in told and "\n" not in told)
