"""Lists by page: each answer names where the next one begins."""

from __future__ import annotations

import base64
import binascii
import contextlib
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
    """The place of a cursor, checked to hold values of `kinds`; None for none.

    Raises ProblemError (422) for what is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        place = None
    held = isinstance(place, list) and len(place) == len(kinds)
    if not held or not all(type(a) is kind for a, kind in zip(place, kinds, strict=True)):
        raise ProblemError(422, f"query.cursor: {cursor[:40]!r} is no cursor of this list")
    return tuple(place)


def time_of_cursor(told: str) -> datetime:
    """A time of a cursor's place, aware. Raises ProblemError (422)."""
    with contextlib.suppress(ValueError):
        time = datetime.fromisoformat(told)
        if time.tzinfo is not None:
            return time
    raise ProblemError(422, "query.cursor: no cursor of this list")


def place_of(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The place of a cursor of a list by time and id. Raises ProblemError (422)."""
    place = from_cursor(cursor, str, str)
    if place is None:
        return None
    try:
        return datetime.fromisoformat(place[0]), UUID(place[1])
    except ValueError:
        raise ProblemError(422, "query.cursor: this is no cursor of this list") from None
