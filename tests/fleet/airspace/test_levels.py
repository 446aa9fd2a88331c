"""What flies above or below the heights of a zone is not in it, as far as that can be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.airspace.association import Floats
from fleet.airspace.columns import ContactClass, Datum
from fleet.airspace.conditions import unknown_in_zones
from fleet.airspace.levels import gaps
from fleet.airspace.threat import assess, beyond_levels
from fleet.geofences.geofence import Above, Level
from tests.fleet.airspace.making import at
from tests.fleet.airspace.test_threat import ZONE, contact


def capped(height: float, above: Above = "AMSL", **fields: Any) -> Any:
    return replace(ZONE, ceiling=Level(height, above), **fields)


def gap(ceiling: Level, ground: float | None = None, **fields: Any) -> float:
    def grid(latitude: Floats, _: Floats) -> Floats:
        return np.full(len(latitude), ground, np.float64)

    row = contact(0, 0, altitude_error=5.0, **fields)
    return float(gaps(row, None, ceiling, None if ground is None else grid)[0])


@pytest.mark.parametrize(
    ("ceiling", "fields", "metres"),
    [
        (Level(600, "AMSL"), {"altitude": 10_000, "datum": Datum.AMSL}, 9390),
        (Level(600, "AMSL"), {"altitude": 605, "datum": Datum.AMSL}, 0),  # within its error
        (Level(600, "AMSL"), {"altitude": 680, "datum": Datum.WGS84}, 0),  # the geoid may be there
        (Level(600, "AMSL"), {"altitude": 796, "datum": Datum.WGS84}, 100),
        (Level(600, "AMSL"), {"altitude": 990, "datum": Datum.PRESSURE}, 0),
        (Level(600, "AMSL"), {"altitude": 10_000, "datum": Datum.PRESSURE}, 8090),
        (Level(600, "AMSL"), {"altitude": 10_000, "datum": Datum.UNKNOWN}, 0),
        (Level(600, "AMSL"), {"height": 5000}, 0),
        (Level(120, "AGL"), {"height": 200}, 0),
        (Level(120, "AGL"), {"height": 330}, 100),
        (Level(120, "HOME"), {"height": 330}, 100),
        (Level(120, "AGL"), {"altitude": 10_000, "datum": Datum.AMSL}, 1021),
        (Level(120, "AGL"), {"altitude": 3000, "datum": Datum.AMSL}, 0),
    ],
)
def test_only_what_is_beyond_doubt_above_the_ceiling_is_out(
    ceiling: Level, fields: dict[str, float], metres: float
) -> None:
    assert gap(ceiling, **fields) == pytest.approx(metres)


def test_the_ground_tells_more_where_it_is_known() -> None:
    high = {"altitude": 3000, "datum": Datum.AMSL}
    assert gap(Level(120, "AGL"), 330.0, **high) == pytest.approx(2540)
    assert gap(Level(120, "AGL"), float("nan"), **high) == 0
    assert gap(Level(120, "AGL"), 330.0, height=330) == pytest.approx(100)  # no altitude is told


def test_what_is_below_the_floor_is_out() -> None:
    low = contact(0, 0, altitude=400, datum=Datum.AMSL, altitude_error=5)
    assert gaps(low, Level(600, "AMSL"), Level(900, "AMSL"))[0] == pytest.approx(190)


@given(
    st.floats(-400, 12_000),
    st.sampled_from([Datum.AMSL, Datum.WGS84, Datum.PRESSURE]),
    st.floats(0, 9000),
)
def test_a_height_is_never_above_and_below_at_once(
    altitude: float, datum: Datum, level: float
) -> None:
    row = contact(0, 0, altitude=altitude, datum=datum, altitude_error=10)
    over = gaps(row, None, Level(level, "AMSL"))[0]
    under = gaps(row, Level(level, "AMSL"), None)[0]
    assert over == 0 or under == 0


def test_an_aircraft_over_a_zone_is_not_in_it_and_a_drone_under_its_ceiling_is() -> None:
    zone = capped(600)
    over = contact(0, 0, kind=ContactClass.AIRCRAFT, altitude=10_000, datum=Datum.AMSL)
    beyond = beyond_levels(over, [zone], frozenset())
    (threat,) = assess(over, [zone], at(0), beyond)
    assert threat.distance == pytest.approx(9370)
    assert threat.score < 40
    drone = contact(0, 0, altitude=450, datum=Datum.AMSL)
    assert beyond_levels(drone, [zone], frozenset()) == frozenset()
    assert [c.kind for c in unknown_in_zones(drone, [zone])] == ["drone_in_zone"]


def test_a_drone_just_above_the_ceiling_is_near_and_moves_in_and_out_with_hysteresis() -> None:
    zone, before, kinds = capped(600), frozenset[tuple[int, str]](), []
    for altitude in (500, 615, 622, 630, 615, 609, 615, 625):
        row = contact(0, 0, altitude=altitude, datum=Datum.AMSL, altitude_error=5)
        before = beyond_levels(row, [zone], before)
        ((kind, _, _),) = [c.key for c in unknown_in_zones(row, [zone], before)]
        kinds.append(kind.removeprefix("drone_").removesuffix("_zone"))
    assert kinds == ["in", "in", "near", "near", "near", "in", "in", "near"]
