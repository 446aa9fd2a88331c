"""Sends what changes to every open page over `/live`; the latest only, whoever is slow.

Each viewer has a cursor into the situation, not a queue: while its socket is full it waits, and
then it gets what has changed in between, once. A viewer that takes nothing for SEND_TIMEOUT is
let go. So a viewer costs at most the frame that is on its way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import live, live_json
from dashboard.detail import detail
from dashboard.pace import Pace
from dashboard.settings import DashboardSettings
from dashboard.situation import Situation
from dashboard.trails import WINDOW

log = logging.getLogger(__name__)

MAX_VIEWERS = 64
"""Pages that may be connected at once."""

MAX_MESSAGE = 1024
"""Bytes of a message from a viewer."""

HEARTBEAT = 0.5
"""Seconds after which a viewer is sent a frame even if nothing changed."""

GATHER = 0.01
"""Seconds from a change to its tick: a large picture comes in several messages."""

HEALTH_PERIOD = 1.0
"""Seconds between two `health` messages."""

SEND_TIMEOUT = 20.0
"""Seconds that a viewer may take nothing before it is let go."""

POINTS_A_FRAME = 16_384
ASSETS_A_MESSAGE = 2_000

TOO_MANY = 1013  # WebSocket close codes: try again later, unsupported data
BAD_MESSAGE = 1003

Now = Callable[[], np.datetime64]

Told = bytes | str | dict[str, Any]
"""A binary message, a text message, or one that is still to be written as JSON."""


class Subject(Protocol):
    """Something that is told by text messages, each only of what changed."""

    @property
    def version(self) -> int:
        """Grows with each change; 0: there is nothing to tell yet."""

    def message(self, since: int) -> bytes:
        """What changed after a version, as JSON; the whole of it after 0."""


class Viewers:
    """All who watch. `run` ticks, `serve` serves one socket until it closes."""

    def __init__(
        self,
        situation: Situation,
        settings: DashboardSettings,
        now: Now,
        subjects: Sequence[Subject] = (),
    ) -> None:
        self._situation = situation
        self._subjects = subjects
        self._settings = settings
        self._now = now
        self._tick = asyncio.Event()
        self._frames: dict[tuple[int, int], bytes] = {}
        self._told: dict[tuple[int, int, int], str] = {}
        self._marks: dict[tuple[int, int], str] = {}
        self._shown: live_json.Shown | None = None
        self.count = 0
        self.let_go = 0
        """Viewers that were too slow to be kept."""

    async def run(self) -> None:
        """Tick when something changed, and once a period if nothing did. Runs until cancelled.

        `Pace` says how often at most; that there is nothing new is told as often.
        """
        loop = asyncio.get_running_loop()
        period = 1 / self._settings.update_hz
        pace = Pace(period, loop.time())
        while True:
            await asyncio.sleep(pace.opens - loop.time())
            waited = self._situation.changed.is_set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(period):
                    await self._situation.changed.wait()
                    await asyncio.sleep(GATHER)
            self._situation.changed.clear()
            pace.tick(loop.time(), waited=waited)
            tick, self._tick = self._tick, asyncio.Event()
            self._frames.clear()
            self._told.clear()
            self._marks.clear()
            tick.set()

    async def serve(self, socket: WebSocket) -> None:
        """Serve one viewer until it leaves, is refused, or is let go."""
        await socket.accept()
        if self.count >= MAX_VIEWERS:
            await socket.close(TOO_MANY, f"{MAX_VIEWERS} pages are open already")
            return
        told_as = socket.query_params.get("format")
        if told_as not in {None, live_json.FORMAT}:
            await socket.close(BAD_MESSAGE, "format is json, or is left out")
            return
        self.count += 1
        viewer = _Viewer(reads_json=told_as is not None)
        sending = asyncio.create_task(self._send(socket, viewer))
        receiving = asyncio.create_task(_receive(socket, viewer))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.count -= 1
            sending.cancel()
            receiving.cancel()
            ends = await asyncio.gather(sending, receiving, return_exceptions=True)
            for end in ends:
                if isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect):
                    log.error("a viewer was dropped: %s: %s", type(end).__name__, end)

    async def _send(self, socket: WebSocket, viewer: _Viewer) -> None:
        async def put(send: Awaitable[None]) -> None:
            async with asyncio.timeout(SEND_TIMEOUT):
                await send

        try:
            for message in (self._greeting(), *self._news(viewer)):
                await put(_put(socket, message))
            while True:
                tick = self._tick
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT):
                        await tick.wait()
                # Without a tick too: the viewer must hear that we live.
                for message in self._news(viewer):
                    await put(_put(socket, message))
        except TimeoutError:
            # No close message: it would wait behind what the viewer does not take.
            self.let_go += 1
            log.warning("a page took nothing for %g s and was let go", SEND_TIMEOUT)

    def _greeting(self) -> dict[str, Any]:
        return live.hello(
            self._situation.session,
            update_hz=self._settings.update_hz,
            heartbeat=min(HEARTBEAT, 1 / self._settings.update_hz),
            trail=WINDOW,
            zone=self._settings.time_zone,
        )

    def _trails(self, viewer: _Viewer) -> Iterator[bytes | str]:
        """The trails as they are now, in messages of a bounded size."""
        now, keys = self._now(), self._situation.picture.rows["asset"]
        every = self._situation.trails.points(now)
        for start in range(0, len(every), POINTS_A_FRAME):
            points = every[start : start + POINTS_A_FRAME]
            if viewer.reads_json:
                yield live_json.trails_message(points, keys, now).decode()
            else:
                yield live.frame(points, now, kind=live.TRAILS)

    def _news(self, viewer: _Viewer) -> list[Told]:
        """What this viewer has not been sent yet; its cursors move on."""
        situation = self._situation
        messages: list[Told] = []
        if viewer.directory < situation.directory_version:
            entries = list(situation.directory_since(viewer.directory))
            viewer.directory = situation.directory_version
            describe = (live_json if viewer.reads_json else live).directory_message
            messages.extend(
                describe(entries[start : start + ASSETS_A_MESSAGE])
                for start in range(0, len(entries), ASSETS_A_MESSAGE)
            )
        if not viewer.trails:
            viewer.trails = True
            messages.extend(self._trails(viewer))
        if viewer.reads_json:
            messages.append(self._marks_message(viewer))
        else:
            frame = self._frame(viewer.marks)
            viewer.marks = situation.picture.version
            if viewer.modes < len(situation.modes.names):
                viewer.modes = len(situation.modes.names)
                messages.append({"type": "modes", "modes": situation.modes.names})
            messages.append(frame)
        time = asyncio.get_running_loop().time()
        if time >= viewer.health_due or viewer.sources != situation.sources_version:
            viewer.sources = situation.sources_version
            viewer.health_due = time + HEALTH_PERIOD * 0.9
            messages.append(situation.health(self._now(), viewers=self.count))
        messages.extend(self._subjects_news(viewer))
        messages.extend(self._detail(viewer))
        return messages

    def _frame(self, since: int) -> bytes:
        """The marks that changed after `since`; made once for all viewers at the same place."""
        situation = self._situation
        key = (since, situation.picture.version)
        if key not in self._frames:
            now = self._now()
            slots = situation.picture.changed_slots(since)
            rows = situation.picture.rows[slots]
            records = live.marks(rows, slots, now, situation.modes)
            self._frames[key] = live.frame(records, now, whole=since == 0)
        return self._frames[key]

    def _subjects_news(self, viewer: _Viewer) -> Iterator[str]:
        """What changed of each subject; made once for all viewers at the same place."""
        for number, subject in enumerate(self._subjects):
            since = viewer.subjects.get(number, 0)
            if subject.version == since:
                continue
            key = (number, since, subject.version)
            if key not in self._told:
                self._told[key] = subject.message(since).decode()
            viewer.subjects[number] = subject.version
            yield self._told[key]

    def _marks_message(self, viewer: _Viewer) -> str:
        """The same as JSON: what differs from what this viewer was told."""
        picture, modes = self._situation.picture, self._situation.modes
        if self._shown is None or self._shown.version != picture.version:
            self._shown = live_json.Shown.of(picture.version, picture.rows, self._now(), modes)
        before, viewer.shown = viewer.shown, self._shown
        key = (-1 if before is None else before.version, picture.version)
        if key not in self._marks:
            self._marks[key] = live_json.marks_message(
                before, self._shown, picture.rows["asset"], modes.names, self._now()
            ).decode()
        return self._marks[key]

    def _detail(self, viewer: _Viewer) -> list[dict[str, Any]]:
        watched, picture = viewer.watched, self._situation.picture
        if watched is None or watched not in picture:
            return []
        slot = self._situation.picture.slots(np.array([watched]))
        rows = picture.rows[slot]
        state = (watched, rows.tobytes())
        if state == viewer.told:
            return []
        viewer.told = state
        return [detail(rows)]


class _Viewer:
    """Where one viewer stands."""

    def __init__(self, *, reads_json: bool = False) -> None:
        self.reads_json = reads_json
        self.shown: live_json.Shown | None = None
        self.marks = 0
        self.trails = False
        self.directory = 0
        self.modes = 0
        self.subjects: dict[int, int] = {}
        self.health_due = 0.0
        self.sources = 0
        self.watched: int | None = None
        self.told: tuple[int, bytes] | None = None

    def hear(self, message: bytes | str) -> bool:
        """Take a message of the viewer; False if it is none that we know."""
        try:
            told = orjson.loads(message)
            key = told["watch"]
            self.watched = None if key is None else int(key)
        except (ValueError, TypeError, KeyError):
            return False
        self.told = None
        return self.watched is None or 0 <= self.watched < 2**63


async def _receive(socket: WebSocket, viewer: _Viewer) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        said = message.get("text") or message.get("bytes") or b""
        if len(said) > MAX_MESSAGE or not viewer.hear(said):
            await socket.close(BAD_MESSAGE, 'send {"watch": "<key>"}')
            return


async def _put(socket: WebSocket, message: Told) -> None:
    if isinstance(message, bytes):
        await socket.send_bytes(message)
    elif isinstance(message, str):
        await socket.send_text(message)
    else:
        await socket.send_text(orjson.dumps(message).decode())
