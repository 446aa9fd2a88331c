"""How a plan is spoiled: one value of one waypoint, or one thing of the whole plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from missions.plan import Plan, Sortie, Waypoint
from tests.missions.check.plans import QUAD, WING, Site

SITE = Site()


def whole(plan: Plan, **changes: Any) -> Plan:
    """The plan with other values, validated anew."""
    return Plan.model_validate({**dict(plan), **changes})


def sortie(plan: Plan, name: str, /, **changes: Any) -> Plan:
    """The plan with other values of one sortie."""
    return whole(
        plan,
        sorties=tuple(
            Sortie.model_validate({**dict(one), **changes}) if one.name == name else one
            for one in plan.sorties
        ),
    )


def waypoints(plan: Plan, name: str, edit: Callable[[list[Waypoint]], list[Waypoint]]) -> Plan:
    """The plan with other waypoints of one sortie."""
    one = next(one for one in plan.sorties if one.name == name)
    return sortie(plan, name, waypoints=tuple(edit(list(one.waypoints))))


def waypoint(plan: Plan, name: str, index: int, **changes: Any) -> Plan:
    """The plan with other values of one waypoint; `east`, `north` move it on the site."""
    if "east" in changes:
        place = SITE.degrees(changes.pop("east"), changes.pop("north"))
        changes |= {"longitude": place[0], "latitude": place[1]}

    def edit(points: list[Waypoint]) -> list[Waypoint]:
        points[index] = Waypoint.model_validate({**dict(points[index]), **changes})
        return points

    return waypoints(plan, name, edit)


def quad(plan: Plan, **changes: Any) -> Plan:
    """The plan with a quad of other figures."""
    return whole(plan, kinds={"quad": QUAD.model_copy(update=changes), "wing": WING})
