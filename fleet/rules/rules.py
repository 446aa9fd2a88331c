"""All rules that there are: importing this declares them."""

from __future__ import annotations

from fleet.rules import battery, flight, gps, happenings, link, movement
from fleet.rules.ahead_watch import RULE as AHEAD
from fleet.rules.closing import RULE as CLOSING
from fleet.rules.registry import HAPPENING_RULES, ROW_RULES, Rule

DECLARED = (battery, link, gps, movement, flight, happenings)
"""The modules in which they are declared."""


def all_rules() -> dict[str, Rule]:
    """Every rule by name."""
    return {**ROW_RULES, **HAPPENING_RULES, CLOSING.name: CLOSING, AHEAD.name: AHEAD}


__all__ = ["AHEAD", "CLOSING", "DECLARED", "HAPPENING_RULES", "ROW_RULES", "all_rules"]
