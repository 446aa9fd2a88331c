"""What changed after a version, whoever looks when."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboard import keyed
from dashboard.keyed import Keyed

STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "drop", "look"]), st.sampled_from("abcd"), st.integers(0, 2)),
    max_size=60,
)


@given(STEPS, st.integers(1, 3))
def test_who_follows_the_changes_knows_what_there_is(
    steps: list[tuple[str, str, int]], remembered: int
) -> None:
    items = Keyed(10)
    known: dict[str, Any] = {}
    at = 0
    most, keyed.GONE_MOST = keyed.GONE_MOST, remembered
    try:
        for what, key, value in [*steps, ("look", "a", 0)]:
            if what == "put":
                items.put(key, {"key": key, "value": value})
            elif what == "drop":
                items.drop(key)
            else:
                changed = items.since(at)
                if changed.whole:
                    known.clear()
                known.update((item["key"], item) for item in changed.items)
                for gone in changed.gone:
                    known.pop(gone, None)
                at = items.version
                assert known == {item["key"]: item for item in items}
    finally:
        keyed.GONE_MOST = most


def test_what_is_put_as_it_is_already_is_no_change() -> None:
    items = Keyed(10)
    items.put("a", {"value": 1})
    before = items.version
    items.put("a", {"value": 1})
    assert items.version == before


def test_there_is_room_for_so_many_and_the_rest_is_counted() -> None:
    items = Keyed(2)
    for key in "abc":
        items.put(key, {"key": key})
    assert [item["key"] for item in items] == ["a", "b"]
    assert items.refused == 1
    items.put("a", {"key": "a", "value": 2})  # what is there may change
    assert items.refused == 1
