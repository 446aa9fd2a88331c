"""Processes that plan beside the page's server, so that the page never waits for them.

A process takes one task after the other, since starting one costs a second. It is ended when its
task is cancelled or takes too long, and after a while without one. Cancelling is ending the
process: nothing in a planner has to be asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import orjson

from fleet.wording import sentence

ANSWER_MOST = 256 * 1024 * 1024
"""Bytes of what a task gives: a plan of 32 MB, and as much again to show it, some times over."""

START_LIMIT = 30.0
"""Seconds that a process has to start."""

IDLE_LIMIT = 600.0
"""Seconds after which a process without a task is ended."""

Tell = Callable[[float, str], None]


class WorkError(Exception):
    """The task could not be done; the message says why in one line.

    `code` and `values` are those of `fleet.wording`, for who says it in another language.
    """

    def __init__(
        self, message: str, code: str = "", values: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.values = dict(values or {})


class Workers:
    """At most `most` processes, started when they are wanted."""

    def __init__(self, most: int) -> None:
        self._room = asyncio.Semaphore(most)
        self._idle: dict[_Worker, asyncio.TimerHandle] = {}
        self._warming: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncGenerator[Workers]:
        """End all processes at the end."""
        try:
            yield self
        finally:
            if self._warming is not None:
                self._warming.cancel()
                await asyncio.gather(self._warming, return_exceptions=True)
            for worker in list(self._idle):
                self._take(worker)
                await worker.end()

    @property
    def idle(self) -> list[int]:
        """The process ids of those that have no task."""
        return [worker.pid for worker in self._idle]

    def warm(self) -> None:
        """Have a process ready, since somebody is about to plan."""
        if not self._idle and not self._room.locked() and self._warming is None:
            self._warming = asyncio.create_task(self._warm())

    async def run(
        self,
        task: str,
        given: dict[str, Any],
        *,
        limit: float,
        tell: Tell = lambda _share, _doing: None,
        begun: Callable[[], None] = lambda: None,
        enough: asyncio.Event | None = None,
    ) -> dict[str, Any]:
        """What a task gives, `limit` seconds after it has begun at the latest. Raises WorkError.

        `enough` is set to have the best so far. Cancelled, it ends the task's process first.
        """
        async with self._room:
            begun()
            if self._warming is not None:
                await asyncio.wait([self._warming])
            worker = self._alive() or await _Worker.started()
            try:
                async with asyncio.timeout(limit):
                    answer = await worker.work(task, given, tell, enough)
            except TimeoutError:
                await worker.end()
                said = sentence(
                    "planner.late",
                    "not done within {limit:g} s; take a smaller area, or fewer drones",
                    limit=limit,
                )
                raise WorkError(said, said.code, said.values) from None
            except BaseException:
                await worker.end()
                raise
            self._put(worker)
        if "error" in answer:
            raise WorkError(answer["error"], answer.get("code", ""), answer.get("values"))
        done: dict[str, Any] = answer["done"]
        return done

    def _alive(self) -> _Worker | None:
        """One that has no task and has not ended by itself."""
        while self._idle:
            worker = next(iter(self._idle))
            self._take(worker)
            if worker.runs:
                return worker
        return None

    async def _warm(self) -> None:
        try:
            self._put(await _Worker.started())
        except WorkError:
            pass  # who wants one is told
        finally:
            self._warming = None

    def _put(self, worker: _Worker) -> None:
        loop = asyncio.get_running_loop()
        self._idle[worker] = loop.call_later(IDLE_LIMIT, self._retire, worker)

    def _take(self, worker: _Worker) -> None:
        self._idle.pop(worker).cancel()

    def _retire(self, worker: _Worker) -> None:
        self._take(worker)
        worker.kill()


class _Worker:
    """One process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout

    @classmethod
    async def started(cls) -> _Worker:
        """Raises WorkError."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dashboard.planning.worker"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=None if sys.stderr is not None else DEVNULL,
            limit=ANSWER_MOST,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(START_LIMIT):
                await worker._heard()
        except TimeoutError:
            await worker.end()
            raise WorkError(f"the planner did not start within {START_LIMIT:g} s") from None
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended by itself; one that is gone is told to us a little later."""
        if self._process.returncode is not None:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    async def work(
        self, task: str, given: dict[str, Any], tell: Tell, enough: asyncio.Event | None
    ) -> dict[str, Any]:
        """Its answer, with `done` or `error`. Raises WorkError if the process ends."""
        await self._say({"task": task, "given": given})
        asking = asyncio.create_task(self._ask_for_enough(enough)) if enough is not None else None
        try:
            while True:
                heard = await self._heard()
                if "progress" not in heard:
                    return heard
                tell(*heard["progress"])
        finally:
            if asking is not None:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)

    async def end(self) -> None:
        """End the process, and wait until it is gone."""
        self.kill()
        await self._process.wait()

    def kill(self) -> None:
        """End the process."""
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            self._process.kill()

    async def _ask_for_enough(self, enough: asyncio.Event) -> None:
        await enough.wait()
        await self._say({"enough": True})

    async def _say(self, what: dict[str, Any]) -> None:
        try:
            self._to.write(orjson.dumps(what) + b"\n")
            await self._to.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise WorkError(await self._ended()) from None

    async def _heard(self) -> dict[str, Any]:
        line = await self._from.readline()
        if not line:
            raise WorkError(await self._ended())
        heard: dict[str, Any] = orjson.loads(line)
        return heard

    async def _ended(self) -> str:
        code = await self._process.wait()
        how = f"by signal {-code}" if code < 0 else f"with {code}"
        return f"the planner's process ended by itself {how}; the log may say why"
