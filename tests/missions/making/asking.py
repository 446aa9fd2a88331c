"""What is asked of a mission in these tests: drones, homes, conditions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from missions.check.checker import check
from missions.library import find
from missions.making.common import Common
from missions.plan import Home, Plan
from missions.projection import LocalFrame
from missions.sorties.fleet import Conditions, fleet

NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
FRAME = LocalFrame(34.008, 71.578)


def home(east: float, north: float, altitude: float | None = 340.0) -> Home:
    """A home on the plane."""
    (longitude,), (latitude,) = FRAME.to_geographic([[east, north]])
    return Home(latitude=latitude, longitude=longitude, altitude=altitude)


def common(
    *homes: Home, kind: str = "DJI Matrice 30T", count: int | None = None, **more: Any
) -> Common:
    """Drones of one kind at these homes, as many as homes unless a count is given."""
    drone = find(kind)
    given: dict[str, Any] = {
        "conditions": Conditions(),
        "height": 60.0,
        "camera": drone.cameras[0],
    }
    return Common("test", NOON, fleet(drone, list(homes), count or len(homes)), **(given | more))


def proved(plan: Plan) -> Plan:
    """The plan, after the checker found nothing in it that must not fly."""
    errors = [str(finding) for finding in check(plan).findings if finding.severity == "error"]
    assert errors == []
    return plan
