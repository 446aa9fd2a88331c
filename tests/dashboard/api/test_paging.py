"""Cursors: what was told is what comes back, and nothing else is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.api.paging import from_cursor, to_cursor
from dashboard.api.problems import ProblemError


@given(st.text(max_size=30), st.integers(-(2**53), 2**53))
def test_a_cursor_holds_its_place(word: str, number: int) -> None:
    try:
        word.encode()
    except UnicodeEncodeError:
        return
    assert from_cursor(to_cursor(word, number), str, int) == (word, number)


def test_no_cursor_is_no_place() -> None:
    assert from_cursor(None, str) is None


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ProblemError, match="no cursor"):
        from_cursor(cursor, str, int)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(ProblemError):
        from_cursor(to_cursor("a", "b"), str, int)
