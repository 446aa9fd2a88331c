"""COPY BINARY's bytes, as the manual of PostgreSQL describes them."""

from __future__ import annotations

import struct
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.columns import Rows
from telemetry.store import pgcopy

DTYPE = np.dtype(
    [
        ("key", "i8"),
        ("time", "M8[us]"),
        ("level", "i1"),
        ("count", "i2"),
        ("flags", "i4"),
        ("part", "f4"),
        ("whole", "f8"),
        ("word", "S6"),
    ]
)
NAMES = DTYPE.names or ()

_EPOCH = int(np.datetime64("2000-01-01", "us").astype(np.int64))
_NAT = np.iinfo(np.int64).min

_rows = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.one_of(st.just(_NAT), st.integers(-(10**15), 4 * 10**15)),
        st.integers(-128, 127),
        st.integers(-(2**15), 2**15 - 1),
        st.integers(-(2**31), 2**31 - 1),
        st.floats(width=32),
        st.floats(),
        st.binary(max_size=6).map(lambda word: word.rstrip(b"\0")),
    ),
    max_size=20,
)


def _array(rows: list[tuple[Any, ...]]) -> np.ndarray[Any, np.dtype[np.void]]:
    return np.array(rows, DTYPE)


def _read(packed: bytes) -> list[list[bytes | None]]:
    """The fields of each row, read one after the other."""
    assert packed.startswith(b"PGCOPY\n\xff\r\n\0" + bytes(8))
    at, rows = 19, []
    while (count := struct.unpack_from(">h", packed, at)[0]) != -1:
        at += 2
        fields: list[bytes | None] = []
        for _ in range(count):
            (length,) = struct.unpack_from(">i", packed, at)
            at += 4
            fields.append(None if length == -1 else packed[at : at + length])
            at += max(length, 0)
        rows.append(fields)
    assert packed[at:] == b"\xff\xff"
    return rows


def _packed(rows: Rows, **how: Any) -> bytes:
    return b"".join(pgcopy.pack(rows, **how))


@given(_rows)
def test_each_value_is_sent_and_what_is_unknown_is_null(rows: list[tuple[Any, ...]]) -> None:
    packed = _packed(_array(rows), columns=NAMES, minus_one_is_null={"level", "flags"})
    assert _read(packed) == [
        [
            struct.pack(">q", key),
            None if time == _NAT else struct.pack(">q", time - _EPOCH),
            None if level == -1 else struct.pack(">h", level),
            struct.pack(">h", count),
            None if flags == -1 else struct.pack(">i", flags),
            None if isnan(part) else struct.pack(">f", part),
            None if isnan(whole) else struct.pack(">d", whole),
            word or None,
        ]
        for key, time, level, count, flags, part, whole, word in rows
    ]


def test_columns_are_sent_in_the_order_asked_for() -> None:
    row = _array([(7, 0, 1, 2, 3, 4.0, 5.0, b"six")])
    assert _read(_packed(row, columns=["word", "key"])) == [[b"six", struct.pack(">q", 7)]]


def test_a_type_without_counterpart_is_refused() -> None:
    rows = np.zeros(1, np.dtype([("unsigned", "u8")]))
    with pytest.raises(TypeError, match="uint64 has no counterpart"):
        _packed(rows, columns=["unsigned"])


def test_a_time_in_other_units_is_refused() -> None:
    rows = np.zeros(1, np.dtype([("time", "M8[ms]")]))
    with pytest.raises(TypeError, match=r"datetime64\[ms\] has no counterpart"):
        _packed(rows, columns=["time"])


def test_many_rows_are_sent_in_pieces_of_which_none_is_lost() -> None:
    rows = np.zeros(2 * pgcopy.PIECE_ROWS + 1, np.dtype([("key", "i8"), ("part", "f4")]))
    rows["key"] = np.arange(len(rows))
    rows["part"][: pgcopy.PIECE_ROWS] = np.nan  # a column that is NULL in all of a piece
    rows["part"][-1] = np.nan
    pieces = list(pgcopy.pack(rows, columns=["key", "part"]))
    assert len(pieces) == 5
    read = _read(b"".join(pieces))
    assert [key for key, _ in read] == [struct.pack(">q", key) for key in range(len(rows))]
    known = [part is not None for _, part in read]
    assert known == [False] * pgcopy.PIECE_ROWS + [True] * pgcopy.PIECE_ROWS + [False]
