"""The backlog: two spools of batches, what is replayed first, and what goes when there is no room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from fleet.assets import Asset, osmand_asset
from fleet.columns import POSITION, blank
from telemetry.batch import Batch, DeadLetter
from telemetry.spool.backlog import RECORD_ROWS, Backlog, Replay
from telemetry.spool.errors import SpoolError, SpoolFullError
from telemetry.spool.segments import Spool
from tests.disks import filled, small_disk
from tests.telemetry.store.samples import ASSETS, NOON, START, positions, seconds

ROOM = 64 << 20
CAR = osmand_asset("car")


@contextmanager
def opened(folder: Path, limit: int = ROOM) -> Iterator[Backlog]:
    backlog = Backlog(folder, limit)
    backlog.open()
    try:
        yield backlog
    finally:
        backlog.close()


def numbered(first: int, count: int = 1) -> Batch:
    """Rows whose fix time tells their number."""
    rows = blank(POSITION, count)
    rows["asset"] = CAR.key
    rows["fix_time"] = rows["received_time"] = START + seconds(first + np.arange(count))
    rows["latitude"], rows["longitude"] = 34, 71
    return Batch((CAR,), rows)


def numbers(replay: Replay | None) -> list[int]:
    if replay is None:
        return []
    since = replay.batch.positions["fix_time"] - START
    found: list[int] = (since // np.timedelta64(1, "s")).tolist()
    return found


def drained(backlog: Backlog) -> list[int]:
    found = []
    while replay := backlog.oldest():
        found += numbers(replay)
        backlog.done(replay)
    return found


def test_what_is_kept_is_replayed_once_also_by_the_next_process(tmp_path: Path) -> None:
    with opened(tmp_path) as backlog:
        backlog.keep([numbered(1), numbered(2)])
        backlog.keep([numbered(3)])
        backlog.keep_offered([numbered(10, 5)])
        assert backlog.statistics.spooled == 8
        assert backlog.statistics.waiting == 3
        assert backlog.statistics.bytes > 8 * POSITION.itemsize
    with opened(tmp_path) as backlog:
        assert backlog.statistics.waiting == 3
        first = backlog.oldest()
        assert first is not None
        assert first.batch.assets == (CAR,)
        assert drained(backlog) == [1, 2, 3, 10, 11, 12, 13, 14]
        assert backlog.statistics.replayed == 8
        assert backlog.statistics.waiting == backlog.statistics.bytes == 0


def test_the_two_spools_take_turns_each_in_its_order(tmp_path: Path) -> None:
    with opened(tmp_path) as backlog:
        for number in range(3):
            backlog.keep([numbered(100_000 * number, 20_000)])
            backlog.keep_offered([numbered(100_000 * number + 50_000, 20_000)])
        firsts = []
        while replay := backlog.oldest():
            firsts.append(numbers(replay)[0] // 50_000)
            backlog.done(replay)
    assert firsts[::2] == sorted(firsts[::2])
    assert {first % 2 for first in firsts[::2]} == {0}
    assert {first % 2 for first in firsts[1::2]} == {1}


def test_a_large_batch_is_cut_and_all_its_assets_stay(tmp_path: Path) -> None:
    rows = positions(np.random.default_rng(1), 2 * RECORD_ROWS + 1, ASSETS[:3])
    with opened(tmp_path) as backlog:
        backlog.keep([Batch(ASSETS, rows)])
        assert backlog.statistics.waiting == 3
        assets: set[Asset] = set()
        found = []
        while replay := backlog.oldest():
            assets.update(replay.batch.assets)
            found.append(replay.batch.positions)
            backlog.done(replay)
    assert assets == set(ASSETS)
    assert np.concatenate(found).tobytes() == rows.tobytes()


def test_many_small_batches_share_a_record_and_large_letters_do_not(tmp_path: Path) -> None:
    letter = DeadLetter(NOON, "osmand", "bad_id", "", "", bytes(60_000))
    with opened(tmp_path) as backlog:
        backlog.keep([numbered(number) for number in range(3000)])
        assert backlog.statistics.waiting == 1
        backlog.keep([Batch(letters=(letter,))] * 200)
        assert 3 <= backlog.statistics.waiting <= 10


def test_when_there_is_no_room_what_nobody_waits_for_loses_its_oldest(tmp_path: Path) -> None:
    limit = 4 << 20
    with opened(tmp_path, limit) as backlog:
        for start in range(0, 50_000, 1000):
            backlog.keep_offered([numbered(start, 1000)])
        dropped = backlog.statistics.dropped
        assert backlog.statistics.bytes <= limit / 2
        assert drained(backlog) == list(range(dropped, 50_000))
        assert 0 < dropped < 40_000


def test_when_there_is_no_room_what_devices_wait_for_is_not_taken_and_none_is_lost(
    tmp_path: Path,
) -> None:
    kept = 0
    with opened(tmp_path, 4 << 20) as backlog:
        with suppress(SpoolFullError):
            while True:
                backlog.keep([numbered(kept, 1000)])
                kept += 1000
        assert 0.9 < backlog.statistics.fill <= 1
        backlog.keep_offered([numbered(10**6)])  # it has room of its own
        assert backlog.statistics.dropped == 0
        assert sorted(drained(backlog)) == [*range(kept), 10**6]
        backlog.keep([numbered(5)])
        assert drained(backlog) == [5]


def test_on_a_disk_that_others_fill_the_oldest_offered_goes_and_then_none_is_taken() -> None:
    with small_disk(4) as disk, opened(disk, ROOM) as backlog:
        backlog.keep([numbered(1)])
        for start in range(0, 10_000, 1000):
            backlog.keep_offered([numbered(start, 1000)])
        with filled(disk):
            with pytest.raises(SpoolFullError, match="No space left"):
                backlog.keep([numbered(2, 1000)])
            backlog.keep_offered([numbered(10_000, 1000)])
            assert backlog.statistics.dropped == 10_000
        assert drained(backlog) == [1, *range(10_000, 11_000)]


def test_a_record_that_is_no_batch_is_counted_and_left_out(tmp_path: Path) -> None:
    with opened(tmp_path) as backlog:
        backlog.keep([numbered(1)])
    spool = Spool(tmp_path / "awaited", ROOM)
    spool.open()
    spool.append([b"NGB9 of a program to come"])
    spool.close()
    with opened(tmp_path) as backlog:
        backlog.keep([numbered(2)])
        assert drained(backlog) == [1, 2]
        assert backlog.statistics.damaged == 1
        assert "NGB9" in (backlog.statistics.last_error or "")


def test_only_unreadable_records_are_done_with_by_themselves(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "offered", ROOM)
    spool.open()
    spool.append([b"?"])
    spool.close()
    with opened(tmp_path) as backlog:
        assert backlog.oldest() is None
        assert backlog.statistics.waiting == 0


def test_a_folder_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(SpoolError, match="another collector"):
        Backlog(tmp_path, ROOM).open()
    offered = Spool(tmp_path / "offered", ROOM)
    offered.open()
    with pytest.raises(SpoolError, match="another collector"):
        Backlog(tmp_path, ROOM).open()
    offered.close()
    with opened(tmp_path):
        pass
