"""How well a fleet shares an area: the makespan of n drones against that of one, divided by n.

The area measures 1.814 km² and is flown at 3 m/s in lanes 52 m apart, which takes one drone as long
as in the paper: Apostolidis et al., "Cooperative multi-UAV coverage mission planning platform for
remote sensing applications" (arXiv 2201.07030), whose figures are the peer's. Ours are whole
missions: take-off, transit, way back within the battery, landing, with the drones kept apart.

Battery changes are taken to cost no time (`turnround` 0): one drone changes several times, many
need not, and each change would make the many look better against the one. What it is with them
stands in the details, and what it is if the drones start from the edge.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from missions import library
from missions.area import Area
from missions.coverage.cover import cover
from missions.drones import DroneKind
from missions.plan import Home, Plan
from missions.projection import LocalFrame
from missions.route import Route
from missions.sorties.fleet import Drone
from missions.sorties.flight import of_plan
from missions.sorties.planning import About, plan_route
from missions.sorties.prepare import Survey
from missions.sorties.separation import smallest
from tests.benchmarks import Result, Say

Floats = NDArray[np.float64]

AREA = 1.814e6
SPACING = 52.0
SPEED = 3.0
HEIGHT = 52.0
COUNTS = (1, 3, 5, 9, 15)
PEER = {1: 193.13, 3: 65.07, 5: 39.98, 9: 22.28, 15: 13.78}
"""Minutes."""

KIND = "DJI Matrice 350 RTK"
PAD = 40.0
"""Metres between two drones' pads, which lie in a square."""

SHAPE = ((0, 0), (13, 0), (16, 5), (12, 7), (14, 14), (3, 14), (4, 9), (0, 6))
"""A concave area; scaled to AREA."""

PESHAWAR = LocalFrame(34.0151, 71.5249)


def run(say: Say) -> Result:
    """Plan for each number of drones."""
    area = _area()
    route = cover(area, SPACING)
    kind = library.find(KIND)
    ready = kind.model_copy(update={"turnround": 0.0})
    middle = np.array(area.polygon.representative_point().coords[0])
    edge = np.array(area.polygon.exterior.coords[0])
    began = time.process_time()
    share = _shares(say, route, ready, middle)
    seconds = time.process_time() - began
    theirs = {n: PEER[n] * n / PEER[1] for n in COUNTS}
    worst, peer = max(share["ratio"].values()), max(theirs.values())
    return Result(
        ours=worst,
        peer=peer,
        ratio=worst / peer,
        unit="makespan × drones ÷ makespan of one, the worst of 3, 5, 9, 15",
        peer_name="arXiv 2201.07030, published, without transits",
        aim="ours ≤ 1.10",
        ran=(
            f"{area.polygon.area / 1e6:.3f} km², concave, {route.length / 1000:.1f} km of route in "
            f"lanes {SPACING:g} m apart at {SPEED:g} m/s, height {HEIGHT:g} m; {KIND}, battery "
            f"changes in no time, pads {PAD:g} m apart in the middle of the area; calm, 25 °C"
        ),
        details=share
        | {
            "peer_minutes": PEER,
            "peer_ratio": theirs,
            "planning_cpu_seconds": seconds,
            "with_turnround": _shares(say, route, kind, middle),
            "from_the_edge": _shares(say, route, ready, edge),
        },
    )


def _shares(say: Say, route: Route, kind: DroneKind, centre: Floats) -> dict[str, dict[int, float]]:
    """For each number of drones: minutes, ratio, sorties, battery used at most, separation."""
    found: dict[str, dict[int, float]] = {
        name: {} for name in ("minutes", "ratio", "sorties", "battery", "separation")
    }
    for count in COUNTS:
        plan = _plan(route, kind, _pads(count, centre))
        flights = of_plan(plan)
        used = max(flight.worst / flight.usable for flight in flights)
        if used > 1:
            raise AssertionError(f"{count} drones: a sortie needs {used:.3f} of its battery")
        minutes = max(flight.end for flight in flights) / 60
        found["minutes"][count] = minutes
        found["ratio"][count] = minutes * count / found["minutes"].get(1, minutes)
        found["sorties"][count] = len(flights)
        found["battery"][count] = used
        nearest = smallest(flights, plan.limits.separation_vertical)
        if nearest is not None:
            found["separation"][count] = nearest.horizontal
            if nearest.horizontal < plan.limits.separation_horizontal - 0.05:
                raise AssertionError(f"{count} drones come within {nearest.horizontal:.1f} m")
        say(f"{count} drones: {minutes:.2f} min, {len(flights)} sorties")
    return found


def _plan(route: Route, kind: DroneKind, homes: Sequence[Home]) -> Plan:
    drones = [Drone(f"drone {number}", kind, home) for number, home in enumerate(homes, 1)]
    about = About("fleet", "coverage", datetime.now(UTC))
    return plan_route(route, drones, Survey(HEIGHT, SPEED), about)


def _area() -> Area:
    corners = np.array(SHAPE, float)
    corners *= np.sqrt(AREA / shapely.Polygon(corners).area)
    lons, lats = PESHAWAR.to_geographic(corners)
    return Area.from_rings(list(zip(lons, lats, strict=True)), frame=PESHAWAR)


def _pads(count: int, centre: Floats) -> list[Home]:
    side = int(np.ceil(np.sqrt(count)))
    rows, columns = np.divmod(np.arange(count), side)
    offsets = np.column_stack([columns, rows]) - (side - 1) / 2
    lons, lats = PESHAWAR.to_geographic(centre + offsets * PAD)
    return [
        Home(latitude=lat, longitude=lon)
        for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)
    ]
