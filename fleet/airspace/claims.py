"""What objects say of themselves, held against what they said before and what radars see."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.airspace import motion, tuning
from fleet.airspace.association import Pairs
from fleet.airspace.columns import ContactClass, Doubt, Flag, Means
from fleet.airspace.measures import errors, seconds
from fleet.airspace.motion import Floats
from fleet.airspace.names import Names
from fleet.airspace.states import States
from fleet.airspace.tuning import Tuning
from fleet.columns import Rows

Numbers = NDArray[np.intp]

_UNDATED = 0.9
"""Seconds within which the same place without a time is the same measurement."""

_CONTRADICTED = 50.0
"""Metres between where an object says it is and where a radar that followed it sees it."""


def jumps(states: States, pairs: Pairs, look: Rows, settings: Tuning) -> NDArray[np.bool_]:
    """Whether it would have moved faster, since what it last said, than it can."""
    hidden, told = states.hidden[pairs.tracks], look[pairs.detections]
    rows = states.rows[pairs.tracks]
    spoken = ~np.isnat(hidden["claim_time"])
    since = np.where(spoken, hidden["claim_time"], rows["time"])
    latitude = np.where(spoken, hidden["claim_latitude"], rows["latitude"])
    longitude = np.where(spoken, hidden["claim_longitude"], rows["longitude"])
    before = np.where(spoken, hidden["claim_error"], rows["radius"])
    east, north = motion.offsets(latitude, longitude, told["latitude"], told["longitude"])
    slack = 3 * (before + np.sqrt(errors(told).horizontal)) + settings.jump_slack
    elapsed = np.abs(seconds(told["time"], since))
    jumped: NDArray[np.bool_] = (
        np.hypot(east, north) > tuning.FASTEST[told["means"]] * elapsed + slack
    )
    return jumped


def from_claims(
    states: States, pairs: Pairs, look: Rows, settings: Tuning
) -> tuple[Floats, Floats]:
    """Metres between detections and where the objects say they are, and how much that may be."""
    hidden, told = states.hidden[pairs.tracks], look[pairs.detections]
    rows = states.rows[pairs.tracks]
    elapsed = seconds(told["time"], hidden["claim_time"])
    east, north = motion.offsets(
        hidden["claim_latitude"], hidden["claim_longitude"], told["latitude"], told["longitude"]
    )
    slack = 4 * np.hypot(hidden["claim_error"], np.sqrt(errors(told).horizontal))
    speed = np.minimum(np.hypot(rows["east"], rows["north"]), tuning.FASTEST[Means.COOPERATIVE])
    allowed = np.maximum(_CONTRADICTED, slack) + speed * np.abs(elapsed)
    fresh = np.abs(elapsed) <= settings.together  # False where nothing was claimed
    return np.hypot(east, north), np.where(fresh, allowed, np.inf)


def contradicts(states: States, pairs: Pairs, look: Rows, settings: Tuning) -> NDArray[np.bool_]:
    """Whether a detection denies where the object says it is: it is then of something else.

    So does a radar that sees it elsewhere, and a broadcast that puts one of our own drones elsewhere
    than its telemetry does.
    """
    distance, allowed = from_claims(states, pairs, look, settings)
    means = look["means"][pairs.detections]
    ours = states.rows["class"][pairs.tracks] == ContactClass.FRIEND
    witness = (means == Means.RADAR) | ((means == Means.COOPERATIVE) & ours)
    denied: NDArray[np.bool_] = witness & (distance > allowed)
    return denied


def repeated(states: States, slots: Numbers, look: Rows) -> NDArray[np.bool_]:
    """Which detections tell only what the track in the same place of `slots` had told before."""
    hidden = states.hidden[slots]
    again: NDArray[np.bool_] = look["time"] <= hidden["claim_time"]
    undated = (look["flags"] & Flag.CLOCK) != 0
    undated &= seconds(look["time"], hidden["claim_time"]) < _UNDATED
    undated &= look["latitude"] == hidden["claim_latitude"]
    again |= undated & (look["longitude"] == hidden["claim_longitude"])
    return again


class Shared(NamedTuple):
    """A track whose identity another one claims at the same time."""

    slot: int
    other: int
    stolen: bool
    """The other one is ours."""


def shared(states: States, names: Names, settings: Tuning) -> list[Shared]:
    """Identities that two tracks claim, of which it was not yet told."""
    rows, found = states.rows, []
    together = np.timedelta64(round(settings.together * 1e6), "us")
    for _, contacts in names.shared():
        slots = np.array([states.slot(contact) for contact in contacts])
        slots = slots[rows["hits"][slots] >= settings.hits]
        latest = rows["time"][slots].max(initial=np.datetime64(0, "us"))
        slots = slots[latest - rows["time"][slots] <= together]
        if len(slots) < 2 or (rows["time"][slots] <= rows["first_time"][slots].max()).any():
            continue  # the identity is told from one place after the other: a jump
        friends = rows["class"][slots] == ContactClass.FRIEND
        stolen = bool(friends.any())
        told = (rows["doubts"][slots] & (Doubt.STOLEN if stolen else Doubt.SHARED)) != 0
        for slot in slots[~friends & ~told].tolist():
            others = slots[friends] if stolen else slots[slots != slot]
            found.append(Shared(slot, int(others[0]), stolen))
    return found
