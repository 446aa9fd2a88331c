"""What the panel shows of the store: the chart and what the vehicle said in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import charts, page
from dashboard.history import POINTS, History, HistoryAwayError
from dashboard.look import Look, parse_look
from dashboard.settings import DashboardSettings
from dashboard.situation import Situation
from telemetry.batch import StatusText

SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
"""MAV_SEVERITY."""

Now = Callable[[], np.datetime64]


def add_callbacks(
    dash: Dash, history: History, situation: Situation, settings: DashboardSettings, now: Now
) -> None:
    """Add the page's callbacks to Dash."""
    zone = ZoneInfo(settings.time_zone)

    @dash.callback(
        Output("chart", "children"),
        Output("history-note", "children"),
        Output("texts", "children"),
        Output("shown", "data"),
        Input("selection", "data"),
        Input("window", "data"),
        Input("history-tick", "n_intervals"),
        Input("look", "data"),
        State("shown", "data"),
    )
    async def show_history(
        selection: str | None,
        minutes: int,
        _: int | None,
        chosen: dict[str, Any] | None,
        shown: str | None,
    ) -> tuple[Any, ...]:
        look = parse_look(chosen, zone)
        words = look.words
        asset = parse_key(selection)
        if asset is None or asset not in situation.picture:
            return None, "", [], None
        kind = int(situation.picture.row(asset)["kind"])
        window = timedelta(minutes=minutes if minutes in page.WINDOWS else page.WINDOWS[0])
        try:
            told = await history.course(asset, now(), window)
            texts = await history.texts(asset)
        except HistoryAwayError as error:
            note = words["away"].format(reason=error)
            # What was drawn of this asset stays; what was drawn of another one must not.
            if shown == selection:
                return no_update, note, no_update, no_update
            return _graph(charts.empty(look.theme)), note, [], None
        figure = charts.course(told, kind, look, window / POINTS)
        note = words["nothing"].format(minutes=minutes) if charts.is_blank(figure) else ""
        return _graph(figure), note, render_texts(texts, look), selection


def _graph(figure: dict[str, Any]) -> dcc.Graph:
    """The chart. It is not in the layout: the first one makes Dash load Plotly, which takes a while."""
    return dcc.Graph(figure=figure, config={"displayModeBar": False, "responsive": True})


def parse_key(selection: object) -> int | None:
    """The key that the browser names; None if it names none."""
    if isinstance(selection, str) and selection.isdecimal() and len(selection) < 20:
        return int(selection)
    return None


def render_texts(texts: list[StatusText], look: Look) -> list[html.Div]:
    """Status texts as lines: time of day, severity, words."""
    if not texts:
        return [html.Div(look.words["none"], className="none")]
    return [
        html.Div(
            className=f"text {_severity(text)}",
            children=[
                html.Time(
                    _time(text.received_time, look.zone), title=text.received_time.isoformat()
                ),
                html.Span(look.words[_severity(text)], className="severity"),
                html.Span(text.text, className="words", dir="auto"),
            ],
        )
        for text in texts
    ]


def _severity(text: StatusText) -> str:
    known = 0 <= text.severity < len(SEVERITIES)
    return SEVERITIES[text.severity] if known else "info"


def _time(time: datetime, zone: ZoneInfo) -> str:
    return time.astimezone(zone).strftime("%H:%M:%S")
