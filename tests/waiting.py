"""Waiting for a condition instead of sleeping for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeVar, overload

T = TypeVar("T")

_STEP = 0.01
_PATIENCE = 30.0
"""Seconds: only what fails waits for so long, and a busy machine makes nothing wrong."""


@overload
async def until(condition: Callable[[], Awaitable[T]], timeout: float = _PATIENCE) -> T: ...
@overload
async def until(condition: Callable[[], T], timeout: float = _PATIENCE) -> T: ...
async def until(condition: Callable[[], T | Awaitable[T]], timeout: float = _PATIENCE) -> T:
    """The first true value of `condition` (which may be async). Fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        value: T = await result if isawaitable(result) else result
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"still {value!r} after {timeout} s")
        await asyncio.sleep(_STEP)


def until_sync(condition: Callable[[], T], timeout: float = _PATIENCE) -> T:
    """The first true value of `condition`. Fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {value!r} after {timeout} s")
        time.sleep(_STEP)
    return value
