"""The skeleton of the page. The modules in `assets/` fill what has an id and no children.

Dash owns what comes from the store (the chart, the status texts); all that is live, and all words,
are written by our own modules into elements that no callback touches.
"""

from __future__ import annotations

from dash import dcc, html

from dashboard.addresses import PAGES

TITLE = "Nigehban"

INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <title>{%title%}</title>
    {%favicon%}
    <script src="/assets/first.js"></script>
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

WINDOWS = (15, 60)
"""Minutes that the chart can show."""


def layout() -> html.Div:
    """What Dash renders: the frame, and a section for each page."""
    return html.Div(
        id="app",
        className="app",
        children=[
            html.Header(id="header", className="header"),
            html.Nav(id="nav", className="nav"),
            html.Main(
                id="pages",
                className="pages",
                children=[
                    _live(),
                    *(
                        html.Section(id=f"page-{name}", className="page", hidden=True)
                        for name in PAGES
                        if name != "live"
                    ),
                ],
            ),
            dcc.Store(id="look"),  # language, theme and time zone, for what Dash draws
        ],
    )


def _live() -> html.Section:
    """The list, the map and the panel of the selected asset."""
    return html.Section(
        id="page-live",
        className="page",
        children=[
            html.Section(id="list", className="list"),
            html.Section(
                id="stage",
                className="stage",
                children=[
                    html.Div(id="map", className="map", dir="ltr"),
                    html.Div(id="overlay", className="overlay"),
                ],
            ),
            html.Section(
                id="panel",
                className="panel",
                hidden=True,
                children=[
                    html.Div(id="panel-live", className="panel-live"),
                    html.Div(
                        className="panel-history",
                        children=[
                            html.Div(
                                className="panel-heading",
                                children=[
                                    html.H3(id="history-heading"),
                                    html.Div(id="windows", className="segments"),
                                ],
                            ),
                            html.Div(id="history-note", className="note", role="status"),
                            html.Div(id="chart", className="chart"),
                            html.H3(id="texts-heading"),
                            html.Div(id="texts", className="texts"),
                        ],
                    ),
                ],
            ),
            dcc.Store(id="selection"),  # key of the asset, as text
            dcc.Store(id="window", data=WINDOWS[0]),  # minutes that the chart shows
            dcc.Store(id="shown"),  # key of the asset that the chart shows
            dcc.Interval(id="history-tick", interval=int(HISTORY_PERIOD * 1000), disabled=True),
        ],
    )
