"""The keeper while no database answers: all goes to the spool, as far as that takes it."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from telemetry import keeper as module
from telemetry.batch import Batch
from telemetry.keeper import NEARLY_FULL, SLOWEST, Keeper, delay_at
from telemetry.sink import NotStoredError
from telemetry.spool.errors import SpoolError
from telemetry.store.writer import Writer
from tests.telemetry.spool.test_backlog import drained, numbered, opened
from tests.waiting import until

NOWHERE = "host=127.0.0.1 port=9 user=nobody"
ROOM = 1 << 20


@asynccontextmanager
async def keeping(keeper: Keeper) -> AsyncIterator[Keeper]:
    """The keeper at work."""
    async with keeper.running():
        yield keeper


def keeper_in(folder: Path, *, limit: int = ROOM, timeout: float = 30) -> Keeper:
    return Keeper(Writer(NOWHERE), folder, limit, patience=30, timeout=timeout)


async def test_what_a_device_waits_for_is_acknowledged_from_the_disk(tmp_path: Path) -> None:
    async with keeping(keeper_in(tmp_path)) as keeper:
        for number in range(3):
            await keeper.accept(numbered(number))
        assert keeper.spool.spooled == 3
        assert keeper.writer.statistics.waiting == 0
    with opened(tmp_path, ROOM) as backlog:
        assert drained(backlog) == [0, 1, 2]


async def test_what_nobody_waits_for_goes_to_the_disk_too(tmp_path: Path) -> None:
    async with keeping(keeper_in(tmp_path)) as keeper:
        for number in range(300):
            keeper.offer(numbered(number))
        await until(lambda: keeper.spool.spooled == 300)
        assert keeper.writer.statistics.waiting == keeper.writer.statistics.dropped == 0
    with opened(tmp_path, ROOM) as backlog:
        assert drained(backlog) == list(range(300))


async def test_many_devices_share_an_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def counted(descriptor: int) -> None:
        synced.append(descriptor)
        fsync(descriptor)

    async with keeping(keeper_in(tmp_path)) as keeper:
        await keeper.accept(numbered(0))
        monkeypatch.setattr(os, "fsync", counted)
        await asyncio.gather(*(keeper.accept(numbered(number)) for number in range(1, 1000)))
        assert keeper.spool.spooled == 1000
        assert 0 < len(synced) < 50


async def test_no_device_is_told_before_the_disk_has_it_and_a_slow_disk_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, done = threading.Event(), threading.Event()

    def slow(_: int) -> None:
        asked.set()
        assert done.wait(10)

    async with keeping(keeper_in(tmp_path)) as keeper:
        await keeper.accept(numbered(0))
        monkeypatch.setattr(os, "fsync", slow)
        device = asyncio.create_task(keeper.accept(numbered(1)))
        await until(asked.is_set)  # in this loop, while the disk is waited for
        keeper.offer(numbered(2))
        assert not device.done()
        done.set()
        await device


async def test_what_waits_when_it_is_stopped_is_still_written(tmp_path: Path) -> None:
    async with keeping(keeper_in(tmp_path)) as keeper:
        await keeper.accept(numbered(0))
        keeper.offer(numbered(1))
        device = asyncio.create_task(keeper.accept(numbered(2)))
        await asyncio.sleep(0)
        assert keeper.spool.spooled == 1
    await device
    with opened(tmp_path, ROOM) as backlog:
        assert sorted(drained(backlog)) == [0, 1, 2]


async def test_a_full_spool_refuses_devices_and_still_takes_what_comes_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLOWEST", 0.01)
    taken = 0
    async with keeping(keeper_in(tmp_path, limit=100_000)) as keeper:
        with suppress(NotStoredError):
            while True:
                await keeper.accept(numbered(1000 * taken, 100))
                taken += 1
        with pytest.raises(NotStoredError, match=r"the spool .* is full"):
            await keeper.accept(numbered(0, 100))
        assert "is full" in (keeper.spool.last_error or "")
        assert keeper.writer.statistics.waiting == 0
        for number in range(20):
            keeper.offer(numbered(10**6 + 100 * number, 100))
            await until(lambda: not keeper.writer.statistics.waiting)
        assert keeper.spool.dropped > 0
    with opened(tmp_path, 100_000) as backlog:
        kept = set(drained(backlog))
    assert {1000 * n + k for n in range(taken) for k in range(100)} <= kept
    assert len(kept) == 100 * taken + 2000 - keeper.spool.dropped


def test_a_device_waits_the_longer_the_fuller_the_spool_is() -> None:
    assert delay_at(0) == delay_at(NEARLY_FULL) == 0
    assert 0 < delay_at(0.9) < delay_at(0.95) < delay_at(1) == SLOWEST


async def test_a_disk_that_fails_is_told_to_devices_and_outlived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    caplog.set_level(logging.INFO, "telemetry.keeper")
    async with keeping(keeper_in(tmp_path)) as keeper:
        await keeper.accept(numbered(0))
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", fail)
            keeper.offer(numbered(1))
            for _ in range(2):
                with pytest.raises(NotStoredError, match="Input/output error"):
                    await keeper.accept(numbered(2))
            assert keeper.writer.statistics.waiting == 1
        await keeper.accept(numbered(3))
        await until(lambda: not keeper.writer.statistics.waiting)
    said = sorted(record.getMessage().partition(":")[0] for record in caplog.records)
    assert said == [
        "the spool fails with rows that come once",
        "the spool fails with rows that devices wait for",
        "the spool is well again with rows that come once",
        "the spool is well again with rows that devices wait for",
    ]
    with opened(tmp_path, ROOM) as backlog:
        assert {0, 1, 3} <= set(drained(backlog)) <= {0, 1, 2, 3}


async def test_a_folder_that_another_one_has_ends_it_in_one_line(tmp_path: Path) -> None:
    async with keeping(keeper_in(tmp_path)) as keeper:
        await keeper.accept(numbered(0))
        with pytest.raises(SpoolError, match="another collector uses the spool"):
            async with keeper_in(tmp_path).running():
                pass


async def test_one_that_does_not_run_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotStoredError, match=r"no COMMIT within 0\.01 s"):
        await keeper_in(tmp_path, timeout=0.01).accept(Batch())
    assert not os.listdir(tmp_path)  # noqa: PTH208 - pathlib's is not for async functions
