"""A page served for real, on a free port, in the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from dashboard.app import create_app
from dashboard.live import MARKS, parse_frame
from dashboard.serving import serve
from dashboard.settings import DashboardSettings
from dashboard.watched import Watched
from fleet.columns import Rows
from telemetry.bus import Bus
from telemetry.bus.memory import MemoryBus
from telemetry.feed import PICTURE_SUBJECT, pack_picture
from tests.brokers import free_port
from tests.waiting import until

NO_DATABASE = "host=127.0.0.1 port=1 dbname=nowhere connect_timeout=1"


@dataclass
class Page:
    """A page that runs."""

    settings: DashboardSettings
    bus: Bus
    task: asyncio.Task[None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    async def health(self) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            answer: dict[str, Any] = (await client.get(f"{self.url}/healthz")).json()
            return answer

    async def show(self, rows: Rows) -> None:
        """Publish rows and wait until the page has as many assets."""
        for payload in pack_picture(rows):
            await self.bus.publish(PICTURE_SUBJECT, payload)

    @contextlib.asynccontextmanager
    async def viewer(self, **options: Any) -> AsyncIterator[Viewer]:
        """A viewer that reads along."""
        async with self.socket(**options) as socket:
            viewer = Viewer(socket)
            reading = asyncio.create_task(viewer.read())
            try:
                yield viewer
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    def socket(self, **options: Any) -> connect:
        options = {"origin": self.url, "max_size": None, **options}
        return connect(f"ws://127.0.0.1:{self.settings.port}/live", **options)


@dataclass
class Viewer:
    """What a page has been sent."""

    connection: ClientConnection
    frames: list[tuple[Any, Rows]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    marks: dict[int, Any] = field(default_factory=dict)

    async def read(self) -> None:
        async for message in self.connection:
            if isinstance(message, str):
                self.texts.append(orjson.loads(message))
            else:
                header, records = parse_frame(message)
                self.frames.append((header, records))
                if header["kind"] == MARKS:
                    self.marks.update((int(record["slot"]), record) for record in records)

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [text for text in self.texts if text["type"] == kind]


@contextlib.asynccontextmanager
async def running_page(
    *,
    bus: Bus | None = None,
    dsn: str = NO_DATABASE,
    clock: Callable[[], float] = time.time,
    watched: Watched | None = None,
    **settings: Any,
) -> AsyncIterator[Page]:
    """Serve the page until the block is left; then it has ended cleanly."""
    bus = bus or MemoryBus()
    chosen = DashboardSettings(**{"port": free_port(), "update_hz": 10, **settings})
    app = create_app(chosen, bus=bus, dsn=dsn, clock=clock, watched=watched)
    page = Page(chosen, bus, asyncio.create_task(serve(app, chosen)))
    try:
        await until(lambda: _answers(page))
        yield page
    finally:
        page.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await page.task


async def _answers(page: Page) -> bool:
    if page.task.done():
        page.task.result()
    try:
        return bool(await page.health())
    except httpx.TransportError:
        return False
