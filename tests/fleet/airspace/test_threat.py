"""What threatens which zone, how soon, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fleet.airspace.columns import CONTACT, ContactClass, Doubt
from fleet.airspace.motion import moved, offsets
from fleet.airspace.threat import HORIZON, Behaviour, Protected, approach, assess, levels
from fleet.columns import Rows, blank
from tests.fleet.airspace.making import at
from tests.fleet.airspace.scenes import PLACE


def square(name: str, east: float, north: float, half: float) -> Protected:
    """A square zone about a point, metres from PLACE."""
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    ring = [moved(*PLACE, east + x, north + y) for x, y in corners]
    return Protected(name, shapely.Polygon([(longitude, latitude) for latitude, longitude in ring]))


def contact(
    east: float,
    north: float,
    velocity: tuple[float, float] = (0, 0),
    kind: ContactClass = ContactClass.NOT_COOPERATIVE,
    **fields: Any,
) -> Rows:
    rows = blank(CONTACT, 1)
    rows["contact"], rows["class"] = 7, kind
    rows["latitude"], rows["longitude"] = moved(*PLACE, east, north)
    rows["east"], rows["north"] = velocity
    rows["stays_since"] = at(0)
    for name, value in fields.items():
        rows[name] = value
    return rows


ZONE = square("Gulbahar", 0, 0, 200)


def test_distance_closing_speed_and_time_to_breach() -> None:
    stands = approach(contact(1000, 0, (-20, 0)), [ZONE])
    assert stands.distance[0, 0] == pytest.approx(800, rel=1e-3)
    assert stands.closing[0, 0] == pytest.approx(20, rel=1e-3)
    assert stands.breach[0, 0] == pytest.approx(40, rel=1e-3)


def test_what_flies_past_closes_in_but_never_breaches() -> None:
    stands = approach(contact(1000, 500, (-20, 0)), [ZONE])
    assert stands.closing[0, 0] > 0
    assert np.isinf(stands.breach[0, 0])


def test_inside_is_breached_and_beyond_the_horizon_is_not_foreseen() -> None:
    stands = approach(np.concatenate([contact(0, 0), contact(9000, 0, (-20, 0))]), [ZONE])
    assert stands.breach[:, 0].tolist() == [0, np.inf]
    assert stands.distance[0, 0] == 0


@given(st.floats(-3000, 3000), st.floats(-3000, 3000), st.floats(-40, 40), st.floats(-40, 40))
def test_at_the_time_of_breach_it_is_at_the_zone(
    east: float, north: float, to_east: float, to_north: float
) -> None:
    stands = approach(contact(east, north, (to_east, to_north)), [ZONE])
    seconds = stands.breach[0, 0]
    if not np.isfinite(seconds):
        return
    assert 0 <= seconds <= HORIZON
    place = offsets(
        *PLACE,
        *moved(
            *PLACE, east + np.float32(to_east) * seconds, north + np.float32(to_north) * seconds
        ),
    )
    outside = max(max(abs(float(value)) - 200, 0) for value in place)
    assert outside == pytest.approx(0, abs=3)


def test_score_grows_with_what_speaks_for_danger_and_says_why() -> None:
    scores = []
    for rows in (
        contact(5000, 0, (20, 0), ContactClass.COOPERATIVE),
        contact(1000, 0, (-5, 0), ContactClass.COOPERATIVE),
        contact(600, 0, (-20, 0)),
        contact(0, 0, height=20, doubts=Doubt.CONTRADICTED),
    ):
        (threat,) = assess(rows, [ZONE], at(10))
        scores.append(threat.score)
    assert scores == sorted(scores)
    assert scores[0] == 0
    assert scores[-1] >= 90
    said = " / ".join(words.english for words in threat.sentences)
    assert (
        said
        == "is inside Gulbahar / says nothing of itself / is not where it says it is / flies low, 20 m"
    )
    assert all(words.urdu for words in threat.sentences)


def test_behaviour_is_approaching_leaving_or_loitering() -> None:
    rows = [contact(800, 0, (-10, 0)), contact(800, 0, (10, 0)), contact(800, 0)]
    found = [assess(each, [ZONE], at(10))[0].behaviour for each in rows]
    assert found == [Behaviour.APPROACHING, Behaviour.LEAVING, Behaviour.PASSING]
    (threat,) = assess(rows[2], [ZONE], at(90))
    assert threat.behaviour == Behaviour.LOITERING
    assert "has stayed within 150 m for 90 s" in [words.english for words in threat.sentences]


def test_our_own_drone_threatens_nothing_and_comes_last() -> None:
    rows = np.concatenate(
        [contact(0, 0, kind=ContactClass.FRIEND, contact=1), contact(900, 0, (-9, 0))]
    )
    threats = assess(rows, [ZONE], at(10))
    assert [threat.contact for threat in threats] == [7, 1]
    assert threats[1].score == 0


def test_of_two_zones_the_one_that_is_threatened_more_is_named() -> None:
    (threat,) = assess(contact(1200, 0, (-15, 0)), [square("far", 0, 3000, 100), ZONE], at(5))
    assert threat.zone == "Gulbahar"


def test_without_zones_a_contact_is_still_judged() -> None:
    (threat,) = assess(contact(0, 0), [], at(5))
    assert (threat.zone, threat.score) == ("", 20)


def test_levels() -> None:
    assert levels(np.array([0, 19, 20, 40, 69, 70, 100])).tolist() == [0, 0, 1, 2, 2, 3, 3]
