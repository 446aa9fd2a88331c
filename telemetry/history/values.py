"""Values of POSITION rows as text."""

from __future__ import annotations

import math
from pathlib import Path
from typing import BinaryIO

import numpy as np
import orjson

from fleet.columns import POSITION, Rows, Source, Suspect

NUMBERS = [name for name in POSITION.names or () if POSITION[name].kind == "f"]

SUSPECT_NAMES = {int(flag): str(flag.name).lower() for flag in Suspect}
SOURCE_NAMES = {int(source): source.name.lower() for source in Source}


def opened(to: Path | BinaryIO) -> BinaryIO:
    """The file to write bytes to: a new one, or one that is open already."""
    return to.open("wb") if isinstance(to, Path) else to


def iso_times(rows: Rows, name: str = "fix_time") -> list[str]:
    """ISO 8601 in UTC with microseconds: `2026-11-21T17:04:05.250000Z`."""
    return [f"{time}Z" for time in np.datetime_as_string(rows[name], unit="us").tolist()]


def numbers(rows: Rows, name: str) -> list[str]:
    """The shortest text that reads as the same number again; empty where it is unknown."""
    if not len(rows):
        return []
    # orjson knows the shortest form of single precision; as a Python float it would grow digits.
    values = np.ascontiguousarray(rows[name])
    listed = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode()
    told = listed.replace("null", "").split(",")
    for index in np.flatnonzero(np.isinf(values)).tolist():
        told[index] = str(values[index])
    return told


def fixed(rows: Rows, name: str, digits: int) -> list[str]:
    """With so many digits behind the point and no exponent; empty where it is unknown."""
    return ["" if math.isnan(value) else f"{value:.{digits}f}" for value in rows[name].tolist()]


def source_names(rows: Rows) -> list[str]:
    """`osmand`, `global_position_int`, …; a source of a later version by its number."""
    return [SOURCE_NAMES.get(source, str(source)) for source in rows["source"].tolist()]


def suspicions(rows: Rows) -> list[str]:
    """Why each fix is suspect: `speed clock`; empty where nothing speaks against it."""
    values = rows["suspect"].tolist()
    told = {value: _suspicion(value) for value in set(values)}
    return [told[value] for value in values]


def _suspicion(value: int) -> str:
    words = [name for flag, name in SUSPECT_NAMES.items() if value & flag]
    rest = value & ~sum(SUSPECT_NAMES)
    return " ".join([*words, str(rest)] if rest else words)
