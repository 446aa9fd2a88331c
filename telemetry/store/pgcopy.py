"""Structured arrays as PostgreSQL's COPY BINARY, packed column by column.

The format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY. A row is its
count of fields (int16), then for each field its length (int32, −1 for NULL) and its value, all
big-endian. A NULL has no value bytes, so rows differ in length: all rows are laid out at full
width first, less the columns that are NULL in all of them, and what is not to be sent is then left
out by one mask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

EPOCH = np.datetime64("2000-01-01", "us")
"""Where PostgreSQL's timestamps begin."""

PIECE_ROWS = 2000
"""Rows of a piece: the server reads one while the next is being packed."""

_LENGTH = np.dtype(">i4")


def pack(
    rows: Rows,
    *,
    columns: Sequence[str],
    minus_one_is_null: Collection[str] = (),
    never_null: Collection[str] = (),
) -> Iterator[bytes]:
    """`columns` of the structured array `rows`, for `COPY … FROM STDIN (FORMAT BINARY)`, in pieces.

    i1 and i2 become smallint, i4 integer, i8 bigint, f4 real, f8 double precision, M8[us]
    timestamptz and S text. NaN, NaT and an empty S become NULL, and so does −1 in the columns
    `minus_one_is_null`; but an empty S in the columns `never_null` is an empty text. Raises
    TypeError for any other type of column.
    """
    yield HEADER
    for start in range(0, len(rows), PIECE_ROWS):
        piece = rows[start : start + PIECE_ROWS]
        yield _pack_rows(piece, columns, minus_one_is_null, never_null)
    yield TRAILER


def _pack_rows(
    rows: Rows,
    columns: Sequence[str],
    minus_one_is_null: Collection[str],
    never_null: Collection[str],
) -> bytes:
    wire = [_wire_type(rows.dtype[name]) for name in columns]
    lengths = [
        _lengths(rows[name], kind, null_if_minus_one=name in minus_one_is_null)
        for name, kind in zip(columns, wire, strict=True)
    ]
    for name, length in zip(columns, lengths, strict=True):
        if name in never_null:
            np.maximum(length, 0, out=length)
    fields: list[tuple[str, np.dtype[Any]]] = [("count", np.dtype(">i2"))]
    for index, kind in enumerate(wire):
        fields.append((f"length{index}", _LENGTH))
        if np.any(lengths[index] > 0):
            fields.append((f"value{index}", kind))
    layout = np.dtype(fields)
    places: Mapping[str, tuple[Any, ...]] = layout.fields or {}
    table = np.zeros(len(rows), layout)
    table["count"] = len(columns)
    sent = None  # which bytes of the table; all unless said
    for index, name in enumerate(columns):
        table[f"length{index}"] = lengths[index]
        if f"value{index}" not in places:
            continue
        values, width, start = rows[name], wire[index].itemsize, places[f"value{index}"][1]
        table[f"value{index}"] = values - EPOCH if values.dtype.kind == "M" else values
        if np.any(lengths[index] != width):
            if sent is None:
                sent = np.ones((len(rows), layout.itemsize), np.bool_)
            sent[:, start : start + width] = np.arange(width) < lengths[index][:, None]
    if sent is None:
        return table.tobytes()
    return table.view(np.uint8).reshape(sent.shape)[sent].tobytes()


def _wire_type(kind: np.dtype[Any]) -> np.dtype[Any]:
    match kind.kind, kind.itemsize:
        case ("i", 1 | 2):
            return np.dtype(">i2")
        case ("i" | "f", 4 | 8):
            return kind.newbyteorder(">")
        case ("M", 8) if np.datetime_data(kind) == ("us", 1):
            return np.dtype(">i8")
        case ("S", _):
            return kind
    raise TypeError(f"a column of type {kind} has no counterpart in COPY BINARY")


def _lengths(
    values: NDArray[Any], kind: np.dtype[Any], *, null_if_minus_one: bool
) -> NDArray[np.int32]:
    """Bytes of each value on the wire; −1 where it is NULL."""
    lengths = np.full(len(values), kind.itemsize, np.int32)
    match values.dtype.kind:
        case "f":
            lengths[np.isnan(values)] = -1
        case "M":
            lengths[np.isnat(values)] = -1
        case "S":
            lengths[:] = np.strings.str_len(values)
            lengths[lengths == 0] = -1
        case _ if null_if_minus_one:
            lengths[values == -1] = -1
    return lengths
