"""MAVLink as a fleet of ArduCopters sends it, for the benchmarks of the decoder.

24 messages, fifty a second and vehicle: those of the recordings of tests.recordings at their rates,
and the sensor readings that ground stations ask for besides. pymavlink packs some thousand
different frames, trailing zeros cut; from these are made as many as wanted, each with a system, a
sequence number and a checksum of its own.
"""

from __future__ import annotations

import random
import struct
from itertools import cycle
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect

VEHICLES = 250
"""System ids from 1 on; a network has no more of them."""

DIFFERENT = 20_000
"""Frames that pymavlink packs."""

_BOOT = (10_000, 3_600_000)
_UTC = (1_790_000_000_000_000, 1_800_000_000_000_000)
_LATITUDE, _LONGITUDE = (339_500_000, 340_500_000), (714_500_000, 716_500_000)
_ANGLE = (-0.6, 0.6)
_TURN = (-3.14, 3.14)
_SPEED = (-1500, 1500)
_ALTITUDE = (300_000, 460_000)
_PULSE = (1000, 2000)
_IMU = (-1100, 1100)

Range = tuple[float, float]

# fmt: off
KINDS: dict[str, tuple[int, dict[str, Range | list[int]]]] = {
    "attitude": (10, {"time_boot_ms": _BOOT, "roll": _ANGLE, "pitch": _ANGLE, "yaw": _TURN,
                      "rollspeed": _ANGLE, "pitchspeed": _ANGLE, "yawspeed": _ANGLE}),
    "global_position_int": (5, {"time_boot_ms": _BOOT, "lat": _LATITUDE, "lon": _LONGITUDE,
                                "alt": _ALTITUDE, "relative_alt": (0, 120_000), "vx": _SPEED,
                                "vy": _SPEED, "vz": (-300, 300), "hdg": (0, 35_999)}),
    "local_position_ned": (4, {"time_boot_ms": _BOOT, "x": (-900, 900), "y": (-900, 900),
                               "z": (-120, 0), "vx": (-15, 15), "vy": (-15, 15), "vz": (-3, 3)}),
    "vfr_hud": (4, {"airspeed": (0, 20), "groundspeed": (0, 20), "heading": (0, 359),
                    "throttle": (0, 100), "alt": (300, 460), "climb": (-3, 3)}),
    "sys_status": (2, {"onboard_control_sensors_present": (0, 2**31),
                       "onboard_control_sensors_enabled": (0, 2**31),
                       "onboard_control_sensors_health": (0, 2**31), "load": (0, 1000),
                       "voltage_battery": (10_000, 12_600), "current_battery": (0, 4000),
                       "battery_remaining": (0, 100)}),
    "nav_controller_output": (2, {"nav_roll": (-30, 30), "nav_pitch": (-30, 30),
                                  "nav_bearing": (-180, 180), "target_bearing": (-180, 180),
                                  "wp_dist": (0, 900), "alt_error": (-2, 2)}),
    "servo_output_raw": (2, {"time_usec": (0, 2**31), "servo1_raw": _PULSE, "servo2_raw": _PULSE,
                             "servo3_raw": _PULSE, "servo4_raw": _PULSE}),
    "gps_raw_int": (2, {"time_usec": _UTC, "fix_type": (2, 6), "lat": _LATITUDE,
                        "lon": _LONGITUDE, "alt": _ALTITUDE, "eph": (60, 200), "epv": (80, 250),
                        "vel": (0, 2000), "cog": (0, 35_999), "satellites_visible": (6, 24),
                        "h_acc": (100, 900), "v_acc": (100, 900), "vel_acc": (50, 300)}),
    "raw_imu": (2, {"time_usec": (0, 2**31), "xacc": _IMU, "yacc": _IMU, "zacc": _IMU,
                    "xgyro": _IMU, "ygyro": _IMU, "zgyro": _IMU, "xmag": _IMU, "ymag": _IMU,
                    "zmag": _IMU, "temperature": (2000, 6000)}),
    "scaled_imu2": (2, {"time_boot_ms": _BOOT, "xacc": _IMU, "yacc": _IMU, "zacc": _IMU,
                        "xgyro": _IMU, "ygyro": _IMU, "zgyro": _IMU, "xmag": _IMU, "ymag": _IMU,
                        "zmag": _IMU, "temperature": (2000, 6000)}),
    "scaled_pressure": (2, {"time_boot_ms": _BOOT, "press_abs": (930, 980), "press_diff": (-1, 1),
                            "temperature": (1000, 5000)}),
    "rc_channels": (2, {"time_boot_ms": _BOOT, "chancount": (8, 16), "chan1_raw": _PULSE,
                        "chan2_raw": _PULSE, "chan3_raw": _PULSE, "chan4_raw": _PULSE,
                        "chan5_raw": _PULSE, "chan6_raw": _PULSE, "chan7_raw": _PULSE,
                        "chan8_raw": _PULSE, "rssi": (1, 254)}),
    "heartbeat": (1, {"custom_mode": (0, 27), "type": (2, 2), "autopilot": (3, 3),
                      "base_mode": (81, 217), "system_status": (3, 5), "mavlink_version": (3, 3)}),
    "power_status": (1, {"Vcc": (4900, 5100), "Vservo": (0, 10)}),
    "mission_current": (1, {"seq": (0, 40), "total": (10, 40), "mission_state": (1, 5)}),
    "system_time": (1, {"time_unix_usec": _UTC, "time_boot_ms": _BOOT}),
    "vibration": (1, {"time_usec": (0, 2**31), "vibration_x": (0, 30), "vibration_y": (0, 30),
                      "vibration_z": (0, 30), "clipping_0": (0, 9)}),
    "battery_status": (1, {"id": (0, 1), "battery_function": (1, 1), "type": (1, 3),
                           "temperature": (2000, 5000), "current_battery": (0, 4000),
                           "current_consumed": (0, 5000), "energy_consumed": (0, 900),
                           "voltages": [4100, 4090, 4080, *[65_535] * 7],
                           "battery_remaining": (0, 100), "time_remaining": (0, 1800),
                           "charge_state": (1, 3), "voltages_ext": [0] * 4}),
    "extended_sys_state": (1, {"vtol_state": (0, 0), "landed_state": (1, 4)}),
    "ekf_status_report": (1, {"velocity_variance": (0, 1), "pos_horiz_variance": (0, 1),
                              "pos_vert_variance": (0, 1), "compass_variance": (0, 1),
                              "terrain_alt_variance": (0, 1), "flags": (1, 831)}),
    "wind": (1, {"direction": (-180, 180), "speed": (0, 12), "speed_z": (-1, 1)}),
    "meminfo": (1, {"brkval": (0, 9), "freemem": (1000, 65_535), "freemem32": (1000, 900_000)}),
    "terrain_report": (1, {"lat": _LATITUDE, "lon": _LONGITUDE, "spacing": (100, 100),
                           "terrain_height": (300, 400), "current_height": (0, 120),
                           "pending": (0, 9), "loaded": (100, 900)}),
    "timesync": (1, {"tc1": (0, 2**40), "ts1": (0, 2**40)}),
}
# fmt: on
"""Of each message how often it comes, and from which range its fields; the others are zero."""


def frames(count: int) -> list[bytes]:
    """So many frames of MAVLink 2, of all vehicles mixed; the same in every run."""
    chance = random.Random(1)
    rates = [rate for rate, _ in KINDS.values()]
    patterns = [
        _packed(name, chance)
        for name in chance.choices(list(KINDS), rates, k=min(count, DIFFERENT))
    ]
    sent = [0] * (VEHICLES + 1)
    made = []
    for (frame, extra), _ in zip(cycle(patterns), range(count), strict=False):
        vehicle = chance.randint(1, VEHICLES)
        frame[4:6] = bytes([sent[vehicle] % 256, vehicle])
        sent[vehicle] += 1
        checksum = dialect.x25crc(bytes(frame[1:-2]) + extra).crc
        made.append(bytes(frame[:-2]) + struct.pack("<H", checksum))
    return made


def _packed(name: str, chance: random.Random) -> tuple[bytearray, bytes]:
    """A frame, and the CRC_EXTRA of its message."""
    kind = getattr(dialect, f"MAVLink_{name}_message")
    given = KINDS[name][1]
    floats = {"float", "double"}
    values: dict[str, Any] = {}
    for field, type_name in zip(kind.fieldnames, kind.fieldtypes, strict=True):
        value = given.get(field, (0, 0))
        if isinstance(value, tuple) and type_name in floats:
            values[field] = chance.uniform(*value)
        elif isinstance(value, tuple):
            values[field] = chance.randint(int(value[0]), int(value[1]))
        else:
            values[field] = value
    packed = kind(**values).pack(dialect.MAVLink(None))
    return bytearray(packed), bytes([kind.crc_extra])
