"""Polygons with holes as somebody may draw them."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import strategies as st
from shapely.geometry.polygon import orient

CORNERS = st.lists(st.tuples(st.floats(0.75, 1.25), st.floats(0.35, 1.0)), min_size=4, max_size=12)
"""Of the outline: steps of angle, and shares of the size from the middle."""

PLACES = st.lists(
    st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.03, 0.12)), max_size=5
)
"""Of holes and their radii, in sizes; those that do not fit are left out."""


@st.composite
def holed_polygons(draw: st.DrawFn, least: float = 120, most: float = 500) -> shapely.Polygon:
    """Around 0, 0, up to `least` … `most` metres from there."""
    corners, places = draw(CORNERS), draw(PLACES)
    size = draw(st.floats(least, most))
    steps = np.cumsum([step for step, _ in corners])
    angles = 2 * np.pi * steps / steps[-1]
    radii = size * np.array([radius for _, radius in corners])
    outline = shapely.Polygon(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]))
    holes: list[shapely.Polygon] = []
    for x, y, radius in places:
        hole = shapely.Point(x * size, y * size).buffer(radius * size, quad_segs=2)
        inside = outline.buffer(-0.02 * size).contains(hole)
        if inside and all(hole.distance(other) > 0.05 * size for other in holes):
            holes.append(hole)
    return orient(shapely.Polygon(outline.exterior, [hole.exterior for hole in holes]))
