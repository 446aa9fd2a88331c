"""Recordings give the rows that the live path gave, and what is broken in them is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.columns import Rows, Source
from telemetry.batch import Batch, merged
from telemetry.history.errors import HistoryError
from telemetry.history.imports import tlog_reader
from telemetry.history.imports.formats import Reading, reading
from telemetry.history.imports.piece import Piece
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.sink import RefusedError
from telemetry.trackers.plausibility import Plausibility
from telemetry.trackers.settings import PlausibilitySettings
from tests import recordings
from tests.telemetry.history.tracks import refusal
from tests.telemetry.store.samples import same


def pieces_of(path: Path, network: str = "default") -> Iterator[Piece]:
    judge = Plausibility(PlausibilitySettings()).mark
    return Reading(path, "tlog", None, network).pieces(0, judge, MavlinkSettings())


def read(path: Path) -> tuple[Batch, list[RefusedError]]:
    pieces = list(pieces_of(path))
    return merged([Batch(), *(p.batch for p in pieces)]), [e for p in pieces for e in p.skipped]


@dataclass
class Record:
    """One of a recording's."""

    stamp: bytes
    frame: bytes

    def __bytes__(self) -> bytes:
        return self.stamp + self.frame


@cache
def records(name: str) -> list[Record]:
    """As pymavlink finds them."""
    data = recordings.recording(name).read_bytes()
    found, at = [], 0
    for message in recordings.messages(name):
        frame = recordings.frame(message)
        found.append(Record(data[at : at + 8], frame))
        at += 8 + len(frame)
        assert data[at - len(frame) : at] == frame
    assert at == len(data)
    return found


def test_positions_are_as_many_as_pymavlink_reads() -> None:
    name = "copter-signed"
    batch, skipped = read(recordings.recording(name))
    assert skipped == []
    expected = Counter(
        message.get_type()
        for message in recordings.vehicle_messages(name)
        if message.get_type() in {"GLOBAL_POSITION_INT", "GPS_RAW_INT"}
        and (message.lat, message.lon) != (0, 0)
        and getattr(message, "fix_type", 3) >= 2
    )
    assert Counter(Source(s).name for s in batch.positions["source"].tolist()) == expected
    heartbeats = [m for m in recordings.vehicle_messages(name) if m.get_type() == "HEARTBEAT"]
    stamps = [round(message._timestamp * 1e6) for message in heartbeats]
    np.testing.assert_allclose(batch.statuses["received_time"].astype(np.int64), stamps, atol=1)
    assert batch.statuses["received_time"].tolist() == batch.statuses["status_time"].tolist()


def test_a_network_gives_its_name_to_the_vehicles(tmp_path: Path) -> None:
    path = beginning("three-copters", 300, tmp_path)
    (piece,) = pieces_of(path, "north")
    told = {asset.identity for asset in piece.batch.assets}
    assert told == {"mavlink:north/1", "mavlink:north/2", "mavlink:north/3"}


def beginning(name: str, count: int, folder: Path) -> Path:
    """A recording that ends after `count` records."""
    path = folder / "beginning.tlog"
    path.write_bytes(b"".join(map(bytes, records(name)[:count])))
    return path


def test_what_is_suspect_is_judged_as_it_is_live(tmp_path: Path) -> None:
    def judge(rows: Rows) -> None:
        rows["suspect"] = rows["source"]

    path = beginning("copter-signed", 600, tmp_path)
    pieces = Reading(path, "tlog", None, "default").pieces(0, judge, MavlinkSettings())
    positions = merged([piece.batch for piece in pieces]).positions
    assert set(positions["source"].tolist()) == {1, 2}
    assert (positions["suspect"] == positions["source"]).all()


def test_a_recording_of_ours_says_its_network() -> None:
    ours = Path("north-20261121T170405250000Z.tlog")
    assert reading(ours).network == "north"
    assert reading(ours, network="south").network == "south"
    assert reading(Path("flight.tlog")).network == "default"


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("flight.bin", {}, "flight.bin: 'bin' is no format that can be replayed; take one of csv"),
        ("flight", {}, "flight: 'a name without a suffix' is no format"),
        ("x.tlog", {"asset": "a"}, "x.tlog: a recording tells its vehicles itself"),
        ("x.gpx", {"network": "a"}, "x.gpx: only a recording is of a --network"),
        ("x.tlog", {"network": "North!"}, "network name 'North!': use 1–20 of"),
    ],
)
def test_options_that_do_not_fit_the_file_are_refused(
    name: str, options: dict[str, str], why: str
) -> None:
    with pytest.raises(HistoryError, match=why):
        reading(Path(name), **options)


def test_small_blocks_and_pieces_change_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = beginning("copter-signed", 600, tmp_path)
    whole, _ = read(path)
    monkeypatch.setattr(tlog_reader, "ROWS", 10)
    pieces = list(pieces_of(path))
    assert len(pieces) > 8
    assert same(merged([piece.batch for piece in pieces]).positions, whole.positions)
    monkeypatch.setattr(tlog_reader, "BLOCK", 500)
    torn, skipped = read(path)
    assert skipped == []
    expect_same(torn, whole)


def expect_same(one: Batch, other: Batch) -> None:
    """The same rows, in whatever order the steps of time give them."""
    for ours, theirs in ((one.positions, other.positions), (one.statuses, other.statuses)):
        assert same(ordered(ours), ordered(theirs))
    assert set(one.texts) == set(other.texts)


def ordered(rows: Rows) -> Rows:
    names = [
        name
        for name in ("asset", "fix_time", "status_time", "source")
        if name in (rows.dtype.names or ())
    ]
    return np.sort(rows, order=names)


def test_broken_records_are_passed_over_and_told(tmp_path: Path) -> None:
    found = records("copter-signed")[:1000]
    whole, _ = read(beginning("copter-signed", 1000, tmp_path))
    broken = list(map(bytes, found))
    broken[300] = b"garbage without any record in it" + broken[300]
    broken[500] = b"\xfe\xfd" * 20 + broken[500]
    wrong = found[700].frame
    broken[700] = found[700].stamp + wrong[:-20] + bytes([wrong[-20] ^ 1]) + wrong[-19:]
    path = tmp_path / "broken.tlog"
    path.write_bytes(b"".join(broken)[:-5])
    batch, skipped = read(path)
    reasons = [error.reason for error in skipped]
    assert reasons.count("bad_record") == 2
    assert reasons.count("bad_frame") == 1
    assert reasons.count("torn_record") == 1
    assert set(reasons) == {"bad_record", "bad_frame", "torn_record"}
    at = sum(len(record) for record in broken[:300])
    assert skipped[0].detail == f"byte {at}: 32 bytes are no record"
    assert len(whole.positions) - 2 <= len(batch.positions) <= len(whole.positions)


@pytest.mark.parametrize("content", [b"", b"lat,lon\n" * 100, bytes(1000), b"\xfd" * 1000])
def test_what_is_no_recording_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.tlog"
    path.write_bytes(content)
    with pytest.raises(HistoryError, match=r"no\.tlog: is no recording of MAVLink"):
        read(path)


STAMP = (1_795_289_704_604_743).to_bytes(8, "big")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.binary(max_size=60).map(lambda rest: STAMP + b"\xfd" + rest),
            st.binary(max_size=60).map(lambda rest: STAMP + b"\xfe" + rest),
            st.integers(0, 2400).map(lambda number: number),
        ),
        max_size=12,
    )
)
def test_any_bytes_are_taken_or_refused(tmp_path: Path, parts: list[bytes | int]) -> None:
    real = records("copter-signed")
    path = tmp_path / "any.tlog"
    path.write_bytes(
        b"".join(bytes(real[part]) if isinstance(part, int) else part for part in parts)
    )
    told = refusal(lambda: read(path))
    assert told is None or "any.tlog" in told
