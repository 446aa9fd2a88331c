"""Texts in tables that spreadsheets open."""

from __future__ import annotations

_BEGINS_A_FORMULA = tuple("=+-@\t\r")


def harmless(text: str) -> str:
    """The text; one that a spreadsheet would run as a formula is put behind an apostrophe."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
