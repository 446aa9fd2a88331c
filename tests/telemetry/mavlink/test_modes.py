import pytest
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import STATUS
from telemetry.mavlink.modes import mode_name

ARDUPILOT, PX4 = dialect.MAV_AUTOPILOT_ARDUPILOTMEGA, dialect.MAV_AUTOPILOT_PX4
TYPES = sorted(dialect.enums["MAV_TYPE"])


@pytest.mark.parametrize("vehicle_type", TYPES)
def test_modes_have_the_names_that_mavutil_gives_them(vehicle_type: int) -> None:
    for number, name in (mavutil.mode_mapping_bynumber(vehicle_type) or {}).items():
        assert mode_name(ARDUPILOT, vehicle_type, 81, number) == name


def test_a_mode_without_a_name_is_shown_by_its_number() -> None:
    copter = dialect.MAV_TYPE_QUADROTOR
    assert mode_name(ARDUPILOT, copter, 81, 99) == "MODE(99)"
    assert mode_name(PX4, copter, 81, 4) == "MODE(4)"
    assert mode_name(ARDUPILOT, dialect.MAV_TYPE_ROCKET, 81, 4) == "MODE(4)"
    assert len(mode_name(ARDUPILOT, copter, 81, 2**32 - 1)) <= STATUS["mode"].itemsize


def test_without_the_custom_mode_flag_no_mode_is_said() -> None:
    assert mode_name(ARDUPILOT, dialect.MAV_TYPE_QUADROTOR, 80, 4) == ""
