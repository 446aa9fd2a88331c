"""Reports as figures for Plotly, in the colours of the dark or the light page.

Colours are those of Okabe and Ito, which colour-blind people tell apart; each bar also has words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dashboard.report_tables import Row, Table
from telemetry.history.reading import Window

Theme = Literal["dark", "light"]

ASSETS_MOST = 60
"""Lines of a chart; beyond it those with most to show."""

KMH = 3.6


@dataclass(frozen=True, slots=True)
class _Ink:
    text: str
    grid: str
    ground: str
    colours: Sequence[str]


_INKS: Mapping[str, _Ink] = {
    "dark": _Ink(
        "#c5ced7", "#2b3641", "#171e26", ("#56b4e9", "#e69f00", "#2fcca7", "#e0c341", "#cc79a7")
    ),
    "light": _Ink(
        "#26313c", "#d5dce3", "#ffffff", ("#0072b2", "#b35900", "#00785a", "#7a6400", "#a2467c")
    ),
}

_TITLES = {
    "trips": "Trips",
    "stops": "Stops",
    "overspeed": "Fastest, km/h",
    "flights": "Flights",
    "visits": "Visits",
    "days": "Distance a day, km",
}


def figure(told: Table, theme: Theme, zone: ZoneInfo, of: Window) -> dict[str, Any]:
    """`data` and `layout`; times are shown in `zone`. A report without rows has axes and words.

    `of` is the window that was asked for: what began before it or lasts is drawn up to its edges.
    """
    ink = _INKS[theme]
    if told.kind == "days":
        data, layout = _days(told.rows, ink)
    elif told.kind == "overspeed":
        data, layout = _speeds(told.rows, ink, zone)
        layout["xaxis"]["range"] = _edges(of, zone)
    else:
        data, layout = _spans(told, ink, zone, of)
        layout["xaxis"]["range"] = _edges(of, zone)
    return {"data": data, "layout": _layout(_TITLES[told.kind], ink, empty=not told.rows) | layout}


def _edges(of: Window, zone: ZoneInfo) -> list[str]:
    return [_local(of.start.isoformat(), zone), _local(of.end.isoformat(), zone)]


def _spans(told: Table, ink: _Ink, zone: ZoneInfo, of: Window) -> tuple[list[Any], dict[str, Any]]:
    """A bar for each row over the time, on the line of its asset; visits by geofence."""
    by_group: dict[str, list[Row]] = {}
    shown = _most(told.rows)
    for row in told.rows:
        if row["name"] in shown:
            group = row["fence_name"] if told.kind == "visits" else _TITLES[told.kind]
            by_group.setdefault(group, []).append(row)
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": [row["name"] for row in rows],
            "base": [_local(row["begins"] or of.start.isoformat(), zone) for row in rows],
            "x": [1000 * _length(row, of) for row in rows],  # a date axis counts milliseconds
            "text": [_words(told.kind, row) for row in rows],
            "textposition": "none",
            "hovertemplate": "%{y}<br>%{base|%d %b %H:%M:%S}<br>%{text}<extra></extra>",
            "marker": {"color": ink.colours[number % len(ink.colours)]},
        }
        for number, (name, rows) in enumerate(sorted(by_group.items()))
    ]
    return data, {
        "barmode": "overlay",
        "showlegend": told.kind == "visits",
        "height": 90 + 24 * max(len(shown), 3),
        "xaxis": _axis(ink) | {"type": "date"},
        "yaxis": _axis(ink) | {"type": "category", "autorange": "reversed", "automargin": True},
    }


def _length(row: Row, of: Window) -> float:
    """Seconds within the window."""
    begins, ends = (
        edge if row[name] is None else datetime.fromisoformat(row[name])
        for name, edge in (("begins", of.start), ("ends", of.end))
    )
    return (ends - begins).total_seconds()


def _words(kind: str, row: Row) -> str:
    told = ["lasts" if row["ends"] is None else "began before"]
    if row["duration"] is not None:
        told = [_lasted(row["duration"])]
    if row.get("distance") is not None:
        told.append(f"{row['distance'] / 1000:.1f} km")
    if kind == "flights":
        if row["highest"] is not None:
            told.append(f"{row['highest']:.0f} m high")
        if row["battery_used_percent"] is not None:
            told.append(f"{row['battery_used_percent']:.0f} % of the battery")
        if not row["landed"]:
            told.append("landing not seen")
    if kind == "visits":
        told.append(row["fence_name"])
    return ", ".join(told)


def _lasted(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _speeds(rows: Sequence[Row], ink: _Ink, zone: ZoneInfo) -> tuple[list[Any], dict[str, Any]]:
    """A point for each overspeed, the line of its limit below it."""
    shown = _most(rows)
    data: list[Any] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [_local(row["begins"], zone) for row in rows if row["name"] == name],
            "y": [round(row["fastest"] * KMH, 1) for row in rows if row["name"] == name],
            "hovertemplate": f"{_escaped(name)}<br>%{{x|%d %b %H:%M:%S}}<br>%{{y}} km/h<extra></extra>",
            "marker": {
                "size": 9,
                "color": ink.colours[number % len(ink.colours)],
                "symbol": _SYMBOLS[number % len(_SYMBOLS)],
            },
        }
        for number, name in enumerate(sorted(shown))
    ]
    limits = sorted({round(row["limit"] * KMH, 1) for row in rows})
    return data, {
        "height": 360,
        "showlegend": True,
        "xaxis": _axis(ink) | {"type": "date"},
        "yaxis": _axis(ink) | {"rangemode": "tozero"},
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": limit,
                "y1": limit,
                "line": {"color": ink.text, "width": 1, "dash": "dash"},
            }
            for limit in limits
        ],
    }


_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star")


def _days(rows: Sequence[Row], ink: _Ink) -> tuple[list[Any], dict[str, Any]]:
    """Stacked bars, one a day."""
    shown = _most(rows)
    patterns = ("", "/", "x", "-", "|", ".")
    data = [
        {
            "type": "bar",
            "name": name,
            "x": [row["day"] for row in rows if row["name"] == name],
            "y": [round(row["distance"] / 1000, 2) for row in rows if row["name"] == name],
            "hovertemplate": f"{_escaped(name)}<br>%{{x|%d %b}}<br>%{{y}} km<extra></extra>",
            "marker": {
                "color": ink.colours[number % len(ink.colours)],
                "pattern": {"shape": patterns[number // len(ink.colours) % len(patterns)]},
            },
        }
        for number, name in enumerate(sorted(shown))
    ]
    return data, {
        "height": 360,
        "barmode": "stack",
        "showlegend": True,
        "xaxis": _axis(ink) | {"type": "date", "tickformat": "%d %b", "dtick": 86_400_000},
        "yaxis": _axis(ink) | {"rangemode": "tozero"},
    }


def _most(rows: Sequence[Row]) -> set[str]:
    """The names of the ASSETS_MOST assets with most rows."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["name"]] = counts.get(row["name"], 0) + 1
    return set(sorted(counts, key=lambda name: (-counts[name], name))[:ASSETS_MOST])


def _layout(title: str, ink: _Ink, *, empty: bool) -> dict[str, Any]:
    words = {
        "text": "Nothing of this in this time",
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "showarrow": False,
        "font": {"size": 14, "color": ink.text},
    }
    return {
        "title": {
            "text": title,
            "font": {"size": 14, "color": ink.text},
            "x": 0,
            "xanchor": "left",
        },
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif", "color": ink.text},
        "margin": {"l": 48, "r": 12, "t": 36, "b": 36},
        "annotations": [words] if empty else [],
        "hoverlabel": {
            "bgcolor": ink.ground,
            "bordercolor": ink.grid,
            "font": {"color": ink.text},
        },
        "uirevision": "keep",
    }


def _axis(ink: _Ink) -> dict[str, Any]:
    return {
        "gridcolor": ink.grid,
        "zeroline": False,
        "tickfont": {"size": 11, "color": ink.text},
    }


def _local(iso: str, zone: ZoneInfo) -> str:
    """A time for an axis: Plotly knows no time zones."""
    return datetime.fromisoformat(iso).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def _escaped(name: str) -> str:
    """A name within a template, where `%{` and `<` mean something."""
    return name.replace("<", "&lt;").replace("%{", "% {")
