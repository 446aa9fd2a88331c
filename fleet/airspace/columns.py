"""The columns of the airspace: what a sensor tells (DETECTION) and what is made of it (CONTACT).

Units and unknown values are those of `fleet.columns`. Rows of both are kept for evidence: a
detection as it was received, a contact as it stood after each step in which it changed.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Any, Literal

import numpy as np

from fleet.columns import TIME, Rows, blank


class Means(IntEnum):
    """How a sensor knows of an object."""

    COOPERATIVE = 0  # it says so itself: Remote ID
    AIRCRAFT = 1  # it says so itself: ADS-B
    RADAR = 2  # it was seen: radar, camera, acoustics
    OWN = 3  # it is ours: our own telemetry


class Flag(IntFlag):
    """What else is known of a detection."""

    EMERGENCY = 1  # the object says that it is in one
    ON_GROUND = 2
    NOT_AIR = 4  # a sensor says that it does not fly: a person, a car; never tracked
    CLOCK = 8  # its own time was none or implausible: it has ours
    OPERATOR_LIVE = 16  # the operator's position is measured, not where it took off


class Datum(IntEnum):
    """What an altitude is above."""

    UNKNOWN = 0
    AMSL = 1  # mean sea level
    WGS84 = 2  # the ellipsoid
    PRESSURE = 3  # the standard atmosphere's 1013.25 hPa


ConditionKind = Literal[
    "drone_in_zone", "drone_near_zone", "spoof", "jump", "lie", "operator", "swarm"
]
"""What an operator is told of."""

DETECTION = np.dtype(
    [
        ("sensor", "S48"),  # its name: b"sapient:<node>", b"dronescout:<name>"
        ("means", "i1"),  # Means
        ("time", TIME),  # when the object was there
        ("received_time", TIME),
        ("key", "S64"),  # what the sensor calls the object: MAC, ICAO address, object id; b"" none
        ("identity", "S40"),  # who the object says it is: `rid:<serial>`, `icao:<address>`
        ("call_sign", "S20"),
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("altitude", "f4"),
        ("datum", "i1"),  # Datum of the altitude
        ("height", "f4"),  # above the ground or the take-off
        ("east", "f4"),  # velocity
        ("north", "f4"),
        ("up", "f4"),
        ("error", "f4"),  # one sigma, of each horizontal axis
        ("altitude_error", "f4"),  # one sigma
        ("speed_error", "f4"),  # one sigma, of each axis
        ("confidence", "f4"),  # 0 to 1, as the sensor says
        ("operator_latitude", "f8"),
        ("operator_longitude", "f8"),
        ("operator_id", "S20"),
        ("flags", "i2"),  # Flag
    ]
)
"""What one sensor tells of one object at one time. The same is the same (sensor, key, time,
received_time); it was read from the message with the same sensor and received time."""


class ContactClass(IntEnum):
    """What a contact is taken for."""

    UNKNOWN = 0  # seen, and too new for a judgement
    COOPERATIVE = 1
    NOT_COOPERATIVE = 2
    AIRCRAFT = 3
    FRIEND = 4


class State(IntEnum):
    """How far a contact is to be believed."""

    TENTATIVE = 0  # may be clutter; not shown
    CONFIRMED = 1
    COASTING = 2  # confirmed, but not seen of late
    ENDED = 3


class Doubt(IntFlag):
    """What speaks against what a contact says of itself."""

    JUMPED = 1  # its identity was told from where it cannot have come so fast
    SHARED = 2  # another contact uses its identity
    CONTRADICTED = 4  # a radar that had it on track sees the object elsewhere
    STOLEN = 8  # the identity is of one of our own drones, which is elsewhere


CONTACT = np.dtype(
    [
        ("contact", "i8"),  # its key: 52 bits, made of how it was first seen
        ("time", TIME),  # of this state: of its latest measurement
        ("first_time", TIME),
        ("heard_time", TIME),  # when anything was last received of it
        ("state", "i1"),  # State
        ("class", "i1"),  # ContactClass
        ("doubts", "i2"),  # Doubt
        ("identity", "S40"),
        ("call_sign", "S20"),
        ("means", "i1"),  # bits 1 << Means of all that have told of it
        ("hits", "i4"),  # measurements used
        ("confidence", "f4"),  # share of the last looks in which it was seen
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("altitude", "f4"),
        ("datum", "i1"),
        ("height", "f4"),
        ("east", "f4"),
        ("north", "f4"),
        ("up", "f4"),
        ("radius", "f4"),  # one sigma of each horizontal axis: the covariance is a circle
        ("altitude_error", "f4"),
        ("speed_error", "f4"),
        ("operator_latitude", "f8"),
        ("operator_longitude", "f8"),
        ("operator_time", TIME),
        ("operator_id", "S20"),
        ("stays_since", TIME),  # since when it has not left a circle of STAY_RADIUS
        ("flags", "i2"),  # Flag of the latest detection
        ("seen_time", TIME),  # when a radar last saw it
    ]
)
"""One object across all sensors. The same row of its history is the same (contact, time); of several
the one with the greatest (heard_time, state, hits, doubts) counts."""

THREAT = np.dtype(
    [
        ("contact", "i8"),
        ("time", TIME),  # of the step in which it was told
        ("score", "i2"),  # 0 to 100
        ("level", "i1"),  # as `threat.levels` had it then
        ("zone", "S800"),  # name of the zone that it threatened most; b"" none
        ("reasons", "S200"),  # as `reasons.packed` has them
    ]
)
"""What the watch told of the threat of a contact, from `time` on. The same is the same (contact, time)."""

STAY_RADIUS = 150.0
"""Metres; what keeps within such a circle loiters."""


class ChangeKind(IntEnum):
    """What became of a contact."""

    CONFIRMED = 0
    IDENTIFIED = 1  # it says who it is, or is known as ours
    JUMPED = 2  # its identity is told from elsewhere, where `other` begins
    SHARED = 3
    CONTRADICTED = 4
    STOLEN = 5
    COASTING = 6
    REGAINED = 7  # seen again
    MERGED = 8  # it is the same as `other`, which goes on
    ENDED = 9


CHANGE = np.dtype(
    [
        ("contact", "i8"),
        ("time", TIME),
        ("kind", "i1"),  # ChangeKind
        ("other", "i8"),  # another contact that it is about; 0 for none
        ("distance", "f4"),  # metres: of a jump, between two that share an identity, of a merger
        ("identity", "S40"),
    ]
)
"""Something that became of a contact. The same is the same (contact, time, kind, other)."""


def blanks(dtype: np.dtype[Any], length: int) -> Rows:
    """`length` rows of a dtype of this module in which all is unknown."""
    return blank(dtype, length)
