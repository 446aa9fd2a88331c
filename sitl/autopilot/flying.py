"""What a copter and a plane both can do: the manoeuvres of which modes and missions are made."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sitl.autopilot.modes import Landed
from sitl.autopilot.sight import Sight


class Manoeuvre(Protocol):
    """Something flown step by step."""

    @property
    def landed(self) -> Landed:
        """What EXTENDED_SYS_STATE says meanwhile."""

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""


class Stay:
    """Staying with what was aimed at; never done."""

    landed = Landed.IN_AIR

    def step(self, _now: float, _sight: Sight) -> bool:
        """Nothing changes."""
        return False


STAY = Stay()


class Refuge(NamedTuple):
    """A place in metres; `height` above home is that of a rally point, home has none."""

    east: float
    north: float
    height: float | None = None


class Flying(Protocol):
    """How one kind of vehicle does them. Places are metres, heights above the ground of home."""

    def refresh(self) -> None:
        """Take the speeds of the parameters; what was ordered for a mission is over."""

    def set_speed(self, kind: int, speed: float) -> bool:
        """Fly at `speed` from now on; `kind` is a SPEED_TYPE. False if that is none."""

    def take_off(self, sight: Sight, height: float, start: float) -> Manoeuvre:
        """Leave the ground at the moment `start` and climb to `height`."""

    def hold(self, sight: Sight) -> Manoeuvre:
        """Stay here; never done."""

    def go(
        self,
        sight: Sight,
        place: tuple[float, float, float],
        *,
        then: tuple[float, float] | None = None,
        wait: float = 0.0,
    ) -> Manoeuvre:
        """Go to `place` and stay for `wait` seconds; `then` is where the leg after it leads."""

    def circle(
        self, sight: Sight, place: tuple[float, float, float], radius: float, turns: float
    ) -> Manoeuvre:
        """Circle around `place`, clockwise for a positive `radius`."""

    def go_home(self, sight: Sight, place: Refuge) -> Manoeuvre:
        """Come back to `place`."""

    def land(self, sight: Sight, place: tuple[float, float] | None = None) -> Manoeuvre:
        """Come down, here or at `place`; done on the ground, when the motors may be stopped."""

    def push(self, sight: Sight, velocity: tuple[float, float, float]) -> Manoeuvre:
        """Fly with `velocity` (east, north, up); never done."""


class MissionFlight(Manoeuvre, Protocol):
    """A mission as it is being flown: what the modes and the orders of its vehicle need of it."""

    number: int
    """That of the current item."""
    complete: bool
    end_of_curve: tuple[float, float, float] | None
    """Where a spline leads that is being flown: what is aimed at lies on the way there."""

    def reset(self) -> None:
        """Begin with the first item next time."""

    def choose(self, number: int) -> None:
        """Begin with item `number` next time."""

    def begin(self, now: float, sight: Sight) -> None:
        """Start, or go on with the item that was current."""

    def mission_changed(self, now: float, sight: Sight) -> None:
        """The mission is another one while it is flown."""

    def starts_with_take_off(self) -> bool:
        """Whether the first NAV command leaves the ground."""
