"""What detections tell beside the motion: identity, operator, how steadily an object is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.airspace import motion
from fleet.airspace.columns import STAY_RADIUS, Means
from fleet.airspace.measures import errors
from fleet.airspace.tuning import Tuning
from fleet.columns import TIME, Rows

Numbers = NDArray[np.intp]

_CLAIMS = np.array([Means.COOPERATIVE, Means.AIRCRAFT, Means.OWN])


def look_of(times: NDArray[np.datetime64], settings: Tuning) -> NDArray[np.int64]:
    """The numbers of the looks that times are in."""
    length = round(settings.scan * 1e6)
    return np.asarray(times.astype(TIME).astype(np.int64) // length)


def note(rows: Rows, hidden: Rows, slots: Numbers, detections: Rows, settings: Tuning) -> None:
    """Note in `rows` and `hidden` all that one detection of each of `slots` tells beside its motion."""
    means = detections["means"].astype(np.int64)
    rows["means"][slots] |= (1 << means).astype(np.int8)
    rows["hits"][slots] += 1
    rows["heard_time"][slots] = np.fmax(rows["heard_time"][slots], detections["received_time"])
    rows["flags"][slots] = detections["flags"]
    told = np.isfinite(detections["height"])
    rows["height"][slots[told]] = detections["height"][told]
    rows["radius"][slots] = np.sqrt(hidden["position"][slots])
    rows["altitude_error"][slots] = np.sqrt(hidden["up_position"][slots])
    rows["speed_error"][slots] = np.sqrt(hidden["velocity"][slots])
    radar = slots[means == Means.RADAR]
    rows["seen_time"][radar] = rows["time"][radar]
    _note_claims(rows, hidden, slots, detections)
    _note_look(rows, hidden, slots, detections["time"], settings)
    east, north = motion.offsets(
        hidden["stay_latitude"][slots],
        hidden["stay_longitude"][slots],
        rows["latitude"][slots],
        rows["longitude"][slots],
    )
    left = slots[np.hypot(east, north) > STAY_RADIUS]
    hidden["stay_latitude"][left] = rows["latitude"][left]
    hidden["stay_longitude"][left] = rows["longitude"][left]
    rows["stays_since"][left] = rows["time"][left]


def _note_claims(rows: Rows, hidden: Rows, slots: Numbers, detections: Rows) -> None:
    claims = np.isin(detections["means"], _CLAIMS)
    if not claims.any():
        return
    mine, told = slots[claims], detections[claims]
    hidden["claim_time"][mine] = np.fmax(hidden["claim_time"][mine], told["time"])
    hidden["claim_latitude"][mine] = told["latitude"]
    hidden["claim_longitude"][mine] = told["longitude"]
    hidden["claim_error"][mine] = np.sqrt(errors(told).horizontal)
    for name in ("identity", "call_sign", "operator_id"):
        given = told[name] != b""
        if name == "identity":
            given &= rows[name][mine] == b""  # an identity stays
        rows[name][mine[given]] = told[name][given]
    note_operators(rows, mine, told)


def note_operators(rows: Rows, mine: Numbers, told: Rows) -> None:
    """Note where operators are said to be."""
    found = np.isfinite(told["operator_latitude"]) & np.isfinite(told["operator_longitude"])
    rows["operator_latitude"][mine[found]] = told["operator_latitude"][found]
    rows["operator_longitude"][mine[found]] = told["operator_longitude"][found]
    rows["operator_time"][mine[found]] = told["time"][found]


def _note_look(
    rows: Rows, hidden: Rows, slots: Numbers, times: NDArray[np.datetime64], settings: Tuning
) -> None:
    later = look_of(times, settings) - hidden["look"][slots]
    shift = np.clip(later, 0, 31).astype(np.uint32)
    back = np.clip(-later, 0, 31).astype(np.uint32)
    hidden["history"][slots] = (hidden["history"][slots] << shift) | (np.uint32(1) << back)
    hidden["look"][slots] += np.maximum(later, 0)
    wanted = np.uint32((1 << settings.looks) - 1)
    share = np.bitwise_count(hidden["history"][slots] & wanted) / settings.looks
    rows["confidence"][slots] = share
