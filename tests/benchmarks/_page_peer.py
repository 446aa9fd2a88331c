"""The peer of the page's benchmark: what Dash and plotly offer for moving marks.

`python -m tests.benchmarks._page_peer PORT BUS-URL ZOOM`: one Scattermap, moved by an Interval whose
callback answers a Patch with the new positions. It draws no trails, and has no list beside the map.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncGenerator
from typing import Any

import plotly.graph_objects as go
import uvicorn
from dash import Dash, Input, Output, Patch, dcc, html
from fastapi import FastAPI

from dashboard.feeding import follow_picture
from dashboard.situation import Situation
from telemetry.bus.nats import connect_bus

PERIOD = 500
"""Milliseconds between two updates."""

BLUE = "#56b4e9"


def application(bus_url: str, zoom: float) -> FastAPI:
    """The page; the picture comes over the bus as it does to ours."""
    situation = Situation()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        bus = await connect_bus(bus_url)
        following = asyncio.create_task(follow_picture(bus, situation))
        yield
        following.cancel()
        await bus.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/healthz")
    async def healthz() -> dict[str, int]:
        return {"assets": len(situation.picture)}

    server: Any = app
    dash = Dash(__name__, server=server, serve_locally=True, compress=False)
    dash.layout = html.Div(
        [
            dcc.Graph(id="map", figure=_figure(zoom), style={"width": "100vw", "height": "100vh"}),
            dcc.Interval(id="tick", interval=PERIOD),
        ],
        style={"margin": "-8px"},
    )

    @dash.callback(Output("map", "figure"), Input("tick", "n_intervals"))
    def move(_: int | None) -> Patch:
        rows = situation.picture.rows
        patch = Patch()
        for name, axis in (("lat", "latitude"), ("lon", "longitude")):
            patch["data"][0][name] = [None if v != v else v for v in rows[axis].round(6).tolist()]
        return patch

    return app


def _figure(zoom: float) -> go.Figure:
    return go.Figure(
        go.Scattermap(lat=[], lon=[], mode="markers", marker={"size": 9, "color": BLUE}),
        {
            "map": {"style": "white-bg", "center": {"lat": 34.009, "lon": 71.53}, "zoom": zoom},
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "uirevision": 1,
        },
    )


async def main(port: str, bus_url: str, zoom: str) -> None:
    """Serve until SIGTERM."""
    server = uvicorn.Server(
        uvicorn.Config(application(bus_url, float(zoom)), port=int(port), log_level="warning")
    )
    await server.serve()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(main(*sys.argv[1:]))
