"""Cancellations that a library loses.

aiomqtt waits with `asyncio.wait_for`, which in Python 3.11 forgets a cancellation that comes together
with what it waits for (python/cpython#86296): whoever cancels the task would wait for ever.
"""

from __future__ import annotations

import asyncio


def check_cancelled() -> None:
    """Raise CancelledError if the task that runs was cancelled and was not told of it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
