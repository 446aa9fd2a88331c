"""Running one program until it is told to end: SIGINT and SIGTERM cancel it, once and cleanly."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop


def run_until_told(program: Coroutine[Any, Any, None]) -> None:
    """Run `program` until it returns or the process is told to end; then let it clean up.

    Raises what `program` raises; of an ExceptionGroup the first exception that is in it.
    """
    # Each tracker is a connection, and the usual limit of 1,024 files is for interactive shells.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_cancelled_by_signals(program))
    except BaseExceptionGroup as group:
        raise _first(group) from None


async def _cancelled_by_signals(program: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(program)
    told = False

    def end() -> None:
        nonlocal told
        told = True
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
