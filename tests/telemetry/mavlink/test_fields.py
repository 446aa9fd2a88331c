import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.codec import Message
from telemetry.mavlink.fields import layout
from telemetry.mavlink.pieces import Pieces
from telemetry.mavlink.units import (
    AS_THEY_ARE,
    DIVISOR,
    MICROSECONDS,
    UNITLESS_DIVISOR,
    UNKNOWN,
)
from tests.telemetry.mavlink.sending import Sender, decode

MESSAGES = sorted(dialect.mavlink_map)


def row(message: Message, **fields: Any) -> Any:
    """The columns of one message with these fields."""
    return decode(Sender()(message.name, **fields)).tables[message].rows[0]


def test_every_unit_of_the_dialect_is_converted_or_named_as_left_alone() -> None:
    units = {
        unit for kind in dialect.mavlink_map.values() for unit in kind.fieldunits_by_name.values()
    }
    assert units == set(DIVISOR) | set(MICROSECONDS) | AS_THEY_ARE


@given(st.sampled_from(MESSAGES), st.binary(max_size=255))
def test_the_layout_of_every_message_reads_what_pymavlink_reads(
    message: int, payload: bytes
) -> None:
    kind = dialect.mavlink_map[message]
    lies = layout(message)
    wire, size = lies.wire, kind.unpacker.size
    assert lies.size == size
    padded = payload[:size].ljust(size, b"\0")
    ours = lies.gather(Pieces.of([payload])).view(wire)[0]
    flat: list[Any] = []
    for name in wire.names or ():
        flat.extend(ours[name] if wire[name].shape else [ours[name]])
    for mine, theirs in zip(flat, kind.unpacker.unpack(padded), strict=True):
        if isinstance(theirs, bytes):
            assert mine == theirs.rstrip(b"\0")
        else:
            assert mine == theirs or (math.isnan(mine) and math.isnan(theirs))


@given(st.sampled_from(MESSAGES), st.lists(st.binary(max_size=255), max_size=3))
def test_every_message_becomes_columns_whatever_its_payload(
    message: int, payloads: list[bytes]
) -> None:
    lies = layout(message)
    rows = lies.read(lies.gather(Pieces.of(payloads)))
    assert len(rows) == len(payloads)
    for name in rows.dtype.names or ():
        if rows.dtype[name].base == np.dtype("f8"):
            assert not np.isinf(rows[name]).any()


@given(st.sampled_from(MESSAGES), st.lists(st.binary(min_size=1, max_size=255), max_size=3))
def test_every_column_is_its_field_in_the_units_of_the_project(
    message: int, payloads: list[bytes]
) -> None:
    kind, lies = dialect.mavlink_map[message], layout(message)
    gathered = lies.gather(Pieces.of(payloads))
    rows = lies.read(gathered)
    for field, column in zip(lies.wire.names or (), rows.dtype.names or (), strict=True):
        sent = gathered.view(lies.wire)[field]
        unit = kind.fieldunits_by_name.get(field, "")
        unknown = UNKNOWN.get((kind.msgname, field), ())
        for ours, value in zip(rows[column].ravel(), sent.ravel(), strict=True):
            if isinstance(ours, np.timedelta64):
                ticks = int(value) * MICROSECONDS[unit]
                is_known = value not in unknown and ticks < 2**63
                assert np.isnat(ours) != is_known
                assert np.isnat(ours) or ours == np.timedelta64(ticks, "us")
            elif unit in DIVISOR:
                is_known = value not in unknown and bool(np.isfinite(value))
                assert np.isnan(ours) != is_known
                assert np.isnan(ours) or ours == np.float64(value) / DIVISOR[unit]
            elif value in unknown:
                assert np.isnan(ours) or ours == -1
            elif (kind.msgname, field) not in UNITLESS_DIVISOR:
                assert ours == value or ours != ours


def test_measures_are_in_degrees_metres_and_volts() -> None:
    position = row(
        Message.GLOBAL_POSITION_INT,
        time_boot_ms=10_041,
        lat=340_150_998,
        lon=-715_249_000,
        alt=331_100,
        relative_alt=-19,
        vx=-150,
        hdg=35_689,
    )
    assert position["lat"] == 34.0150998  # the very float of the decimal figure
    assert position["lon"] == -71.5249
    assert (position["alt"], position["relative_alt"], position["vx"]) == (331.1, -0.019, -1.5)
    assert position["hdg"] == 356.89
    assert position["time_boot"] == np.timedelta64(10_041, "ms")
    assert row(Message.ATTITUDE, yaw=math.pi / 2)["yaw"] == pytest.approx(90)
    assert row(Message.SYS_STATUS, voltage_battery=12_587)["voltage_battery"] == 12.587
    assert row(Message.GPS_RAW_INT, eph=121)["eph"] == 1.21


@pytest.mark.parametrize(
    ("message", "field", "raw", "column"),
    [
        (Message.GLOBAL_POSITION_INT, "hdg", 65_535, "hdg"),
        (Message.GLOBAL_POSITION_INT, "time_boot_ms", 0, "time_boot"),
        (Message.GPS_RAW_INT, "time_usec", 0, "time"),
        (Message.GPS_RAW_INT, "time_usec", 2**64 - 1, "time"),
        (Message.GPS_RAW_INT, "eph", 65_535, "eph"),
        (Message.GPS_RAW_INT, "vel", 65_535, "vel"),
        (Message.GPS_RAW_INT, "cog", 65_535, "cog"),
        (Message.GPS_RAW_INT, "h_acc", 0, "h_acc"),
        (Message.SYS_STATUS, "voltage_battery", 65_535, "voltage_battery"),
        (Message.SYS_STATUS, "current_battery", -1, "current_battery"),
        (Message.SYS_STATUS, "battery_remaining", -1, "battery_remaining"),
        (Message.SYSTEM_TIME, "time_unix_usec", 0, "time_unix"),
        (Message.ATTITUDE, "roll", math.inf, "roll"),
        (Message.VFR_HUD, "airspeed", math.nan, "airspeed"),
    ],
)
def test_what_means_unknown_on_the_wire_is_unknown(
    message: Message, field: str, raw: Any, column: str
) -> None:
    value = row(message, **{field: raw})[column]
    assert np.isnat(value) if isinstance(value, np.timedelta64) else np.isnan(value)


def test_an_unknown_number_of_satellites_is_minus_one() -> None:
    assert row(Message.GPS_RAW_INT, satellites_visible=255)["satellites_visible"] == -1
    assert row(Message.GPS_RAW_INT, satellites_visible=254)["satellites_visible"] == 254


def test_cells_that_a_battery_does_not_have_are_unknown() -> None:
    voltages = row(Message.BATTERY_STATUS, voltages=[4200, 4190, *[65_535] * 8])["voltages"]
    assert voltages[:2].tolist() == [4.2, 4.19]
    assert np.isnan(voltages[2:]).all()


def test_a_battery_status_column_named_id_is_the_battery_not_the_message() -> None:
    assert row(Message.BATTERY_STATUS, id=3)["id"] == 3
