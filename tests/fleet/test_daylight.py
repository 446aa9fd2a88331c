"""The sun against almanacs: London and Tromsø 2024 (HM Nautical Almanac Office, to the minute)."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.daylight import ELEVATIONS, SunEvent, sun_event

LONDON = (51.5074, -0.1278)
TROMSO = (69.65, 18.96)


@pytest.mark.parametrize(
    ("event", "day", "expected"),
    [
        ("SR", date(2024, 6, 20), "03:43"),
        ("SS", date(2024, 6, 20), "20:21"),
        ("SR", date(2024, 12, 21), "08:04"),
        ("SS", date(2024, 12, 21), "15:53"),
    ],
)
def test_sunrise_and_sunset_in_london(event: SunEvent, day: date, expected: str) -> None:
    found = sun_event(event, day, *LONDON)
    assert found is not None
    due = datetime.fromisoformat(f"{day}T{expected}:00Z")
    assert abs(found - due) < timedelta(minutes=1.5)


def test_in_the_polar_day_and_night_there_is_no_sunset() -> None:
    assert sun_event("SS", date(2024, 6, 20), *TROMSO) is None
    assert sun_event("SR", date(2024, 12, 20), *TROMSO) is None
    assert sun_event("BMCT", date(2024, 12, 20), *TROMSO) is not None  # there is twilight at noon


days = st.dates(date(1990, 1, 1), date(2045, 1, 1))


@given(days, st.floats(-60, 60), st.floats(-180, 180))
def test_the_events_of_a_day_follow_each_other_around_solar_noon(
    day: date, latitude: float, longitude: float
) -> None:
    found = [sun_event(event, day, latitude, longitude) for event in ("BMCT", "SR", "SS", "EECT")]
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(hours=longitude / 15)
    moments = [moment for moment in found if moment is not None]
    assert moments == sorted(moments)
    assert all(abs(moment - noon) <= timedelta(hours=12.4) for moment in moments)
    if found[1] is not None and found[2] is not None:
        middle = found[1] + (found[2] - found[1]) / 2
        assert abs(middle - noon) < timedelta(minutes=18)  # the equation of time


@given(days, st.floats(-65, 65), st.floats(-180, 180), st.sampled_from(sorted(ELEVATIONS)))
def test_at_an_event_the_sun_stands_at_its_elevation(
    day: date, latitude: float, longitude: float, event: SunEvent
) -> None:
    """Reckoned another way: Meeus' declination of chapter 25, low accuracy, and sidereal time."""
    moment = sun_event(event, day, latitude, longitude)
    if moment is None:
        return
    assert elevation(moment, latitude, longitude) == pytest.approx(ELEVATIONS[event], abs=0.15)


def elevation(moment: datetime, latitude: float, longitude: float) -> float:
    days = (moment - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=1)
    century = days / 36525
    mean = 280.46646 + 36000.76983 * century
    anomaly = math.radians(357.52911 + 35999.05029 * century)
    centre = 1.914602 * math.sin(anomaly) + 0.019993 * math.sin(2 * anomaly)
    apparent = math.radians(mean + centre - 0.00569)
    tilt = math.radians(23.439291 - 0.0130042 * century)
    declination = math.asin(math.sin(tilt) * math.sin(apparent))
    ascension = math.atan2(math.cos(tilt) * math.sin(apparent), math.cos(apparent))
    sidereal = math.radians(280.46061837 + 360.98564736629 * days + longitude)
    parallel = math.radians(latitude)
    return math.degrees(
        math.asin(
            math.sin(parallel) * math.sin(declination)
            + math.cos(parallel) * math.cos(declination) * math.cos(sidereal - ascension)
        )
    )
