"""Cursors: what was told is what comes back, and nothing else is taken."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.api.paging import from_cursor, to_cursor
from dashboard.api.problems import ProblemError

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@given(WORDS, st.integers(-(2**53), 2**53))
def test_a_cursor_holds_its_place(word: str, number: int) -> None:
    assert from_cursor(to_cursor(word, number), str, int) == (word, number)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_holds_times_and_ids(time: datetime, number: UUID) -> None:
    assert from_cursor(to_cursor(time, number), datetime, UUID) == (time, number)


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (2**63, int), (True, int), (1.5, int), ("a\0", str), (1, str), ("2026-11-21T17:04", datetime),
        (17, datetime), ("noon", datetime), ("7", UUID), (7, UUID),
    ],
)  # fmt: skip
def test_what_the_store_does_not_take_is_no_place(place: object, kind: type) -> None:
    with pytest.raises(ProblemError, match="no cursor"):
        from_cursor(to_cursor(place), kind)


def test_no_cursor_is_no_place() -> None:
    assert from_cursor(None, str) is None


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ProblemError, match="no cursor"):
        from_cursor(cursor, str, int)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(ProblemError):
        from_cursor(to_cursor("a", "b"), str, int)
