"""What a scenario may hold. `docs/sitl.md` explains it with examples.

Places are named in `places`, or written as [latitude, longitude]. Vehicles come in groups; those of
a group of several are called `<group>-1`, `<group>-2` and so on, and the group's name means all of
them. Angles are degrees, heights metres above the ground, speeds m/s, times seconds or with a unit.
"""

from __future__ import annotations

from enum import Enum
from math import inf
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from sitl.cars.beats import CarKind, Protocol
from sitl.faults.sensors import SensorFault
from sitl.intruders.sensors import SensorKind
from sitl.scenarios.units import Metres, Seconds, SecondsOrEver

MOST_DRONES = 5000
MOST_CARS = 10_000

_NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
_WORD = r"^[a-z][a-z0-9_]{0,39}$"  # as cameras name what they see
Name = Annotated[str, Field(pattern=_NAME)]


def _on_earth(point: tuple[float, float]) -> tuple[float, float]:
    if abs(point[0]) > 90 or abs(point[1]) > 180:
        raise ValueError("it must be [latitude, longitude] in degrees")
    return point


def _above_earth(point: tuple[float, float, float]) -> tuple[float, float, float]:
    if abs(point[0]) > 90 or abs(point[1]) > 180 or not 0 <= point[2] <= _HIGHEST:
        raise ValueError("it must be [latitude, longitude, metres above the ground]")
    return point


_HIGHEST = 20_000.0  # metres

Point = Annotated[tuple[float, float], AfterValidator(_on_earth)]
Corner = Annotated[tuple[float, float, float], AfterValidator(_above_earth)]
Where = Point | Name
"""A point, or the name of a place."""


class Part(BaseModel):
    """A part of a scenario: nothing that is not known, nothing of the wrong kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


class Weather(Part):
    """The wind, until an event changes it."""

    wind: float = Field(ge=0, le=30)
    from_: float = Field(270, ge=0, le=360, alias="from")


class Route(Part):
    """A way to fly, and what to do at its end."""

    along: list[Where] = Field(min_length=1, max_length=500)
    height: float = Field(60, gt=0, le=500)
    speed: float = Field(10, gt=0, le=30)
    then: Literal["home", "hold", "again"] = "home"


class Drones(Part):
    """A group of drones that speak MAVLink."""

    name: Name
    count: int = Field(1, ge=1, le=MOST_DRONES)
    kind: Literal["copter", "plane"] = "copter"
    at: Where | None = None
    """Where they stand, beside each other; without it each has a sector of the city."""
    spacing: Metres = 10.0
    does: Literal["patrol", "wait"] | Route = "patrol"
    """Patrol over their sector, wait for a ground station's orders, or fly a route."""
    airborne: float = Field(0.0, ge=0, le=1)
    """Part of those on patrol that fly already at the beginning."""
    starts: Seconds = 0.0
    """When those that fly a route are switched on; each later than the one before by `apart`."""
    apart: Seconds = 5.0


class Cars(Part):
    """A group of patrol cars, or of officers on foot, with a tracker each."""

    name: Name | None = None
    """Without it they are called by the stations of the city."""
    count: int = Field(1, ge=1, le=MOST_CARS)
    kind: CarKind = CarKind.CAR
    protocol: Protocol | Literal["mixed"] = "mixed"
    at: Where | None = None
    radius: Metres = 1500.0


class DeadZone(Part):
    """Where no radio reaches: a tunnel, an underpass."""

    at: Where
    radius: Metres = 100.0


class SensorPart(Part):
    """A sensor of the airspace."""

    name: Name
    kind: SensorKind
    at: Where
    height: float = Field(15, ge=0, le=500)
    range: Metres = 3000.0
    error: float | None = Field(None, ge=0, le=500)
    """Metres; None: what is usual for its kind."""


class FlightPart(Part):
    """A drone, or an aircraft, that is none of ours."""

    name: str = Field(min_length=1, max_length=20)
    along: list[Corner] = Field(min_length=1, max_length=500)
    speed: float = Field(gt=0, le=300)
    begins: Seconds = 0.0
    ends: SecondsOrEver = inf
    again: bool = False
    broadcasts: bool = True
    operator: Where | None = None
    operator_id: str = Field("", max_length=20)


Who = Name | list[Name]
"""A vehicle, a group, or `drones` or `cars` for all of them; or several of these."""


class LinkPart(Part):
    """What a link does to frames; `sitl.faults.links.LinkFault` says what each means."""

    loss: float = Field(0, ge=0, le=1)
    burst_begin: float = Field(0, ge=0, le=1)
    burst_end: float = Field(1, ge=0, le=1)
    burst_loss: float = Field(1, ge=0, le=1)
    delay: Seconds = 0.0
    jitter: Seconds = 0.0
    reorder: float = Field(0, ge=0, le=1)
    hold: Seconds = 0.2
    duplicate: float = Field(0, ge=0, le=1)


class Order(Enum):
    """What a ground station may order."""

    TAKE_OFF = "take-off"
    GO = "go"
    LOITER = "loiter"
    HOME = "home"
    LAND = "land"
    MISSION = "mission"


class Event(Part):
    """Something that happens at a time. Each has one of the keys below `for`."""

    at: Seconds
    who: Who | None = None
    for_: Seconds | None = Field(None, alias="for")
    """How long a fault lasts; without it, to the end. The next of its kind takes its place."""

    fault: SensorFault | None = None
    values: dict[str, float] = Field(default_factory=dict)
    link: LinkPart | None = None
    cut: Literal[True] | None = None
    """The link is cut, both ways; a car's radio is off."""
    system_id: int | None = Field(None, ge=1, le=255)
    """It goes by another MAVLink system id: a duplicate, if another has it."""
    reboot: Literal[True] | None = None
    """Its watchdog resets it, in flight or not."""
    drain: float | None = Field(None, ge=0, le=1)
    """Its battery has only this part of a charge left from now on."""
    clock: float | None = Field(None, ge=-86400, le=86400)
    """Seconds that a tracker's clock is wrong by."""
    doubles: float | None = Field(None, ge=0, le=1)
    """Part of its reports that a tracker sends twice."""
    order: Order | None = None
    to: Where | None = None
    height: float | None = Field(None, gt=0, le=500)
    weather: Weather | None = None
    press: int | None = Field(None, ge=1)
    """The panic post with this number is pressed."""
    panic: Literal[True] | None = None
    """The panic button of a car, or an officer's."""
    camera: int | None = Field(None, ge=1)
    sees: str | None = Field(None, pattern=_WORD)
    """What it sees there: `crowd`, `fire`, `drone` …"""

    @model_validator(mode="after")
    def _one_thing(self) -> Event:
        given = [name for name in HAPPENINGS if getattr(self, name) is not None]
        if len(given) != 1:
            told = ", ".join(given) or "none"
            raise ValueError(f"an event has one of {', '.join(HAPPENINGS)}; this has {told}")
        (what,) = given
        if (self.who is None) != (what in _NOBODYS):
            raise ValueError(f"`{what}` {'takes no' if what in _NOBODYS else 'needs a'} `who`")
        if (self.sees is None) == (what == "camera"):
            raise ValueError("`camera` and `sees` belong together")
        if self.for_ is not None and what not in _LASTING:
            raise ValueError(f"`{what}` happens at once and takes no `for`")
        if self.order in {Order.GO, Order.TAKE_OFF} and self.height is None:
            raise ValueError(f"the order {self.order.value} needs a `height`")
        if (self.to is not None) != (self.order is Order.GO):
            raise ValueError("the order go, and no other, needs a `to`")
        return self

    @property
    def what(self) -> str:
        """Which of HAPPENINGS it is."""
        return next(name for name in HAPPENINGS if getattr(self, name) is not None)


HAPPENINGS = (
    "fault",
    "link",
    "cut",
    "system_id",
    "reboot",
    "drain",
    "clock",
    "doubles",
    "order",
    "weather",
    "press",
    "panic",
    "camera",
)
"""The keys that say what an event is."""

_NOBODYS = frozenset({"weather", "press", "camera"})
_LASTING = frozenset({"fault", "link", "cut", "system_id", "clock", "doubles"})


class Near(Part):
    """Not farther than `within` from a place."""

    of: Where
    within: Metres = 50.0


class Expectation(Part):
    """What is to be so at a time, of each of `who`."""

    at: Seconds | Literal["end"] = "end"
    who: Who
    mode: str | None = None
    """The flight mode of drones, by ArduPilot's name."""
    armed: bool | None = None
    airborne: bool | None = None
    near: Near | None = None
    charge_above: float | None = Field(None, ge=0, le=1)
    charge_below: float | None = Field(None, ge=0, le=1)
    waiting_below: int | None = Field(None, ge=0)
    """Reports that a tracker has not been able to hand over."""

    @model_validator(mode="after")
    def _something(self) -> Expectation:
        if all(getattr(self, name) is None for name in CONDITIONS):
            raise ValueError(f"it expects nothing: give one of {', '.join(CONDITIONS)}")
        return self


CONDITIONS = (
    "mode",
    "armed",
    "airborne",
    "near",
    "charge_above",
    "charge_below",
    "waiting_below",
)
"""The keys that say what is expected."""


class Scenario(Part):
    """The whole of it."""

    title: str = Field(min_length=1, max_length=100)
    about: str = Field(min_length=1, max_length=2000)
    seed: int = Field(1, ge=0)
    duration: SecondsOrEver = inf
    start: AwareDatetime | None = None
    """When it is, by the vehicles' clocks; without it, now."""
    boot_scale: float = Field(0.1, gt=0, le=1)
    places: dict[Name, Point] = Field(default_factory=dict)
    weather: Weather | None = None
    drones: list[Drones] = Field(default_factory=list, max_length=100)
    cars: list[Cars] = Field(default_factory=list, max_length=100)
    posts: int = Field(0, ge=0, le=500)
    cameras: int = Field(0, ge=0, le=5000)
    dead_zones: list[DeadZone] = Field(default_factory=list, max_length=100)
    sensors: list[SensorPart] = Field(default_factory=list, max_length=50)
    flights: list[FlightPart] = Field(default_factory=list, max_length=500)
    aircraft: list[FlightPart] = Field(default_factory=list, max_length=500)
    events: list[Event] = Field(default_factory=list, max_length=5000)
    expect: list[Expectation] = Field(default_factory=list, max_length=1000)

    @property
    def epoch(self) -> float | None:
        """`start` in UTC seconds."""
        return None if self.start is None else self.start.timestamp()


def place(scenario: Scenario, where: Where) -> Point:
    """Latitude and longitude of `where`, a point or a name that is known."""
    return scenario.places[where] if isinstance(where, str) else where


def members(group: Drones | Cars) -> list[str]:
    """The names of the vehicles of a group that has a name."""
    assert group.name is not None
    if group.count == 1:
        return [group.name]
    return [f"{group.name}-{number}" for number in range(1, group.count + 1)]
