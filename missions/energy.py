"""How long a flight takes and what it draws from the battery: the model, to the last formula.

All that follows is what the code does; another program can be written from it. Energies are
reckoned in joules and given in watt-hours. `K` is the DroneKind, `w` the wind's vector (where the
air goes), `|w|` its speed.

**1. Battery.** usable = K.battery · derating(temperature) · (1 − K.reserve); `DERATING` is linear
between its points and constant beyond them. Not flown: outside K.temperature_least … most, and in
wind above K.wind_most.

**2. Level power** at the airspeed va, with x = va / K.cruise_speed:

- rotary, x ≤ 1: P = K.hover_power + (K.cruise_power − K.hover_power)·x
- rotary, x > 1: P = K.cruise_power·(1 + PARASITIC_SHARE·(x³ − 1))
- fixed: P = K.cruise_power·(x³ + 1/x)/2 (a parabolic polar: at x = 1 half of the drag is parasitic)

Both take the least energy per metre at x = 1, as `cruise_speed` is defined. The straight line lies
above the dip that a rotor has at low speed (Zeng, Xu and Zhang 2019, equation 12), so it errs to
the safe side.
P_hover = max(K.hover_power, P(|w|)) for rotary; a fixed wing circles instead: K.cruise_power.
Vertical flight: P_vert = P_hover for rotary; for fixed K.hover_power if it has any, else
K.cruise_power. A climb of Δh costs K.mass·g·Δh/K.climb_efficiency on top. A descent gives nothing
back and saves nothing.

**3. Speed** v of a leg with the unit vector u. Rotary: v is over ground, va = |v·u − w|, and it
cannot be flown if va > K.speed_most. Fixed: va = v, K.speed_least ≤ va ≤ K.speed_most, over ground
vg = √(va² − across²) + along (`missions.wind`). `SPEED_TOLERANCE` in these comparisons.

**4. Corners.** θ is the turn between the courses before and after a waypoint. Rotary: the stop
factor k = sin(θ/2) where it flies through; k = 1 (a full stop) at both ends of a run, where it
holds, and beside a leg that is shorter than `SHORT` (vertical). Fixed: a corner that cannot be
rounded within half of either leg, r·tan(θ/2) > ½·min(d before, d after) with
r = va²/K.lateral_acceleration of the leg that begins there, adds τ = θ·va/K.lateral_acceleration
to that leg.

**5. A straight leg** of the horizontal length d, the height change Δh, factors k₁, k₂ at its ends:

- t_v = Δh/K.climb_speed, or −Δh/K.descent_speed; climb = K.mass·g·max(Δh, 0)/K.climb_efficiency
- d < SHORT: t_v seconds, P_vert·t_v + climb
- rotary: k̄ = (k₁ + k₂)/2; v′ = min(v, √(K.acceleration·d/k̄)); t_c = d/v′;
  t = max(t_c + k̄·v′/K.acceleration, t_v); P(va′)·t_c + max(P_hover, P(va′))·(t − t_c) + climb.
  With k̄ = 1 and no height change t is `missions.motion.leg_time`.
- fixed: t = max(d/vg + τ, t_v); P(va)·t + climb

**6. Landing** from the height h: at K.descent_speed down to `LANDING_HEIGHT`, then at
min(LANDING_SPEED, K.descent_speed), all at P_vert; a fixed wing without hover power comes down at
K.descent_speed all the way. **Orbit** of the length L = turns·2π|radius|: rotary takes L/v at the
mean of P(va) over `ORBIT_COURSES` courses; fixed takes L·mean(1/vg) at P(va).

**7. Way home** from any point, D from home: at the airspeed va_r = min(K.speed_most,
K.cruise_speed + |w|/2), vg_r over ground by the wind triangle; rotary as in 5 with k̄ = 1,
v = vg_r and P(va_r); fixed D/vg_r at P(va_r); then a landing from the height of the point. What has
been used and the way home together must be within what is usable at every point of a sortie. The
time home at a constant airspeed is a convex function of the place, and what has been used is taken
as linear along a leg: so but for the stops the worst point of a straight leg is one of its ends,
and with them no other point needs more than one full stop above that.

Not modelled: air density, gusts, wind that grows with height, idling on the ground.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.wording import sentence
from missions.drones import DroneKind
from missions.errors import PlanningError
from missions.wind import CALM, Wind

Floats = NDArray[np.float64]

GRAVITY = 9.80665
WATT_HOUR = 3600.0
"""Joules."""

PARASITIC_SHARE = 0.5
"""Of a rotary wing's power at cruise speed: what grows with the cube of the airspeed. Ours; any
share above a third makes the cruise speed that of least energy per metre."""

DERATING = ((-20.0, 0.60), (-10.0, 0.72), (0.0, 0.84), (10.0, 0.93), (25.0, 1.0))
"""Degrees Celsius and the share of the battery that can be drawn there. An estimate of ours for
lithium polymer and lithium-ion packs that start at the temperature of the air."""

LANDING_HEIGHT = 10.0
LANDING_SPEED = 0.5
"""ArduPilot's defaults LAND_ALT_LOW and LAND_SPEED."""

SHORT = 0.01
"""Metres: a leg shorter than this is vertical."""

SPEED_TOLERANCE = 0.01
ORBIT_COURSES = 72


class Spent(NamedTuple):
    """Seconds and watt-hours."""

    duration: float
    energy: float


class Costs(NamedTuple):
    """Seconds and watt-hours of many legs, one element a leg."""

    duration: Floats
    energy: Floats

    def total(self) -> Spent:
        return Spent(float(self.duration.sum()), float(self.energy.sum()))


def derating(temperature: float) -> float:
    """Share of the battery that can be drawn at a temperature (`DERATING`)."""
    degrees, shares = zip(*DERATING, strict=True)
    return float(np.interp(temperature, degrees, shares))


class EnergyModel:
    """One kind of drone in one wind at one temperature.

    Raises PlanningError if it must not be flown in them. The speed of a leg is over ground for a
    rotary wing and in the air for a fixed one, as in `plan.Waypoint`.
    """

    def __init__(self, kind: DroneKind, wind: Wind = CALM, temperature: float = 25.0) -> None:
        if wind.speed > kind.wind_most:
            raise PlanningError(
                sentence(
                    "planner.wind.kind",
                    "a wind of {wind:g} m/s is above the {most:g} m/s that {kind} may be flown in; "
                    "wait, or take another drone",
                    wind=wind.speed,
                    most=kind.wind_most,
                    kind=kind.name,
                )
            )
        if not kind.temperature_least <= temperature <= kind.temperature_most:
            raise PlanningError(
                sentence(
                    "planner.temperature.kind",
                    "{temperature:g} °C is outside the {least:g} … {most:g} °C that {kind} may be "
                    "flown in",
                    temperature=temperature,
                    least=kind.temperature_least,
                    most=kind.temperature_most,
                    kind=kind.name,
                )
            )
        self.kind = kind
        self.wind = wind
        self.temperature = temperature
        self.usable = kind.battery * derating(temperature) * (1 - kind.reserve)
        """Watt-hours above the reserve."""
        self.return_airspeed = min(kind.speed_most, kind.cruise_speed + wind.speed / 2)
        rotary = kind.wing == "rotary"
        at_wind = float(self.power(wind.speed)) if rotary else 0.0
        self.hover_power = max(kind.hover_power, at_wind) if rotary else kind.cruise_power
        vertical = kind.hover_power or kind.cruise_power
        self.vertical_power = self.hover_power if rotary else vertical

    def power(self, airspeed: ArrayLike) -> Floats:
        """Watts in level flight; section 2."""
        kind = self.kind
        x = np.asarray(airspeed, float) / kind.cruise_speed
        if kind.wing == "fixed":
            return np.asarray(kind.cruise_power * (x**3 + 1 / x) / 2)
        slow = kind.hover_power + (kind.cruise_power - kind.hover_power) * x
        return np.where(x <= 1, slow, kind.cruise_power * (1 + PARASITIC_SHARE * (x**3 - 1)))

    def speeds(self, dx: ArrayLike, dy: ArrayLike, wanted: float) -> Floats:
        """The speed on each leg: `wanted`, or less where the wind leaves a rotary wing less.

        Raises PlanningError for a fixed wing outside its airspeeds and where the wind wins.
        """
        kind = self.kind
        if wanted <= 0:
            raise PlanningError(f"a speed of {wanted:g} m/s: give one above 0")
        if kind.wing == "fixed":
            if not kind.speed_least <= wanted <= kind.speed_most:
                raise PlanningError(
                    sentence(
                        "planner.speed.kind",
                        "an airspeed of {speed:g} m/s is outside the {least:g} … {most:g} m/s of {kind}",
                        speed=wanted,
                        least=kind.speed_least,
                        most=kind.speed_most,
                        kind=kind.name,
                    )
                )
            self._over_ground(dx, dy, wanted)
            return np.full(np.shape(dx), float(wanted))
        return np.minimum(wanted, self._over_ground(dx, dy, kind.speed_most))

    def transit_speeds(self, dx: ArrayLike, dy: ArrayLike, airspeed: float | None = None) -> Floats:
        """The speed to set on legs flown at an airspeed; None: that of the way home (section 7)."""
        airspeed = airspeed or self.return_airspeed
        if self.kind.wing == "fixed":
            return self.speeds(dx, dy, airspeed)
        return self._over_ground(dx, dy, airspeed)

    def stops(self, dx: ArrayLike, dy: ArrayLike, held: ArrayLike | None = None) -> Floats:
        """(N + 1,) sin(θ/2) at the points of N legs flown in a run; section 4.

        `held` (N + 1,) tells where it stops or circles whatever the turn: there, at both ends and
        beside a vertical leg it is 1 for a rotary wing and 0 for a fixed one.
        """
        dx, dy = np.asarray(dx, float), np.asarray(dy, float)
        length = np.hypot(dx, dy)
        factors = np.full(len(dx) + 1, float(self.kind.wing == "rotary"))
        unit = np.column_stack([dx, dy]) / np.maximum(length, SHORT)[:, None]
        through = (length[1:] >= SHORT) & (length[:-1] >= SHORT)
        if held is not None:
            through &= ~np.asarray(held, bool)[1:-1]
        half = np.hypot(*(unit[1:] - unit[:-1]).T) / 2  # |u₁ − u₂|/2 = sin(θ/2)
        factors[1:-1][through] = half[through]
        return factors

    def legs(
        self,
        dx: ArrayLike,
        dy: ArrayLike,
        dh: ArrayLike,
        speed: ArrayLike,
        stops: ArrayLike | None = None,
    ) -> Costs:
        """Each of N legs of one run, from points to points; sections 3 to 5.

        `dx`, `dy`, `dh`, `speed` (N,); `stops` (N + 1,) as `stops` gives them, which is what is
        taken if there are none. Raises PlanningError where a speed cannot be flown.
        """
        kind = self.kind
        dx, dy, dh, speed = (np.asarray(a, float) for a in (dx, dy, dh, speed))
        factors = self.stops(dx, dy) if stops is None else np.asarray(stops, float)
        length = np.hypot(dx, dy)
        rise = np.maximum(dh, 0) / kind.climb_speed + np.maximum(-dh, 0) / kind.descent_speed
        climb = kind.mass * GRAVITY * np.maximum(dh, 0) / kind.climb_efficiency
        vertical = length < SHORT
        if kind.wing == "fixed":
            airspeed, cruise = speed, self._fixed_times(dx, dy, speed, factors)
            self._check_airspeed(np.where(vertical, kind.cruise_speed, airspeed), dx, dy)
            duration = np.maximum(cruise, rise)
            energy = self.power(airspeed) * duration + climb
        else:
            mean = (factors[:-1] + factors[1:]) / 2
            set_speed = self._set_speed(length, speed, mean)
            airspeed = self._airspeed(dx, dy, speed)
            self._check_airspeed(np.where(vertical, 0.0, airspeed), dx, dy)
            cruise = length / set_speed
            duration = np.maximum(cruise + mean * set_speed / kind.acceleration, rise)
            power = self.power(self._airspeed(dx, dy, set_speed))
            slow = np.maximum(self.hover_power, power)
            energy = power * cruise + slow * (duration - cruise) + climb
        return Costs(
            np.where(vertical, rise, duration),
            np.where(vertical, self.vertical_power * rise + climb, energy) / WATT_HOUR,
        )

    def alone(self, dx: ArrayLike, dy: ArrayLike, dh: ArrayLike, speed: ArrayLike) -> Costs:
        """Each of N legs by itself, from a stop to a stop; otherwise as `legs`."""
        stop = np.full(np.size(dx) + 1, float(self.kind.wing == "rotary"))
        return self.legs(dx, dy, dh, speed, stop)

    def half_stops(self, dx: ArrayLike, dy: ArrayLike, speed: ArrayLike, stops: ArrayLike) -> Costs:
        """What of each leg's costs is one full stop at one of its ends; arguments as of `legs`."""
        dx, dy, speed = (np.asarray(a, float) for a in (dx, dy, speed))
        if self.kind.wing == "fixed":
            return Costs(np.zeros_like(dx), np.zeros_like(dx))
        factors = np.asarray(stops, float)
        set_speed = self._set_speed(np.hypot(dx, dy), speed, (factors[:-1] + factors[1:]) / 2)
        seconds = set_speed / self.kind.acceleration / 2
        power = self.power(self._airspeed(dx, dy, set_speed))
        return Costs(seconds, np.maximum(self.hover_power, power) * seconds / WATT_HOUR)

    def leg(self, dx: float, dy: float, dh: float, speed: float) -> Spent:
        """One leg, from a stop to a stop."""
        return self.alone([dx], [dy], [dh], [speed]).total()

    def hover(self, seconds: float) -> Spent:
        """A hold; a fixed wing circles."""
        return Spent(seconds, self.hover_power * seconds / WATT_HOUR)

    def climb(self, height: float) -> Spent:
        """A vertical climb from the ground, or from anywhere."""
        return self.leg(0.0, 0.0, height, 1.0)

    def landing(self, height: ArrayLike) -> Costs:
        """Down from heights above home to the ground; section 6."""
        kind = self.kind
        heights = np.maximum(np.asarray(height, float), 0)
        slow = np.minimum(heights, LANDING_HEIGHT)
        if kind.wing == "fixed" and not kind.hover_power:
            slow = np.zeros_like(heights)
        last = min(LANDING_SPEED, kind.descent_speed)
        duration = (heights - slow) / kind.descent_speed + slow / last
        return Costs(duration, self.vertical_power * duration / WATT_HOUR)

    def orbit(self, radius: float, turns: float, speed: float) -> Spent:
        """Around a circle of |radius|; section 6. Raises PlanningError like `legs`."""
        length = turns * 2 * np.pi * abs(radius)
        courses = np.arange(ORBIT_COURSES) * 2 * np.pi / ORBIT_COURSES
        dx, dy = np.sin(courses), np.cos(courses)
        if self.kind.wing == "fixed":
            self._check_airspeed(np.full_like(dx, speed), dx, dy)
            duration = length * float(np.mean(1 / self._over_ground(dx, dy, speed)))
            return Spent(duration, float(self.power(speed)) * duration / WATT_HOUR)
        airspeed = self._airspeed(dx, dy, speed)
        self._check_airspeed(airspeed, dx, dy)
        duration = length / speed
        return Spent(duration, float(self.power(airspeed).mean()) * duration / WATT_HOUR)

    def home(
        self, dx: ArrayLike, dy: ArrayLike, height: ArrayLike, *, full_stops: bool = False
    ) -> Costs:
        """The way home and the landing from points that lie −dx, −dy from it; section 7.

        With `full_stops` it always stops from the greatest speed that the wind can give it: no less
        than the truth, and convex in the place. Raises PlanningError if the wind does not let it come back.
        """
        kind = self.kind
        dx, dy = np.asarray(dx, float), np.asarray(dy, float)
        length = np.hypot(dx, dy)
        speed = self._over_ground(dx, dy, self.return_airspeed)
        power = self.power(self.return_airspeed)
        stop = np.zeros_like(speed)
        if kind.wing == "rotary" and full_stops:
            stop += (self.return_airspeed + self.wind.speed) / kind.acceleration
        elif kind.wing == "rotary":
            reached = np.sqrt(kind.acceleration * np.maximum(length, SHORT))
            speed = np.minimum(speed, reached)
            stop = np.where(length < SHORT, 0.0, speed / kind.acceleration)
        cruise = np.where(length < SHORT, 0.0, length / speed)
        energy = (power * cruise + np.maximum(self.hover_power, power) * stop) / WATT_HOUR
        landing = self.landing(height)
        return Costs(cruise + stop + landing.duration, energy + landing.energy)

    def over_ground(self, dx: ArrayLike, dy: ArrayLike, speed: ArrayLike) -> Floats:
        """Metres per second over ground on legs with these speeds."""
        if self.kind.wing == "fixed":
            return self._over_ground(dx, dy, speed)
        return np.broadcast_to(np.asarray(speed, float), np.shape(dx)).copy()

    def _set_speed(self, length: Floats, speed: Floats, mean: Floats) -> Floats:
        """v′ of section 5: what is reached between stops of a rotary wing."""
        reached = np.sqrt(self.kind.acceleration * length / np.maximum(mean, 1e-12))
        return np.where(length < SHORT, speed, np.minimum(speed, reached))

    def _fixed_times(self, dx: Floats, dy: Floats, speed: Floats, factors: Floats) -> Floats:
        """Seconds of legs of a fixed wing, the turns that do not fit into the legs included."""
        length = np.hypot(dx, dy)
        seconds = length / self._over_ground(dx, dy, speed)
        before, after, airspeed = length[:-1], length[1:], speed[1:]
        angle = 2 * np.arcsin(np.clip(factors[1:-1], 0, 1))
        radius = airspeed**2 / self.kind.lateral_acceleration
        wide = radius * np.tan(angle / 2) > np.minimum(before, after) / 2
        seconds[1:] += np.where(wide, angle * airspeed / self.kind.lateral_acceleration, 0.0)
        return seconds

    def _along_across(self, dx: ArrayLike, dy: ArrayLike) -> tuple[Floats, Floats]:
        """The wind along and across each leg; nothing of it on a leg without length."""
        dx, dy = np.asarray(dx, float), np.asarray(dy, float)
        length = np.hypot(dx, dy)
        some = np.where(length < SHORT, np.inf, length)
        east, north = self.wind.vector
        return (east * dx + north * dy) / some, (east * dy - north * dx) / some

    def _over_ground(self, dx: ArrayLike, dy: ArrayLike, airspeed: ArrayLike) -> Floats:
        """The wind triangle. Raises PlanningError with the first course that it does not solve."""
        along, across = self._along_across(dx, dy)
        airspeed = np.broadcast_to(np.asarray(airspeed, float), along.shape)
        speed = np.sqrt(np.maximum(airspeed**2 - across**2, 0)) + along
        lost = np.flatnonzero((np.abs(across) >= airspeed) | (speed <= 0))
        if lost.size:
            x, y = np.ravel(dx)[lost[0]], np.ravel(dy)[lost[0]]
            course = float(np.degrees(np.arctan2(x, y)) % 360)
            raise PlanningError(
                sentence(
                    "planner.wind.course",
                    "{kind} cannot fly course {course:.0f}° at an airspeed of {airspeed:g} m/s in a"
                    " wind of {wind:g} m/s from {direction:g}°; wait, or take a faster drone",
                    kind=self.kind.name,
                    course=course,
                    airspeed=np.ravel(airspeed)[lost[0]],
                    wind=self.wind.speed,
                    direction=self.wind.from_direction,
                )
            )
        return np.asarray(speed)

    def _airspeed(self, dx: Floats, dy: Floats, speed: ArrayLike) -> Floats:
        """|v·u − w| of a rotary wing."""
        along, across = self._along_across(dx, dy)
        return np.hypot(np.asarray(speed, float) - along, across)

    def _check_airspeed(self, airspeed: Floats, dx: Floats, dy: Floats) -> None:
        kind = self.kind
        least = kind.speed_least if kind.wing == "fixed" else 0.0
        bad = (airspeed > kind.speed_most + SPEED_TOLERANCE) | (airspeed < least - SPEED_TOLERANCE)
        if bad.any():
            leg = int(np.flatnonzero(bad)[0])
            course = float(np.degrees(np.arctan2(dx[leg], dy[leg])) % 360)
            raise PlanningError(
                sentence(
                    "planner.wind.airspeed",
                    "on course {course:.0f}° in a wind of {wind:g} m/s from {direction:g}° {kind} "
                    "needs an airspeed of {airspeed:.1f} m/s; it has {least:g} … {most:g} m/s",
                    course=course,
                    wind=self.wind.speed,
                    direction=self.wind.from_direction,
                    kind=kind.name,
                    airspeed=airspeed[leg],
                    least=least,
                    most=kind.speed_most,
                )
            )
