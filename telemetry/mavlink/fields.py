"""The payload of a MAVLink message as columns: its layout on the wire and in the project's units.

Both are made from pymavlink's own description of the message (order on the wire, types, units),
so any of the dialect's messages can be read. `units` has what the description lacks.

A column has the field's name and
- whole numbers in µs or ms become `m8[us]`, and the unit goes from the name (`time_boot_ms` is
  `time_boot`) unless another field has that name; what doesn't fit 63 bits is NaT;
- numbers in a unit of `units.DIVISOR` become f8 in metres, degrees, volt …;
- all else keeps its type, whole numbers that can be unknown become i8.
Unknown is NaN, NaT or -1.

Of a few hundred messages a call of numpy costs more than its work. So neighbours that are read
alike, as the six angles and rates of ATTITUDE, are a run: on the wire and among the columns they
lie side by side, and one call reads them as a matrix.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import Rows
from telemetry.mavlink.pieces import Pieces
from telemetry.mavlink.units import DIVISOR, MICROSECONDS, UNITLESS_DIVISOR, UNKNOWN

_NOT_A_TIME = np.timedelta64("NaT")
_LARGEST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Layout:
    """How one message lies on the wire, and its columns."""

    size: int
    """Bytes of the whole payload."""

    wire: np.dtype[Any]
    """The fields as they lie in the payload, little-endian and packed. An item is longer than the
    payload, a multiple of 8: MAVLink lays the longest fields first, so that all of them are aligned
    when each item begins at a multiple of 8."""

    columns: np.dtype[Any]
    """The fields in the project's units; aligned."""

    _runs: tuple[_Run, ...]
    _wire_runs: np.dtype[Any]
    _column_runs: np.dtype[Any]

    _kept: NDArray[np.uint64]
    """Of each length that a payload can have: ones where it has bytes."""

    def gather(self, payloads: Pieces) -> NDArray[np.void]:
        """Payloads of this message, one behind the other in the length of `wire`.

        MAVLink 2 cuts trailing zeros: they are put back. Bytes beyond what this dialect knows of
        the message are left out.
        """
        lengths = payloads.lengths
        gathered = payloads.gather(payloads.starts, self.wire.itemsize)
        if np.minimum.reduce(lengths, initial=self.size) < self.size:
            words = gathered.view(np.uint64).reshape(len(lengths), -1)
            words &= self._kept.take(lengths, axis=0, mode="clip")
        return gathered

    def read(self, gathered: NDArray[np.void]) -> Rows:
        """Rows of `columns` of what `gather` gave."""
        rows: Rows = np.empty(len(gathered), self.columns)
        sent, read = gathered.view(self._wire_runs), rows.view(self._column_runs)
        with np.errstate(invalid="ignore"):  # a signalling NaN from the wire is a NaN too
            for run in self._runs:
                run.read(sent[run.wire], read[run.name])
        return rows


@cache
def layout(message: int) -> Layout:
    """The layout of a message of the dialect. Raises KeyError for another id."""
    described = dialect.mavlink_map[message]
    names = described.ordered_fieldnames
    units = described.fieldunits_by_name
    wire = _wire_dtype(described.unpacker.format, names)
    fields = [_field(described.msgname, name, units.get(name, ""), wire) for name in names]
    columns = np.dtype([(field.name, field.column, field.shape) for field in fields], align=True)
    runs = tuple(_run(list(alike)) for _, alike in groupby(fields, _alike))
    size = described.unpacker.size
    lengths = np.arange(size + 1)[:, np.newaxis]
    kept = np.where(np.arange(wire.itemsize) < lengths, 0xFF, 0).astype(np.uint8).view(np.uint64)
    return Layout(
        size,
        wire,
        columns,
        runs,
        _run_dtype(wire, {run.wire: run.count for run in runs}),
        _run_dtype(columns, {run.name: run.count for run in runs}),
        kept,
    )


@dataclass(frozen=True, slots=True)
class _Field:
    wire: str
    name: str
    sent: np.dtype[Any]
    column: np.dtype[Any]
    shape: tuple[int, ...]
    microseconds: int  # a time: µs in one unit of the wire, else 0
    divisor: float  # a measure: see units.DIVISOR, else 0
    unknown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbours that are read alike."""

    wire: str  # the name of the first, on the wire and among the columns
    name: str
    count: int
    microseconds: int
    divisors: NDArray[np.float64] | None  # one for each column of a measure
    unknown: tuple[int, ...]

    def read(self, sent: NDArray[Any], columns: NDArray[Any]) -> None:
        """Write the columns."""
        if self.microseconds:
            _read_times(sent, self.microseconds, columns)
            unknown: Any = _NOT_A_TIME
        elif self.divisors is not None:
            _read_measures(sent, self.divisors, columns)
            unknown = np.nan
        else:
            columns[...] = sent
            unknown = -1
        for value in self.unknown:
            np.copyto(columns, unknown, where=sent == value)


def _read_times(sent: NDArray[Any], microseconds: int, columns: NDArray[Any]) -> None:
    ticks = columns.view(np.int64)
    ticks[...] = sent
    if microseconds != 1:
        ticks *= microseconds
    if sent.dtype.itemsize == ticks.itemsize:  # else it fits
        np.copyto(columns, _NOT_A_TIME, where=sent > _LARGEST // microseconds)


def _read_measures(
    sent: NDArray[Any], divisors: NDArray[np.float64], columns: NDArray[Any]
) -> None:
    np.divide(sent, divisors, out=columns)
    if sent.dtype.kind == "f" and not math.isfinite(np.add.reduce(columns, axis=None)):
        np.copyto(columns, np.nan, where=~np.isfinite(columns))


def _wire_dtype(struct_format: str, names: Sequence[str]) -> np.dtype[Any]:
    """The dtype of a struct format, `<IB10H50s` with one name for each item; see Layout.wire."""
    types: list[Any] = []
    for count, code in re.findall(r"(\d*)([a-zA-Z])", struct_format):
        if code in "sc":
            types.append((f"S{count or 1}",))
        else:
            types.append((f"<{code}", (int(count),)) if count else (f"<{code}",))
    packed = np.dtype([(name, *kind) for name, kind in zip(names, types, strict=True)])
    return np.dtype(
        {
            "names": names,
            "formats": [packed[name] for name in names],
            "offsets": [_offset(packed, name) for name in names],
            "itemsize": -(-packed.itemsize // 8) * 8,
        }
    )


def _offset(struct: np.dtype[Any], name: str) -> int:
    assert struct.fields is not None
    return struct.fields[name][1]


def _field(message: str, name: str, unit: str, wire: np.dtype[Any]) -> _Field:
    sent, shape = wire[name].base, wire[name].shape
    unknown = UNKNOWN.get((message, name), ())
    microseconds = MICROSECONDS.get(unit, 0)
    if microseconds and sent.kind in "iu":
        bare = re.sub(r"_(ms|us|usec)$", "", name)
        column = name if bare in (wire.names or ()) else bare
        ticks = np.dtype("m8[us]")
        return _Field(name, column, sent, ticks, shape, microseconds, 0, unknown)
    divisor = UNITLESS_DIVISOR.get((message, name), DIVISOR.get(unit, 0))
    if microseconds:
        divisor = 1e6 / microseconds
    column_type = np.dtype("f8") if divisor else np.dtype("i8") if unknown else sent
    return _Field(name, name, sent, column_type, shape, 0, divisor, unknown)


def _alike(field: _Field) -> Any:
    """Neighbours for which this is the same are a run."""
    text = field.wire if field.sent.kind == "S" else ""  # numpy has no arrays of texts in a field
    return field.sent, field.column, field.microseconds, field.divisor > 0, field.unknown, text


def _run(alike: Sequence[_Field]) -> _Run:
    first = alike[0]
    counts = [math.prod(field.shape) for field in alike]
    divisors = np.repeat([field.divisor for field in alike], counts)
    return _Run(
        first.wire,
        first.name,
        sum(counts),
        first.microseconds,
        divisors if first.divisor else None,
        first.unknown,
    )


def _run_dtype(struct: np.dtype[Any], counts: Mapping[str, int]) -> np.dtype[Any]:
    """The same struct with so many neighbours, from a field on, as one field of its name."""
    return np.dtype(
        {
            "names": list(counts),
            "formats": [
                (struct[name].base, count) if count > 1 else struct[name].base
                for name, count in counts.items()
            ],
            "offsets": [_offset(struct, name) for name in counts],
            "itemsize": struct.itemsize,
        }
    )
