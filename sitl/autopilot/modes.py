"""The kinds of vehicle, and the modes of each by name and number, as ArduPilot numbers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Landed(IntEnum):
    """MAV_LANDED_STATE."""

    ON_GROUND = 1
    IN_AIR = 2
    TAKEOFF = 3
    LANDING = 4


@dataclass(frozen=True)
class Kind:
    """What is the same for all vehicles of one kind. `number` and `name` find a mode."""

    label: str
    mav_type: int  # MAV_TYPE
    modes: Mapping[int, str]
    start: int  # the mode after power-on
    not_armable: frozenset[int]
    no_position: frozenset[int]  # modes that are flown without knowing where

    def number(self, name: str) -> int:
        """The custom mode called `name`. Raises KeyError for one that this kind has not."""
        for number, known in self.modes.items():
            if known == name:
                return number
        raise KeyError(f"a {self.label} has no mode {name!r}")


class Copter(IntEnum):
    """ArduCopter's custom modes in use here."""

    STABILIZE = 0
    ALT_HOLD = 2
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    LAND = 9
    POSHOLD = 16
    BRAKE = 17
    SMART_RTL = 21


class Plane(IntEnum):
    """ArduPlane's custom modes in use here."""

    MANUAL = 0
    CIRCLE = 1
    STABILIZE = 2
    FBWA = 5
    FBWB = 6
    CRUISE = 7
    AUTO = 10
    RTL = 11
    LOITER = 12
    TAKEOFF = 13
    GUIDED = 15


COPTER = Kind(
    "copter",
    2,  # MAV_TYPE_QUADROTOR
    {mode: mode.name for mode in Copter},
    Copter.STABILIZE,
    frozenset({Copter.AUTO, Copter.RTL, Copter.LAND, Copter.BRAKE, Copter.SMART_RTL}),
    frozenset({Copter.STABILIZE, Copter.ALT_HOLD, Copter.LAND}),
)

PLANE = Kind(
    "plane",
    1,  # MAV_TYPE_FIXED_WING
    {mode: mode.name for mode in Plane},
    Plane.MANUAL,
    frozenset({Plane.RTL, Plane.CIRCLE, Plane.LOITER}),
    frozenset({Plane.MANUAL, Plane.CIRCLE, Plane.STABILIZE, Plane.FBWA, Plane.FBWB}),
)

KINDS = {kind.label: kind for kind in (COPTER, PLANE)}
"""By name."""
