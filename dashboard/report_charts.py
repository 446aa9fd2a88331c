"""Reports as figures for Plotly, in the colours of the dark or the light page.

Colours are those of Okabe and Ito, which colour-blind people tell apart; each bar also has words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.look import Look
from dashboard.report_tables import Row, Table
from dashboard.report_words import WORDS
from telemetry.history.reading import Window

ASSETS_MOST = 60
"""Lines of a chart; beyond it those with most to show."""

STACKED_MOST = 5
"""Assets whose bars are stacked: as many as there are colours."""

FIELDS_WITH_TEXT = 14
"""Days up to which a field of an asset and a day has its value written in it."""

HEIGHT = 360
"""Pixels of a chart that has not a line for each asset."""

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

# Of no language: as the page writes times.
_MOMENT = "%d.%m. %H:%M:%S"
_TICKS = [
    {"dtickrange": [None, 60_000], "value": "%H:%M:%S\n%d.%m.%Y"},
    {"dtickrange": [60_000, 86_400_000], "value": "%H:%M\n%d.%m.%Y"},
    {"dtickrange": [86_400_000, None], "value": "%d.%m.\n%Y"},
]


def figure(told: Table, look: Look, of: Window) -> dict[str, Any]:
    """`data` and `layout`. A report without rows has axes and words.

    `of` is the window that was asked for: what began before it or lasts is drawn up to its edges.
    """
    if told.kind == "days":
        data, layout = _days(told.rows, look)
    elif told.kind == "overspeed":
        data, layout = _speeds(told.rows, look)
        layout["xaxis"]["range"] = _edges(of, look.zone)
    else:
        data, layout = _spans(told, look, of)
        layout["xaxis"]["range"] = _edges(of, look.zone)
    return {"data": data, "layout": _layout(told, look) | layout}


def _say(look: Look, what: str, **values: object) -> str:
    """Words in its language."""
    return WORDS[look.language][what].format(**values)


def _join(look: Look, words: Sequence[str]) -> str:
    return WORDS[look.language]["comma"].join(words)


def _edges(of: Window, zone: ZoneInfo) -> list[str]:
    return [_local(of.start.isoformat(), zone), _local(of.end.isoformat(), zone)]


def _spans(told: Table, look: Look, of: Window) -> tuple[list[Any], dict[str, Any]]:
    """A bar for each row over the time, on the line of its asset; visits by geofence."""
    ink, zone = _INKS[look.theme], look.zone
    by_group: dict[str, list[Row]] = {}
    shown = _most(told.rows)
    for row in told.rows:
        if row["name"] in shown:
            group = row["fence_name"] if told.kind == "visits" else _say(look, told.kind)
            by_group.setdefault(group, []).append(row)
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": [row["name"] for row in rows],
            "base": [_local(row["begins"] or of.start.isoformat(), zone) for row in rows],
            "x": [1000 * _length(row, of) for row in rows],  # a date axis counts milliseconds
            "text": [_words(told.kind, row, look) for row in rows],
            "textposition": "none",
            "hovertemplate": "%{y}<br>%{base|" + _MOMENT + "}<br>%{text}<extra></extra>",
            "marker": {"color": ink.colours[number % len(ink.colours)]},
        }
        for number, (name, rows) in enumerate(sorted(by_group.items()))
    ]
    return data, {
        "barmode": "overlay",
        "showlegend": told.kind == "visits",
        "height": 90 + 24 * max(len(shown), 3),
        # On top, where it stays in view beside the first of many lines.
        "xaxis": _times(ink) | {"side": "top"},
        "yaxis": _lines(ink),
    }


def _length(row: Row, of: Window) -> float:
    """Seconds within the window."""
    begins, ends = (
        edge if row[name] is None else datetime.fromisoformat(row[name])
        for name, edge in (("begins", of.start), ("ends", of.end))
    )
    return (ends - begins).total_seconds()


def _words(kind: str, row: Row, look: Look) -> str:
    told = [_say(look, "lasts" if row["ends"] is None else "began_before")]
    if row["duration"] is not None:
        told = [_lasted(row["duration"], look)]
    if row.get("distance") is not None:
        told.append(_say(look, "km", km=row["distance"] / 1000))
    if kind == "flights":
        if row["highest"] is not None:
            told.append(_say(look, "high", metres=row["highest"]))
        if row["battery_used_percent"] is not None:
            told.append(_say(look, "battery", percent=row["battery_used_percent"]))
        if not row["landed"]:
            told.append(_say(look, "unseen"))
    if kind == "visits":
        told.append(row["fence_name"])
    return _join(look, [_escaped(text) for text in told])


def _lasted(seconds: float, look: Look) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _say(look, "hours", hours=hours, minutes=minutes)
    return _say(look, "minutes", minutes=minutes, seconds=rest)


def _speeds(rows: Sequence[Row], look: Look) -> tuple[list[Any], dict[str, Any]]:
    """A point for each overspeed, the line of its limit below it: dashed, dotted that of a zone."""
    ink, zone = _INKS[look.theme], look.zone
    shown = _most(rows)
    data: list[Any] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [_local(row["begins"], zone) for row in rows if row["name"] == name],
            "y": [round(row["fastest"] * KMH, 1) for row in rows if row["name"] == name],
            "text": [_limit(row, look) for row in rows if row["name"] == name],
            "hovertemplate": f"{_escaped(name)}<br>%{{x|{_MOMENT}}}<br>"
            f"{_say(look, 'kmh', value='%{y}')}<br>%{{text}}<extra></extra>",
            "marker": {
                "size": 9,
                "color": ink.colours[number % len(ink.colours)],
                "symbol": _SYMBOLS[number % len(_SYMBOLS)],
            },
        }
        for number, name in enumerate(sorted(shown))
    ]
    of_zones = {round(row["limit"] * KMH, 1): row["zone"] for row in rows if row["zone"]}
    limits = sorted({round(row["limit"] * KMH, 1) for row in rows})
    return data, {
        "height": HEIGHT,
        "showlegend": True,
        "xaxis": _times(ink),
        "yaxis": _axis(ink) | {"rangemode": "tozero"},
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": limit,
                "y1": limit,
                "line": {
                    "color": ink.text,
                    "width": 1,
                    "dash": "dot" if limit in of_zones else "dash",
                },
                "label": {
                    "text": _escaped(of_zones.get(limit, "")),
                    "textposition": "start",
                    "yanchor": "bottom",
                    "font": {"size": 11, "color": ink.text},
                },
            }
            for limit in limits
        ],
    }


def _limit(row: Row, look: Look) -> str:
    value = f"{row['limit'] * KMH:.0f}"
    if not row["zone"]:
        return _say(look, "limit", value=value)
    return _say(look, "zone", value=value, zone=_escaped(row["zone"]))


_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star")


def _days(rows: Sequence[Row], look: Look) -> tuple[list[Any], dict[str, Any]]:
    """Stacked bars of few assets, one a day; of more a field for each asset and day."""
    shown = _most(rows)
    rows = [row for row in rows if row["name"] in shown]
    axis = {"type": "date", "tickformat": "%d.%m.", "dtick": 86_400_000}
    if len(shown) > STACKED_MOST:
        return _fields(rows, axis, look)
    ink = _INKS[look.theme]
    data = [
        {
            "type": "bar",
            "name": name,
            "x": [row["day"] for row in rows if row["name"] == name],
            "y": [round(row["distance"] / 1000, 2) for row in rows if row["name"] == name],
            "hovertemplate": f"{_escaped(name)}<br>%{{x|%d.%m.}}<br>%{{y}} km<extra></extra>",
            "marker": {"color": ink.colours[number % len(ink.colours)]},
        }
        for number, name in enumerate(sorted(shown))
    ]
    return data, {
        "height": HEIGHT,
        "barmode": "stack",
        "showlegend": True,
        "xaxis": _axis(ink) | axis,
        "yaxis": _axis(ink) | {"rangemode": "tozero"},
    }


def _fields(
    rows: Sequence[Row], axis: dict[str, Any], look: Look
) -> tuple[list[Any], dict[str, Any]]:
    ink = _INKS[look.theme]
    names = list(dict.fromkeys(row["name"] for row in rows))
    days = sorted({row["day"] for row in rows})
    distance = {(row["name"], row["day"]): round(row["distance"] / 1000, 1) for row in rows}
    written = len(days) <= FIELDS_WITH_TEXT
    field = {
        "type": "heatmap",
        "x": days,
        "y": names,
        "z": [[distance.get((name, day)) for day in days] for name in names],
        "texttemplate": "%{z}" if written else "",
        "showscale": not written,
        "hovertemplate": "%{y}<br>%{x|%d.%m.}<br>%{z} km<extra></extra>",
        "hoverongaps": False,
        "zmin": 0,
        "zmax": max(distance.values()),
        "colorscale": [[0, ink.ground], [1, ink.colours[0]]],
        "colorbar": {
            "title": {"text": "km"},
            "thickness": 12,
            "outlinewidth": 0,
            "lenmode": "pixels",
            "len": 180,
            "y": 1,
            "yanchor": "top",
        },
        "xgap": 2,
        "ygap": 2,
    }
    return [field], {
        "height": 90 + 24 * len(names),
        "xaxis": _axis(ink) | axis | {"side": "top", "showgrid": False},
        "yaxis": _lines(ink) | {"showgrid": False},
    }


def _lines(ink: _Ink) -> dict[str, Any]:
    """The axis of assets, the first one at the top."""
    return (
        _axis(ink)
        | {"type": "category", "autorange": "reversed", "automargin": True}
        | {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}
    )


def _most(rows: Sequence[Row]) -> set[str]:
    """The names of the ASSETS_MOST assets with most rows."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["name"]] = counts.get(row["name"], 0) + 1
    return set(sorted(counts, key=lambda name: (-counts[name], name))[:ASSETS_MOST])


def _layout(told: Table, look: Look) -> dict[str, Any]:
    title, ink = _say(look, told.kind), _INKS[look.theme]
    words = {
        "text": _say(look, "nothing"),
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
        "annotations": [] if told.rows else [words],
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


def _times(ink: _Ink) -> dict[str, Any]:
    return _axis(ink) | {"type": "date", "tickformatstops": _TICKS}


def _local(iso: str, zone: ZoneInfo) -> str:
    """A time for an axis: Plotly knows no time zones."""
    return datetime.fromisoformat(iso).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def _escaped(name: str) -> str:
    """A name within a template, where `%{` and `<` mean something."""
    return name.replace("<", "&lt;").replace("%{", "% {")
