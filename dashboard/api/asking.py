"""What requests have in common that want something done: who asks, under which key, having seen what."""

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
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,100}$",
        description="Asked again under the same key, it is done once and answered the same.",
    ),
]

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^(W/)?"?\d{1,9}"?$',
        description='The version that was seen, as its ETag: `"3"`.',
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
        raise ProblemError(422, "header.Idempotency-Key: give each event a key of its own")
    return key


def seen(match: str | None) -> int:
    """The version that If-Match names. Raises ProblemError (428)."""
    if match is None:
        raise ProblemError(428, "header.If-Match: send the ETag of what you have seen")
    return int(match.removeprefix("W/").strip('"'))
