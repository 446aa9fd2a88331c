"""Two of our own drones that come too close: time and distance of their closest approach.

All pairs at once: a KD-tree gives those near enough to meet within the horizon, and for these the
closest approach of two straight lines is reckoned. Velocities are those between fixes (`motion`),
so the nose of a drone that flies sideways misleads nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.alerts.alert import Priority
from fleet.alerts.filters import Delay
from fleet.rules.flight import airborne
from fleet.rules.motion import offsets
from fleet.rules.registry import Rule, Texts
from fleet.rules.view import Values, View

FRESH = 3.0
"""Seconds: an older position takes no part, `link_lost` speaks for it."""

PAIRS_MOST = 500_000
"""Pairs that are reckoned at a time; where there are more, the reach is halved until there are not."""

DEAD_BAND = 1.5
"""How many times the distance a pair has to be apart to be clear again."""

RULE = Rule(
    "closing",
    "Two of our own drones come too close.",
    Priority.HIGH,
    Texts(
        {
            "en": "{name} and {other}: {value:.0f} m apart in {seconds:.0f} s, less than {limit:.0f} m",
            "ur": "{name} اور {other}: {seconds:.0f} سیکنڈ میں فاصلہ {value:.0f} میٹر رہ جائے گا، حد {limit:.0f} میٹر",
        },
        {
            "en": "Stop one of them, or change its height.",
            "ur": "ایک کو روکیں یا اس کی بلندی بدلیں۔",
        },
    ),
)
ON, OFF = Delay(seconds=1), Delay(seconds=5)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows that come close; row i of each array is a pair."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    distance: Values
    """At the closest approach, across; 0 to the horizon from now."""

    seconds: Values
    """Until then."""

    limit: Values
    close: NDArray[np.bool_]
    """Which are too close; the others are within the dead band."""


def closing(view: View) -> Pairs:
    """Pairs of airborne drones that come within DEAD_BAND times their limits.

    The limits of a pair are the larger ones of its two. Unknown heights are no excuse: a pair with
    one is taken to be at the same height.
    """
    rows, motion = view.rows, view.motion
    moving = np.isfinite(motion["east"]) & (view.seconds_since("position_time") <= FRESH)
    placed = np.isfinite(rows["latitude"]) & np.isfinite(rows["longitude"])
    chosen = np.flatnonzero(airborne(view) & moving & placed)
    distance = view.of(lambda t: t.flight.closing_distance)[chosen]
    within = view.of(lambda t: t.flight.closing_within)[chosen]
    height = view.of(lambda t: t.flight.closing_height)[chosen]
    if len(chosen) < 2:
        none, nothing = np.zeros(0, np.intp), np.zeros(0)
        return Pairs(none, none, nothing, nothing, nothing, np.zeros(0, np.bool_))
    latitude, longitude = rows["latitude"][chosen], rows["longitude"][chosen]
    origin_latitude = np.full(len(chosen), latitude.mean())
    place = np.stack(
        offsets(origin_latitude, np.full(len(chosen), longitude[0]), latitude, longitude), axis=1
    )
    velocity = np.stack([motion["east"], motion["north"]], axis=1)[chosen]
    fastest = np.hypot(velocity[:, 0], velocity[:, 1]).max()
    reach = DEAD_BAND * distance.max() + 2 * fastest * within.max()
    a, b = _near(place, reach)
    apart, closing_speed = place[b] - place[a], velocity[b] - velocity[a]
    squared = np.einsum("ij,ij->i", closing_speed, closing_speed)
    horizon = np.fmax(within[a], within[b])
    with np.errstate(divide="ignore", invalid="ignore"):
        when = -np.einsum("ij,ij->i", apart, closing_speed) / squared
    when = np.clip(np.where(squared > 0, when, 0.0), 0.0, horizon)
    then = apart + closing_speed * when[:, np.newaxis]
    across = np.hypot(then[:, 0], then[:, 1])
    altitude, climb = rows["altitude"][chosen], np.nan_to_num(rows["climb"][chosen])
    above = np.abs(altitude[b] - altitude[a] + (climb[b] - climb[a]) * when)
    above = np.nan_to_num(above.astype(np.float64))
    limit, tall = np.fmax(distance[a], distance[b]), np.fmax(height[a], height[b])
    near = np.flatnonzero((across < DEAD_BAND * limit) & (above < DEAD_BAND * tall))
    return Pairs(
        chosen[a[near]],
        chosen[b[near]],
        across[near],
        when[near],
        limit[near],
        (across < limit)[near] & (above < tall)[near],
    )


def _near(place: Values, reach: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs nearer than `reach`, or nearer than what makes at most PAIRS_MOST of them."""
    # Not above: settings name this module's rule, and scipy costs each command 0.2 s at its start.
    from scipy.spatial import cKDTree

    tree = cKDTree(place)
    while reach > 1 and (tree.count_neighbors(tree, reach) - len(place)) / 2 > PAIRS_MOST:
        reach /= 2
    pairs = tree.query_pairs(reach, output_type="ndarray")
    return pairs[:, 0], pairs[:, 1]
