"""Tracks for the tests of files: any that history can hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from fleet.assets import Asset, Kind
from fleet.columns import POSITION, Rows, Source, blank
from telemetry.history.errors import HistoryError

EARLIEST, LATEST = 946_684_800_000_000, 4_102_444_799_999_999
"""2000 and 2100 in µs since 1970."""

AWKWARD = ('car "7", the <new> & fast', "گاڑی ۷", "a;b|c", "=1+1", "  spaces  ", "':|[0]*?")
"""Names that mean something in one format or another."""

_MEASURES = ("altitude", "height", "heading", "speed", "climb", "accuracy")

_microseconds = st.integers(EARLIEST, LATEST)
_measure = st.one_of(st.just(np.nan), st.floats(width=32, allow_nan=False, allow_infinity=False))

names = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(
        lambda text: text.isprintable() and text.strip() != ""
    ),
)
assets = st.builds(
    Asset, names.map(lambda name: f"osmand:{name}"), st.sampled_from([Kind.CAR, Kind.DRONE])
)


_source = st.one_of(st.sampled_from([int(source) for source in Source]), st.integers(10, 32_767))


@st.composite
def tracks(
    draw: st.DrawFn,
    *,
    most: int = 30,
    measure: st.SearchStrategy[float] = _measure,
    source: st.SearchStrategy[int] = _source,
) -> Rows:
    """POSITION rows of one asset, in the order of their times."""
    times = sorted(draw(st.lists(_microseconds, min_size=1, max_size=most, unique=True)))
    rows = blank(POSITION, len(times))
    rows["fix_time"] = np.array(times, np.int64).view("M8[us]")
    for row in rows:
        row["received_time"] = np.int64(draw(_microseconds)).view("M8[us]")
        row["source"] = draw(source)
        row["latitude"] = draw(st.floats(-90, 90))
        row["longitude"] = draw(st.floats(-180, 180))
        for name in _MEASURES:
            row[name] = draw(measure)
        row["suspect"] = draw(st.integers(0, 20))
    return rows


def refusal(read: Callable[[], object]) -> str | None:
    """What is said against a file; None if it is taken."""
    try:
        read()
    except HistoryError as error:
        return str(error)
    return None


metres = st.one_of(st.just(np.nan), st.floats(-1000, 50_000, width=32))
"""A measure as it may be on Earth, for formats with so many digits."""
