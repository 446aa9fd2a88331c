"""A spool on real files: what was appended is there, whatever a crash or a disk does to the rest."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from telemetry.spool.errors import SpoolError, SpoolFullError
from telemetry.spool.records import MAGIC, OVERHEAD
from telemetry.spool.segments import Spool
from tests.disks import filled, small_disk

ROOM = 1 << 20
WORDS = [b"one", b"", b"three" * 40, b"four", MAGIC * 5]


@contextmanager
def opened(folder: Path, limit: int = ROOM, segment_bytes: int = ROOM) -> Iterator[Spool]:
    spool = Spool(folder, limit, segment_bytes)
    spool.open()
    try:
        yield spool
    finally:
        spool.close()


def waiting(spool: Spool) -> list[bytes]:
    return [record.payload for record in spool.oldest(ROOM)]


def drained(spool: Spool) -> list[bytes]:
    """All that waits, committed piece by piece."""
    found = []
    while records := spool.oldest(20):
        found += [record.payload for record in records]
        spool.commit(records[-1])
    return found


def segment_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.segment"))


@pytest.fixture
def lazy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for the disk, in tests that open a spool hundreds of times and cut no power."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_what_is_appended_waits_in_order_until_it_is_committed_also_over_a_restart(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as spool:
        spool.append(WORDS[:2])
        spool.append(WORDS[2:])
    with opened(tmp_path) as spool:
        assert spool.waiting == 5
        records = spool.oldest(ROOM)
        assert [record.payload for record in records] == WORDS
        spool.commit(records[2])
        assert waiting(spool) == WORDS[3:]
    with opened(tmp_path) as spool:
        assert waiting(spool) == WORDS[3:]
        assert spool.waiting == 2
        assert drained(spool) == WORDS[3:]
        assert spool.waiting == spool.size == 0
    assert segment_files(tmp_path) == []


def test_the_oldest_are_told_up_to_a_size_and_one_at_least(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.append([b"x" * 100] * 5)
        assert len(spool.oldest(250)) == 2
        assert len(spool.oldest(1)) == 1


def test_a_new_segment_is_begun_when_one_is_large_and_each_goes_when_it_is_committed(
    tmp_path: Path,
) -> None:
    payloads = [bytes([number]) * 100 for number in range(10)]
    with opened(tmp_path, segment_bytes=240) as spool:
        for payload in payloads:
            spool.append([payload])
        assert len(segment_files(tmp_path)) == 5
        first = spool.oldest(ROOM)
        assert [record.payload for record in first] == payloads[:2]
        spool.commit(first[-1])
        assert len(segment_files(tmp_path)) == 4
        assert drained(spool) == payloads[2:]
        assert segment_files(tmp_path) == []


@pytest.mark.parametrize("position", [None, b"", b"\0" * 12, b"garbage garb"])
def test_a_lost_position_has_records_read_again_and_none_left_out(
    tmp_path: Path, position: bytes | None
) -> None:
    with opened(tmp_path) as spool:
        spool.append(WORDS)
        spool.commit(spool.oldest(ROOM)[3])
    file = tmp_path / "position"
    file.unlink() if position is None else file.write_bytes(position)
    with opened(tmp_path) as spool:
        assert waiting(spool) == WORDS


def test_what_comes_after_all_was_committed_is_never_taken_for_committed(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.append(WORDS)
        drained(spool)
    with opened(tmp_path) as spool:
        spool.append([b"new"])
    with opened(tmp_path) as spool:
        assert drained(spool) == [b"new"]


@pytest.mark.usefixtures("lazy_disk")
def test_a_torn_tail_is_cut_wherever_it_is_torn(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    with opened(whole) as spool:
        spool.append(WORDS)
        ends = [record.end for record in spool.oldest(ROOM)]
    (file,) = segment_files(whole)
    for size in range(ends[-1]):
        torn = tmp_path / "torn"
        shutil.copytree(whole, torn)
        os.truncate(torn / file.name, size)
        kept = [word for word, end in zip(WORDS, ends, strict=True) if end <= size]
        with opened(torn) as spool:
            assert spool.torn == size - max([0, *(end for end in ends if end <= size)])
            assert waiting(spool) == kept
            spool.append([b"after", b"wards"])
            assert drained(spool) == [*kept, b"after", b"wards"]
            assert spool.damaged == 0
        shutil.rmtree(torn)


@pytest.mark.usefixtures("lazy_disk")
@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_changed_byte_costs_the_record_it_is_in_and_no_other(tmp_path: Path, flip: int) -> None:
    with opened(tmp_path) as spool:
        spool.append(WORDS)
        records = spool.oldest(ROOM)
        spool.append([b"last"])
    (file,) = segment_files(tmp_path)
    good = file.read_bytes()
    for at in range(records[-1].end):
        file.write_bytes(good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :])
        with opened(tmp_path) as spool:
            hit = next(n for n, record in enumerate(records) if at < record.end)
            assert waiting(spool) == [*WORDS[:hit], *WORDS[hit + 1 :], b"last"]
            assert spool.damaged == 1


def test_damage_is_counted_once_and_ends_with_its_segment(tmp_path: Path) -> None:
    with opened(tmp_path, segment_bytes=1) as spool:
        spool.append([b"first"])
        spool.append([b"second"])
        spool.append([b"third"])
    files = segment_files(tmp_path)
    files[0].write_bytes(b"nothing of ours")
    files[1].write_bytes(files[1].read_bytes() + b"and more")
    with opened(tmp_path) as spool:
        assert waiting(spool) == waiting(spool) == [b"second"]
        assert drained(spool) == [b"second", b"third"]
        assert spool.damaged == 2
        assert spool.waiting == 0
    assert segment_files(tmp_path) == []


def test_a_full_spool_takes_no_more_until_something_is_committed(tmp_path: Path) -> None:
    with opened(tmp_path, limit=3 * (OVERHEAD + 100), segment_bytes=1) as spool:
        for _ in range(3):
            spool.append([b"x" * 100])
        with pytest.raises(SpoolFullError, match=f"the spool {tmp_path} is full"):
            spool.append([b""])
        spool.commit(spool.oldest(1)[0])
        spool.append([b"y" * 100])
        assert drained(spool) == [b"x" * 100] * 2 + [b"y" * 100]


def test_the_oldest_segment_can_be_dropped_and_what_was_read_of_it_is_no_harm(
    tmp_path: Path,
) -> None:
    with opened(tmp_path, segment_bytes=60) as spool:
        for number in range(6):
            spool.append([b"%d" % number * 20])
        (under_way, *_) = spool.oldest(1)
        spool.commit(under_way)
        (under_way,) = spool.oldest(ROOM)
        assert spool.drop_oldest() == [b"1" * 20]
        spool.commit(under_way)
        assert waiting(spool) == [b"2" * 20, b"3" * 20]
    with opened(tmp_path, segment_bytes=60) as spool:
        assert spool.drop_oldest() == [b"2" * 20, b"3" * 20]
        assert drained(spool) == [b"4" * 20, b"5" * 20]
        assert spool.drop_oldest() == []


def test_a_spool_is_for_one_process_alone(tmp_path: Path) -> None:
    with opened(tmp_path):
        with pytest.raises(SpoolError) as caught:
            Spool(tmp_path, ROOM).open()
        assert str(caught.value) == (
            f"another collector uses the spool {tmp_path}: give each its own data_dir"
        )
    with opened(tmp_path):
        pass


def test_a_folder_that_cannot_be_had_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolError) as caught:
        Spool(tmp_path / "file" / "spool", ROOM).open()
    assert str(caught.value) == (
        f"cannot open the spool {tmp_path / 'file' / 'spool'}: Not a directory"
    )


def half_written(descriptor: int, *_: object) -> int:
    """In the place of os.write or os.fsync: leave something in a file, and fail."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.pwrite(descriptor, b"half written", os.fstat(descriptor).st_size)
    return refused()


def refused(*_: object) -> int:
    """In the place of anything."""
    raise OSError(errno.EIO, "Input/output error")


def only_folders(descriptor: int) -> None:
    """In the place of os.fsync: fail on a folder."""
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        refused()


def only_files(descriptor: int) -> None:
    """In the place of os.fsync: fail on a file, after what was written is in it."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        refused()


@pytest.mark.parametrize(
    "broken",
    [
        {"write": half_written},
        {"fsync": half_written},
        {"fsync": only_files},
        {"fsync": only_files, "truncate": refused, "unlink": refused},
        {"write": half_written, "truncate": refused},
        {"fsync": only_folders},
    ],
)
def test_after_a_failed_write_the_next_one_is_kept_and_nothing_before_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: dict[str, Callable[..., object]]
) -> None:
    kept: list[bytes] = []
    with opened(tmp_path, segment_bytes=60) as spool:
        for number in range(6):
            with monkeypatch.context() as system:
                for name, fault in broken.items():
                    system.setattr(os, name, fault)
                with suppress(SpoolError):  # what needs no new segment may need no folder
                    spool.append([b"lost"])
            kept.append(b"kept %d" % number)
            spool.append(kept[-1:])
    with opened(tmp_path) as spool:
        assert [word for word in drained(spool) if word != b"lost"] == kept
        assert spool.waiting == spool.size == 0


def test_a_failed_write_is_told_and_what_was_kept_is_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as spool:
        for number in range(2):
            with monkeypatch.context() as system:
                system.setattr(os, "write", half_written)
                with pytest.raises(SpoolError, match=r"cannot write to .*: Input/output error"):
                    spool.append([b"lost"])
            assert spool.waiting == 0
            spool.append([b"kept %d" % number])
            assert drained(spool) == [b"kept %d" % number]
            spool.append([b"also kept"])
            spool.append([b"and this"])
            assert drained(spool) == [b"also kept", b"and this"]


def test_a_full_disk_is_told_and_outlived() -> None:
    with small_disk(1) as disk, opened(disk / "spool", limit=1 << 30) as spool:
        spool.append([b"before"])
        with filled(disk):
            for _ in range(3):
                with pytest.raises(SpoolFullError, match="No space left on device"):
                    spool.append([bytes(10_000)])
            assert waiting(spool) == [b"before"]
        spool.append([b"after"])
        assert drained(spool) == [b"before", b"after"]


def test_a_position_that_cannot_be_written_is_told_and_costs_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as spool:
        spool.append(WORDS)
        with monkeypatch.context() as broken:
            broken.setattr(os, "pwrite", refused)
            with pytest.raises(SpoolError):
                spool.commit(spool.oldest(ROOM)[1])
        assert waiting(spool) == WORDS[2:]
    with opened(tmp_path) as spool:
        assert waiting(spool) == WORDS
