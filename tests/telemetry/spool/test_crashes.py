"""A spool that is killed in the midst of whatever it does, against a model of what it promised."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from telemetry.spool.segments import Spool

SEGMENT = 400
ROOM = 1 << 20

Files = dict[str, bytes]


def files_in(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def after_crash(before: Files, after: Files, dice: random.Random) -> Files:
    """What may be on the disk when the power goes while `before` becomes `after`.

    Of what was not synced any part may be there: a file that grew, some of its growth; a new one,
    or not; one that was deleted, still. `position` is written in place.
    """
    found = {}
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            found[name] = old or b""
        elif new is None or old is None:
            whole = new or old or b""
            if dice.random() < 0.7:
                found[name] = whole if new is None else whole[: dice.randint(0, len(whole))]
        elif name == "position":
            cut = dice.randint(0, len(new))
            found[name] = new[:cut] + old[cut:]
        else:
            assert new.startswith(old)
            found[name] = new[: dice.randint(len(old), len(new))]
    return found


class Crashes(RuleBasedStateMachine):
    """`database` stands for a table with a natural key: the same payload twice is there once."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.home = Path(tempfile.mkdtemp(prefix="nigehban-test-"))
        self.lives = 0
        self.appended = 0
        self.acknowledged: set[int] = set()
        self.database: set[int] = set()
        self.last_seen = -1
        self.spool = self.opened(self.home / "0")

    def opened(self, folder: Path) -> Spool:
        spool = Spool(folder, ROOM, SEGMENT)
        spool.open()
        self.last_seen = -1
        return spool

    def payloads(self, count: int) -> list[bytes]:
        numbers = range(self.appended, self.appended + count)
        self.appended += count
        return [b"%d" % n + b" " * self.dice.randint(0, 120) for n in numbers]

    @rule(count=st.integers(1, 5))
    def append(self, count: int) -> None:
        new = self.payloads(count)
        self.spool.append(new)
        self.acknowledged.update(map(int, new))

    def store_oldest(self, most: int, share: float) -> bool:
        """Put some of the oldest into the database, and commit them."""
        records = self.spool.oldest(most)
        if not records:
            return False
        some = records[: 1 + int(share * (len(records) - 1))]
        numbers = [int(record.payload) for record in some]
        assert numbers == sorted(numbers)
        assert numbers[0] > self.last_seen
        self.last_seen = numbers[-1]
        self.database.update(numbers)
        self.spool.commit(some[-1])
        return True

    @rule(most=st.integers(1, 1500), share=st.floats(0, 1))
    def replay(self, most: int, share: float) -> None:
        self.store_oldest(most, share)

    @rule()
    def restart(self) -> None:
        self.spool.close()
        self.spool = self.opened(self.spool.folder)

    def crash(self, before: Files) -> None:
        self.spool.close()  # writes nothing; it only gives back what the process had
        left = after_crash(before, files_in(self.spool.folder), self.dice)
        shutil.rmtree(self.spool.folder)
        self.lives += 1
        folder = self.home / str(self.lives)
        folder.mkdir()
        for name, content in left.items():
            (folder / name).write_bytes(content)
        self.spool = self.opened(folder)

    @rule(count=st.integers(1, 5))
    def crash_while_appending(self, count: int) -> None:
        before = files_in(self.spool.folder)
        self.spool.append(self.payloads(count))
        self.crash(before)

    @rule(most=st.integers(1, 1500), share=st.floats(0, 1))
    def crash_while_committing(self, most: int, share: float) -> None:
        before = files_in(self.spool.folder)
        self.store_oldest(most, share)
        self.crash(before)

    @rule()
    def crash_while_nothing_happens(self) -> None:
        self.crash(files_in(self.spool.folder))

    @invariant()
    def what_was_stored_was_appended(self) -> None:
        if hasattr(self, "database"):
            assert self.database <= set(range(self.appended))

    def teardown(self) -> None:
        if not hasattr(self, "spool"):
            return
        try:
            while self.store_oldest(1000, 1):
                pass
            assert self.acknowledged <= self.database
            assert self.spool.size == self.spool.waiting == 0
        finally:
            self.spool.close()
            shutil.rmtree(self.home)


@pytest.fixture(autouse=True)
def lazy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model says what is synced; waiting for the disk would only take time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


TestCrashes = Crashes.TestCase
TestCrashes.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
