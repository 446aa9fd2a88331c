"""What a clip may hold beside tracks: contacts and alerts, in each of its formats."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fleet.airspace.columns import ContactClass, State
from fleet.alerts.alert import Act, Alert
from fleet.alerts.states import State as AlertState
from fleet.columns import Rows
from fleet.moments import stamp
from telemetry.airspace.threats_then import ThreatsThen, slices
from telemetry.history.spreadsheets import harmless
from telemetry.store.past_alerts import Stood

LEVELS = ("none", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class ContactPart:
    """One contact: CONTACT rows in order of time, and of each the level of its threat."""

    rows: Rows
    levels: NDArray[np.int8]
    reckoned: NDArray[np.bool_]
    """Whether that is reckoned (`ThreatsThen`)."""

    told: Rows
    """THREAT rows: what the watch told of it."""

    @property
    def key(self) -> str:
        """The contact's key."""
        return str(int(self.rows["contact"][0]))

    @property
    def called(self) -> str:
        """What it was called at last."""
        row = self.rows[-1]
        told = bytes(row["call_sign"]) or bytes(row["identity"])
        return told.decode("utf-8", "replace") or f"contact {self.key[-4:]}"

    @property
    def times(self) -> list[str]:
        """When it was where."""
        return [f"{time}Z" for time in np.datetime_as_string(self.rows["time"], "ms").tolist()]


@dataclass(frozen=True, slots=True)
class AlertPart:
    """One raising of an alert."""

    alert: Alert
    acts: Sequence[Act]
    ended: datetime | None
    """None: it stood at the end of the clip."""
    latitude: float | None
    longitude: float | None


def raisings(stood: Iterable[Stood]) -> list[AlertPart]:
    """What became of each alert, of `past_alerts.stood` in its order; the first raised one first."""
    open_: dict[str, Stood] = {}
    found = []
    for each in stood:
        key, over = each.alert.key, each.alert.state == AlertState.NORMAL
        before = open_.pop(key, None)
        if not over:
            open_[key] = each
        elif before is not None and before.alert.raised_time is not None:
            acts = (*before.alert.acts, *each.alert.acts)
            found.append(_part(before, acts, each.place.time))
    standing = [each for each in open_.values() if each.alert.raised_time is not None]
    found += [_part(each, each.alert.acts, None) for each in standing]
    return sorted(found, key=lambda part: (_iso(part.alert.raised_time) or "", part.alert.key))


def _part(each: Stood, acts: Sequence[Act], ended: datetime | None) -> AlertPart:
    return AlertPart(each.alert, acts, ended, each.latitude, each.longitude)


def contact_feature(part: ContactPart) -> dict[str, Any]:
    """A contact as a feature of GeoJSON: a line, with the time and the threat of each point."""
    rows = part.rows
    points = _points(rows)
    one = len(points) == 1
    return {
        "type": "Feature",
        "geometry": {
            "type": "Point" if one else "LineString",
            "coordinates": points[0] if one else points,
        },
        "properties": {
            "contact": part.key,
            "name": part.called,
            "class": ContactClass(rows["class"][-1]).name.lower(),
            "identity": _text(rows["identity"][-1]),
            "coordTimes": part.times,
            "threats": [LEVELS[level] for level in part.levels.tolist()],
            "threats_reckoned": part.reckoned.tolist(),
            "operators": [
                None if np.isnan(latitude) else [longitude, latitude]
                for latitude, longitude in _operators(rows)
            ],
        },
    }


def alert_feature(part: AlertPart) -> dict[str, Any]:
    """An alert as a feature of GeoJSON: where it was raised, if that is known."""
    place = None
    if part.longitude is not None and part.latitude is not None:
        place = {"type": "Point", "coordinates": [part.longitude, part.latitude]}
    return {"type": "Feature", "geometry": place, "properties": alert_values(part)}


def alert_values(part: AlertPart) -> dict[str, Any]:
    """What is told of an alert."""
    alert = part.alert
    return {
        "alert": alert.key,
        "priority": alert.priority.name.lower(),
        "reason": alert.reason.get("en", ""),
        "reason_ur": alert.reason.get("ur", ""),
        "assets": [str(asset) for asset in alert.assets],
        "raised_time": _iso(alert.raised_time),
        "ended_time": _iso(part.ended),
        "state": "normal" if part.ended else alert.state.value,
        "acts": [
            {"time": _iso(act.time), "what": act.what, "who": act.who, "why": act.why}
            for act in part.acts
        ],
    }


CONTACT_HEADER = [
    "contact", "class", "identity", "call_sign", "time", "heard_time", "latitude", "longitude",
    "height", "altitude", "datum", "speed", "threat", "threat_is", "state", "operator_latitude",
    "operator_longitude",
]  # fmt: skip
ALERT_HEADER = [
    "alert", "priority", "reason", "reason_ur", "assets", "raised_time", "ended_time", "state",
    "latitude", "longitude", "acts",
]  # fmt: skip


def write_contacts(to: BinaryIO, parts: Iterable[ContactPart]) -> None:
    """Rows of CSV, without the header."""
    writer, file = _csv(to)
    for part in parts:
        rows = part.rows
        speed = np.hypot(rows["east"].astype(np.float64), rows["north"].astype(np.float64))
        for number, row in enumerate(rows):
            writer.writerow(
                [
                    part.key,
                    ContactClass(row["class"]).name.lower(),
                    harmless(_text(row["identity"])),
                    harmless(_text(row["call_sign"])),
                    _time(row["time"]),
                    _time(row["heard_time"]),
                    *_numbers(row["latitude"], row["longitude"], digits=7),
                    *_numbers(row["height"], row["altitude"], digits=1),
                    int(row["datum"]),
                    *_numbers(speed[number], digits=2),
                    LEVELS[part.levels[number]],
                    "reckoned" if part.reckoned[number] else "told",
                    State(row["state"]).name.lower(),
                    *_numbers(row["operator_latitude"], row["operator_longitude"], digits=7),
                ]
            )
    file.detach()


def write_alerts(to: BinaryIO, parts: Iterable[AlertPart]) -> None:
    """Rows of CSV, without the header; what was done stands as JSON."""
    writer, file = _csv(to)
    for part in parts:
        told = alert_values(part) | {"latitude": part.latitude, "longitude": part.longitude}
        told["assets"] = " ".join(told["assets"])
        told["acts"] = json.dumps(told["acts"], ensure_ascii=False)
        cells = ("" if told[name] is None else told[name] for name in ALERT_HEADER)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    file.detach()


def write_header(to: BinaryIO, names: Sequence[str]) -> None:
    """The first row of a CSV."""
    writer, file = _csv(to)
    writer.writerow(names)
    file.detach()


def _csv(to: BinaryIO) -> tuple[Any, TextIOWrapper]:
    file = TextIOWrapper(to, "utf-8", newline="", write_through=True)
    return csv.writer(file), file


def _time(time: np.datetime64) -> str:
    return "" if np.isnat(time) else f"{np.datetime_as_string(time, 'ms')}Z"


def _numbers(*values: float, digits: int) -> list[str]:
    return ["" if np.isnan(value) else f"{value:.{digits}f}" for value in values]


def _points(rows: Rows) -> list[list[float]]:
    return np.round(np.stack([rows["longitude"], rows["latitude"]], axis=1), 7).tolist()  # type: ignore[no-any-return]  # numpy types it as Any


def _operators(rows: Rows) -> list[tuple[float, float]]:
    columns = (np.round(rows[f"operator_{n}"], 7).tolist() for n in ("latitude", "longitude"))
    return list(zip(*columns, strict=True))


def _text(value: bytes) -> str:
    return bytes(value).decode("utf-8", "replace")


def _iso(time: datetime | None) -> str | None:
    return None if time is None else stamp(time)


def by_contact(rows: Rows, told: Rows, threats: ThreatsThen) -> list[ContactPart]:
    """CONTACT rows, their THREAT rows, both by contact and time, and how they threatened, as parts."""
    return [
        ContactPart(rows[own], threats.levels[own], threats.reckoned[own], told[of_told])
        for own, of_told in slices(rows, told)
    ]
