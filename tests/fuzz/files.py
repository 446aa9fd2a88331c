"""The readers of files: what is damaged is passed over or refused in one line that names the file."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from fleet.assets import Asset, Kind
from fleet.columns import POSITION, STATUS, Rows, blank
from telemetry.batch import Batch
from telemetry.history.csv_file import HEADER
from telemetry.history.imports.csv_reader import read_csv
from telemetry.history.imports.gpx_reader import read_gpx
from telemetry.history.imports.piece import Piece
from telemetry.history.imports.tlog_reader import read_tlog
from telemetry.mavlink.vehicles import Vehicles
from telemetry.spool import packing, records
from telemetry.spool.errors import SpoolError
from telemetry.spool.segments import Spool
from tests.telemetry.history.tracks import refusal
from tests.telemetry.mavlink.sending import Sender

NOW = 1_790_000_000.5
_HOME = tempfile.TemporaryDirectory(prefix="nigehban-fuzz-")
_STAMP = (1_789_999_000_000_000).to_bytes(8, "big")


def _batch() -> Batch:
    cars = (Asset("osmand:car-7", Kind.CAR),)
    positions, statuses = blank(POSITION, 2), blank(STATUS, 1)
    positions["asset"] = statuses["asset"] = cars[0].key
    return Batch(cars, positions, statuses)


_TABLE = b"time,lat,lon,id,speed_kmh\n2026-09-21T12:00:00Z,34.01,71.52,car-7,36\n"
_GPX = (
    b'<gpx version="1.1"><trk><name>car-7</name><trkseg><trkpt lat="34.01" lon="71.52">'
    b"<ele>359</ele><time>2026-09-21T12:00:00Z</time></trkpt></trkseg></trk></gpx>"
)
_RECORDING = b"".join(
    _STAMP + frame for frame in (Sender(1).heartbeat(4), Sender(1).position(1000))
)
_PACKED = packing.pack(_batch())
SEEDS = [
    _TABLE,
    ",".join(HEADER).encode() + b"\n",
    _GPX,
    _RECORDING,
    _PACKED,
    records.pack(0, _PACKED) + records.pack(1, b"x" * 30) + records.pack(2, b""),
]


def spool_records(data: bytes) -> None:
    """A segment: its records are whole, in their order, and what `pack` had made."""
    end = 0
    for record in records.read(data):
        assert end <= record.start
        end = record.end
        assert end <= len(data)
        assert records.pack(record.sequence, record.payload) == data[record.start : end]


def spool_batch(data: bytes) -> None:
    """A record's payload, as it is and with its magic number before it."""
    for payload in (data, struct.pack("<4sI", b"NGB1", len(data)) + data):
        with suppress(packing.PackingError):
            batch = packing.unpack(payload)
            assert batch.positions.dtype == POSITION
            assert batch.statuses.dtype == STATUS


def spool_folder(data: bytes) -> None:
    """A folder in which the last segment is this: it opens, and is written and read again."""
    with tempfile.TemporaryDirectory(dir=_HOME.name) as folder:
        (Path(folder) / f"{0:020}.segment").write_bytes(data)
        spool = Spool(Path(folder), 1 << 20)
        spool.open()
        try:
            with suppress(SpoolError):  # no number is left behind the largest one
                spool.append([b"the last"])
                found = []
                while some := spool.oldest(1 << 20):
                    found += some
                    spool.commit(some[-1])
                assert found[-1].payload == b"the last"
                assert spool.waiting == 0
        finally:
            spool.close()


def csv(data: bytes) -> None:
    """A table."""
    _read("any.csv", data, partial(read_csv, asset=None, received=NOW, judge=_judge))


def gpx(data: bytes) -> None:
    """Tracks."""
    _read("any.gpx", data, partial(read_gpx, asset=None, received=NOW, judge=_judge))


def tlog(data: bytes) -> None:
    """A recording, and one of which only the frame of the second record is made up."""
    for content in (data, _RECORDING + _STAMP + data):
        vehicles = Vehicles("default", 255, 5.0)
        _read("any.tlog", content, partial(read_tlog, vehicles=vehicles, judge=_judge))


def _read(name: str, data: bytes, read: Callable[[Path], Iterator[Piece]]) -> None:
    path = Path(_HOME.name) / name
    path.write_bytes(data)

    def take() -> None:
        for piece in read(path):
            assert piece.position <= len(data)
            _in_range(piece.batch.positions)
            assert all("\n" not in str(error) for error in piece.skipped)

    told = refusal(take)
    assert told is None or (name in told and "\n" not in told)


def _in_range(positions: Rows) -> None:
    assert bool(np.all(np.abs(positions["latitude"]) <= 90))
    assert bool(np.all(np.abs(positions["longitude"]) <= 180))


def _judge(_positions: Rows) -> None:
    """Nothing is suspect."""
