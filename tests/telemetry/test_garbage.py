"""How seldom Python looks for circles in the collector, and that all is as before afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from telemetry.garbage import NEW_OBJECTS, seldom_collected


@pytest.fixture
def looks() -> Iterator[list[int]]:
    """The generations of the looks that began, as they come."""
    seen: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


def test_objects_that_wait_for_commit_bring_no_look(looks: list[int]) -> None:
    with seldom_collected():
        looks.clear()
        waiting = [[number] for number in range(NEW_OBJECTS // 2)]
        assert looks == []
        waiting += [[number] for number in range(NEW_OBJECTS)]
        assert len(looks) == 1


def test_circles_are_found_all_the_same(looks: list[int]) -> None:
    class Circle:
        def __init__(self) -> None:
            self.itself = self

    with seldom_collected():
        looks.clear()
        for _ in range(2 * NEW_OBJECTS):
            Circle()
        alive = sum(isinstance(each, Circle) for each in gc.get_objects())
    assert looks
    assert alive < 2 * NEW_OBJECTS


def test_afterwards_all_is_as_before() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with seldom_collected():
        assert gc.get_threshold() != before
        assert gc.get_freeze_count() > frozen
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_two_that_end_in_any_order_leave_all_as_before() -> None:
    before = gc.get_threshold()
    first, second = seldom_collected(), seldom_collected()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() != before
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before
