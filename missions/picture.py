"""A picture of a plan: area and holes, lanes and what they see, sorties by colour, scale bar."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from missions.camera import field_of_view, oblique_footprint
from missions.crowd.people import Extent
from missions.errors import PlanningError
from missions.figure_file import save
from missions.plan import Place, Plan, Sortie
from missions.projection import LocalFrame
from missions.search.maps import ProbabilityMap

WIDTH, HEIGHT, DPI = 12.0, 9.0, 100
"""Inches, and dots per inch."""

SORTIE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
"""Okabe and Ito's colours, which the colour-blind tell apart; sorties take turns."""

BELOW = 0.09
"""Share of the height that is left free below, for the scale bar."""

SORTIES_SHOWN = 16
"""In the legend."""

AREA: dict[str, Any] = {"facecolor": "#ffffff", "edgecolor": "#333333", "lw": 1.5}
PEOPLE: dict[str, Any] = {"facecolor": "#f6c28b", "edgecolor": "#a04000"}
REACH: dict[str, Any] = {"facecolor": "#fbe7d3", "edgecolor": "#a04000", "ls": ":"}
ZONE: dict[str, Any] = {"facecolor": "none", "edgecolor": "#b00020", "hatch": "///"}
BORDER: dict[str, Any] = {"color": "#b00020", "lw": 2, "ls": (0, (6, 2, 1, 2))}
BUFFER: dict[str, Any] = {"facecolor": "#f7dfe2", "edgecolor": "none"}
HOME: dict[str, Any] = {"marker": "^", "ms": 9, "mec": "white", "ls": ""}
POST: dict[str, Any] = {"marker": "s", "ms": 7, "color": "#222222", "ls": ""}

_ORBIT_POINTS = 73
_SEEING = frozenset({"lane", "patrol"})


def draw(plan: Plan, file: Path) -> None:
    """Draw the plan into `file`, whose suffix says the format (.png, .svg, .pdf).

    Raises PlanningError for a plan without any place, and for a suffix that cannot be drawn.
    """
    frame = _frame(plan)
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_facecolor("#f4f3ef")
    _ground(axes, plan, frame)
    handles = [
        _sortie(axes, plan, sortie, frame, SORTIE_COLOURS[index % len(SORTIE_COLOURS)])
        for index, sortie in enumerate(plan.sorties)
    ]
    _stations(axes, plan, frame)
    axes.margins(0.04)
    drawn = axes.dataLim
    axes.update_datalim([(drawn.x0, drawn.y0 - BELOW * drawn.height)])
    axes.autoscale_view()
    _scale_bar(axes)
    _wind(axes, plan)
    shown = handles[:SORTIES_SHOWN]
    if len(handles) > len(shown):
        shown.append(Line2D([], [], linestyle="", label=f"… {len(handles)} sorties in all"))
    axes.legend(handles=[*shown, *_signs(plan)], loc="upper right", fontsize=8)
    axes.set_title(_title(plan), fontsize=11, loc="left")
    axes.set_xticks([])
    axes.set_yticks([])
    save(figure, file)


def draw_map(found: ProbabilityMap, file: Path, title: str) -> None:
    """Draw a probability map: the darker, the likelier. Raises PlanningError as `draw`."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set_aspect("equal")
    grid = found.grid
    drawn = axes.imshow(
        100 * found.probabilities,
        origin="lower",
        extent=(grid.west, grid.east, grid.south, grid.north),
        cmap="viridis_r",
        norm=PowerNorm(0.4),
        interpolation="nearest",
    )
    figure.colorbar(drawn, ax=axes, label="% in a cell", shrink=0.7)
    rest = 100 * found.rest_probability
    axes.set_title(f"{title} · {rest:.1f} % off the map", fontsize=11, loc="left")
    axes.set_xlabel("metres east")
    axes.set_ylabel("metres north")
    save(figure, file)


def _geometries(plan: Plan) -> Iterator[dict[str, Any]]:
    if plan.area is not None:
        yield plan.area
    if plan.crowd is not None:
        yield plan.crowd.polygon
    if plan.border is not None:
        yield plan.border.line


def _places(plan: Plan) -> list[Place]:
    flown = [place for sortie in plan.sorties for place in (sortie.home, *sortie.waypoints)]
    return [*flown, *(station.place for station in plan.stations)]


def _frame(plan: Plan) -> LocalFrame:
    """The frame around all that is drawn. Raises PlanningError if nothing is."""
    points = [(place.longitude, place.latitude) for place in _places(plan)]
    for geometry in _geometries(plan):
        points += map(tuple, shapely.get_coordinates(shapely.geometry.shape(geometry)))
    if not points:
        raise PlanningError(f"plan {plan.name!r} has no area and no sortie: nothing to draw")
    return LocalFrame.around(*np.array(points).T)


def _local(frame: LocalFrame, geometry: dict[str, Any]) -> shapely.Geometry:
    return frame.project(shapely.geometry.shape(geometry))


def _ground(axes: Axes, plan: Plan, frame: LocalFrame) -> None:
    """Area, crowd, zones and border line."""
    if plan.area is not None:
        _fill(axes, _local(frame, plan.area), **AREA)
    if plan.crowd is not None:
        _fill(axes, Extent.of(plan.crowd, frame).within(0, plan.crowd.horizon), **REACH)
        _fill(axes, _local(frame, plan.crowd.polygon), **PEOPLE)
    for zone in plan.zones:
        _fill(axes, _local(frame, zone.polygon), **ZONE)
    if plan.border is not None:
        line = _local(frame, plan.border.line)
        _fill(axes, shapely.buffer(line, plan.border.buffer), **BUFFER)
        axes.plot(*shapely.get_coordinates(line).T, **BORDER)


def _fill(axes: Axes, shape: shapely.Geometry, *, measured: bool = True, **style: Any) -> None:
    """Fill a shape; what is not `measured` may reach beyond the picture."""
    for polygon in shapely.get_parts(shape):
        rings = [polygon.exterior, *polygon.interiors]
        outline = Outline.make_compound_path(
            *(Outline(shapely.get_coordinates(ring), closed=True) for ring in rings)
        )
        axes.add_patch(PathPatch(outline, **style))
        if measured:
            axes.update_datalim(outline.vertices)


def _sortie(axes: Axes, plan: Plan, sortie: Sortie, frame: LocalFrame, colour: str) -> Line2D:
    """Draw one sortie; gives its entry of the legend."""
    way = frame.to_local(
        [point.longitude for point in sortie.waypoints],
        [point.latitude for point in sortie.waypoints],
    )
    if plan.imaging is not None:
        _seen(axes, way, sortie, plan.imaging.swath, colour)
    for start, end, waypoint in zip(way, way[1:], sortie.waypoints[1:], strict=False):
        seeing = waypoint.purpose in _SEEING
        style: dict[str, Any] = {"lw": 1.4} if seeing else {"lw": 0.8, "ls": (0, (4, 3))}
        axes.plot(*np.array([start, end]).T, color=colour, **style)
    for centre, waypoint in zip(way, sortie.waypoints, strict=True):
        if waypoint.action == "orbit":
            angles = np.linspace(0, 2 * np.pi, _ORBIT_POINTS)
            circle = np.column_stack([np.cos(angles), np.sin(angles)]) * waypoint.radius
            axes.plot(*(centre + circle).T, color=colour, lw=1.4)
    home = frame.to_local(sortie.home.longitude, sortie.home.latitude)
    axes.plot(*home.T, color=colour, **HOME)
    return Line2D([], [], color=colour, label=_label(sortie))


def _seen(axes: Axes, way: NDArray[np.float64], sortie: Sortie, swath: float, colour: str) -> None:
    """All that the camera sweeps on the lanes of a sortie, as one shape."""
    lanes = []
    purposes = enumerate(sortie.waypoints[1:], 1)
    for seeing, run in groupby(purposes, lambda item: item[1].purpose in _SEEING):
        ends = [index for index, _ in run]
        if seeing:
            lane = shapely.LineString(way[ends[0] - 1 : ends[-1] + 1])
            lanes.append(lane.buffer(swath / 2, cap_style="flat"))
    _fill(axes, shapely.union_all(lanes), facecolor=colour, edgecolor="none", alpha=0.14)


def _label(sortie: Sortie) -> str:
    told = [sortie.name]
    heights = [point.height for point in sortie.waypoints if point.action != "land"]
    if heights:
        low, high = f"{min(heights):.0f}", f"{max(heights):.0f}"
        told.append(f"{low} m high" if low == high else f"{low} … {high} m high")
    if sortie.figures is not None:
        told.append(f"{sortie.figures.length / 1000:.1f} km")
        told.append(f"{sortie.figures.duration / 60:.0f} min")
    return ", ".join(told)


def _signs(plan: Plan) -> list[Line2D | Patch]:
    """What the other signs of the picture mean, those that are in it."""
    signs: list[Line2D | Patch] = []
    if plan.sorties:
        signs.append(Line2D([], [], color="#777777", label="home", **HOME))
        signs.append(Line2D([], [], color="#777777", lw=0.8, ls=(0, (4, 3)), label="transit, turn"))
    if plan.stations:
        signs.append(Line2D([], [], label="post, and what it sees", **POST))
    if plan.area is not None:
        signs.append(Patch(label="area", **AREA))
    if plan.crowd is not None:
        signs.append(Patch(label="people, at the beginning", **PEOPLE))
        signs.append(Patch(label="where they may be until the end", **REACH))
    if plan.zones:
        signs.append(Patch(label="closed", **ZONE))
    if plan.border is not None:
        signs.append(Line2D([], [], label="border", **BORDER))
        signs.append(Patch(label="its buffer, closed", **BUFFER))
    return signs


def _stations(axes: Axes, plan: Plan, frame: LocalFrame) -> None:
    """Each post, and what is seen from it."""
    cameras = {camera.name: camera for kind in plan.kinds.values() for camera in kind.cameras}
    for station in plan.stations:
        (spot,) = frame.to_local(station.place.longitude, station.place.latitude)
        axes.plot(*spot, **POST)
        axes.annotate(station.name, spot, xytext=(6, 6), textcoords="offset points", fontsize=8)
        camera = cameras.get(station.camera)
        if camera is None or station.gimbal_pitch + field_of_view(camera)[1] / 2 >= -1:
            look = np.radians(station.yaw)
            tip = spot + np.array([np.sin(look), np.cos(look)]) * max(station.height, 20)
            axes.annotate(
                "", xytext=spot, xy=tip, arrowprops={"arrowstyle": "->", "color": "#222222"}
            )
        else:
            seen = oblique_footprint(camera, station.height, station.gimbal_pitch, station.yaw)
            view = shapely.Polygon(seen + spot)
            _fill(axes, view, measured=False, facecolor="#222222", alpha=0.10)


def _scale_bar(axes: Axes) -> None:
    """A bar of 1, 2 or 5 × 10ⁿ metres, about a fifth of the width."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    fifth = (right - left) / 5
    power = 10 ** np.floor(np.log10(fifth))
    length = max(step * power for step in (1, 2, 5) if step * power <= fifth)
    x, y = left + (right - left) * 0.03, bottom + (top - bottom) * 0.04
    axes.plot([x, x + length], [y, y], color="black", lw=4, solid_capstyle="butt")
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.annotate(
        label, (x + length / 2, y), xytext=(0, 5), textcoords="offset points", ha="center"
    )
    axes.annotate("N", (0.02, 0.98), xycoords="axes fraction", ha="center", va="top", fontsize=11)
    axes.annotate(
        "",
        xy=(0.02, 0.955),
        xytext=(0.02, 0.90),
        xycoords="axes fraction",
        arrowprops={"arrowstyle": "-|>", "color": "black"},
    )


def _wind(axes: Axes, plan: Plan) -> None:
    if plan.wind.speed:
        east, north = np.array(plan.wind.vector) / plan.wind.speed * 0.03
        axes.annotate(
            "",
            xy=(0.07 + east, 0.93 + north),
            xytext=(0.07 - east, 0.93 - north),
            xycoords="axes fraction",
            arrowprops={"arrowstyle": "-|>", "color": "#0072b2", "lw": 1.5},
        )
        axes.annotate(
            f"wind {plan.wind.speed:g} m/s",
            (0.10, 0.93),
            xycoords="axes fraction",
            va="center",
            fontsize=8,
        )


def _title(plan: Plan) -> str:
    parts = [plan.name, plan.pattern]
    if plan.imaging is not None:
        parts.append(f"lanes every {plan.imaging.spacing:.1f} m")
    parts.append(f"{len(plan.sorties)} sorties" if len(plan.sorties) != 1 else "1 sortie")
    return " · ".join(part for part in parts if part)
