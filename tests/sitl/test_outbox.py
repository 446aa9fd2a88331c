"""Reports stay until they are acknowledged, in order, and within a bound."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.cars.device import Device
from sitl.cars.outbox import Outbox, Retry


async def test_the_oldest_stays_until_it_is_done() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.put("a")
    outbox.put("b")
    assert await outbox.oldest() == "a"
    assert await outbox.oldest() == "a"
    outbox.done("a")
    assert await outbox.oldest() == "b"
    assert (len(outbox), outbox.acknowledged, outbox.peak) == (1, 1, 2)


async def test_who_waits_gets_what_comes() -> None:
    outbox: Outbox[str] = Outbox()
    waiting = asyncio.create_task(outbox.oldest())
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.put("a")
    assert await waiting == "a"


async def test_when_it_is_full_the_oldest_goes_even_while_it_is_sent() -> None:
    outbox: Outbox[str] = Outbox(limit=2)
    outbox.put("a")
    sending = await outbox.oldest()
    outbox.put("b")
    outbox.put("c")
    outbox.done(sending)
    assert outbox.dropped == 1
    assert await outbox.oldest() == "b"
    assert len(outbox) == 2


@given(events=st.lists(st.booleans(), max_size=200), limit=st.integers(1, 10))
def test_what_was_put_is_waiting_acknowledged_or_counted_as_dropped(
    events: list[bool], limit: int
) -> None:
    outbox: Outbox[object] = Outbox(limit=limit)
    put: list[object] = []
    for adding in events:
        if adding:
            put.append(object())
            outbox.put(put[-1])
        elif len(outbox):
            outbox.done(outbox._items[0])
        assert len(outbox) <= limit
        assert len(put) == len(outbox) + outbox.acknowledged + outbox.dropped
        assert list(outbox._items) == put[len(put) - len(outbox) :]


async def test_a_device_without_radio_keeps_its_reports() -> None:
    device: Device[str] = Device("town-01", Random(1))
    device.switch_radio(on=False)
    device.outbox.put("a")
    waiting = asyncio.create_task(device.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    device.switch_radio(on=True)
    assert await waiting == "a"


async def test_a_radio_that_goes_off_while_the_device_waits_holds_the_report() -> None:
    device: Device[str] = Device("town-01", Random(1))
    waiting = asyncio.create_task(device.next())
    await asyncio.sleep(0)
    device.switch_radio(on=False)
    device.outbox.put("a")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    device.switch_radio(on=True)
    assert await waiting == "a"


async def test_pauses_grow_to_a_bound_and_begin_again_after_success(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("sitl.cars.outbox.asyncio.sleep", note)
    retry = Retry(Random(1), first=1.0, longest=8.0)
    for _ in range(6):
        await retry.wait()
    retry.succeeded()
    await retry.wait()
    middle = [1, 2, 4, 8, 8, 8, 1]
    assert all(0.7 * m <= p <= 1.3 * m for m, p in zip(middle, pauses, strict=True))
    assert retry.failures == 7
    assert len(set(pauses)) == 7


async def test_an_outbox_that_was_emptied_waits_again() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.put("a")
    outbox.done(await outbox.oldest())
    waiting = asyncio.create_task(outbox.oldest())
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.put("b")
    assert await waiting == "b"
