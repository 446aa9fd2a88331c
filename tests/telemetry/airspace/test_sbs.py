"""Lines of aircraft."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.airspace.columns import Datum, Flag
from sitl.intruders.adsb import sbs_lines
from sitl.intruders.flight import Motion
from telemetry.airspace import sbs
from telemetry.airspace.sbs import SbsReader
from telemetry.sink import RefusedError
from tests.telemetry.airspace.radio import RECEIVED

MOTION = Motion(100.0, 200.0, 500.0, 30.0, -40.0, 2.0)
POSITION, VELOCITY = (line.encode() for line in sbs_lines(0x76ABCD, "PIA301", MOTION, RECEIVED))
REAL = (
    b"MSG,3,111,11111,AA2BC2,111111,2016/03/11,13:07:05.343,2016/03/11,13:07:05.288,,28000,"
    b",,53.02551,-2.91389,,,0,0,0,0"
)
"""From the format's description."""


def test_a_position_goes_with_the_velocity_and_call_sign_told_before_it() -> None:
    reader = SbsReader("sbs:roof")
    assert not len(reader.take(VELOCITY, RECEIVED))
    (row,) = reader.take(POSITION, RECEIVED + 1)
    assert (row["sensor"], row["key"], row["identity"]) == (b"sbs:roof", b"76abcd", b"icao:76abcd")
    assert row["call_sign"] == b"PIA301"
    assert [row["east"], row["north"], row["up"]] == pytest.approx([30, -40, 2], abs=0.1)
    assert row["altitude"] == pytest.approx(MOTION.place.altitude, abs=0.2)
    assert row["datum"] == Datum.PRESSURE
    assert row["flags"] == Flag.CLOCK


def test_an_old_velocity_is_not_told_any_more() -> None:
    reader = SbsReader("s")
    reader.take(VELOCITY, RECEIVED)
    (row,) = reader.take(POSITION, RECEIVED + sbs.VELOCITY_AGE + 1)
    assert np.isnan(row["east"])
    assert row["call_sign"] == b"PIA301"


def test_a_real_line_and_those_without_position() -> None:
    reader = SbsReader("s")
    (row,) = reader.take(REAL + b"\r\n", RECEIVED)
    assert (row["latitude"], row["longitude"]) == (53.02551, -2.91389)
    assert row["altitude"] == pytest.approx(28000 * 0.3048)
    for line in (b"", b"STA,,5,179,400AE7,10103,2008/11/28,14:58:51,2008/11/28,14:58:51,RM"):
        assert not len(reader.take(line, RECEIVED))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"GET / HTTP/1.1", "malformed"),
        (b"MSG,3,1", "malformed"),
        (b"\xff" * 20, "malformed"),
        (b"MSG," * 200, "too_large"),
        (REAL.replace(b"AA2BC2", b"AA2BCX"), "bad_id"),
        (REAL.replace(b"53.02551", b"north"), "bad_number"),
        (REAL.replace(b"53.02551", b"153.0"), "out_of_range"),
    ],
)
def test_bad_lines_are_refused_with_the_reason(line: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        SbsReader("s").take(line, RECEIVED)
    assert caught.value.reason == reason


def test_made_up_aircraft_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbs, "AIRCRAFT_MOST", 5)
    reader = SbsReader("s")
    for number in range(20):
        reader.take(REAL.replace(b"AA2BC2", b"%06X" % number), RECEIVED)
    assert len(reader._aircraft) == 5


@given(st.lists(st.text("0123456789.-,ABMSGx", max_size=8), min_size=20, max_size=24))
def test_no_line_breaks_the_reader(fields: list[str]) -> None:
    line = ",".join(["MSG", "3", "", "", "AA2BC2", *fields])
    try:
        rows = SbsReader("s").take(line.encode(), RECEIVED)
    except RefusedError:
        return
    assert (np.abs(rows["latitude"]) <= 90).all()
