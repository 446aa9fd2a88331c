"""A cancellation ends a task whatever a library does with it."""

from __future__ import annotations

import asyncio

from sitl.cancelling import check_cancelled


async def test_a_cancellation_that_comes_with_what_is_waited_for_ends_the_task() -> None:
    came = asyncio.get_running_loop().create_future()

    async def work() -> None:
        await asyncio.wait_for(came, 30)
        check_cancelled()
        await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    came.set_result(None)
    task.cancel()
    await asyncio.wait([task], timeout=30)
    assert task.cancelled()
