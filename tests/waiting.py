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


def promptly(
    limit: float,
    take_away: Callable[[], object],
    bring_back: Callable[[], object],
    noticed: Callable[[], object],
) -> None:
    """Take something away, which must be noticed within `limit` seconds; it stays away.

    `noticed` waits until it is. A machine that is busy with other tests may be late by itself, but
    not three times. Not called when it was noticed in time: `bring_back`, after which it must be
    as if nothing had been.
    """
    for late in range(3):
        if late:
            bring_back()
        take_away()
        began = time.monotonic()
        noticed()
        took = time.monotonic() - began
        if took < limit:
            return
    raise AssertionError(f"noticed after {took:.1f} s, and not before in two tries more")


def until_sync(condition: Callable[[], T], timeout: float = _PATIENCE) -> T:
    """The first true value of `condition`. Fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {value!r} after {timeout} s")
        time.sleep(_STEP)
    return value
