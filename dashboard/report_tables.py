"""Reports as tables: which columns each has, in which unit, and its rows as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from fleet.columns import Rows
from fleet.reports.visits import Visit
from telemetry.history.spreadsheets import harmless

Row = dict[str, Any]

UNITS = {
    "begins": "UTC",
    "ends": "UTC",
    "first": "UTC",
    "last": "UTC",
    "duration": "s",
    "moving_seconds": "s",
    "still_seconds": "s",
    "distance": "m",
    "highest": "m",
    "fastest": "m/s",
    "limit": "m/s",
    "battery_begins_percent": "%",
    "battery_ends_percent": "%",
    "battery_used_percent": "%",
    "latitude": "°",
    "longitude": "°",
    "start_latitude": "°",
    "start_longitude": "°",
    "end_latitude": "°",
    "end_longitude": "°",
}

_DIGITS = {"°": 7, "m": 1, "s": 1, "m/s": 2, "%": 1}


@dataclass(frozen=True, slots=True)
class Table:
    """A report: the names of its columns, and its rows in JSON's own types (None: not known)."""

    kind: str
    columns: Sequence[str]
    rows: Sequence[Row]


def table(kind: str, rows: Rows, names: Mapping[int, str]) -> Table:
    """Of rows of one of the dtypes of `fleet.reports`; `names` are those of assets by key."""
    fields = [name for name in rows.dtype.names or () if name != "asset"]
    lists = {name: _values(rows[name], UNITS.get(name, "")) for name in fields}
    told = []
    for index, asset in enumerate(rows["asset"].tolist()):
        row: Row = {"asset": str(asset), "name": names.get(asset, "")}
        row |= {name: values[index] for name, values in lists.items()}
        told.append(row)
    columns = ["asset", "name", *fields]
    if "ends" in fields:
        columns.insert(columns.index("ends") + 1, "duration")
        lasted = (rows["ends"] - rows["begins"]).astype("m8[us]").astype(np.int64) / 1e6
        for row, duration in zip(told, lasted.round(1).tolist(), strict=True):
            row["duration"] = duration
    return Table(kind, columns, told)


def visit_table(
    visits: Iterable[Visit], names: Mapping[int, str], fences: Mapping[tuple[str, int], str]
) -> Table:
    """Of visits; `fences` are the names of geofences by id and version."""
    columns = ["asset", "name", "fence", "fence_name", "fence_kind", "begins", "ends", "duration"]
    rows: list[Row] = []
    for visit in visits:
        whole = visit.begins is not None and visit.ends is not None
        row = {
            "asset": str(visit.asset),
            "name": names.get(visit.asset, ""),
            "fence": visit.fence,
            "fence_name": fences.get((visit.fence, visit.version), ""),
            "fence_kind": visit.fence_kind,
            "begins": _iso(visit.begins),
            "ends": _iso(visit.ends),
            "duration": (visit.ends - visit.begins).total_seconds()
            if whole and visit.begins and visit.ends
            else None,
            "dwelt": visit.dwelt,
        }
        rows.append(row)
    return Table("visits", [*columns, "dwelt"], rows)


def as_csv(told: Table) -> str:
    """RFC 4180; a text that a spreadsheet would run as a formula is put behind an apostrophe."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(told.columns)
    for row in told.rows:
        writer.writerow([_cell(row[name]) for name in told.columns])
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return harmless(value)
    return "" if value is None else value


def _iso(time: datetime | None) -> str | None:
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _values(values: Any, unit: str) -> list[Any]:
    if not len(values):
        return []
    if values.dtype.kind == "M":
        days = np.datetime_data(values.dtype)[0] == "D"
        texts = np.datetime_as_string(values, unit="D" if days else "us").tolist()
        return texts if days else [f"{text}Z" for text in texts]
    if values.dtype.kind == "f":
        digits = _DIGITS.get(unit, 3)
        return [
            None if np.isnan(value) else round(value, digits)
            for value in values.astype(np.float64).tolist()
        ]
    listed: list[Any] = values.tolist()
    return listed
