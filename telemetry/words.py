"""Text that people write: what every part of the house can keep and show."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def _writable(text: str) -> str:
    if all(letter.isprintable() or letter in "\n\t\u200c\u200d\u200e\u200f" for letter in text):
        return text  # Urdu is written with joiners and marks of direction
    raise ValueError("control characters cannot be kept")


Words = Annotated[str, AfterValidator(_writable)]
"""A text without control characters, which PostgreSQL does not take; lines and tabs are."""
