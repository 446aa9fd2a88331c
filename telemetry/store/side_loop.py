"""An event loop in a thread of its own, for work that is not to wait for ours.

A transaction is a dozen answers of the server. In the loop that serves ten thousand devices each
would wait until all that came meanwhile is dealt with; in a loop of their own they wait for Python's
lock at most, some milliseconds.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class SideLoop:
    """Runs while the block lasts that it is entered for; nothing may run in it at the end."""

    _loop: asyncio.AbstractEventLoop
    _thread: threading.Thread

    def __init__(self, name: str) -> None:
        """`name` is that of the thread."""
        self._name = name

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._turn, name=self._name, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns or raises. If the caller is cancelled, `work` is, and waited for."""
        ours = asyncio.get_running_loop()
        ended = asyncio.Event()
        tasks: list[asyncio.Task[T]] = []

        def begin() -> None:
            tasks.append(self._loop.create_task(work))
            tasks[0].add_done_callback(lambda _: ours.call_soon_threadsafe(ended.set))

        def end() -> None:
            tasks[0].cancel()

        self._loop.call_soon_threadsafe(begin)
        cancelled = False
        while not ended.is_set():
            try:
                await ended.wait()
            except asyncio.CancelledError:
                cancelled = True
                self._loop.call_soon_threadsafe(end)  # after begin
        if cancelled:
            if not tasks[0].cancelled():
                tasks[0].exception()  # it is nobody's any more
            raise asyncio.CancelledError
        return tasks[0].result()

    def _turn(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
