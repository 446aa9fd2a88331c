"""`/metrics`, `/healthz` and `/readyz` over HTTP, on an address of their own.

A health check answers 200 or 503 and says in JSON what is wrong, so that a person who looks at it
needs no log.
"""

from __future__ import annotations

import asyncio

import orjson
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from telemetry.collector import Collector
from telemetry.listening import Server, bind
from telemetry.observing.checks import Check, alive, ready
from telemetry.observing.metrics import CollectorMetrics
from telemetry.observing.settings import ObservingSettings


def create_app(collector: Collector) -> Starlette:
    """The application; it only reads."""
    registry = CollectorRegistry()
    registry.register(CollectorMetrics(collector))

    def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def health(_request: Request) -> Response:
        return _told(alive(collector, asyncio.get_running_loop().time()))

    async def readiness(_request: Request) -> Response:
        now = asyncio.get_running_loop().time()
        return _told([*alive(collector, now), *ready(collector)])

    return Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/healthz", health),
            Route("/readyz", readiness),
        ]
    )


async def serve(collector: Collector, settings: ObservingSettings) -> None:
    """Serve until cancelled. Raises ListenError if the port cannot be had."""
    if not settings.enabled:
        return
    listener = bind(settings.host, settings.port, "observing")
    server = Server(
        uvicorn.Config(
            create_app(collector),
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=64,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        try:
            await serving
        finally:
            listener.close()


def _told(checks: list[Check]) -> Response:
    well = all(check.ok for check in checks)
    body = {
        "ok": well,
        "checks": {
            check.name: {"ok": check.ok} | ({} if check.ok else {"why": check.why})
            for check in checks
        },
    }
    return Response(
        orjson.dumps(body, option=orjson.OPT_INDENT_2),
        200 if well else 503,
        media_type="application/json",
    )
