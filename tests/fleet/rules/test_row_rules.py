"""Each rule over the picture fires when it should, and does not when it should not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import shapely

from fleet.assets import mavlink_asset, osmand_asset
from fleet.columns import Rows
from fleet.rules.duties import Duties, Duty, SpeedZone, SpeedZones
from fleet.rules.rules import ROW_RULES
from fleet.rules.settings import DEFAULTS, RuleSettings, changed
from tests.fleet.rules.pictures import (
    LATITUDE,
    LONGITUDE,
    METRE,
    TIMES,
    Changes,
    Flight,
    Phases,
    car,
    drones,
    northward,
    when,
)

LOW_SKY = RuleSettings(groups={"drone": changed(DEFAULTS["drone"], flight={"most_altitude": 400})})
SLOW_STREET = SpeedZones(
    [
        SpeedZone("bazaar", shapely.box(71.5, 34.0, 71.6, 34.1), 8.0),
        SpeedZone("city", shapely.box(71.0, 33.5, 72.0, 34.5), 16.0),
    ]
)
DRONE, CAR = mavlink_asset("north", 1).identity, osmand_asset("gulbahar-03").identity
ROAD = shapely.LineString([(LONGITUDE, LATITUDE - 0.01), (LONGITUDE, LATITUDE + 0.01)])
BEAT = shapely.box(LONGITUDE - 0.01, LATITUDE - 0.01, LONGITUDE + 0.01, LATITUDE + 0.01)
PATROL = Duties({CAR: Duty(ROAD, BEAT)})
EAST_METRE = METRE / float(np.cos(np.radians(LATITUDE)))


@dataclass(frozen=True)
class Case:
    """Phases in which a rule is to fire, and ones in which it is not."""

    fires: Phases
    quiet: Phases
    well: Changes = field(default_factory=dict)
    rows: Callable[[], Rows] = drones
    settings: RuleSettings = field(default_factory=RuleSettings)
    duties: Duties = field(default_factory=Duties)
    zones: SpeedZones = field(default_factory=SpeedZones)


def held(seconds: float = 60, **changes: object) -> Phases:
    return [(seconds, changes)]


def drained(per_second: float) -> Callable[[float], float]:
    return lambda seconds: 80.0 - per_second * seconds


FAR: dict[str, object] = {"latitude": LATITUDE + 2000 * METRE}
STILL: Changes = {"speed": 0.0}
SILENT: dict[str, object] = {"heard_time": when(5), "position_time": when(5)}

CASES = {
    "battery_low": Case(held(battery_percent=29.0), held(battery_percent=31.0)),
    "battery_critical": Case(held(battery_percent=14.0), held(battery_percent=16.0)),
    "battery_voltage_low": Case(
        [(5, {}), (20, {"battery_voltage": 10.2})], [(5, {}), (20, {"battery_voltage": 10.8})]
    ),
    "battery_voltage_critical": Case(
        [(5, {}), (20, {"battery_voltage": 9.6})],
        [(5, {}), (1, {"battery_voltage": 9.6}), (20, {"battery_voltage": 10.8})],
    ),
    "battery_return": Case(
        [(3, {"battery_percent": 80.0}), (60, FAR | {"battery_percent": drained(0.25)})],
        [(3, {"battery_percent": 80.0}), (60, FAR | {"battery_percent": drained(0.1)})],
        well={"armed": 0},
    ),
    "link_late": Case(
        [(5, {}), (4.8, SILENT)],
        [(5, {}), (3, SILENT), (9, {}), (9, SILENT | {"armed": 0, "heard_time": when(17)})],
    ),
    "link_lost": Case([(5, {}), (6, SILENT)], [(5, {}), (5, SILENT), (9, {})]),
    "gps_poor": Case(held(satellites=5), held(satellites=7, hdop=1.9)),
    "gps_jump": Case(
        [(5, {}), (5, {"latitude": LATITUDE + 90 * METRE})],
        [(5, {}), (5, {"latitude": LATITUDE + 40 * METRE})],
    ),
    "gps_spoof": Case(
        held(30, latitude=northward(25.0), speed=1.0),
        held(30, latitude=northward(25.0), speed=25.0),
    ),
    "ekf": Case(held(ekf_flags=831 & ~16 | 128), held(ekf_flags=831, battery_percent=50.0)),
    "clock_fault": Case(held(30, fix_time=-90), held(30, fix_time=-20)),
    "overspeed": Case(held(30, speed=25.0), held(30, speed=21.0)),
    "zone_overspeed": Case(
        held(30, speed=9.0),
        held(30, speed=9.0, longitude=71.45),
        well={"speed": 6.0},
        rows=car,
        zones=SLOW_STREET,
    ),
    "stopped": Case(held(910, **STILL), held(890, **STILL), rows=car, duties=PATROL),
    "off_route": Case(
        held(longitude=LONGITUDE + 110 * EAST_METRE),
        held(longitude=LONGITUDE + 90 * EAST_METRE),
        rows=car,
        duties=PATROL,
    ),
    "outside_area": Case(
        held(latitude=LATITUDE + 0.01 + 60 * METRE),
        held(latitude=LATITUDE + 0.01 + 40 * METRE),
        rows=car,
        duties=PATROL,
    ),
    "height": Case(held(height=125.0), held(height=119.0)),
    "altitude": Case(held(altitude=401.0), held(altitude=399.0), settings=LOW_SKY),
    "wind": Case(held(roll=24.0), held(roll=10.0)),
    "failsafe": Case(held(system_status=5), held(system_status=4)),
}


def fly(case: Case, phases: Phases) -> Flight:
    flight = Flight(case.rows(), case.settings, case.duties, case.zones)
    for seconds, changes in phases:
        flight.go(seconds, changes, step=0.5 if seconds < 100 else 5.0)
    return flight


def test_each_rule_has_its_case() -> None:
    assert set(CASES) == set(ROW_RULES)


@pytest.mark.parametrize("name", CASES)
def test_it_fires_once_and_says_why(name: str) -> None:
    flight = fly(CASES[name], CASES[name].fires)
    assert [key.partition("/")[0] for key in flight.of()].count(name) == 1
    (alert,) = [alert for alert in flight.book.alerts.values() if alert.rule == name]
    for language in ("en", "ur"):
        assert ("north 1" in alert.reason[language]) or ("gulbahar-03" in alert.reason[language])
        assert "nan" not in alert.reason[language]
        assert "{" not in alert.reason[language] + alert.action[language]
    assert alert.priority == ROW_RULES[name].priority
    assert alert.trigger_value is not None


@pytest.mark.parametrize("name", CASES)
def test_it_does_not_fire(name: str) -> None:
    assert name not in fly(CASES[name], CASES[name].quiet).rules()


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_returns_when_all_is_well_again(name: str) -> None:
    case = CASES[name]
    flight = fly(case, case.fires)
    flight.go(130, case.well, step=2.0)
    assert name in flight.rules("return")
    assert not flight.book.alert(f"{name}/{DRONE if case.rows is drones else CAR}").active


def test_a_drone_and_a_car_in_good_health_raise_nothing() -> None:
    assert Flight(drones(3)).go(200).events == []
    assert Flight(car(), duties=PATROL).go(200, {"speed": 10.0}).events == []


def test_a_drone_that_flies_fast_and_high_within_its_limits_raises_nothing() -> None:
    flight = Flight(drones())
    flight.go(90, {"latitude": northward(20.0), "speed": 20.0, "airspeed": 20.0, "height": 115.0,
                   "roll": 25.0})  # fmt: skip
    assert flight.events == []


def test_what_is_parked_may_be_silent_and_without_gps() -> None:
    flight = Flight(drones())
    flight.go(30, {"armed": 0, "gps_fix": 0, "satellites": 0, "ekf_flags": 1024, "speed": 0.0})
    flight.rows["armed"] = 0
    flight.go(120, dict.fromkeys(TIMES, when(30)))
    assert flight.events == []


def test_an_old_pack_on_the_bench_raises_no_voltage() -> None:
    flight = Flight(drones()).go(5)
    assert flight.go(30, {"armed": 0, "battery_voltage": 9.6}).events == []


@pytest.mark.parametrize(
    ("rows", "last"),
    [(car, {"speed": 0.0}), (drones, {"armed": 0, "speed": 12.0})],
    ids=["a car that stands", "a drone that is carried in a car"],
)
def test_what_is_not_under_way_may_fall_silent(rows: Callable[[], Rows], last: Changes) -> None:
    flight = Flight(rows())
    for name, value in last.items():
        flight.rows[name] = value
    flight.go(5).go(120, dict.fromkeys(TIMES, when(5)), step=5.0)
    assert flight.events == []


def test_lost_takes_over_from_late() -> None:
    flight = Flight(drones()).go(5).go(60, SILENT)
    assert [key.partition("/")[0] for key in flight.of()] == ["link_late", "link_lost"]
    assert flight.rules("return") == {"link_late"}
    (alert, _) = sorted(flight.book.alerts.values(), key=lambda alert: alert.is_group)
    assert alert.rule == "link_lost"  # nobody has to acknowledge that it was late as well


def test_thresholds_are_those_of_the_assets_own_group() -> None:
    heavy = changed(DEFAULTS["drone"], battery={"low_percent": 50.0})
    settings = RuleSettings(groups={"heavy": heavy}, members={"mavlink:north/2": "heavy"})
    flight = Flight(drones(2), settings).go(30, {"battery_percent": 45.0})
    assert flight.of() == ["battery_low/mavlink:north/2"]


def test_the_slower_of_two_zones_counts_and_is_named() -> None:
    flight = Flight(car(), zones=SLOW_STREET).go(30, {"speed": 20.0})
    alert = flight.book.alert(f"zone_overspeed/{CAR}")
    assert alert.limit == 8.0
    assert "bazaar" in alert.reason["en"]


def test_distance_from_route_and_area_is_in_metres() -> None:
    name = np.array([CAR.encode(), DRONE.encode()])
    lat = np.full(2, LATITUDE)
    away = PATROL.from_line(name, lat, np.full(2, LONGITUDE + 300 * EAST_METRE))
    assert away[0] == pytest.approx(300, rel=0.002)
    assert np.isnan(away[1])
    inside = PATROL.from_area(name, lat, np.full(2, LONGITUDE))
    assert inside[0] == pytest.approx(-0.01 / EAST_METRE, rel=0.002)
    assert np.isnan(PATROL.from_line(name, np.full(2, np.nan), lat)).all()


def test_a_value_that_trembles_at_its_limit_is_one_alert_in_ten_minutes() -> None:
    noise = np.random.default_rng(3).normal(0, 1.0, 2000)
    flight = Flight(drones())
    flight.go(
        600,
        {
            "height": lambda s: 120.0 + noise[int(s)],
            "battery_percent": lambda s: 30.0 + noise[int(s) + 900] / 2,
        },
        step=1.0,
    )
    assert sorted(flight.of()) == ["battery_low/mavlink:north/1", "height/mavlink:north/1"]
