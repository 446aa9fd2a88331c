"""What a planner says when it cannot plan."""

from __future__ import annotations


class PlanningError(ValueError):
    """An input that no plan can be made of.

    The message is one line: which input, what is wrong with it and where, and what to do.
    """
