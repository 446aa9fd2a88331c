"""The live feed for other programs, `/live?format=json`: the messages of `live` as JSON objects.

Text messages stay as they are, but for `assets`, whose entries are objects, and `modes`, which are
not sent: a mark names its mode. The binary ones become

    {"type": "marks", "time": …, "whole": bool, "marks": [{"key": "…", "latitude": …}, …]}
    {"type": "trails", "time": …, "trails": [{"key": "…", "points": [[longitude, latitude, …], …]}]}

A mark has the fields of it that changed since this viewer was told last, by the names and in the
units of `GET /api/v1/assets`; null is unknown. `marks` without marks is a heartbeat. The numbers are
those of the binary records, so both forms say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dashboard import live
from fleet.assets import Kind
from fleet.columns import Rows

FORMAT = "json"

_OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z

_NUMBERS = {
    "longitude": ("longitude", 1e7, np.iinfo(np.int32).min),
    "latitude": ("latitude", 1e7, np.iinfo(np.int32).min),
    "height": ("height", 10, np.iinfo(np.int16).min),
    "heading": ("heading", 100, np.iinfo(np.uint16).max),
    "speed": ("speed", 100, np.iinfo(np.uint16).max),
    "battery_percent": ("battery", 1, live.UNKNOWN_U8),
}
"""By field: where it stands in a mark, its scale, and what is unknown."""

_FLAGS = ("armed", "airborne")
_TIMES = ("position_time", "status_time")

Column = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a viewer was told of all assets; the same one for all who are at `version`."""

    version: int
    columns: dict[str, Column]
    """By field and slot; integers as in a mark, times as ms since 1970."""

    @classmethod
    def of(cls, version: int, rows: Rows, now: np.datetime64, modes: live.Modes) -> Shown:
        """PICTURE rows of all assets by slot, as they are shown."""
        marks = live.marks(rows, np.arange(len(rows)), now, modes)
        columns = {name: marks[field] for name, (field, _, _) in _NUMBERS.items()}
        columns |= {name: marks[name] for name in ("mode", *_FLAGS)}
        for name in _TIMES:
            times = rows[name].astype("M8[ms]")
            if name == "position_time":
                times[~live.has_place(rows)] = np.datetime64("NaT")
            columns[name] = times.view(np.int64)
        return cls(version, columns)

    def values(self, name: str, slots: NDArray[np.intp], modes: Sequence[str]) -> list[Any]:
        """A field of the assets at `slots` as JSON has it; None is unknown."""
        column = self.columns[name][slots]
        if name in _TIMES:
            times: list[Any] = column.view("M8[ms]").astype(object).tolist()
            return times
        numbers = column.tolist()
        if name in _NUMBERS:
            _, scale, unknown = _NUMBERS[name]
            # The quotient is the double nearest to the decimal, which is written with few digits.
            return [None if n == unknown else n / scale for n in numbers]
        if name == "mode":
            return ["" if n == live.UNKNOWN_U8 else modes[n] for n in numbers]
        return [None if n > 1 else bool(n) for n in numbers]


def marks_message(
    before: Shown | None,
    after: Shown,
    keys: NDArray[np.int64],
    modes: Sequence[str],
    now: np.datetime64,
) -> bytes:
    """The `marks` message that leads from `before` (None: nothing was told) to `after`.

    `keys` are the assets' by slot; `modes` the names of modes.
    """
    differ = {name: _differs(name, before, column) for name, column in after.columns.items()}
    slots = np.flatnonzero(np.logical_or.reduce(list(differ.values())))
    told: list[dict[str, Any]] = [{"key": str(key)} for key in keys[slots].tolist()]
    for name, differs in differ.items():
        at = np.flatnonzero(differs[slots])
        for place, value in zip(at.tolist(), after.values(name, slots[at], modes), strict=True):
            told[place][name] = value
    return _packed("marks", now, whole=before is None, marks=told)


def _differs(name: str, before: Shown | None, column: Column) -> NDArray[np.bool_]:
    differs = np.ones(len(column), bool)
    if before is not None:
        old = before.columns[name]
        differs[: len(old)] = column[: len(old)] != old
    return differs


def trails_message(points: Rows, keys: NDArray[np.int64], now: np.datetime64) -> bytes:
    """The `trails` message of TRAIL_POINT records, those of one asset beside each other."""
    times = (now.astype("M8[ms]") - points["age"].astype("m8[ms]")).astype(object)
    places = zip(points["longitude"].tolist(), points["latitude"].tolist(), times, strict=True)
    listed = [[longitude / 1e7, latitude / 1e7, time] for longitude, latitude, time in places]
    slots, starts = np.unique(points["slot"], return_index=True)
    ends = [*starts[1:].tolist(), len(points)]
    trails = [
        {"key": str(keys[slot]), "points": listed[start:end]}
        for slot, start, end in zip(slots.tolist(), starts.tolist(), ends, strict=True)
    ]
    return _packed("trails", now, trails=trails)


def directory_message(entries: Iterable[live.DirectoryEntry]) -> dict[str, Any]:
    """The `assets` message: the fields of each entry but its slot."""
    return {
        "type": "assets",
        "assets": [
            {
                "key": str(each.key),
                "identity": each.identity,
                "name": each.name,
                "kind": Kind(each.kind).name.lower(),
                "group": each.group,
            }
            for each in entries
        ],
    }


def _packed(kind: str, now: np.datetime64, **more: Any) -> bytes:
    return orjson.dumps({"type": kind, "time": live.milliseconds(now)} | more, option=_OPTIONS)
