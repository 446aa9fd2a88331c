"""The wind, and how fast a drone is over ground in it."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field

from fleet.wording import sentence
from missions.errors import PlanningError


class Wind(BaseModel):
    """A steady wind; `from_direction` is where it comes from, degrees from true north."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    from_direction: float = Field(0.0, ge=0, lt=360)
    speed: float = Field(0.0, ge=0, le=100)

    @property
    def vector(self) -> tuple[float, float]:
        """Where the air goes: east and north in metres per second."""
        angle = math.radians(self.from_direction)
        return -self.speed * math.sin(angle), -self.speed * math.cos(angle)


CALM = Wind()


def ground_speed(wind: Wind, course: float, airspeed: float) -> float:
    """Speed over ground on a course (degrees) at an airspeed.

    The wind triangle: √(airspeed² − across²) + along. Raises PlanningError if the wind across is
    not less than the airspeed, or the drone would be blown backwards.
    """
    east, north = wind.vector
    angle = math.radians(course)
    along = east * math.sin(angle) + north * math.cos(angle)
    across = east * math.cos(angle) - north * math.sin(angle)
    speed = math.sqrt(max(airspeed**2 - across**2, 0)) + along
    if abs(across) >= airspeed or speed <= 0:
        raise PlanningError(
            sentence(
                "planner.wind.against",
                "a wind of {wind:g} m/s from {direction:g}° cannot be flown against on course "
                "{course:.0f}° at an airspeed of {airspeed:g} m/s; wait, or take a faster drone",
                wind=wind.speed,
                direction=wind.from_direction,
                course=course,
                airspeed=airspeed,
            )
        )
    return speed
