"""What requests have in common that want something done: who asks, and under which key."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import Header
from pydantic import Field

from dashboard.api.problems import ProblemError
from fleet.alerts.book import WHO_MOST
from telemetry.words import Words

ANSWER_LIMIT = 12.0
"""Seconds that the collector has for an answer; it waits for the database or the disk in them."""

Who = Annotated[
    Words, Field(min_length=1, max_length=WHO_MOST, description="Name of who orders it.")
]

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[\x21-\x7e]{1,100}$",
        description="Asked again under the same key, it is done once and answered the same.",
    ),
]

Text = Annotated[Words, Field(max_length=200)]
"""Of a query."""


def key_or_new(key: str | None) -> str:
    """The key of a request; another one for each request without."""
    return key or str(uuid4())


def needed(key: str | None) -> str:
    """The key of a request that must have one. Raises ProblemError (422)."""
    if key is None:
        raise ProblemError(422, "header.idempotency-key: give each event a key of its own")
    return key
