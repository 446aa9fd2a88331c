"""Geofences that close the air to drones, as zones that a plan keeps out of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import shapely

from fleet.assets import Kind
from fleet.geofences.geofence import Geofence, Level
from fleet.geofences.shapes import outline
from missions.plan import NoFly


def closed(fences: Iterable[Geofence]) -> list[NoFly]:
    """The zones of keep-out geofences for drones, in force always.

    Those for single assets or groups are left out: a plan does not know its drones' groups. A
    height above the vehicle's home is taken as above the ground.
    """
    return list(_closed(fences))


def _closed(fences: Iterable[Geofence]) -> Iterator[NoFly]:
    for fence in fences:
        scope = fence.scope
        everybody = not (scope.assets or scope.groups or scope.kinds)
        if fence.kind != "keep-out" or not (everybody or Kind.DRONE in scope.kinds):
            continue
        yield NoFly.model_validate(
            {
                "name": fence.name,
                "polygon": shapely.geometry.mapping(outline(fence.shape)),
                "source": "geofence",
                **_limit("lower", fence.floor),
                **_limit("upper", fence.ceiling),
            }
        )


def _limit(name: str, level: Level | None) -> dict[str, object]:
    if level is None:
        return {}
    reference = "AMSL" if level.above == "AMSL" else "AGL"
    return {name: level.height, f"{name}_reference": reference}
