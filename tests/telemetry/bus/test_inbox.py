from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.bus import Message
from telemetry.bus.inbox import Inbox


async def drain(inbox: Inbox) -> list[int]:
    inbox.close()
    return [len(message.payload) for message in [m async for m in inbox]]


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(0, 50), max_size=60),
    limit=st.integers(1, 20),
    max_bytes=st.integers(50, 300),
)
def test_what_is_kept_is_the_newest_that_fits(sizes: list[int], limit: int, max_bytes: int) -> None:
    async def run() -> None:
        inbox = Inbox(limit, max_bytes)
        for size in sizes:
            inbox.put(Message("s", bytes(size)))
        dropped = inbox.dropped
        kept = await drain(inbox)
        assert kept == sizes[dropped:]
        assert len(kept) <= limit
        assert sum(kept) <= max_bytes

    asyncio.run(run())


async def test_one_who_waits_is_woken() -> None:
    inbox = Inbox()
    waiting = asyncio.ensure_future(anext(aiter(inbox)))
    await asyncio.sleep(0)
    inbox.put(Message("s", b"x"))
    assert await waiting == Message("s", b"x")


async def test_closing_ends_one_who_waits() -> None:
    inbox = Inbox()

    async def count() -> int:
        return len([message async for message in inbox])

    waiting = asyncio.ensure_future(count())
    await asyncio.sleep(0)
    inbox.close()
    assert await waiting == 0


async def test_what_waited_is_still_given_after_closing_but_nothing_new() -> None:
    inbox = Inbox()
    inbox.put(Message("s", b"1"))
    inbox.close()
    inbox.put(Message("s", b"2"))
    assert [message.payload async for message in inbox] == [b"1"]


async def test_large_messages_are_bounded_by_their_bytes() -> None:
    inbox = Inbox(limit=1000, max_bytes=1000)
    for number in range(10):
        inbox.put(Message("s", bytes([number]) * 300))
    assert inbox.dropped == 7
    assert await drain(inbox) == [300, 300, 300]
