"""Sorties reckoned waypoint by waypoint, against the checker, which was written from the text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.check import power
from missions.check.geodesy import Plane
from missions.check.track import fly as checked
from missions.drones import DroneKind
from missions.energy import EnergyModel
from missions.plan import Sortie, Waypoint
from missions.sorties.fleet import waypoint
from missions.sorties.flight import Flight, fly
from missions.wind import Wind
from tests.missions.sorties.making import FRAME, QUAD, VTOL, home

PLANE = Plane(FRAME.longitude, FRAME.latitude)


def flown(points: list[Waypoint], kind: DroneKind = QUAD, wind: Wind | None = None) -> Flight:
    start = waypoint(FRAME, np.zeros(2), 60, kind.cruise_speed, action="takeoff")
    end = waypoint(FRAME, np.zeros(2), 0, kind.cruise_speed, "return", action="land")
    sortie = Sortie(
        name="S",
        drone="D",
        kind=kind.name,
        home=home(0, 0),
        start=5,
        waypoints=(start, *points, end),
    )
    return fly(sortie, EnergyModel(kind, wind or Wind()), FRAME)


@st.composite
def waypoints(draw: st.DrawFn, kind: DroneKind) -> list[Waypoint]:
    found = []
    for _ in range(draw(st.integers(1, 6))):
        place = np.array(draw(st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000))))
        height = draw(st.floats(30, 110))
        speed = draw(st.floats(1, 13) if kind.wing == "rotary" else st.floats(16, 27))
        action = draw(st.sampled_from(["fly", "fly", "hover", "orbit"]))
        more: dict[str, object] = {"action": action}
        if action == "orbit":
            more |= {"radius": draw(st.sampled_from([-90.0, 60.0, 150.0])), "turns": 1.5}
        if action == "hover":
            more["hold"] = draw(st.floats(0, 300))
        found.append(waypoint(FRAME, place, height, speed, "transit", **more))
    return found


@settings(max_examples=60)
@given(st.data(), st.sampled_from([QUAD, VTOL]), st.floats(0, 359), st.floats(0, 8))
def test_times_and_energies_are_those_of_the_checker(
    data: st.DataObject, kind: DroneKind, direction: float, speed: float
) -> None:
    points = data.draw(waypoints(kind) if kind is QUAD else waypoints(VTOL))
    wind = Wind(from_direction=direction, speed=speed)
    flight = flown(points, kind, wind)
    track = checked(flight.sortie, kind, power.Wind(direction, speed), PLANE, None)
    assert flight.end == pytest.approx(track.end, rel=1e-3)
    assert flight.energy[-1] == pytest.approx(track.samples.used[-1] / 3600, rel=1e-3)
    away = track.home - track.samples.place
    distance, course = np.hypot(*away.T), np.arctan2(*away.T)
    back = power.way_home(
        kind, power.Wind(direction, speed), distance, course, track.samples.height
    )
    worst = float((track.samples.used + back).max()) / 3600
    # The checker looks at each metre of a leg, we at thirty points.
    assert flight.worst == pytest.approx(worst, rel=2e-3, abs=0.05)


def test_between_two_stops_it_speeds_up_evenly() -> None:
    flight = flown([waypoint(FRAME, np.array([300.0, 0.0]), 60, 12, action="hover", hold=10)])
    begun = flight.when(0, 0)[1]
    ramp = 12 / QUAD.acceleration
    for seconds, metres in ((ramp / 2, 12 * ramp / 8), (ramp, 12 * ramp / 2), (10, 12 * 10 - 24)):
        x = np.interp(begun + seconds, flight.times, flight.places[:, 0])
        assert x == pytest.approx(metres, abs=0.01)
    assert flight.when(1, 1)[0] == pytest.approx(begun + 300 / 12 + ramp)
    assert flight.when(1, 1)[1] - flight.when(1, 1)[0] == pytest.approx(10)


def test_an_orbit_is_joined_at_its_nearest_point_and_left_where_it_ends() -> None:
    orbit = waypoint(FRAME, np.array([0.0, 500.0]), 60, 8, action="orbit", radius=100, turns=0.25)
    flight = flown([orbit])
    around = flight.places[flight.waypoint == 1][:, :2]
    assert np.hypot(*(around - [0, 500]).T).min() == pytest.approx(100, abs=0.5)
    # From the south it turns clockwise, seen from above, to the west.
    assert around[-1] == pytest.approx([-100, 500], abs=0.1)


def test_a_landing_elsewhere_is_flown_to_first() -> None:
    start = waypoint(FRAME, np.zeros(2), 60, 6, action="takeoff")
    end = waypoint(FRAME, np.array([200.0, 0.0]), 0, 10, action="land")
    sortie = Sortie(name="S", drone="D", kind=QUAD.name, home=home(0, 0), waypoints=(start, end))
    flight = fly(sortie, EnergyModel(QUAD), FRAME)
    assert flight.places[-1] == pytest.approx([200, 0, 0], abs=1e-3)
    leg = 200 / 10 + 10 / QUAD.acceleration
    assert flight.end == pytest.approx(60 / 6 + leg + 50 / 5 + 10 / 0.5)
    assert flight.figures().length == pytest.approx(60 + 200 + 60)


def test_a_flight_can_be_put_off_and_cut_short() -> None:
    flight = flown([waypoint(FRAME, np.array([300.0, 0.0]), 60, 12)])
    later = flight.delayed(100)
    assert later.sortie.start == 105
    assert later.times == pytest.approx(flight.times + 100)
    assert flight.until(0).end == flight.when(0, 0)[1]
