"""COPY BINARY, packed by us and read back by psycopg."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.store import pgcopy
from tests.databases import Servers

pytestmark = pytest.mark.integration

DTYPE = np.dtype(
    [
        ("key", "i8"),
        ("time", "M8[us]"),
        ("level", "i1"),
        ("count", "i2"),
        ("flags", "i4"),
        ("part", "f4"),
        ("whole", "f8"),
        ("word", "S16"),
    ]
)

_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)

_rows = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - as numpy has them
        st.none() | st.integers(-128, 127).filter(lambda value: value != -1),
        st.integers(-(2**15), 2**15 - 1),
        st.integers(-(2**31), 2**31 - 1),
        st.none() | st.floats(width=32, allow_nan=False),
        st.none() | st.floats(allow_nan=False),
        st.none() | _texts.filter(lambda text: 0 < len(text.encode()) <= 16),
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def connection(servers: Servers) -> Iterator[psycopg.Connection]:
    with psycopg.connect(servers["postgresql"].dsn(), autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(
            "CREATE TEMPORARY TABLE packed (key bigint, time timestamptz, level smallint,"
            " count smallint, flags integer, part real, whole double precision, word text)"
        )
        yield connection


@settings(max_examples=60, deadline=None)
@given(rows=_rows)
def test_what_is_packed_is_what_is_read(
    connection: psycopg.Connection, rows: list[tuple[Any, ...]]
) -> None:
    array = np.zeros(len(rows), DTYPE)
    for at, (key, time, level, count, flags, part, whole, word) in enumerate(rows):
        array[at] = (
            key,
            np.datetime64("NaT") if time is None else np.datetime64(time, "us"),
            -1 if level is None else level,
            count,
            flags,
            np.nan if part is None else part,
            np.nan if whole is None else whole,
            b"" if word is None else word.encode(),
        )
    connection.execute("TRUNCATE packed")
    with connection.cursor().copy("COPY packed FROM STDIN (FORMAT BINARY)") as copy:
        for piece in pgcopy.pack(array, columns=DTYPE.names or (), minus_one_is_null={"level"}):
            copy.write(piece)
    read = connection.execute("SELECT * FROM packed", binary=True).fetchall()
    expected = [
        (key, None if time is None else time.replace(tzinfo=UTC), *others)
        for key, time, *others in rows
    ]
    assert read == expected
