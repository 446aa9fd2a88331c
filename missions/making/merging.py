"""Several plans flown together: the later ones begin when there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.plan import Plan
from missions.sorties.flight import Flight, of_plan
from missions.sorties.separation import separated, smallest

DELAY = 5.0
"""Seconds that a drone waits, again and again, until it has room among those before it."""

DELAYS_MOST = 720


def merged(plans: Sequence[Plan]) -> Plan:
    """One plan of all sorties; the first tells name, area and all else.

    Raises PlanningError if one cannot be fitted in within an hour.
    """
    first, limits = plans[0], plans[0].limits
    everything = first.model_copy(
        update={
            "kinds": {name: kind for plan in plans for name, kind in plan.kinds.items()},
            "sorties": tuple(sortie for plan in plans for sortie in plan.sorties),
        }
    )
    reckoned = iter(of_plan(everything))  # all on one plane
    placed: list[Flight] = []
    for plan in plans:
        flights = list(islice(reckoned, len(plan.sorties)))
        for step in range(DELAYS_MOST):
            delayed = [flight.delayed(step * DELAY) for flight in flights]
            if all(
                separated(one, other, limits)
                for one in delayed
                for other in placed
                if one.sortie.drone != other.sortie.drone
            ):
                placed += delayed
                break
        else:
            raise PlanningError(
                sentence(
                    "planner.room",
                    "{drone} finds no room among the others within an hour; give fewer drones or "
                    "homes farther apart",
                    drone=plan.sorties[0].drone,
                )
            )
    figures = first.figures | {
        "makespan": max(flight.end for flight in placed),
        "sorties": float(len(placed)),
        "drones": float(len({flight.sortie.drone for flight in placed})),
    }
    for name in ("energy", "length", "lanes"):
        figures[name] = sum(plan.figures.get(name, 0.0) for plan in plans)
    nearest = smallest(placed, limits.separation_vertical)
    if nearest is not None:
        figures["separation"] = nearest.horizontal
    return everything.model_copy(
        update={
            "sorties": tuple(
                flight.sortie for flight in sorted(placed, key=lambda flight: flight.start)
            ),
            "figures": {name: round(value, 3) for name, value in figures.items()},
            "complete": all(plan.complete for plan in plans),
        }
    )
