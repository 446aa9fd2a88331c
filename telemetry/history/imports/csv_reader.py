"""CSV: what `nigehban export` writes, and tables of others whose columns have common names."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from fleet.assets import Asset
from fleet.moments import microseconds
from telemetry.history.csv_file import HEADER
from telemetry.history.errors import HistoryError
from telemetry.history.imports.piece import ROWS, Judge, Piece
from telemetry.history.imports.rows import Gathered, asset_called, position
from telemetry.history.values import NUMBERS, SOURCE_NAMES, SUSPECT_NAMES
from telemetry.sink import RefusedError
from telemetry.trackers.values import EARLIEST_FIX, number

LINE_BYTES_MOST = 64 << 10
"""A longer line is no row of a table."""

_DELIMITERS = ",;\t"

_CALLED = {
    "asset": ("asset", "identity", "id", "device", "device_id", "deviceid", "vehicle", "name"),
    "fix_time": ("fix_time", "time", "timestamp", "datetime", "date_time", "utc", "fixtime"),
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "lon", "lng", "long", "x"),
    "altitude": ("altitude", "alt", "ele", "elevation"),
    "height": ("height", "relative_altitude"),
    "heading": ("heading", "course", "bearing", "cog"),
    "speed": ("speed", "speed_mps", "speed_kmh", "speed_kph", "speed_knots"),
    "climb": ("climb",),
    "accuracy": ("accuracy", "hacc"),
}
"""What others call our columns; of several that are there the first of these counts."""

_METRES_PER_SECOND = {"speed_kmh": 1 / 3.6, "speed_kph": 1 / 3.6, "speed_knots": 1852 / 3600}
"""A speed is in metres per second unless its column says otherwise."""

_SOURCES = {name: number for number, name in SOURCE_NAMES.items()}
_SUSPECT = {name: flag for flag, name in SUSPECT_NAMES.items()}

_INT16_MOST = 32_767
_LATEST = microseconds(datetime(2100, 1, 1, tzinfo=UTC))

_Row = tuple[Asset, tuple[object, ...]]
_Reader = Callable[[list[str]], _Row]


def read_csv(path: Path, asset: str | None, received: float, judge: Judge) -> Iterator[Piece]:
    """Pieces of a table of positions, those of `asset` where it has no column for that.

    `received` is our clock in seconds since 1970. What `nigehban export` wrote gives the same rows
    again and says itself whose they are; all other rows are IMPORTED, of `asset` if it is given,
    their times UTC where no zone is told, and `judge` judges them. Raises HistoryError for a file that is no table of
    positions, OSError.
    """
    with path.open("rb") as file:
        lines = _Lines(file, path)
        number = 1
        try:
            first = next(lines, "")
            delimiter = max(_DELIMITERS, key=first.count)
            header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
            read = _reader(path, header, asset, received)
            table = csv.reader(lines, delimiter=delimiter)
            rows = Gathered(None if header == HEADER else judge)
            skipped: list[RefusedError] = []
            for row in table:
                number = table.line_num + 1
                if row:  # not an empty line
                    try:
                        rows.add(*read(row))
                    except RefusedError as error:
                        skipped.append(RefusedError(error.reason, f"line {number}: {error.detail}"))
                if len(rows) + len(skipped) >= ROWS:
                    yield Piece(rows.batch(), tuple(skipped), lines.read)
                    skipped = []
        except csv.Error as error:
            raise HistoryError(f"{path}: after line {number} there is no CSV: {error}") from None
        yield Piece(rows.batch(), tuple(skipped), lines.read)


def _reader(path: Path, header: list[str], asset: str | None, received: float) -> _Reader:
    """What reads the rows under a header. Raises HistoryError."""
    if header != HEADER:
        return _foreign(path, header, asset, received)
    if asset is not None:
        raise HistoryError(f"{path}: says itself whose positions they are; leave --asset out")
    return _exact


def _foreign(path: Path, header: list[str], asset: str | None, received: float) -> _Reader:
    """Reads rows under a header of others. Raises HistoryError if it lacks what is needed."""
    names = [name.lower() for name in header]
    columns: dict[str, int] = {}
    for ours, called in _CALLED.items():
        there = [names.index(theirs) for theirs in called if theirs in names]
        if there:
            columns[ours] = there[0]
    missing = {"fix_time", "latitude", "longitude"} - columns.keys()
    if missing:
        raise HistoryError(
            f"{path}: its first line has no column {', '.join(sorted(missing))}; "
            f"it begins {','.join(header)[:80]!r}"
        )
    if "asset" not in columns and asset is None:
        raise HistoryError(f"{path}: no column says whose positions they are; give --asset")
    scale = _METRES_PER_SECOND.get(names[columns["speed"]], 1.0) if "speed" in columns else 1.0

    def read(row: list[str]) -> _Row:
        told: dict[str, object] = {
            name: row[at].strip() for name, at in columns.items() if at < len(row)
        }
        whose = asset_called(asset or str(told.get("asset", "")))
        if scale != 1:
            told["speed"] = scale * number("speed", told.get("speed"), -math.inf, math.inf)
        return whose, position(whose, told, received)

    return read


def _exact(row: list[str]) -> _Row:
    """A row as `CsvFile` writes it, with what only the database's own rules refuse."""
    if len(row) != len(HEADER):
        raise RefusedError("bad_row", f"{len(row)} fields instead of {len(HEADER)}")
    told = dict(zip(HEADER, row, strict=True))
    whose = asset_called(told["asset"], told["kind"])
    values = {name: _float(name, told[name]) for name in NUMBERS}
    if not (abs(values["latitude"]) <= 90 and abs(values["longitude"]) <= 180):
        raise RefusedError("bad_position", "latitude or longitude is none on Earth")
    return whose, (
        whose.key,
        _time("received_time", told["received_time"]),
        _time("fix_time", told["fix_time"]),
        _number_of("source", told["source"], _SOURCES),
        *values.values(),
        sum(_number_of("suspect", word, _SUSPECT) for word in told["suspect"].split()),
    )


def _float(name: str, text: str) -> float:
    try:
        return float(text) if text else math.nan
    except ValueError:
        raise RefusedError("bad_number", f"{name}={text[:40]!r} is no number") from None


def _time(name: str, text: str) -> int:
    try:
        time = microseconds(datetime.fromisoformat(text))
    except (ValueError, TypeError):  # no time, or one without a zone
        raise RefusedError("bad_time", f"{name}={text[:40]!r} is no time in UTC") from None
    if not EARLIEST_FIX <= time < _LATEST:
        raise RefusedError("absurd_time", f"{name}={text[:40]!r} is not from 2000 to 2100")
    return time


def _number_of(name: str, word: str, known: Mapping[str, int]) -> int:
    """The number of a word, which may be a number of a later version already."""
    if word in known:
        return known[word]
    if word.isascii() and word.isdecimal() and int(word) <= _INT16_MOST:
        return int(word)
    raise RefusedError(f"bad_{name}", f"{name} {word[:40]!r} is not known")


class _Lines:
    """The lines of a file as text, counting its bytes. Raises HistoryError."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LINE_BYTES_MOST)
        if not line:
            raise StopIteration
        if len(line) == LINE_BYTES_MOST:
            raise HistoryError(
                f"{self._path}: a line of {LINE_BYTES_MOST} bytes or more: this is no table"
            )
        begins = self.read == 0
        self.read += len(line)
        text = line.decode("utf-8", errors="replace").replace("\0", "\ufffd")
        return text.removeprefix("\ufeff") if begins else text
