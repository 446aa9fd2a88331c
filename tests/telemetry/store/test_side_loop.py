"""The event loop at the side: what it returns, what it does not wait for, how it is cancelled."""

from __future__ import annotations

import asyncio
import threading

import pytest

from telemetry.store.side_loop import SideLoop
from tests.waiting import until


async def test_work_is_done_in_a_thread_of_its_own_and_returns_what_it_found() -> None:
    async def work() -> tuple[str, int]:
        await asyncio.sleep(0)
        return threading.current_thread().name, threading.get_ident()

    with SideLoop("beside") as side:
        name, thread = await side.run(work())
        assert name == "beside"
        assert (await side.run(work()))[1] == thread != threading.get_ident()


async def test_what_work_raises_is_the_callers() -> None:
    async def work() -> None:
        raise ValueError("no such row")

    with SideLoop("beside") as side, pytest.raises(ValueError, match="no such row"):
        await side.run(work())


async def test_work_goes_on_while_our_loop_is_busy() -> None:
    done = threading.Event()

    async def work() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        done.set()

    with SideLoop("beside") as side:
        working = asyncio.create_task(side.run(work()))
        await asyncio.sleep(0)  # until it is handed over
        assert done.wait(10)  # our loop stands still meanwhile
        await working


async def test_who_is_cancelled_waits_until_the_work_has_ended() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ended.set()

    with SideLoop("beside") as side:
        working = asyncio.create_task(side.run(work()))
        await until(begun.is_set)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert ended.is_set()


async def test_work_that_was_cancelled_before_it_began_is_never_begun() -> None:
    blocks, begun, cancelled = threading.Event(), threading.Event(), threading.Event()

    async def block() -> None:
        blocks.set()
        cancelled.wait(30)

    async def work() -> None:
        begun.set()

    with SideLoop("beside") as side:
        blocking = asyncio.create_task(side.run(block()))
        await until(blocks.is_set)
        working = asyncio.create_task(side.run(work()))
        await asyncio.sleep(0)
        working.cancel()
        await asyncio.sleep(0)  # until it is told of that
        cancelled.set()
        await asyncio.wait([blocking, working])
        assert working.cancelled()
        assert not begun.is_set()


async def test_an_error_that_comes_with_the_cancellation_is_not_told_to_nobody() -> None:
    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise OSError("the line is cut") from None

    with SideLoop("beside") as side:
        working = asyncio.create_task(side.run(work()))
        await asyncio.sleep(0)
        working.cancel()
        await asyncio.wait([working])
        assert working.cancelled()
