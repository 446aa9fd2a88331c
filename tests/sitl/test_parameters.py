"""The parameters of a simulated vehicle."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import inf, isfinite, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.autopilot.parameter_sets import DETECTED, FITTED
from sitl.autopilot.parameters import Parameters, ParameterType
from tests.recordings import RECORDINGS

MOST_NAME_LENGTH = 16  # PARAM_VALUE.param_id


def booted(parameters: Parameters) -> Parameters:
    parameters.find_devices()
    return parameters


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[float]]:
    """Value and MAV_PARAM_TYPE of the recorded copter's parameters."""
    path = RECORDINGS / "copter-params.json"
    if not path.exists():
        pytest.skip("copter-params.json is not in ../shared/data/ardupilot")
    found: dict[str, list[float]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_copter_has_names_and_types_of_the_recorded_one(
    recorded: dict[str, list[float]],
) -> None:
    copter = booted(Parameters.copter(1))
    for name in copter.names:
        parameter = copter.get(name)
        assert parameter is not None
        assert parameter.type == recorded[name][1], name


def test_the_copters_values_are_the_recorded_ones_but_for_its_battery(
    recorded: dict[str, list[float]],
) -> None:
    copter = booted(Parameters.copter(1))
    others = {
        name for name in copter.names if copter[name] != pytest.approx(recorded[name][0], rel=1e-6)
    }
    assert others == FITTED


def test_what_the_plane_shares_with_the_copter_has_the_same_type() -> None:
    copter, plane = booted(Parameters.copter(1)), booted(Parameters.plane(1))
    shared = set(copter.names) & set(plane.names)
    assert {"MAV_SYSID", "FENCE_ENABLE", "BATT_LOW_MAH", "MIS_TOTAL"} <= shared
    for name in shared:
        one, other = copter.get(name), plane.get(name)
        assert one is not None
        assert other is not None
        assert one.type == other.type, name


def test_copter_and_plane_have_parameters_of_their_own() -> None:
    copter, plane = Parameters.copter(1), Parameters.plane(1)
    assert "WPNAV_SPEED" in copter
    assert "WPNAV_SPEED" not in plane
    assert "AIRSPEED_CRUISE" in plane
    assert "AIRSPEED_CRUISE" not in copter


@pytest.mark.parametrize("kind", [Parameters.copter, Parameters.plane])
def test_names_are_unique_and_fit_into_the_message(kind: Callable[[int], Parameters]) -> None:
    names = booted(kind(7)).names
    assert len(set(names)) == len(names) > 200
    assert max(map(len, names)) <= MOST_NAME_LENGTH


def test_every_vehicle_has_its_own_system_id() -> None:
    assert Parameters.copter(17)["MAV_SYSID"] == 17


def test_the_count_grows_when_devices_are_found_and_shrinks_at_power_on() -> None:
    copter = Parameters.copter(1)
    before = copter.names
    copter.find_devices()
    assert set(copter.names) - set(before) == DETECTED
    copter.lose_devices()
    assert copter.names == before
    assert copter.get("COMPASS_DEV_ID") is None


def test_a_set_value_outlives_a_boot() -> None:
    copter = booted(Parameters.copter(1))
    assert copter.set("RTL_ALT", 3000)
    copter.lose_devices()
    assert copter["RTL_ALT"] == 3000


@pytest.mark.parametrize(
    ("name", "given_value", "kept"),
    [
        ("FENCE_ACTION", 200.0, 127.0),
        ("FENCE_ACTION", -1e30, -128.0),
        ("LAND_SPEED", 50.6, 51.0),
        ("LAND_SPEED", -50.5, -51.0),
        ("RTL_ALT", 1e20, 2147483647.0),
        ("WPNAV_SPEED", 0.1, float(np.float32(0.1))),
    ],
)
def test_a_value_is_kept_within_its_type_and_no_other_range(
    name: str, given_value: float, kept: float
) -> None:
    copter = Parameters.copter(1)
    assert copter.set(name, given_value)
    assert copter[name] == kept


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_not_a_number_is_refused(value: float) -> None:
    copter = Parameters.copter(1)
    assert not copter.set("WPNAV_SPEED", value)
    assert copter["WPNAV_SPEED"] == 1000


def test_an_unknown_name_is_refused_and_not_added() -> None:
    copter = Parameters.copter(1)
    assert not copter.set("SYSID_THISMAV", 3)
    assert "SYSID_THISMAV" not in copter
    with pytest.raises(KeyError):
        copter["SYSID_THISMAV"]


@given(
    st.sampled_from(Parameters.copter(1).names),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_whatever_is_set_the_value_stays_one_of_its_type(name: str, value: float) -> None:
    copter = Parameters.copter(1)
    assert copter.set(name, value) == isfinite(value)
    parameter = copter.get(name)
    assert parameter is not None
    assert isfinite(parameter.value)
    if parameter.type is not ParameterType.REAL32:
        assert parameter.value == int(parameter.value)
    assert np.float32(parameter.value) == pytest.approx(parameter.value)
