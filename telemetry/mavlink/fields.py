"""The payload of a MAVLink message as columns: its layout on the wire and in the project's units.

Both are made from pymavlink's own description of the message (order on the wire, types, units),
so any of the dialect's messages can be read. What the description lacks stands here: the values
that mean "unknown", and which the MAVLink common.xml gives only as `invalid` or in words.

A column has the field's name and
- whole numbers in µs or ms become `m8[us]`, and the unit goes from the name (`time_boot_ms` is
  `time_boot`) unless another field has that name; what doesn't fit 63 bits is NaT;
- numbers in a unit of `_DIVISOR` become f8 in metres, degrees, volt …;
- all else keeps its type, whole numbers that can be unknown become i8.
Unknown is NaN, NaT or -1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import Rows

_DIVISOR = {
    "m": 1, "mm": 1e3, "cm": 1e2, "dm": 1e1, "dam": 0.1,
    "m/s": 1, "mm/s": 1e3, "cm/s": 1e2, "dm/s": 1e1, "m/s*5": 5,
    "deg": 1, "degE7": 1e7, "degE5": 1e5, "cdeg": 1e2, "deg/2": 0.5,
    "rad": math.pi / 180, "rad/s": math.pi / 180, "mrad/s": math.pi / 180 * 1e3,
    "deg/s": 1, "ddeg/s": 1e1,
    "m/s/s": 1, "mG": 1e3 / 9.80665,
    "V": 1, "cV": 1e2, "mV": 1e3, "A": 1, "cA": 1e2, "mA": 1e3, "W": 1, "hJ": 1e-2,
    "%": 1, "d%": 1e1, "c%": 1e2,
    "degC": 1, "cdegC": 1e2,
    "Pa": 1, "hPa": 1e-2, "mbar": 1e-2, "kPa": 1e-3,
    "s": 1, "ds": 1e1, "cs": 1e2,
}  # fmt: skip
"""What a number in this unit is divided by to be in ours. Dividing by a whole power of ten gives
the float nearest to the decimal figure; multiplying by its inverse does not."""

AS_THEY_ARE = frozenset(
    {"mAh", "gauss", "mgauss", "g", "kg", "dB", "Hz", "rpm", "pix", "l", "cm^2", "cm^3", "cm^3/min"}
    | {"bytes", "MiB", "KiB/s", "MiB/s", "bits/s", "ns"}
)
"""Units that nothing here converts."""

_MICROSECONDS = {"us": 1, "ms": 1000}

_UNITLESS_DIVISOR = {("GPS_RAW_INT", "eph"): 1e2, ("GPS_RAW_INT", "epv"): 1e2}
"""Dilutions of precision have no unit, but are sent times 100."""

_UINT16_MAX = 0xFFFF
_UNKNOWN: dict[tuple[str, str], tuple[int, ...]] = {
    ("GLOBAL_POSITION_INT", "time_boot_ms"): (0,),
    ("GLOBAL_POSITION_INT", "hdg"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "time_usec"): (0,),
    ("GPS_RAW_INT", "eph"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "epv"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "vel"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "cog"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "satellites_visible"): (0xFF,),
    ("GPS_RAW_INT", "h_acc"): (0,),  # extensions: zero where the sender doesn't know them
    ("GPS_RAW_INT", "v_acc"): (0,),
    ("GPS_RAW_INT", "vel_acc"): (0,),
    ("GPS_RAW_INT", "hdg_acc"): (0,),
    ("GPS_RAW_INT", "yaw"): (0, _UINT16_MAX),  # no such GPS, or not now; north is 36000
    ("ATTITUDE", "time_boot_ms"): (0,),
    ("SYS_STATUS", "voltage_battery"): (_UINT16_MAX,),
    ("SYS_STATUS", "current_battery"): (-1,),
    ("SYS_STATUS", "battery_remaining"): (-1,),
    ("BATTERY_STATUS", "temperature"): (0x7FFF,),
    ("BATTERY_STATUS", "voltages"): (_UINT16_MAX,),
    ("BATTERY_STATUS", "voltages_ext"): (0, _UINT16_MAX),
    ("BATTERY_STATUS", "current_battery"): (-1,),
    ("BATTERY_STATUS", "current_consumed"): (-1,),
    ("BATTERY_STATUS", "energy_consumed"): (-1,),
    ("BATTERY_STATUS", "battery_remaining"): (-1,),
    ("BATTERY_STATUS", "time_remaining"): (0,),
    ("SYSTEM_TIME", "time_unix_usec"): (0,),
    ("SYSTEM_TIME", "time_boot_ms"): (0,),
    ("COMMAND_ACK", "progress"): (0xFF,),
}
"""Raw values that mean "not known" (MAVLink common.xml)."""


@dataclass(frozen=True, slots=True)
class _Field:
    wire: str
    name: str
    microseconds: int  # a time: µs in one unit of the wire, else 0
    divisor: float  # a measure: see _DIVISOR, else 0
    unknown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """How one message lies on the wire (little-endian, packed), and its columns."""

    wire: np.dtype[Any]
    columns: np.dtype[Any]
    _fields: tuple[_Field, ...]

    def read(self, payloads: Sequence[bytes]) -> Rows:
        """Columns of payloads of this message.

        MAVLink 2 cuts trailing zeros: they are put back. Bytes beyond what this dialect knows of
        the message are left out.
        """
        size = self.wire.itemsize
        padded = b"".join(payload[:size].ljust(size, b"\0") for payload in payloads)
        raw = np.frombuffer(padded, self.wire)
        rows: Rows = np.zeros(len(raw), self.columns)
        with np.errstate(invalid="ignore"):  # a signalling NaN from the wire is a NaN too
            for field in self._fields:
                rows[field.name] = _convert(field, raw[field.wire])
        return rows


@cache
def layout(message: int) -> Layout:
    """The layout of a message of the dialect. Raises KeyError for another id."""
    described = dialect.mavlink_map[message]
    wire = _wire_dtype(described.unpacker.format, described.ordered_fieldnames)
    units = described.fieldunits_by_name
    fields = tuple(
        _field(described.msgname, name, units.get(name, ""), wire) for name in wire.names or ()
    )
    columns = np.dtype([(field.name, *_column_type(field, wire[field.wire])) for field in fields])
    return Layout(wire, columns, fields)


def _wire_dtype(struct_format: str, names: Sequence[str]) -> np.dtype[Any]:
    """The dtype of a struct format: `<IB10H50s` with one name for each item."""
    types: list[Any] = []
    for count, code in re.findall(r"(\d*)([a-zA-Z])", struct_format):
        if code in "sc":
            types.append((f"S{count or 1}",))
        else:
            types.append((f"<{code}", (int(count),)) if count else (f"<{code}",))
    return np.dtype([(name, *kind) for name, kind in zip(names, types, strict=True)])


def _field(message: str, name: str, unit: str, wire: np.dtype[Any]) -> _Field:
    unknown = _UNKNOWN.get((message, name), ())
    if unit in _MICROSECONDS and wire[name].base.kind in "iu":
        bare = re.sub(r"_(ms|us|usec)$", "", name)
        taken = bare in (wire.names or ())
        return _Field(name, name if taken else bare, _MICROSECONDS[unit], 0, unknown)
    if unit in _MICROSECONDS:
        return _Field(name, name, 0, 1e6 / _MICROSECONDS[unit], unknown)
    divisor = _UNITLESS_DIVISOR.get((message, name), _DIVISOR.get(unit, 0))
    return _Field(name, name, 0, divisor, unknown)


def _column_type(field: _Field, wire: np.dtype[Any]) -> tuple[Any, ...]:
    base: np.dtype[Any] = wire.base
    if field.microseconds:
        base = np.dtype("m8[us]")
    elif field.divisor:
        base = np.dtype("f8")
    elif field.unknown:
        base = np.dtype("i8")
    return (base, wire.shape) if wire.shape else (base,)


def _convert(field: _Field, raw: NDArray[Any]) -> NDArray[Any]:
    if field.microseconds:
        limit = np.iinfo(np.int64).max // field.microseconds
        fits = raw <= min(limit, np.iinfo(raw.dtype).max)
        ticks = np.where(fits, raw, 0).astype(np.int64) * field.microseconds
        values: NDArray[Any] = ticks.view("m8[us]")
        values[~fits | np.isin(raw, field.unknown)] = np.timedelta64("NaT")
        return values
    if field.divisor:
        scaled: NDArray[Any] = raw / np.float64(field.divisor)
        scaled[np.isin(raw, field.unknown) | ~np.isfinite(scaled)] = np.nan
        return scaled
    if field.unknown:
        return np.where(np.isin(raw, field.unknown), -1, raw.astype(np.int64))
    return raw
