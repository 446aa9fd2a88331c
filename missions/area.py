"""The area of a mission: one polygon with holes, valid, on a local plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.validation import explain_validity

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.projection import LocalFrame

Ring = Sequence[tuple[float, float]]
"""Longitude and latitude in degrees of each corner; the last may repeat the first."""

AREA_LEAST = 1.0
"""Square metres."""


@dataclass(frozen=True)
class Area:
    """A valid polygon, counter-clockwise with clockwise holes, in metres of `frame`.

    Its edges are straight on the plane. Who drew one along a parallel of latitude φ meant a line
    that lies L²·tan φ/8R away from that in the middle: at 34° 1 cm for 1 km, 1.3 m for 10 km.
    """

    frame: LocalFrame
    polygon: shapely.Polygon
    name: str = ""

    @classmethod
    def from_rings(
        cls,
        exterior: Ring,
        holes: Sequence[Ring] = (),
        name: str = "",
        frame: LocalFrame | None = None,
    ) -> Area:
        """An area from rings in degrees; `frame` is the area's own unless one is given.

        Raises PlanningError with the place of the fault for a ring of fewer than three corners,
        one that crosses or touches itself, a hole that is not inside, and an empty area: nothing
        is repaired, because a planner cannot know what was meant.
        """
        label = f"area {name!r}" if name else "the area"
        for index, corners in enumerate([exterior, *holes]):
            if len({(float(lon), float(lat)) for lon, lat in corners}) < 3:
                which = label if index == 0 else f"hole {index} of {label}"
                raise PlanningError(
                    sentence(
                        "planner.area.corners",
                        "{which} has fewer than three different corners; draw it anew",
                        which=which,
                    )
                )
        lons, lats = np.asarray(exterior, float).T
        frame = frame or LocalFrame.around(lons, lats)
        rings = [frame.to_local(*np.asarray(ring, float).T) for ring in (exterior, *holes)]
        shell = shapely.Polygon(rings[0])
        for index, ring in enumerate(rings[1:], 1):
            hole = shapely.Polygon(ring)
            if hole.is_valid and shell.is_valid and not shell.covers(hole):
                place = _degrees(frame, _outside(hole, shell))
                raise PlanningError(
                    sentence(
                        "planner.area.hole",
                        "hole {hole} of {label} reaches outside it at {place}; draw it inside",
                        hole=index,
                        label=label,
                        place=place,
                    )
                )
        polygon = shapely.Polygon(rings[0], rings[1:])
        if not polygon.is_valid:
            raise PlanningError(
                _fault(frame, polygon, label),
            )
        if polygon.area < AREA_LEAST:
            raise PlanningError(
                sentence(
                    "planner.area.size",
                    "{label} measures {size:.2g} m²: that is no area",
                    label=label,
                    size=polygon.area,
                )
            )
        return cls(frame, shapely.geometry.polygon.orient(polygon), name)

    def geojson(self) -> dict[str, object]:
        """The polygon as a GeoJSON geometry (RFC 7946), in degrees.

        Across the antimeridian it is in one piece; `antimeridian.cut` cuts it for others.
        """
        return dict(shapely.geometry.mapping(self.frame.unproject(self.polygon)))


_FAULTS = {
    "Holes are nested": "has a hole inside a hole",
    "Interior is disconnected": "is cut in two by its holes",
    "Hole lies outside shell": "has a hole outside it",
}


def _outside(hole: shapely.Polygon, shell: shapely.Polygon) -> shapely.Point:
    """A place of the hole that is not in the shell."""
    beyond = hole.difference(shell)
    if not beyond.is_empty:
        return beyond.representative_point()
    corners = (shapely.Point(corner) for corner in hole.exterior.coords)
    return max(corners, key=shell.distance)  # it is outside by less than GEOS can cut off


def _fault(frame: LocalFrame, polygon: shapely.Polygon, label: str) -> str:
    """What GEOS finds wrong with it, and where."""
    said, _, place = explain_validity(polygon).partition("[")
    what = _FAULTS.get(said, f"is not valid ({said.strip()})")
    if not place:
        return sentence(
            "planner.area.fault", "{label} {what}; draw it anew", label=label, what=what
        )
    east, north = map(float, place.rstrip("]").split())
    at = {"label": label, "place": _degrees(frame, shapely.Point(east, north))}
    if said == "Self-intersection":
        return sentence(
            "planner.area.crosses",
            "{label} crosses itself at {place}; draw it anew without that",
            **at,
        )
    if said == "Ring Self-intersection":
        return sentence(
            "planner.area.touches",
            "{label} touches itself at {place}; draw it anew without that",
            **at,
        )
    return sentence(
        "planner.area.fault.at",
        "{label} {what} at {place}; draw it anew without that",
        what=what,
        **at,
    )


def _degrees(frame: LocalFrame, point: shapely.Point) -> str:
    (lon,), (lat,) = frame.to_geographic([[point.x, point.y]])
    return f"{lat:.5f}, {lon:.5f}"
