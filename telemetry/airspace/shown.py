"""What of the sky is shown: contacts and sensors as JSON has them, and what operators are alerted of.

Times are milliseconds since 1970, positions degrees, all else metres and seconds; null is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fleet.airspace.columns import ContactClass, Datum, Doubt, Means, State
from fleet.airspace.conditions import Condition
from fleet.airspace.operators import NearCar, nearest_cars
from fleet.airspace.telling import SENSOR_LOST, SKY_RULES
from fleet.airspace.threat import Threat
from fleet.airspace.words import Words, metres, seconds, words
from fleet.columns import Rows
from telemetry.airspace.sensors import milliseconds
from telemetry.airspace.sky import Sight
from telemetry.watching.sky_alerts import Matter

CARS_MOST = 3
"""Patrol cars that are named for an operator."""

CARS_FOR_MOST = 20
"""Operators for whom cars are looked for: those of the contacts that threaten most."""


def contacts(sight: Sight, picture: Rows, now: np.datetime64, most: int) -> list[dict[str, Any]]:
    """The `most` contacts that threaten most, the greatest threat first."""
    order = list(sight.threats)[:most]
    rows = {int(row["contact"]): row for row in sight.contacts}
    shown, asked = [], 0
    for key in order:
        if (row := rows.get(key)) is None:
            continue
        cars: Sequence[NearCar] = ()
        stranger = row["class"] != ContactClass.FRIEND
        if stranger and np.isfinite(row["operator_latitude"]) and asked < CARS_FOR_MOST:
            cars = near_operator(row, picture, now)
            asked += 1
        shown.append(_contact(row, sight.threats[key], cars, now))
    return shown


def near_operator(contact: np.void, picture: Rows, now: np.datetime64) -> list[NearCar]:
    """The patrol cars nearest to the operator of a CONTACT row."""
    place = float(contact["operator_latitude"]), float(contact["operator_longitude"])
    return nearest_cars(picture, *place, now, CARS_MOST)


def matters(sight: Sight, picture: Rows, now: np.datetime64) -> list[Matter]:
    """What operators are alerted of."""
    rows = {int(row["contact"]): row for row in sight.contacts}
    swarm = {
        contact: condition.contact
        for condition in sight.conditions
        if condition.kind == "swarm"
        for contact in (condition.contact, *condition.others)
    }
    found = []
    for condition in sight.conditions:
        reason, assets = condition.text, tuple[int, ...]()
        row = rows.get(condition.contact)
        if condition.kind == "operator" and row is not None:
            cars = near_operator(row, picture, now)
            reason, assets = _with_cars(reason, cars), tuple(car.asset for car in cars)
        cause = None
        if condition.contact in swarm and condition.kind in {"swarm", "drone_in_zone"}:
            cause = f"swarm/{swarm[condition.contact]:x}"
        found.append(
            Matter(
                SKY_RULES[condition.kind],
                _subjects(condition, row, sight.formerly),
                reason,
                condition.zone,
                assets,
                cause,
                _perhaps(condition, rows, sight),
            )
        )
    return found


def sensor_matters(troubles: Mapping[str, Words]) -> list[Matter]:
    """Sensors that are lost or silent."""
    return [Matter(SENSOR_LOST, (name,), reason) for name, reason in troubles.items()]


def _subjects(
    condition: Condition, row: np.void | None, formerly: Mapping[int, tuple[int, ...]]
) -> tuple[str, ...]:
    keys = (condition.contact, *formerly.get(condition.contact, ()))
    found = [f"contact:{key:x}" for key in keys]
    if row is not None and row["identity"] and condition.kind != "swarm":
        identity = bytes(row["identity"]).decode("ascii", "replace")
        found.insert(0, identity)
    return tuple(found)


def _perhaps(condition: Condition, rows: Mapping[int, np.void], sight: Sight) -> tuple[str, ...]:
    if condition.kind == "swarm":
        return ()
    return tuple(
        subject
        for other in sight.perhaps.get(condition.contact, ())
        for subject in _subjects(replace(condition, contact=other), rows.get(other), sight.formerly)
    )


def _with_cars(reason: Words, cars: Sequence[NearCar]) -> Words:
    if not cars:
        return reason
    told = [
        words("near_car", name=car.name, distance=metres(car.distance), age=seconds(car.age))
        for car in cars
    ]
    near = Words(
        words("near_cars", cars=", ".join(each.english for each in told)).english,
        words("near_cars", cars="، ".join(each.urdu for each in told)).urdu,
    )
    return Words(f"{reason.english}; {near.english}", f"{reason.urdu}؛ {near.urdu}")


def _contact(
    row: np.void, threat: Threat, cars: Sequence[NearCar], now: np.datetime64
) -> dict[str, Any]:
    told = contact_as_json(row)
    if told["operator"] is not None:
        age = (now - row["operator_time"]) / np.timedelta64(1, "s")
        told["operator"]["age"] = _number(max(age, 0.0), 1)
    return told | {
        "threat": _threat(threat),
        "cars": [
            {
                "asset": str(car.asset),
                "name": car.name,
                "distance": round(car.distance),
                "bearing": round(car.bearing),
                "age": _number(car.age, 1),
                "freshness": car.freshness.name.lower(),
            }
            for car in cars
        ],
    }


def contact_as_json(row: np.void) -> dict[str, Any]:
    """What a CONTACT row tells by itself."""
    east, north = float(row["east"]), float(row["north"])
    speed = float(np.hypot(east, north))
    return {
        "contact": str(int(row["contact"])),
        "class": ContactClass(row["class"]).name.lower(),
        "state": State(row["state"]).name.lower(),
        "identity": _text(row["identity"]),
        "call_sign": _text(row["call_sign"]),
        "means": [each.name.lower() for each in Means if row["means"] & 1 << each],
        "latitude": round(float(row["latitude"]), 7),
        "longitude": round(float(row["longitude"]), 7),
        "altitude": _number(row["altitude"], 1),
        "datum": Datum(row["datum"]).name,
        "height": _number(row["height"], 1),
        "speed": _number(speed, 1),
        "course": round(float(np.degrees(np.arctan2(east, north))) % 360, 1) if speed > 0 else None,
        "climb": _number(row["up"], 1),
        "radius": _number(row["radius"], 1),
        "confidence": _number(row["confidence"], 2),
        "first_time": milliseconds(row["first_time"]),
        "seen_time": milliseconds(row["seen_time"]),
        "heard_time": milliseconds(row["heard_time"]),
        "stays_since": milliseconds(row["stays_since"]),
        "operator": _operator(row),
        "doubts": [each.name.lower() for each in Doubt if row["doubts"] & each and each.name],
    }


def _threat(threat: Threat) -> dict[str, Any]:
    return {
        "score": threat.score,
        "level": threat.level,
        "behaviour": threat.behaviour.name.lower(),
        "zone": threat.zone or None,
        "distance": _number(threat.distance, 0),
        "closing": _number(threat.closing, 1),
        "breach": _number(threat.breach, 0),
        "reasons": [{"en": told.english, "ur": told.urdu} for told in threat.sentences],
    }


def _operator(row: np.void) -> dict[str, Any] | None:
    if not np.isfinite(row["operator_latitude"]) or not np.isfinite(row["operator_longitude"]):
        return None
    return {
        "latitude": round(float(row["operator_latitude"]), 7),
        "longitude": round(float(row["operator_longitude"]), 7),
        "id": _text(row["operator_id"]),
        "time": milliseconds(row["operator_time"]),
    }


def _number(value: float | np.floating[Any], digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def _text(value: bytes) -> str:
    return bytes(value).decode("utf-8", "replace")
