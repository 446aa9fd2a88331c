"""What went wrong with a file of history."""

from __future__ import annotations


class HistoryError(ValueError):
    """A file, window or asset that cannot be taken; one line says which, why and what to do."""
