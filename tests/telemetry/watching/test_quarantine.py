"""What fails is found, left out, and takes nothing along that does not fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.columns import POSITION, blank
from telemetry.batch import Batch, Event, StatusText
from telemetry.watching.quarantine import Quarantine

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST = np.datetime64("2026-11-22T07:00:00", "us")


def batch_of(assets: list[int], texts: int = 0, events: int = 0) -> Batch:
    positions = blank(POSITION, len(assets))
    positions["asset"] = assets
    positions["fix_time"] = FIRST + np.arange(len(assets)) * 1_000_000
    return Batch(
        positions=positions,
        texts=tuple(StatusText(n, NOON, 4, f"text {n}") for n in range(texts)),
        events=tuple(Event(n, NOON, NOON, "panic") for n in range(events)),
    )


def told(part: Batch) -> set[object]:
    fixes = {(int(row["asset"]), row["fix_time"]) for row in part.positions}
    events = {(event.asset, event.kind) for event in part.events}
    return {*fixes, *(text.text for text in part.texts), *events}


def given_until_it_passes(quarantine: Quarantine, batch: Batch, bad: set[object]) -> set[object]:
    """What passed of a batch that is given again after each failure, as a watcher does."""
    for _ in range(2 + len(bad)):
        passed: set[object] = set()
        for part in quarantine.parts(batch):
            if told(part) & bad:
                quarantine.failed(part)
                break
            quarantine.passed(part)
            passed |= told(part)
        else:
            return passed
    raise AssertionError("it fails again and again")


@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_all_passes_but_what_fails(fixes: set[int], texts: set[int], events: set[int]) -> None:
    batch = batch_of([0, 1, 2, 3, 0, 1, 2, 3], texts=4, events=4)
    rows = batch.positions[4:]  # the newer fix of each asset
    bad: set[object] = {(int(r["asset"]), r["fix_time"]) for r in rows if r["asset"] in fixes}
    bad |= {f"text {n}" for n in texts} | {(n, "panic") for n in events}
    quarantine = Quarantine()
    passed = given_until_it_passes(quarantine, batch, bad)
    assert {key for key in told(batch) - passed if isinstance(key, str)} <= bad
    assert {key[0] for key in told(batch) - passed - bad if isinstance(key, tuple)} <= fixes
    assert len(quarantine) == len(bad)
    assert [told(part) for part in quarantine.parts(batch)] == [passed]  # and nothing is suspect


def test_fixes_that_come_later_are_looked_at_again() -> None:
    quarantine = Quarantine()
    assert quarantine.failed(batch_of([7, 7]))
    later = batch_of([7, 7, 7])
    (part,) = quarantine.parts(later)
    assert part.positions["fix_time"].tolist() == [later.positions["fix_time"][2].item()]


def test_the_same_words_at_another_time_are_heard() -> None:
    quarantine = Quarantine()
    text = StatusText(1, NOON, 4, "odd")
    assert quarantine.failed(Batch(texts=(text,)))
    again = StatusText(1, NOON + timedelta(seconds=1), 4, "odd")
    (part,) = quarantine.parts(Batch(texts=(text, again)))
    assert part.texts == (again,)
