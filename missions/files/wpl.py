"""`QGC WPL 110`, the plain text that ground stations save items in (mavlink.io, file formats).

A row is tab separated: index, current, frame, command, four parameters, latitude, longitude,
altitude, autocontinue. Numbers are written in full, without exponents, so that a file gives back
exactly what was written; others write six to eight decimals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.files.mission import Command, Frame, Mission, MissionItem
from missions.plan import Home

HEADER = "QGC WPL 110"

_COLUMNS = (
    "index",
    "current",
    "frame",
    "command",
    "param1",
    "param2",
    "param3",
    "param4",
    "latitude",
    "longitude",
    "altitude",
    "autocontinue",
)


def write_items(items: Sequence[MissionItem]) -> str:
    """A file of items as they stand, as for a fence or rally points."""
    return "\n".join([HEADER, *map(_row, items), ""])


def read_items(text: str) -> list[MissionItem]:
    """All items of a file, its first row included, which in a mission is home.

    Raises PlanningError (without the file's name) with the line that is not as it should be.
    """
    lines = text.splitlines()
    if not lines or lines[0].split() != HEADER.split():
        raise PlanningError(f"is no mission: its first line is not {HEADER!r}")
    rows = [
        (number, line)
        for number, line in enumerate(lines[1:], 2)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return [_item(index, number, line) for index, (number, line) in enumerate(rows)]


def write(mission: Mission) -> tuple[str, list[str]]:
    """A mission with home in row 0, and what the format cannot carry, one line each."""
    lost: list[str] = []
    if mission.fence != Mission(()).fence or mission.rally:
        lost.append(
            sentence(
                "file.wpl.fence",
                "the fence and the rally points are not carried; write them to files of their own",
            )
        )
    if mission.firmware == "px4":
        lost.append(
            sentence(
                "file.wpl.px4",
                "row 0 is home, which tools for PX4 take for a waypoint; give them a .plan",
            )
        )
    home = mission.home
    if home is None:
        raise PlanningError("a mission needs a home to be written as WPL: its row 0 is home")
    if home.altitude is None:
        lost.append(
            sentence("file.wpl.altitude", "the altitude of home is not known and written as 0")
        )
    if home.name:
        lost.append(
            sentence("file.home.name", "the name of home is not carried ({home})", home=home.name)
        )
    first = MissionItem(
        seq=0,
        frame=Frame.GLOBAL,
        command=Command.WAYPOINT,
        latitude=home.latitude,
        longitude=home.longitude,
        altitude=home.altitude or 0.0,
        current=True,
    )
    return write_items([first, *mission.items]), lost


def read(text: str) -> Mission:
    """The mission of a file; row 0 is home if it is a waypoint, as ArduPilot's tools write it.

    Mission Planner writes command 0 there when home is not set. Raises PlanningError (without the
    file's name).
    """
    items = read_items(text)
    if not items or items[0].command not in {Command.WAYPOINT, 0}:
        return Mission(tuple(items))
    first = items[0]
    if not (abs(first.latitude) <= 90 and abs(first.longitude) <= 180):
        raise PlanningError(f"has a home at {first.latitude:g}, {first.longitude:g}: no such place")
    home = Home(
        latitude=first.latitude, longitude=first.longitude, altitude=_finite(first.altitude)
    )
    return Mission(tuple(items[1:]), home)


def _row(item: MissionItem) -> str:
    numbers = [_number(value) for value in item.parameters]
    return "\t".join(
        [
            str(item.seq),
            str(int(item.current)),
            str(int(item.frame)),
            str(int(item.command)),
            *numbers,
            str(int(item.autocontinue)),
        ]
    )


def _number(value: float) -> str:
    if math.isinf(value):
        raise PlanningError("a mission item has an infinite parameter")
    return "nan" if math.isnan(value) else np.format_float_positional(value, trim="-")


def _item(index: int, number: int, line: str) -> MissionItem:
    fields = line.split()
    if len(fields) != len(_COLUMNS):
        raise PlanningError(f"line {number} has {len(fields)} columns instead of {len(_COLUMNS)}")
    whole = [_whole(fields[i], _COLUMNS[i], number) for i in (0, 1, 2, 3, 11)]
    seq, current, frame, command, autocontinue = whole
    if seq != index:
        raise PlanningError(f"line {number} has the index {seq} where {index} is due")
    p1, p2, p3, p4, latitude, longitude, altitude = (
        _real(fields[i], _COLUMNS[i], number) for i in range(4, 11)
    )
    return MissionItem(
        seq,
        frame,
        command,
        p1,
        p2,
        p3,
        p4,
        latitude,
        longitude,
        altitude,
        autocontinue=bool(autocontinue),
        current=bool(current),
    )


def _whole(field: str, column: str, line: int) -> int:
    if not (field.isascii() and field.isdecimal() and len(field) <= 5 and int(field) < 65536):
        raise PlanningError(f"line {line} has {field[:20]!r} as {column}: a whole number is due")
    return int(field)


def _real(field: str, column: str, line: int) -> float:
    try:
        value = float(field)
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise PlanningError(f"line {line} has {field[:20]!r} as {column}: a number is due")
    return value


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value
