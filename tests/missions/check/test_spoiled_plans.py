"""A good plan spoiled on purpose is caught: by the right rule, at the right place, by how much."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from missions.check import RULES, Rule, check
from missions.errors import PlanningError
from missions.plan import Limits, NoFly, Plan, SortieFigures, Waypoint
from missions.wind import Wind
from tests.missions.check import plans, spoiling
from tests.missions.check.plans import START, rectangle

SITE = spoiling.SITE
Heights = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Spoiled:
    """A spoiled plan, and the first finding of `rule` that has to come of it.

    `also` are other rules that it breaks: any beyond these fails the test.
    """

    name: str
    plan: Callable[[], Plan]
    rule: Rule
    sortie: str | None = None
    waypoint: int | None = None
    place: tuple[float, float] | None = None
    within: float = 1.0
    amount: float | None = None
    give: float = 0.05
    limit: float | None = None
    also: frozenset[str] = frozenset()
    severity: str = "error"
    heights: Heights | None = None


def of(make: Callable[[], Plan], change: Callable[..., Plan], *args: Any, **more: Any) -> Any:
    """The plan of `make` with a change of `spoiling`."""
    return lambda: change(make(), *args, **more)


def without(*indices: int) -> Callable[[list[Waypoint]], list[Waypoint]]:
    return lambda points: [point for at, point in enumerate(points) if at not in indices]


def hill(east: float, north: float, height: float, width: float) -> Heights:
    """Ground at 330 m with one round hill."""

    def heights(
        longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        x, y = np.array([SITE.metres(*at) for at in zip(longitudes, latitudes, strict=True)]).T
        return np.asarray(330 + height * np.exp(-((np.hypot(x - east, y - north) / width) ** 2)))

    return heights


def void_east_of(east: float) -> Heights:
    def heights(
        longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if longitudes.max() > SITE.degrees(east, 0)[0]:
            raise PlanningError("the height grid ends there")
        return np.full(len(longitudes), 330.0)

    return heights


def through_the_hole() -> Plan:
    """A lane at 150 m north, through the middle of the hole between its ends."""
    far = [
        SITE.point(0, 150, 50, purpose="turn"),
        SITE.point(400, 150, 50, purpose="lane"),
    ]
    return spoiling.waypoints(plans.survey(), "A", lambda points: [*points[:9], *far, points[-1]])


def over_the_notch() -> Plan:
    """A turn from one end of an area like an L to the other, over what the L leaves out."""
    corners = [(0, 0), (200, 0), (200, 100), (100, 100), (100, 200), (0, 200)]
    points = [SITE.point(50, 190, 50), SITE.point(190, 50, 50, purpose="turn")]
    return plans.plan(
        "notch",
        "search",
        [SITE.sortie("N", (50, -50), 50, points)],
        area=SITE.polygon(corners),
    )


def crossing(height: float) -> Plan:
    """Two drones that are over the same place at the same second."""
    return plans.plan(
        "crossing",
        "search",
        [
            SITE.sortie("east", (-200, 0), 50, [SITE.point(200, 0, 50)]),
            SITE.sortie("north", (0, -200), height, [SITE.point(0, 200, height)]),
        ],
    )


def same_home(start: float) -> Plan:
    """Two drones from one home to places that are far apart."""
    return plans.plan(
        "home",
        "search",
        [
            SITE.sortie("one", (0, 0), 50, [SITE.point(200, 0, 50)]),
            SITE.sortie("two", (0, 0), 50, [SITE.point(0, 500, 50)], start=start),
        ],
    )


def wrong_order() -> Plan:
    """Lanes in an order whose ways between them are longer than the battery has for."""

    def shuffle(points: list[Waypoint]) -> list[Waypoint]:
        up, *lanes, down = points
        pairs = [lanes[index : index + 2] for index in range(0, len(lanes), 2)]
        return [up, *chain.from_iterable(pairs[index] for index in (0, 4, 1, 5, 2, 3)), down]

    plan = spoiling.quad(plans.survey(), battery=23.0)
    assert check(plan).passed
    return spoiling.waypoints(spoiling.whole(plan, area=None), "A", shuffle)


def climbing_turn() -> Plan:
    """From 50 up to 110 m on a turn of 30 m with corners of 90° at both ends."""
    plan = spoiling.whole(plans.survey(), sorties=plans.survey().sorties[:1], pattern="search")
    for index in range(5, 13):
        plan = spoiling.waypoint(plan, "A", index, height=110)
    return plan


def round_and_home_against_the_wind(battery: float) -> Plan:
    """A circle of 400 m that begins and ends near home, which is in the wind of its far side."""
    points = [
        SITE.point(-400, 0, 60),
        SITE.point(0, 0, 60, action="orbit", radius=400.0, turns=1, purpose="patrol"),
        SITE.point(-430, 0, 60, speed=7.0),
    ]
    plan = plans.plan(
        "round",
        "orbit",
        [SITE.sortie("O", (-450, 0), 60, points)],
        wind=Wind(from_direction=270, speed=8),
    )
    slow = spoiling.waypoint(plan, "O", 4, speed=7.0)
    return spoiling.quad(slow, battery=battery)


def tight_turn() -> Plan:
    """The first half circle with 30 m in place of 60, and so a lane that is not where it was."""

    def edit(points: list[Waypoint]) -> list[Waypoint]:
        arc = [
            SITE.point(*corner, 80, purpose="turn", speed=18.0)
            for corner in plans.half_circle((800, 230), 30, -90, 90)[1:]
        ]
        return [*points[:3], *arc, SITE.point(0, 260, 80, purpose="lane", speed=18.0), points[-1]]

    return spoiling.whole(spoiling.waypoints(plans.wing_survey(), "W", edit), pattern="search")


def zone(begin: float, end: float, lower: float = 0, upper: float = 200, **more: Any) -> Plan:
    """A zone of 40 m over the survey's first lane, in force from … to … seconds of the plan."""
    one = NoFly(
        name="hospital",
        polygon=SITE.polygon(rectangle(180, -20, 220, 30)),
        lower=lower,
        upper=upper,
        times=((START + timedelta(seconds=begin), START + timedelta(seconds=end)),),
        **more,
    )
    return spoiling.whole(plans.survey(), zones=(one,))


def authority(**changes: Any) -> Plan:
    plan = plans.border()
    assert plan.authority is not None
    return spoiling.whole(plan, authority=plan.authority.model_copy(update=changes))


def other_side() -> Plan:
    plan = plans.border()
    assert plan.border is not None
    return spoiling.whole(plan, border=plan.border.model_copy(update={"side": "left"}))


def crowd(**changes: Any) -> Plan:
    plan = plans.ring()
    assert plan.crowd is not None
    return spoiling.whole(plan, crowd=plan.crowd.model_copy(update=changes))


def claiming(**changes: float) -> Plan:
    """The survey with the figures of its first sortie as they are, or changed."""
    figures = {"duration": 363.7, "length": 2441.0, "energy": 14.9, "energy_usable": 72.0}
    return spoiling.sortie(plans.survey(), "A", figures=SortieFigures(**{**figures, **changes}))


survey, wing, ring, border, relay, orbit = plans.GOOD.values()
waypoint, waypoints, sortie, whole, quad = (
    spoiling.waypoint, spoiling.waypoints, spoiling.sortie, spoiling.whole, spoiling.quad
)  # fmt: skip

SPOILED = [
    Spoiled(
        name="waypoint 1 m outside",
        plan=of(survey, waypoint, "A", 2, east=401, north=15),
        rule="area", sortie="A", waypoint=2, place=(401, 15), within=0.1, amount=1.0, give=0.02,
        limit=0,
    ),
    Spoiled(
        name="waypoint inside, but within the margin",
        plan=of(orbit, whole, limits=Limits(margin=12)),
        rule="area", sortie="O", waypoint=2, amount=2.0,
    ),
    Spoiled(
        name="turn over what a concave area leaves out",
        plan=over_the_notch,
        rule="area", sortie="N", waypoint=2, place=(120, 120), amount=20.0, give=0.2,
    ),
    Spoiled(
        name="hole crossed between two waypoints",
        plan=through_the_hole,
        rule="hole", sortie="A", waypoint=10, place=(200, 150), amount=30.0, give=0.3,
        also=frozenset({"coverage"}),
    ),
    Spoiled(
        name="way home over a hole",
        plan=of(survey, waypoints, "B", without(14)),
        rule="hole", sortie="B", waypoint=14,
    ),
    Spoiled(
        name="orbit reaching out of the area",
        plan=of(orbit, waypoint, "O", 2, radius=55.0),
        rule="area", sortie="O", waypoint=2, amount=5.0, give=0.02,
    ),
    Spoiled(
        name="orbit so far off that only its far side is outside",
        plan=of(orbit, waypoint, "O", 2, east=13, north=0),
        rule="area", sortie="O", waypoint=2, place=(53, 0), amount=3.0, give=0.02,
    ),
    Spoiled(
        name="a lane left out",
        plan=of(survey, waypoint, "A", 6, purpose="transit"),
        rule="coverage", place=(200, 75), amount=90.0, give=1.0, limit=100, severity="warning",
    ),
    Spoiled(
        name="pictures faster than the camera",
        plan=of(survey, waypoint, "A", 4, trigger_distance=4.0),
        rule="camera", sortie="A", waypoint=4, amount=0.5, limit=1.0, severity="warning",
    ),
    Spoiled(
        name="gimbal further up than it goes",
        plan=of(survey, waypoint, "A", 4, gimbal_pitch=60.0),
        rule="camera", sortie="A", waypoint=4, amount=60, limit=30, severity="warning",
    ),
    Spoiled(
        name="too low",
        plan=of(survey, waypoint, "A", 6, height=12),
        rule="clearance", sortie="A", waypoint=6, place=(400, 75), amount=12, limit=20,
        also=frozenset({"climb"}),
    ),
    Spoiled(
        name="too high",
        plan=of(survey, waypoint, "A", 6, height=131),
        rule="height", sortie="A", waypoint=6, place=(400, 75), amount=131, limit=120,
        also=frozenset({"climb"}),
    ),
    Spoiled(
        name="into a hill between two waypoints",
        plan=survey, heights=hill(200, 15, 80, 12),
        rule="terrain", sortie="A", waypoint=2, place=(200, 15), within=3, amount=-30, give=2,
    ),
    Spoiled(
        name="too near to a hill between two waypoints",
        plan=survey, heights=hill(200, 15, 40, 12),
        rule="clearance", sortie="A", waypoint=2, place=(200, 15), within=3, amount=10, give=1,
    ),
    Spoiled(
        name="too high over a valley",
        plan=survey, heights=hill(200, 15, -90, 12),
        rule="height", sortie="A", waypoint=2, place=(200, 15), within=3, amount=140, give=2,
    ),
    Spoiled(
        name="height grid ends",
        plan=survey, heights=void_east_of(100),
        rule="terrain", sortie="A", waypoint=2, place=(100, 15), within=5,
    ),
    Spoiled(
        name="grid and home count from another zero",
        plan=survey, heights=lambda longitudes, latitudes: np.full(len(longitudes), 310.0),
        rule="terrain", sortie="A", waypoint=0, amount=20, severity="warning",
    ),
    Spoiled(
        name="above the ceiling",
        plan=of(survey, quad, ceiling=390.0),
        rule="ceiling", sortie="B", waypoint=0, amount=395, limit=390,
    ),
    Spoiled(
        name="leg over the crowd",
        plan=of(ring, waypoints, "C", without(*range(2, 13))),
        rule="people", sortie="C", waypoint=2, place=(0, 0), within=45, amount=0,
    ),
    Spoiled(
        name="higher than far from people",
        plan=of(ring, waypoint, "C", 5, height=60),
        rule="people", sortie="C", waypoint=5, limit=60, amount=41.9, also=frozenset({"climb"}),
    ),
    Spoiled(
        name="crowd in a hollow, so that the height above it is more",
        plan=ring, heights=hill(0, 0, -20, 100),
        rule="people", sortie="C", waypoint=1, amount=57.8, limit=60,
    ),
    Spoiled(
        name="crowd where the height grid has a void",
        plan=ring, heights=void_east_of(25),
        rule="people", also=frozenset({"terrain"}),
    ),
    Spoiled(
        name="crowd that walks to the ring",
        plan=lambda: crowd(speed=0.1, course=90.0, horizon=600.0),
        rule="people", sortie="C", waypoint=16, limit=40,
    ),
    Spoiled(
        name="crowd that grows",
        plan=lambda: crowd(growth=0.1, horizon=600.0),
        rule="people", sortie="C",
    ),
    Spoiled(
        name="flight after the crowd's horizon",
        plan=lambda: crowd(growth=0.001, horizon=100.0),
        rule="people", sortie="C", limit=100, severity="warning",
    ),
    Spoiled(
        name="take-off beside people",
        plan=of(ring, sortie, "C", home=SITE.home(0, 60),
                waypoints=SITE.sortie("C", (0, 60), 40, [SITE.point(0, 200, 40)]).waypoints),
        rule="people", sortie="C", waypoint=0, place=(0, 60), amount=30, give=0.1, limit=40,
    ),
    Spoiled(
        name="zone in force as it is flown",
        plan=lambda: zone(30, 50),
        rule="no-fly", sortie="A", waypoint=2, place=(200, 15), within=6, amount=15, give=0.5,
    ),
    Spoiled(
        name="zone in force when the plan has no start",
        plan=lambda: whole(zone(5000, 6000), start=None),
        rule="no-fly", sortie="A", waypoint=2, amount=15, give=0.5,
    ),
    Spoiled(
        name="below a zone's upper limit above the sea",
        plan=lambda: zone(0, 600, lower=-100, upper=390, upper_reference="AMSL"),
        rule="no-fly", sortie="A", waypoint=2,
    ),
    Spoiled(
        name="border nearer than its buffer",
        plan=of(border, waypoint, "P", 1, east=-1000, north=-100),
        rule="border", sortie="P", waypoint=1, place=(-1000, -100), amount=100, limit=250,
    ),
    Spoiled(
        name="border crossed",
        plan=of(border, waypoint, "P", 1, east=-1000, north=40),
        rule="border", sortie="P", waypoint=1, place=(-1000, 40), amount=-40, limit=250,
    ),
    Spoiled(
        name="all on the other side of the border",
        plan=other_side,
        rule="border", sortie="P", waypoint=0, amount=-600 * 2000 / math.hypot(2000, 600),
    ),
    Spoiled(
        name="no authority",
        plan=of(border, whole, authority=None), rule="authority",
    ),
    Spoiled(
        name="authority that ends before the landing",
        plan=lambda: authority(valid_to=START + timedelta(seconds=300)),
        rule="authority", sortie="P", limit=0,
    ),
    Spoiled(
        name="authority that begins after the take-off",
        plan=lambda: authority(valid_from=START + timedelta(seconds=20)),
        rule="authority", sortie="P", waypoint=0, amount=20,
    ),
    Spoiled(
        name="authority of a plan without a start",
        plan=of(border, whole, start=None), rule="authority", severity="warning",
    ),
    Spoiled(
        name="battery too small",
        plan=of(survey, quad, battery=18.0),
        rule="energy", sortie="A", amount=14.88, limit=14.4, also=frozenset({"reserve-return"}),
    ),
    Spoiled(
        name="battery too small in the cold",
        plan=lambda: quad(whole(plans.survey(), temperature=0.0), battery=24.0),
        rule="energy", sortie="B", amount=17.87, limit=16.128, also=frozenset({"reserve-return"}),
    ),
    Spoiled(
        name="order that is too long for the battery",
        plan=wrong_order, rule="energy", sortie="A", limit=18.4, also=frozenset({"reserve-return"}),
    ),
    Spoiled(
        name="way home too long from the middle of an orbit only",
        plan=lambda: round_and_home_against_the_wind(29.7),
        rule="reserve-return", sortie="O", waypoint=2, place=(260, -300), within=50, limit=23.76,
        amount=24.13,
    ),
    Spoiled(
        name="figures that claim less energy",
        plan=lambda: claiming(energy=10.0),
        rule="figures", sortie="A", amount=10, limit=14.88, severity="warning",
    ),
    Spoiled(
        name="two drones at one place at one time",
        plan=lambda: crossing(50),
        rule="separation", sortie="north", waypoint=1, place=(0, 0), amount=0, limit=30,
    ),
    Spoiled(
        name="two drones that take off together",
        plan=lambda: same_home(0), rule="separation", sortie="two", amount=0,
    ),
    Spoiled(
        name="faster than it is",
        plan=of(survey, waypoint, "A", 4, speed=17.0),
        rule="speed", sortie="A", waypoint=4, amount=17, limit=16, also=frozenset({"camera"}),
    ),
    Spoiled(
        name="faster than it is against the wind",
        plan=of(survey, whole, wind=Wind(from_direction=90, speed=9)),
        rule="speed", sortie="A", waypoint=2, amount=17, limit=16,
    ),
    Spoiled(
        name="slower than a fixed wing flies",
        plan=of(wing, waypoint, "W", 2, speed=12.0),
        rule="speed", sortie="W", waypoint=2, amount=12, limit=13,
    ),
    Spoiled(
        name="stronger wind than it may be flown in",
        plan=of(relay, whole, wind=Wind(from_direction=0, speed=11)),
        rule="wind", sortie="R1", waypoint=0, amount=11, limit=10,
        also=frozenset({"relay-gap", "speed"}),
    ),
    Spoiled(
        name="wind that does not let it home",
        plan=lambda: whole(
            quad(plans.orbit(), speed_most=9.0, wind_most=20.0),
            wind=Wind(from_direction=270, speed=10),
        ),
        rule="wind", sortie="O", amount=10, limit=9, also=frozenset({"speed"}),
    ),
    Spoiled(
        name="leg that climbs too steeply",
        plan=climbing_turn,
        rule="climb", sortie="A", waypoint=5, place=(0, 75),
        amount=60 / (30 / 8 + math.sin(math.radians(45)) * 8 / 2.5), limit=4,
    ),
    Spoiled(
        name="turn too tight",
        plan=tight_turn,
        rule="turn", sortie="W", waypoint=4, amount=30, give=0.3, limit=54,
    ),
    Spoiled(
        name="turn too tight for the wind behind it",
        plan=of(wing, whole, wind=Wind(from_direction=270, speed=6)),
        rule="turn", sortie="W", amount=59.77, severity="warning",
    ),
    Spoiled(
        name="fixed wing that turns back on the spot",
        plan=of(wing, waypoint, "W", 3, east=0, north=200),
        rule="turn", sortie="W", waypoint=3, place=(800, 200), amount=0,
        also=frozenset({"area", "figures", "coverage"}),
    ),
    Spoiled(
        name="orbit too tight for its speed",
        plan=of(orbit, waypoint, "O", 2, speed=12.0),
        rule="turn", sortie="O", waypoint=2, amount=40, limit=48,
    ),
    Spoiled(
        name="fixed wing that holds a place",
        plan=of(wing, waypoint, "W", 1, action="hover", hold=60.0),
        rule="hover", sortie="W", waypoint=1, amount=60,
    ),
    Spoiled(
        name="too warm",
        plan=of(survey, whole, temperature=46.0),
        rule="temperature", sortie="A", waypoint=0, amount=46, limit=40,
    ),
    Spoiled(
        name="further than the radio",
        plan=of(survey, quad, radio_range=450.0),
        rule="radio-range", sortie="A", waypoint=7, place=(400, 105), limit=450,
        amount=math.hypot(430, 135, 50), give=0.1,
    ),
    Spoiled(
        name="relief too late",
        plan=of(relay, sortie, "R2", start=600.0),
        rule="relay-gap", place=(300, 0), give=0.1,
        amount=600 + 60 / 4 + math.hypot(300, 60) / 8 + 8 / 2.5 - (50 / 4 + 300 / 8 + 8 / 2.5 + 500),
    ),
    Spoiled(
        name="relief at another place",
        plan=of(relay, waypoint, "R2", 1, east=300, north=60),
        rule="relay-gap", place=(300, 0),
    ),
    Spoiled(
        name="no landing",
        plan=of(survey, waypoints, "A", lambda points: points[:-1]),
        rule="structure", sortie="A", waypoint=12, place=(0, 165),
    ),
    Spoiled(
        name="no take-off",
        plan=of(survey, waypoints, "A", lambda points: points[1:]),
        rule="structure", sortie="A", waypoint=0, place=(-30, -30), also=frozenset({"terrain", "clearance", "climb"}),
    ),
    Spoiled(
        name="take-off away from home",
        plan=of(survey, sortie, "A", home=SITE.home(-30, 20)),
        rule="structure", sortie="A", waypoint=0, amount=50, limit=5,
    ),
    Spoiled(
        name="landing in the middle",
        plan=of(survey, waypoint, "A", 4, action="land", height=0),
        rule="structure", sortie="A", waypoint=4, also=frozenset({"terrain", "climb", "clearance"}),
    ),
    Spoiled(
        name="drone in two sorties at once",
        plan=of(survey, sortie, "B", drone="drone-A"),
        rule="structure", sortie="B", waypoint=0, amount=-363.65, limit=300,
    ),
    Spoiled(
        name="drone that does not rest",
        plan=of(relay, sortie, "R2", drone="drone-R1", start=720.0, home=SITE.home(0, 0),
                waypoints=plans.relay().sorties[0].waypoints),
        rule="structure", sortie="R2", waypoint=0, limit=300, also=frozenset({"relay-gap"}),
    ),
    Spoiled(
        name="two sorties of one name",
        plan=of(survey, sortie, "B", name="A"),
        rule="structure", sortie="A", amount=2,
    ),
    Spoiled(
        name="kind that the plan does not know",
        plan=of(survey, sortie, "B", kind="octo"),
        rule="structure", sortie="B", also=frozenset({"coverage"}),
    ),
    Spoiled(
        name="area that crosses itself",
        plan=of(survey, whole, area=SITE.polygon([(0, 0), (400, 300), (400, 0), (0, 300)])),
        rule="structure",
    ),
    Spoiled(
        name="planning ended early",
        plan=of(survey, whole, complete=False), rule="structure", severity="warning",
    ),
    Spoiled(
        name="more turns than an item holds",
        plan=lambda: quad(spoiling.waypoint(plans.orbit(), "O", 2, turns=300.0), battery=9e3),
        rule="mission-items", sortie="O", waypoint=2, amount=300, limit=255,
    ),
    Spoiled(
        name="radius larger than an item holds",
        plan=lambda: whole(
            quad(spoiling.waypoint(plans.orbit(), "O", 2, radius=2600.0, turns=1), battery=9e3),
            area=None,
        ),
        rule="mission-items", sortie="O", waypoint=2, amount=2600, limit=2550,
    ),
    Spoiled(
        name="radius that is cut to whole metres",
        plan=of(orbit, waypoint, "O", 2, radius=-39.6),
        rule="mission-items", sortie="O", waypoint=2, amount=39.6, limit=39, severity="warning",
    ),
    Spoiled(
        name="hold longer than an item holds",
        plan=lambda: quad(spoiling.waypoint(plans.ring(), "C", 26, hold=7e4), battery=9e3),
        rule="mission-items", sortie="C", waypoint=26, amount=70_000, limit=65_535,
    ),
    Spoiled(
        name="hold with a fraction of a second",
        plan=of(ring, waypoint, "C", 26, hold=60.5),
        rule="mission-items", sortie="C", waypoint=26, amount=60.5, limit=60, severity="warning",
    ),
    Spoiled(
        name="more items than the vehicle takes",
        plan=lambda: quad(
            spoiling.waypoints(
                plans.ring(), "C", lambda points: [*points[:-1], *points[1:26] * 30, points[-1]]
            ),
            battery=9e3,
        ),
        rule="mission-items", sortie="C", limit=650, amount=784, give=30,
    ),
    Spoiled(
        name="waypoints nearer together than the acceptance radius",
        plan=of(survey, waypoints, "A", lambda points: [
            *points[:3], SITE.point(400, 16, 50, purpose="turn"), *points[3:]]),
        rule="mission-items", sortie="A", waypoint=3, amount=1.0, limit=2, severity="warning",
    ),
    Spoiled(
        name="waypoint at 0, 0",
        plan=lambda: plans.plan("null", "search", [
            plans.Site(0, 0).sortie("Z", (100, 0), 50, [
                Waypoint(latitude=0, longitude=0, height=50, speed=8)])]),
        rule="mission-items", sortie="Z", waypoint=1,
    ),
]  # fmt: skip


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda spoiled: spoiled.name)
def test_a_spoiled_plan_is_caught(spoiled: Spoiled) -> None:
    report = check(spoiled.plan(), heights=spoiled.heights)
    found = [
        finding
        for finding in report.findings
        if finding.rule == spoiled.rule and finding.severity == spoiled.severity
    ]
    assert found, [str(finding) for finding in report.findings]
    assert report.passed == (spoiled.severity == "warning")
    finding = found[0]
    assert {other.rule for other in report.findings} <= {spoiled.rule, *spoiled.also}
    if spoiled.sortie is not None:
        assert finding.sortie == spoiled.sortie
    if spoiled.waypoint is not None:
        assert finding.waypoint == spoiled.waypoint
    if spoiled.amount is not None:
        assert finding.amount == pytest.approx(spoiled.amount, abs=spoiled.give)
    if spoiled.limit is not None:
        assert finding.limit == pytest.approx(spoiled.limit, abs=0.01)
    if spoiled.place is not None:
        assert finding.longitude is not None
        assert finding.latitude is not None
        assert SITE.metres(finding.longitude, finding.latitude) == pytest.approx(
            spoiled.place, abs=spoiled.within
        )


HARMLESS = {
    "two drones that cross at different heights": lambda: crossing(65),
    "two drones from one home half a minute apart": lambda: same_home(30),
    "zone in force before": lambda: zone(-100, 0),
    "zone in force later": lambda: zone(5000, 6000),
    "zone below": lambda: zone(0, 600, lower=0, upper=45),
    "zone above": lambda: zone(0, 600, lower=55, upper=200),
    "zone above, by the sea": lambda: zone(0, 600, lower=385, upper=600, lower_reference="AMSL"),
    "circle that the energy suffices for": lambda: round_and_home_against_the_wind(31.0),
    "figures as they are": claiming,
    "hold of a fixed wing that can hover": lambda: spoiling.whole(
        spoiling.waypoint(plans.wing_survey(), "W", 1, action="hover", hold=30.0),
        kinds={"wing": plans.WING.model_copy(update={"hover_power": 400.0})},
    ),
    "authority to the very end": lambda: authority(valid_from=START),
    "area without the way from home": lambda: spoiling.whole(plans.survey(), inside_area=False),
}


@pytest.mark.parametrize("make", HARMLESS.values(), ids=HARMLESS)
def test_what_only_looks_spoiled_is_let_through(make: Callable[[], Plan]) -> None:
    assert [str(finding) for finding in check(make()).findings] == []


def test_every_rule_is_among_the_spoiled_plans() -> None:
    assert {spoiled.rule for spoiled in SPOILED} == set(RULES)


def test_an_authority_that_has_ended_by_now_is_caught_without_a_start() -> None:
    plan = spoiling.whole(plans.border(), start=None)
    before, after = START + timedelta(minutes=1), START + timedelta(hours=2)
    assert check(plan, now=before).passed
    (error,) = [f for f in check(plan, now=after).findings if f.severity == "error"]
    assert (error.rule, error.amount) == ("authority", 3600)
