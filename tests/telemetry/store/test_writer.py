"""The writer's queue while no database answers: what waits, what is dropped, what is told."""

from __future__ import annotations

import asyncio

import pytest

from fleet.assets import Asset, osmand_asset
from fleet.columns import POSITION, blank
from telemetry.batch import Batch
from telemetry.sink import NotStoredError
from telemetry.store.writer import Writer
from tests.waiting import until

NOWHERE = "host=127.0.0.1 port=9 user=nobody"
CAR = osmand_asset("car")


def batch(count: int, asset: Asset = CAR) -> Batch:
    positions = blank(POSITION, count)
    positions["asset"] = asset.key
    return Batch((asset,), positions)


async def test_the_oldest_offered_batches_make_room_for_newer_ones() -> None:
    writer = Writer(NOWHERE, queue_rows=100)
    for _ in range(5):
        writer.offer(batch(40))
    assert writer.statistics.waiting == 80
    assert writer.statistics.waiting_peak == 80
    assert writer.statistics.dropped == 120


async def test_a_batch_that_can_never_fit_is_dropped_and_harms_no_other() -> None:
    writer = Writer(NOWHERE, queue_rows=100)
    writer.offer(batch(60))
    writer.offer(batch(101))
    with pytest.raises(NotStoredError):
        await writer.commit(batch(101), timeout=10)
    assert writer.statistics.waiting == 60
    assert writer.statistics.dropped == 101


async def test_what_a_device_waits_for_is_never_dropped() -> None:
    writer = Writer(NOWHERE, queue_rows=100)
    writer.offer(batch(50))
    device = asyncio.create_task(writer.commit(batch(70), timeout=60))
    await until(lambda: writer.statistics.dropped == 50)
    assert writer.statistics.waiting == 70
    writer.offer(batch(31))
    assert writer.statistics.dropped == 81
    writer.offer(batch(30))
    assert writer.statistics.waiting == 100
    assert not device.done()
    device.cancel()


async def test_a_device_is_told_at_once_when_others_fill_the_queue() -> None:
    writer = Writer(NOWHERE, queue_rows=100)
    device = asyncio.create_task(writer.commit(batch(70), timeout=60))
    await until(lambda: writer.statistics.waiting == 70)
    writer.offer(batch(20))
    with pytest.raises(NotStoredError, match="90 rows wait for the database already"):
        await writer.commit(batch(31), timeout=60)
    assert writer.statistics.dropped == 0  # in vain
    device.cancel()


async def test_a_device_is_told_when_its_time_is_over_and_its_rows_wait_on() -> None:
    writer = Writer(NOWHERE, queue_rows=100)
    with pytest.raises(NotStoredError, match=r"no COMMIT within 0\.02 s"):
        await writer.commit(batch(60), timeout=0.02)
    assert writer.statistics.waiting == 60
    writer.offer(batch(60))  # nobody waits for the first any more: it may go
    assert writer.statistics.waiting == 60
    assert writer.statistics.dropped == 60


async def test_what_a_device_will_send_again_goes_before_what_comes_once() -> None:
    writer = Writer(NOWHERE, queue_rows=100)
    writer.offer(batch(30))
    with pytest.raises(NotStoredError):
        await writer.commit(batch(60), timeout=0.02)
    writer.offer(batch(20))
    assert writer.statistics.dropped == 60
    assert writer.statistics.waiting == 50


async def test_a_device_that_hangs_up_leaves_rows_that_nobody_waits_for() -> None:
    writer = Writer(NOWHERE, queue_rows=100)
    device = asyncio.create_task(writer.commit(batch(60), timeout=60))
    await until(lambda: writer.statistics.waiting == 60)
    device.cancel()
    await asyncio.wait([device])
    writer.offer(batch(60))
    assert writer.statistics.dropped == 60


async def test_without_a_database_it_tries_on_and_says_why() -> None:
    writer = Writer(NOWHERE)
    running = asyncio.create_task(writer.run())
    await until(lambda: "127.0.0.1" in (writer.statistics.last_error or ""))
    assert not writer.statistics.connected
    writer.offer(batch(1))
    assert writer.statistics.waiting == 1
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
