from __future__ import annotations

import asyncio

import pytest

from fleet.columns import Source
from telemetry.batch import Batch
from telemetry.sink import NotStoredError, RefusedError
from telemetry.trackers import gathering as module
from telemetry.trackers.gathering import Gathering
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.report import Report
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

NOW = 1_773_489_600_000_000


def report(number: int) -> Report:
    asset = tracker_asset("osmand", f"car-{number}")
    return Report(asset, Source.OSMAND, NOW + number, NOW, 34, 71, battery_percent=number)


class Picky(RecordingSink):
    """Refuses each batch in which one of some fixes is."""

    def __init__(self, *bad: int) -> None:
        super().__init__()
        self.bad = bad
        self.asked = 0

    async def accept(self, batch: Batch) -> None:
        self.asked += 1
        times = batch.positions["fix_time"].astype(int) - NOW
        if any(number in times for number in self.bad):
            raise RefusedError("refused-by-database", "a row is not taken")
        await super().accept(batch)


def kept(sink: RecordingSink) -> set[int]:
    return set((sink.positions["fix_time"].astype(int) - NOW).tolist())


async def test_what_comes_together_is_one_batch_in_the_order_it_came() -> None:
    sink = RecordingSink()
    gathering = Gathering(sink)
    await asyncio.gather(*(gathering.accept([report(number)]) for number in range(100)))
    (batch,) = sink.accepted
    assert (batch.positions["fix_time"].astype(int) - NOW).tolist() == list(range(100))
    assert batch.statuses["battery_percent"].tolist() == list(range(100))
    assert len(batch.assets) == 100


async def test_nobody_is_told_before_commit() -> None:
    sink = RecordingSink()
    sink.open.clear()
    gathering = Gathering(sink)
    waiting = [asyncio.ensure_future(gathering.accept([report(number)])) for number in range(3)]
    await until(lambda: sink.waiting == 3)
    assert not any(task.done() for task in waiting)
    sink.open.set()
    await asyncio.gather(*waiting)


async def test_not_stored_is_told_to_all_of_the_batch() -> None:
    sink = RecordingSink()
    sink.failing = True
    gathering = Gathering(sink)
    results = await asyncio.gather(
        *(gathering.accept([report(number)]) for number in range(3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [NotStoredError] * 3
    sink.failing = False
    await gathering.accept([report(3)])
    assert kept(sink) == {3}


@pytest.mark.parametrize("bad", [(0,), (63,), (17, 18), (1, 30, 62)])
async def test_refused_one_alone_hears_of_it_and_all_others_are_kept(bad: tuple[int, ...]) -> None:
    sink = Picky(*bad)
    gathering = Gathering(sink)
    results = await asyncio.gather(
        *(gathering.accept([report(number)]) for number in range(64)), return_exceptions=True
    )
    refused = [number for number, result in enumerate(results) if result is not None]
    assert refused == list(bad)
    assert all(isinstance(results[number], RefusedError) for number in bad)
    assert kept(sink) == set(range(64)) - set(bad)
    assert sink.asked <= 1 + 2 * 6 * len(bad)


async def test_what_arrived_together_is_never_split() -> None:
    sink = Picky(1)
    gathering = Gathering(sink)
    results = await asyncio.gather(
        gathering.accept([report(0), report(1), report(2)]),
        gathering.accept([report(3)]),
        return_exceptions=True,
    )
    assert isinstance(results[0], RefusedError)
    assert results[1] is None
    assert kept(sink) == {3}


async def test_large_batch_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_FOR", 3600)
    monkeypatch.setattr(module, "GATHER_MOST", 10)
    sink = RecordingSink()
    gathering = Gathering(sink)
    async with asyncio.timeout(5):
        await asyncio.gather(*(gathering.accept([report(number)]) for number in range(30)))
    assert [len(batch.positions) for batch in sink.accepted] == [10] * 3


async def test_what_nobody_waits_for_is_offered_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = RecordingSink()
    sink.open.clear()  # the database is away
    gathering = Gathering(sink)
    gathering.offer([report(0)])
    gathering.offer([report(1), report(2)])
    assert not sink.offered
    await until(lambda: sink.offered)
    assert [len(batch.positions) for batch in sink.offered] == [3]
    gathering.offer([report(3)])
    gathering.flush()
    assert len(sink.offered) == 2


async def test_who_leaves_meanwhile_is_stored_and_stops_nobody() -> None:
    sink = RecordingSink()
    sink.open.clear()
    gathering = Gathering(sink)
    leaving, staying = (asyncio.ensure_future(gathering.accept([report(n)])) for n in range(2))
    await until(lambda: sink.waiting == 2)
    leaving.cancel()
    sink.open.set()
    await staying
    assert kept(sink) == {0, 1}


async def test_fault_in_the_sink_is_told_to_who_waits() -> None:
    class Faulty(RecordingSink):
        async def accept(self, batch: Batch) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Gathering(Faulty()).accept([report(0)])


async def test_end_of_the_program_cancels_who_waits() -> None:
    sink = RecordingSink()
    sink.open.clear()
    gathering = Gathering(sink)
    waiting = asyncio.ensure_future(gathering.accept([report(0)]))
    await until(lambda: sink.waiting == 1)
    for task in gathering._committing:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
