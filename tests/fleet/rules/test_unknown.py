"""What is unknown never fires, and nothing that a picture can hold makes a rule fall over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.columns import PICTURE, Rows, blank
from fleet.rules.duties import Duties, Duty, SpeedZones
from tests.fleet.rules.pictures import TIMES, Flight, car, drones, when
from tests.fleet.rules.test_row_rules import BEAT, CAR, DRONE, ROAD, SLOW_STREET

DUTIES = Duties({CAR: Duty(ROAD, BEAT), DRONE: Duty(ROAD, BEAT)})
KNOWN = {"asset", "identity", "kind", "source"}
FIELDS = [name for name in PICTURE.names or () if name not in KNOWN]
BLANK = blank(PICTURE, 1)


def unknown(rows: Rows) -> Rows:
    """All fields unknown but who they are."""
    for name in FIELDS:
        rows[name] = BLANK[name][0]
    return rows


def test_all_unknown_for_a_quarter_of_an_hour_raises_nothing() -> None:
    for rows in (drones(3), car()):
        changes = {name: BLANK[name][0] for name in FIELDS}
        flight = Flight(rows, duties=DUTIES, zones=SLOW_STREET)
        assert flight.go(1000, changes, step=20.0).events == []


def test_an_asset_of_which_nothing_was_ever_heard_raises_nothing() -> None:
    flight = Flight(unknown(drones(2)))
    flight.go(100, dict.fromkeys(TIMES, np.datetime64("NaT")), step=10.0)
    assert flight.events == []


@pytest.mark.parametrize("name", FIELDS)
def test_no_field_that_becomes_unknown_raises_anything(name: str) -> None:
    becomes_unknown({name}, drives=False)
    becomes_unknown({name}, drives=True)


@settings(max_examples=40)
@given(st.sets(st.sampled_from(FIELDS), min_size=2), st.booleans())
def test_no_fields_that_become_unknown_raise_anything(fields: set[str], drives: bool) -> None:
    becomes_unknown(fields, drives)


def becomes_unknown(fields: set[str], drives: bool) -> None:
    """What is in good health raises nothing when some of its fields are told no more."""
    flight = Flight(car() if drives else drones(), duties=DUTIES if drives else Duties())
    healthy = {"speed": 6.0} if drives else {}
    flight.zones = SLOW_STREET if drives else SpeedZones()
    flight.go(20, healthy, step=4.0)
    flight.go(48, healthy | {name: BLANK[name][0] for name in fields}, step=4.0)
    flight.go(20, healthy, step=4.0)
    assert flight.events == []


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "f": st.one_of(st.floats(width=32), st.floats(-200, 200, width=32)),
    "i": st.integers(-128, 127),
    "M": st.one_of(st.just(np.datetime64("NaT")), st.floats(-1e7, 1e7).map(when)),
    "S": st.binary(max_size=24),
}


@settings(max_examples=80)
@given(st.data())
def test_nothing_makes_a_rule_fall_over(data: st.DataObject) -> None:
    rows = drones(3)
    flight = Flight(rows, duties=DUTIES, zones=SLOW_STREET)
    for _ in range(3):
        for name in data.draw(st.sets(st.sampled_from(FIELDS), max_size=12)):
            kind = PICTURE[name].kind
            for number in range(3):
                with np.errstate(over="ignore"):
                    rows[name][number] = data.draw(VALUES[kind])
        kept = {name: rows[name].copy() for name in TIMES}
        flight.go(3, {name: _held(times) for name, times in kept.items()})
    assert flight.watch.refused == 0


def _held(times: Any) -> Any:
    return lambda _: times


def test_an_active_alert_stays_when_its_value_becomes_unknown() -> None:
    flight = Flight(drones()).go(20, {"height": 130.0})
    flight.go(100, {"height": np.nan}, step=5.0)
    assert flight.of("return") == []
    assert flight.book.alert(f"height/{DRONE}").active
