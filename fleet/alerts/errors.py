"""What goes wrong with alerts, each in one line that says what to do instead."""

from __future__ import annotations


class AlertError(ValueError):
    """Something that cannot be done to an alert; nothing has changed."""


class IllegalTransitionError(AlertError):
    """What the life cycle does not have."""

    def __init__(self, state: str, condition: str, what: str) -> None:
        super().__init__(f"cannot {what} an alert that is {state} (its condition is {condition})")
        self.state = state
        self.condition = condition
        self.what = what


class BadOrderError(AlertError):
    """An order of an operator that lacks a name or a reason, or is out of bounds."""


class TooManyAlertsError(AlertError):
    """The book is full."""


class BrokenHistoryError(AlertError):
    """Event rows or a snapshot that no book can have written."""
