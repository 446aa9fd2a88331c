"""Tracks as a file: streamed while they are read, and ended when nobody takes them any more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Literal
from urllib.parse import quote

import psycopg
from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.windows import Assets, Chosen, From, To, chosen, keys, window
from telemetry.history.clip import CLIP_ROWS_MOST, clip, size
from telemetry.history.clip_beside import Beside, TooMuchError, check
from telemetry.history.reading import Window

CLIP_LIMIT = 300.0
"""Seconds in which a clip has to be taken."""

MEDIA_TYPES = {
    "geojson": "application/geo+json",
    "kml": "application/vnd.google-earth.kml+xml",
    "csv": "text/csv; charset=utf-8",
    "gpx": "application/gpx+xml",
    "zip": "application/zip",
}

Format = Annotated[
    Literal["geojson", "kml", "csv", "gpx"],
    Query(alias="format", description="Each position stands in a CSV, else those of the track."),
]


Include = Annotated[
    str | None,
    Query(
        pattern=r"^(contacts|alerts)(,(contacts|alerts))*$",
        max_length=50,
        description="`contacts`, `alerts` or both, with a comma between.",
    ),
]


class _Stream(StreamingResponse):
    """Begins when its first bytes are there, so that what goes wrong until then can be told.

    When the client leaves it is cancelled once. Starlette's own cancels again at each step, and the
    database's cursor could not be closed in between.
    """

    body_iterator: AsyncGenerator[bytes]

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        work = asyncio.create_task(self.stream_response(send))
        gone = asyncio.create_task(_client_gone(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
            gone.cancel()
            await asyncio.wait({work, gone})
        if not work.cancelled():
            work.result()

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self.body_iterator) as pieces:
            more = True
            piece = await anext(pieces, b"")
            start = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **start})
            while more:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                following = await anext(pieces, None)
                more, piece = following is not None, following or b""
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def router(services: Services) -> APIRouter:
    """`/history/clip`."""
    routes = APIRouter(prefix="/history", tags=["history"])

    @routes.get(
        "/clip",
        response_class=Response,
        responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}},
    )
    async def take_clip(
        format_: Format, start: From, to: To, assets: Assets = None, include: Include = None
    ) -> Response:
        """The tracks of assets in a window as a file, if asked for with contacts and alerts.

        CSV is a ZIP of tables then. Alerts are those about the assets, where some are named.
        """
        asked_window = window(start, to)
        wanted = set() if include is None else set(include.split(","))
        if wanted and format_ == "gpx":
            raise ProblemError(422, "query.include: GPX has only tracks")
        beside = Beside(
            "contacts" in wanted,
            "alerts" in wanted,
            None if assets is None else frozenset(map(int, assets.split(","))),
            services.watched.zones,
            services.watched.near,
        )

        async def ask(connection: psycopg.AsyncConnection) -> tuple[Chosen, int]:
            asked = await chosen(connection, assets)
            await check(connection, asked_window, beside)
            return asked, await size(connection, keys(asked), asked_window)

        try:
            asked, count = await services.history.ask(ask)
        except TooMuchError as error:
            raise ProblemError(422, f"query.include: {error}") from None
        if not count and not beside:
            raise ProblemError(404, "no position of these assets in this time")
        if count > CLIP_ROWS_MOST:
            raise ProblemError(
                422, f"more than {CLIP_ROWS_MOST:,} positions: ask for less time or fewer assets"
            )

        async def pieces() -> AsyncGenerator[bytes]:
            async with (
                services.history.held(CLIP_LIMIT) as connection,
                aclosing(clip(connection, asked, asked_window, format_, beside)) as written,
            ):
                async for piece in written:
                    yield piece

        ending = "zip" if format_ == "csv" and beside else format_
        name = file_name(asked, asked_window, ending)
        return _Stream(pieces(), 200, attachment(name), media_type=MEDIA_TYPES[ending])

    return routes


def file_name(assets: Chosen, window: Window, ending: str) -> str:
    """`nigehban-gulbahar-03-20261120T120000Z-20261120T130000Z.kml`; many assets by their number."""
    who = assets[0][1] if len(assets) == 1 else f"{len(assets)} assets"
    plain = re.sub(r"[^\w.]+", "-", who).strip("-.")[:60] or "asset"
    times = "-".join(f"{moment:%Y%m%dT%H%M%SZ}" for moment in (window.start, window.end))
    return f"nigehban-{plain}-{times}.{ending}"


def attachment(name: str) -> dict[str, str]:
    """The header of RFC 6266 that names a file, also one with other letters than ASCII's."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return {"Content-Disposition": told, "Cache-Control": "no-store"}
