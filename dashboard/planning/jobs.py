"""Plans that are being made: asked for, looked at while they are made, ended, had.

A job goes on when the page that asked for it is gone. What it gives is kept for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from dashboard.planning.workers import WorkError, Workers

RUNNING_MOST = 2
"""Plans that are made at once."""

WAITING_MOST = 20
"""Jobs that wait or run; one more is refused."""

KEPT_MOST = 30
"""Jobs that are done and still known."""

KEPT_FOR = timedelta(hours=2)

PLAN_LIMIT = 900.0
"""Seconds that a plan may take."""

QUICK_LIMIT = 60.0
"""Seconds for reading and writing files."""

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class JobsFullError(Exception):
    """There are too many jobs already."""


@dataclass
class Job:
    """A plan that is being made, or was."""

    id: str
    request: dict[str, Any]
    """As it was asked for."""

    name: str
    asked: datetime
    state: State = "waiting"
    share: float = 0.0
    doing: str = "waiting"
    error: str = ""
    error_code: str = ""
    error_values: dict[str, str] = field(default_factory=dict)
    ended: datetime | None = None
    done: dict[str, Any] | None = None
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Jobs:
    """The jobs of a page's server."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._jobs: dict[str, Job] = {}
        self.planners = Workers(RUNNING_MOST)
        self.clerks = Workers(1)
        """For what somebody waits for: files in and out."""

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncGenerator[Jobs]:
        """End all that is running at the end."""
        async with self.planners.opened(), self.clerks.opened():
            try:
                yield self
            finally:
                running = [job.task for job in self._jobs.values() if job.task is not None]
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

    def begin(self, key: str, name: str, request: dict[str, Any], given: dict[str, Any]) -> Job:
        """A job that makes what a `Task` (as JSON) tells; that of a key already known stays.

        Raises JobsFullError.
        """
        self._forget()
        if key in self._jobs:
            return self._jobs[key]
        if sum(job.ended is None for job in self._jobs.values()) >= WAITING_MOST:
            raise JobsFullError(f"{WAITING_MOST} plans are waited for already; try again later")
        job = self._jobs[key] = Job(key, request, name, self._now())
        job.task = asyncio.create_task(self._make(job, given))
        return job

    def find(self, key: str) -> Job | None:
        """The job of a key, if it is still known."""
        self._forget()
        return self._jobs.get(key)

    def every(self) -> list[Job]:
        """All that are known, the last asked for first."""
        self._forget()
        return sorted(self._jobs.values(), key=lambda job: job.asked, reverse=True)

    async def cancel(self, job: Job) -> None:
        """End a job, its process too; what is done already is forgotten."""
        if job.ended is None and job.task is not None:
            job.task.cancel()
            await asyncio.wait([job.task])
        else:
            self._jobs.pop(job.id, None)

    async def wait(self, job: Job, seconds: float) -> None:
        """Wait until a job has ended, but no longer than that."""
        if job.task is not None:
            await asyncio.wait([job.task], timeout=seconds)

    async def quick(self, task: str, given: dict[str, Any]) -> dict[str, Any]:
        """What a task with files gives. Raises WorkError."""
        return await self.clerks.run(task, given, limit=QUICK_LIMIT)

    async def _make(self, job: Job, given: dict[str, Any]) -> None:
        def tell(share: float, doing: str) -> None:
            job.share, job.doing = max(job.share, share), doing

        def begun() -> None:
            job.state, job.doing = "running", "planning"

        try:
            job.done = await self.planners.run(
                "make", given, limit=PLAN_LIMIT, tell=tell, begun=begun, enough=job.enough
            )
        except WorkError as error:
            job.state, job.error, job.doing = "failed", str(error), ""
            job.error_code, job.error_values = error.code, error.values
        except asyncio.CancelledError:
            job.state, job.doing = "cancelled", ""
            raise
        else:
            job.state, job.share, job.doing = "done", 1.0, ""
        finally:
            if job.state in {"waiting", "running"}:
                job.state, job.error = "failed", "planning failed by a fault of the program"
            job.ended = self._now()

    def _forget(self) -> None:
        ended = sorted(
            ((job.ended, job.id) for job in self._jobs.values() if job.ended is not None),
            reverse=True,
        )
        oldest = self._now() - KEPT_FOR
        for number, (time, key) in enumerate(ended):
            if number >= KEPT_MOST or time < oldest:
                del self._jobs[key]
