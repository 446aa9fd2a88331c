"""The table of patterns."""

import pytest

from missions.errors import PlanningError
from missions.search.patterns import PATTERNS, pattern


def test_the_patterns_are_iamsars_by_name_and_code() -> None:
    assert {name: entry.code for name, entry in PATTERNS.items()} == {
        "expanding-square": "SS",
        "sector": "VS",
        "parallel-sweep": "PS",
        "creeping-line": "CS",
        "track-line": "TSR, TSN",
        "contour": "OS",
    }
    assert all(entry.help.endswith(".") for entry in PATTERNS.values())


def test_an_unknown_pattern_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PlanningError, match="'spiral' is no search pattern; take one of exp"):
        pattern("spiral")
