"""Dividing a line by its revisit time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions.border.patrol import divide, sections
from missions.errors import PlanningError


@given(st.floats(100, 50_000), st.floats(2, 30), st.floats(60, 3600), st.floats(0, 20))
def test_to_and_fro_comes_back_in_time_and_one_drone_fewer_would_not(
    length: float, speed: float, revisit: float, turn: float
) -> None:
    try:
        count = sections(length, speed, revisit, turn)
    except PlanningError:
        assert 2 * length / (speed * (revisit - 2 * turn)) > 200
        return
    assert 2 * length / count / speed + 2 * turn <= revisit * (1 + 1e-9)
    if count > 1:
        assert 2 * length / (count - 1) / speed + 2 * turn > revisit


def test_a_revisit_time_shorter_than_the_turns_is_refused() -> None:
    with pytest.raises(PlanningError, match="shorter than two turns"):
        sections(1000, 10, 15, 8)


def test_the_pieces_are_the_line() -> None:
    line = shapely.LineString([(0, 0), (800, 300), (1500, 200), (2400, 900)])
    pieces = divide(line, 4)
    assert [shapely.LineString(piece).length for piece in pieces] == pytest.approx(
        [line.length / 4] * 4
    )
    for before, after in pairwise(pieces):
        assert np.allclose(before[-1], after[0])
