"""The figures of the panel, in the page's own colours.

Figures are plain dictionaries of Plotly's schema: making them through `plotly.graph_objects` costs
more time than the store takes to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.history import Course
from dashboard.look import Look
from dashboard.words import Words
from fleet.assets import Kind
from fleet.moments import as_datetime


@dataclass(frozen=True)
class Colours:
    """The colours of a figure in one of the page's themes."""

    ink: str
    grid: str
    battery: str
    height: str
    speed: str
    ground: str
    line: str
    text: str


THEMES = {
    "dark": Colours(
        ink="#96a3b0",
        grid="#1f2832",
        battery="#e0c341",
        height="#56b4e9",
        speed="#2fcca7",
        ground="#171e26",
        line="#2b3641",
        text="#d7dee5",
    ),
    "light": Colours(
        ink="#46535f",
        grid="#dbe1e7",
        battery="#7d6200",
        height="#0a63a5",
        speed="#0b7a5e",
        ground="#f7f9fb",
        line="#a9b4bf",
        text="#16202a",
    ),
}
"""As in `assets/0-tokens.css`."""

GAP = 3.0
"""Steps without a point after which a line breaks: what is not known is not drawn."""

KMH = 3.6

Line = tuple[str, str, str, str, NDArray[np.datetime64], NDArray[np.float64]]
"""Key of its name, name, unit, colour, times (UTC), values (NaN where unknown)."""


def empty(theme: str = "dark") -> dict[str, Any]:
    """The chart before anything is known: its axes, no lines."""
    layout = _layout(1, THEMES[theme])
    for axis in ("xaxis", "yaxis"):
        layout[axis] |= {"visible": False, "range": [0, 1]}
    layout["xaxis"]["type"] = "linear"
    return {"data": [], "layout": layout}


def course(told: Course, kind: int, look: Look, step: timedelta) -> dict[str, Any]:
    """What happened to an asset: battery and height of a drone, speed of another.

    `step` is the time between two points of the store's answer; times are shown in the zone, words
    in the language and lines in the colours of `look`.
    """
    zone, colours = look.zone, THEMES[look.theme]
    lines = _lines(told, kind, look.words, colours)
    layout = _layout(len(lines), colours)
    layout["xaxis"]["range"] = [_local(told.start, zone), _local(told.end, zone)]
    data = []
    for row, (key, name, unit, colour, times, values) in enumerate(lines, 1):
        x, y = _broken(times, values, step * GAP)
        axis = "" if row == 1 else str(row)
        layout[f"yaxis{axis}"] |= _range(key, values)
        heading = f"\u2068{name} ({unit})\u2069"  # in its own direction, not the chart's
        layout["annotations"].append(_heading(heading, f"y{axis}", colours.ink))
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "connectgaps": False,
                "name": name,
                "x": _shown(x, zone),
                "y": [None if np.isnan(value) else round(float(value), 2) for value in y],
                "yaxis": f"y{axis}",
                "line": {"color": colour, "width": 1.8},
                "hovertemplate": f"%{{y}} {unit}<extra></extra>",
            }
        )
    return {"data": data, "layout": layout}


def is_blank(figure: dict[str, Any]) -> bool:
    """Whether a figure has no point at all."""
    return not any(value is not None for line in figure["data"] for value in line["y"])


def _lines(told: Course, kind: int, words: Words, colours: Colours) -> list[Line]:
    positions, statuses = told.positions, told.statuses
    flown, changed = positions["fix_time"], statuses["status_time"]
    charge = statuses["battery_percent"]
    if kind == Kind.DRONE:
        return [
            ("battery", words["battery"], "%", colours.battery, changed, charge),
            ("height", words["height"], "m", colours.height, flown, positions["height"]),
        ]
    return [("speed", words["speed"], "km/h", colours.speed, flown, positions["speed"] * KMH)]


def _layout(rows: int, colours: Colours) -> dict[str, Any]:
    """Axes one above the other over the same time."""
    tick = {"size": 11, "color": colours.ink}
    layout: dict[str, Any] = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {
            "family": "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif",
            "color": colours.ink,
        },
        "margin": {"l": 34, "r": 8, "t": 2, "b": 24},
        "height": 114 * rows + 28,
        "showlegend": False,
        "annotations": [],
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": colours.ground,
            "bordercolor": colours.line,
            "font": {"color": colours.text},
        },
        "uirevision": "keep",
        "xaxis": {
            "type": "date",
            "tickformat": "%H:%M",
            "hoverformat": "%H:%M:%S",
            "gridcolor": colours.grid,
            "zeroline": False,
            "fixedrange": True,
            "nticks": 6,
            "tickfont": tick,
            "anchor": "y" if rows == 1 else f"y{rows}",
        },
    }
    share = 1 / rows
    for row in range(1, rows + 1):
        low = 1 - row * share
        layout["yaxis" if row == 1 else f"yaxis{row}"] = {
            "domain": [low, low + share * 0.8],
            "gridcolor": colours.grid,
            "zeroline": False,
            "fixedrange": True,
            "nticks": 4,
            "rangemode": "tozero",
            "tickfont": tick,
            "anchor": "x",
        }
    return layout


def _heading(text: str, axis: str, ink: str) -> dict[str, Any]:
    """The name of a line, above its axis."""
    return {
        "text": text,
        "xref": "paper",
        "yref": f"{axis} domain",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": ink},
    }


def _range(key: str, values: NDArray[np.float64]) -> dict[str, Any]:
    if key == "battery":
        return {"range": [0, 103], "tickvals": [0, 50, 100]}
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    bottom = float(np.nanmin(values)) if np.isfinite(values).any() else 0.0
    return {"range": [min(0.0, bottom * 1.1), max(top * 1.15, 10.0)]}


def _broken(
    times: NDArray[np.datetime64], values: NDArray[np.float64], gap: timedelta
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """The same line with an unknown value put into every pause longer than `gap`."""
    holes = np.flatnonzero(np.diff(times) > np.timedelta64(gap)) + 1
    middle = times[holes - 1] + (times[holes] - times[holes - 1]) // 2
    return np.insert(times, holes, middle), np.insert(values.astype(np.float64), holes, np.nan)


def _shown(times: NDArray[np.datetime64], zone: ZoneInfo) -> list[str]:
    """Times for an axis in `zone`: Plotly knows no time zones, so they are shifted here."""
    if not len(times):
        return []
    # One offset serves a window of an hour; a change of it would bend the line, not break it.
    offset = as_datetime(times[-1]).astimezone(zone).utcoffset() or timedelta(0)
    shifted = times + np.timedelta64(offset)
    return [str(text) for text in np.datetime_as_string(shifted, unit="ms")]


def _local(time: datetime, zone: ZoneInfo) -> str:
    return time.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
