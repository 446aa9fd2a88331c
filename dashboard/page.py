"""The skeleton of the page. The modules in `assets/` fill what has an id and no children.

Dash owns what comes from the store (the chart, the status texts); all that is live is written by
our own modules into elements that no callback touches.
"""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard import charts

TITLE = "Nigehban"

INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <meta name="color-scheme" content="dark">
    <title>{%title%}</title>
    {%favicon%}
    {%css%}
    <link rel="modulepreload" href="/vendor/maplibre-gl/maplibre-gl.mjs">
  </head>
  <body>
    {%app_entry%}
    <footer>
      {%config%}
      {%scripts%}
      {%renderer%}
    </footer>
    <script type="module" src="/assets/main.js"></script>
  </body>
</html>
"""

HISTORY_PERIOD = 5.0
"""Seconds between two looks at the store for the panel that is open."""

WINDOWS = {"15 min": 15, "60 min": 60}
"""Minutes that the chart can show."""


def _label(text: str) -> dict[str, Any]:
    return {"aria-label": text}


def layout() -> html.Div:
    """What Dash renders."""
    return html.Div(
        id="app",
        className="app",
        children=[
            html.Header(id="header", className="header"),
            html.Aside(id="list", className="list", **_label("All assets")),
            html.Main(
                id="stage",
                className="stage",
                children=[
                    html.Div(id="map", className="map"),
                    html.Div(id="overlay", className="overlay"),
                ],
            ),
            html.Section(
                id="panel",
                className="panel",
                hidden=True,
                **_label("Selected asset"),
                children=[
                    html.Div(id="panel-live", className="panel-live"),
                    html.Div(
                        className="panel-history",
                        children=[
                            html.Div(
                                className="panel-heading",
                                children=[
                                    html.H3("History"),
                                    dcc.RadioItems(
                                        id="window",
                                        className="segments",
                                        options=[
                                            {"label": label, "value": minutes}
                                            for label, minutes in WINDOWS.items()
                                        ],
                                        value=15,
                                        inline=True,
                                    ),
                                ],
                            ),
                            html.Div(id="history-note", className="note", role="status"),
                            dcc.Graph(
                                id="chart",
                                className="chart",
                                figure=charts.empty(),
                                config={"displayModeBar": False, "responsive": True},
                            ),
                            html.H3("Messages of the vehicle"),
                            html.Div(id="texts", className="texts"),
                        ],
                    ),
                ],
            ),
            dcc.Store(id="selection"),  # key of the asset, as text
            dcc.Store(id="shown"),  # key of the asset that the chart shows
            dcc.Interval(id="history-tick", interval=int(HISTORY_PERIOD * 1000), disabled=True),
        ],
    )
