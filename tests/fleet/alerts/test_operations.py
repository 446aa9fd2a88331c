"""Whatever is done to a book, in whatever order, it stays whole; a refusal changes nothing."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.fleet.alerts.operations import KEYS, Operations


class AnyOrder(RuleBasedStateMachine):
    """Hypothesis looks for an order of operations that breaks the book, and shortens it."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = Operations()

    def _do(self, what: str, key: str, draw: random.Random) -> None:
        self.operations.do(what, key, draw)

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0, 11.0, 61.0, 400.0, 30_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.operations.now += timedelta(seconds=seconds)

    @rule(key=st.sampled_from(KEYS), draw=st.randoms())
    def activate(self, key: str, draw: random.Random) -> None:
        self._do("activate", key, draw)

    @rule(key=st.sampled_from(KEYS), draw=st.randoms())
    def clear(self, key: str, draw: random.Random) -> None:
        self._do("clear", key, draw)

    @precondition(lambda self: self.operations.book.alerts)
    @rule(
        data=st.data(),
        what=st.sampled_from(
            ["update", "acknowledge", "reset", "shelve", "unshelve", "suppress", "unsuppress",
             "remove", "restore", "note"]
        ),
        draw=st.randoms(),
    )  # fmt: skip
    def order(self, data: Any, what: str, draw: random.Random) -> None:
        self._do(what, data.draw(st.sampled_from(sorted(self.operations.book.alerts))), draw)

    @rule(draw=st.randoms())
    def tick(self, draw: random.Random) -> None:
        self._do("tick", "", draw)

    @rule()
    def restart(self) -> None:
        self.operations.restart()

    @invariant()
    def is_whole(self) -> None:
        self.operations.check()


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_any_order_of_operations = AnyOrder.TestCase


def test_thirty_thousand_random_operations() -> None:
    operations = Operations(seed=7)
    operations.run(30_000)
    assert operations.done > 5000
    assert operations.refused > 5000
