"""Lists by page: each answer names where the next one begins."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import BaseModel, Field

from dashboard.api.problems import ProblemError

PAGE_MOST = 1000

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=PAGE_MOST, description="Items of a page at most.")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="`next` of the page before; none for the first.")
]


class Page(BaseModel, Generic[T]):
    """Some items of a list."""

    items: list[T]
    next: str | None = Field(
        None, description="Cursor of the page after this one; none at the end."
    )


def to_cursor(*place: Any) -> str:
    """A cursor for the place after which the next page begins: what the list is ordered by."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def from_cursor(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The place of a cursor, values of `kinds` (str, int, datetime, UUID); None for none.

    They are such as the store takes: a datetime is aware, an int has 64 bits, a str no NUL. Raises
    ProblemError (422) for what is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return tuple(_read(kind, value) for kind, value in zip(kinds, place, strict=True))
    except (ValueError, TypeError):
        told = f"query.cursor: {cursor[:40]!r} is no cursor of this list"
        raise ProblemError(422, told) from None


def _read(kind: type, value: Any) -> Any:
    """Raises ValueError, TypeError."""
    if kind is UUID:
        return UUID(str(value))
    if kind is datetime:
        value = datetime.fromisoformat(value)
        held = value.tzinfo is not None
    elif kind is int:
        held = type(value) is int and -(2**63) <= value < 2**63
    else:
        held = isinstance(value, str) and "\0" not in value
    if not held:
        raise ValueError
    return value
