"""Zones for tests."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import shapely
from hypothesis import strategies as st

from fleet.daylight import ELEVATIONS
from fleet.schedules import Hours, Period
from fleet.zones import Circle, Limit, Reference, Zone

SQUARE = [[71.50, 34.00], [71.52, 34.00], [71.52, 34.02], [71.50, 34.02], [71.50, 34.00]]

_TEXT = st.text(st.sampled_from("abc ABC پش-./1"), max_size=20).map(lambda s: " ".join(s.split()))
_OFFSETS = st.sampled_from([UTC, timezone(timedelta(hours=5)), timezone(timedelta(hours=-9.5))])
_CLOCKS = st.one_of(
    st.builds(
        lambda minutes, zone: time(minutes // 60, minutes % 60, tzinfo=zone),
        st.integers(0, 1439),
        _OFFSETS,
    ),
    st.sampled_from(sorted(ELEVATIONS)),
)
_HOURS = st.builds(Hours, _CLOCKS, _CLOCKS, st.frozensets(st.integers(0, 6), min_size=1))
_MOMENTS = st.datetimes(datetime(2025, 11, 1), datetime(2025, 12, 1), timezones=_OFFSETS)  # noqa: DTZ001  # hypothesis adds the zone


@st.composite
def _shapes(draw: st.DrawFn) -> shapely.Polygon | shapely.MultiPolygon | Circle:
    west, south = draw(st.floats(-179, 178)), draw(st.floats(-60, 59))
    kind = draw(st.sampled_from(["circle", "polygon", "multipolygon"]))
    if kind == "circle":
        return Circle(south, west, draw(st.floats(1, 50_000)))
    square = shapely.orient_polygons(shapely.box(west, south, west + 0.2, south + 0.1))
    if kind == "polygon":
        return square
    return shapely.MultiPolygon(
        [square, shapely.box(west + 0.5, south, west + 0.6, south + 0.1, ccw=True)]
    )


@st.composite
def zones(draw: st.DrawFn) -> Zone:
    """Zones of all kinds."""
    start, length = draw(_MOMENTS), draw(st.timedeltas(timedelta(0), timedelta(days=10)))
    periods = st.builds(
        lambda open_start, open_end, hours: Period(
            None if open_start else start, None if open_end else start + length, tuple(hours)
        ),
        st.booleans(),
        st.booleans(),
        st.lists(_HOURS, max_size=2),
    )
    reference: Reference = draw(st.sampled_from(["AGL", "AMSL", "WGS84"]))
    lower = draw(st.none() | st.floats(-100, 100).map(lambda h: Limit(h, reference)))
    upper = draw(st.none() | st.floats(100, 5000).map(lambda h: Limit(h, reference)))
    return Zone(
        identifier=draw(_TEXT.filter(bool)),
        shape=draw(_shapes()),
        lower=lower,
        upper=upper,
        restriction=draw(
            st.sampled_from(["PROHIBITED", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"])
        ),
        name=draw(_TEXT),
        periods=draw(st.lists(periods, max_size=2).map(tuple)),
        conditions=draw(_TEXT),
        authority=draw(_TEXT),
        source=draw(_TEXT),
    )
