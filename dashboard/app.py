"""Puts the page together: Dash on FastAPI, the live feed, the guard before both."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from dash import Dash
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from dashboard import feeding, page
from dashboard.addresses import PageAddresses
from dashboard.alerting import Alerting
from dashboard.api.application import BODIES, api_application
from dashboard.api.application import PATH as API_PATH
from dashboard.api.etags import tagged
from dashboard.api.services import Services
from dashboard.callbacks import add_callbacks
from dashboard.cameras import Cameras
from dashboard.carrying import Carrying, follow_missions
from dashboard.contacting import Contacting
from dashboard.fencing import Fencing, follow_fences
from dashboard.footprinting import Footprinting, known_lenses
from dashboard.guard import LOOPBACK_NAMES, Guard, content_security_policy
from dashboard.history import History
from dashboard.planning.jobs import Jobs
from dashboard.settings import DashboardSettings
from dashboard.situation import Situation
from dashboard.telling import AlertsTold, FiguresTold
from dashboard.vendor import add_vendor_routes
from dashboard.viewers import Viewers
from dashboard.watched import Watched
from fleet.peshawar import schematic
from telemetry.bus import Bus
from telemetry.feed import PROGRESS_SUBJECT, VIEWS_SUBJECT, unpack_progress, unpack_views

log = logging.getLogger(__name__)

LIVE_PATH = "/live"

Clock = Callable[[], float]


def create_app(
    settings: DashboardSettings,
    *,
    bus: Bus,
    dsn: str,
    clock: Clock = time.time,
    watched: Watched | None = None,
    terrain: Path | None = None,
) -> ASGIApp:
    """The whole page as one ASGI application.

    `bus` is connected already and stays the caller's; `dsn` is the store's, which may be away;
    `clock` gives seconds since 1970 in UTC; `watched` is what the collector has been told, `terrain` the
    height grid of plans. Raises MissingBrowserFilesError.
    """

    def now() -> np.datetime64:
        return np.datetime64(round(clock() * 1e6), "us")

    def moment() -> datetime:
        return datetime.fromtimestamp(clock(), UTC)

    situation = Situation()
    alerting = Alerting()
    history = History(dsn)
    contacting, fencing = Contacting(), Fencing()
    carrying, cameras = Carrying(), Cameras(situation)
    footprinting, lenses = Footprinting(situation, now), known_lenses(settings.drone_library)
    subjects = (
        AlertsTold(alerting),
        FiguresTold(alerting, moment),
        contacting,
        fencing,
        footprinting,
        carrying,
        carrying.progress,
        cameras,
    )
    viewers = Viewers(situation, settings, now, subjects)
    jobs = Jobs(moment)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with history.opened(), jobs.opened(), asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(task)
                for task in (
                    feeding.follow_picture(bus, situation),
                    feeding.follow_collector(bus, situation, now),
                    feeding.follow_alerts(bus, situation, alerting),
                    feeding.load_alerts(history, bus, alerting, moment),
                    feeding.follow_contacts(bus, contacting, situation, now),
                    feeding.follow_rows(
                        bus, VIEWS_SUBJECT, unpack_views, footprinting.take, situation
                    ),
                    feeding.follow_rows(
                        bus, PROGRESS_SUBJECT, unpack_progress, carrying.take, situation
                    ),
                    follow_missions(history, carrying),
                    feeding.follow_cameras(history, cameras, footprinting, situation, lenses),
                    feeding.watch_bus(bus, situation),
                    feeding.follow_store(history, situation, now),
                    follow_fences(history, fencing, moment),
                    viewers.run(),
                )
            ]
            yield
            for task in running:
                task.cancel()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    services = Services(
        situation,
        alerting,
        contacting,
        history,
        bus,
        moment,
        ZoneInfo(settings.time_zone),
        jobs,
        settings,
        footprinting,
        cameras,
        carrying,
        watched or Watched(),
        terrain,
    )
    app.mount(API_PATH, api_application(services))
    add_vendor_routes(app)
    _add_routes(app, situation, viewers, fencing)
    dash = _dash(app)
    add_callbacks(dash, history, situation, settings, now)
    _add_not_found(app)
    # Otherwise Dash has no callbacks until a page was fetched, and none would work for a page that
    # is open while the server restarts.
    prepare: Callable[[], None] = dash._setup_server  # noqa: SLF001 - there is no public way
    prepare()
    return Guard(
        PageAddresses(app),
        hosts=LOOPBACK_NAMES | {settings.host},
        sockets={LIVE_PATH},
        policy=content_security_policy(dash.csp_hashes()),
        bodies={f"{API_PATH}{path}": most for path, most in BODIES.items()},
    )


def _dash(app: Any) -> Dash:
    """Dash on the app. Our modules load each other; Dash adds only our style sheets."""
    dash = Dash(
        __name__,
        server=app,
        assets_folder=str(Path(__file__).parent / "assets"),
        assets_ignore=r".*\.js$",
        title=page.TITLE,
        update_title="",
        index_string=page.INDEX,
        serve_locally=True,
        compress=False,
    )
    # Our callbacks go over HTTP. Dash's own socket, which every page would open and keep, has a
    # queue without limit for each of them.
    dash.backend.websocket_capability = False
    dash.layout = page.layout()
    return dash


def _add_routes(app: FastAPI, situation: Situation, viewers: Viewers, fencing: Fencing) -> None:
    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse(
            {
                "assets": len(situation.picture),
                "viewers": viewers.count,
                "let_go": viewers.let_go,
                "ignored": situation.ignored,
                "unreadable": situation.unreadable,
                "database": situation.database.ok,
                "bus": situation.bus.ok,
            }
        )

    map_data: dict[str, Any] = schematic()

    @app.get("/map/schematic.json")
    async def schematic_map() -> JSONResponse:
        return JSONResponse(map_data)

    @app.get("/map/fences.json")
    async def fences_map(request: Request) -> Response:
        return tagged(request, fencing.document, "application/geo+json")

    @app.websocket(LIVE_PATH)
    async def live(socket: WebSocket) -> None:
        await viewers.serve(socket)


def _add_not_found(app: FastAPI) -> None:
    """Dash would answer every unknown address with the page."""

    @app.get("/{path:path}")
    async def not_found(path: str) -> PlainTextResponse:
        return PlainTextResponse(f"there is no page {path[:100]!r}\n", 404)
