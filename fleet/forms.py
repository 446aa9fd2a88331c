"""JSON from outside, read value by value: what is wrong, and where in the document.

`parse` gives the root as a `Node`, a value with its place (`features[3].geometry.layer.upper`).
Every reader of a zone or an area goes through these, so a fault is one line that names its place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, tzinfo
from typing import Any, TypeVar

import orjson

DOCUMENT_MOST = 32 * 1024 * 1024
"""Bytes of a document."""

TEXT_MOST = 2000
"""Characters of a text in it that is kept."""

Choice = TypeVar("Choice")


class FormError(ValueError):
    """A document, or a part of one, that is not of its form: one line with the place."""


class Node:
    """A value of a parsed JSON document and where it stands in it."""

    __slots__ = ("place", "value")

    def __init__(self, value: Any, place: str = "") -> None:
        self.value = value
        self.place = place

    def fault(self, what: str) -> FormError:
        """What is raised when this value is not as it should be."""
        return FormError(f"{self.place or 'the document'} {what}")

    def find(self, name: str) -> Node | None:
        """A member of an object; None if it is not there, or null."""
        if not isinstance(self.value, Mapping):
            raise self.fault(f"is {_shown(self.value)} instead of an object")
        value = self.value.get(name)
        return None if value is None else Node(value, f"{self.place}.{name}".lstrip("."))

    def need(self, name: str) -> Node:
        """A member that must be there."""
        node = self.find(name)
        if node is None:
            raise self.fault(f"has no {name!r}")
        return node

    def items(self, most: int = 1_000_000) -> Iterator[Node]:
        """The members of a list."""
        if not isinstance(self.value, list | tuple):
            raise self.fault(f"is {_shown(self.value)} instead of a list")
        if len(self.value) > most:
            raise self.fault(f"has {len(self.value)} members, at most {most} are read")
        for index, value in enumerate(self.value):
            yield Node(value, f"{self.place}[{index}]")

    def text(self) -> str:
        """A string without control characters, at most TEXT_MOST long."""
        if not isinstance(self.value, str):
            raise self.fault(f"is {_shown(self.value)} instead of a text")
        if len(self.value) > TEXT_MOST:
            raise self.fault(f"has {len(self.value)} characters, at most {TEXT_MOST} are read")
        return " ".join("".join(c if c.isprintable() else " " for c in self.value).split())

    def number(self, least: float = -math.inf, most: float = math.inf) -> float:
        """A finite number within bounds, the bounds included."""
        number = as_number(self.value)
        if number is None:
            raise self.fault(f"is {_shown(self.value)} instead of a number")
        if not least <= number <= most:
            raise self.fault(f"is {number:g}, expected {least:g} to {most:g}")
        return number

    def choice(self, choices: Mapping[str, Choice]) -> Choice:
        """What a text stands for; upper and lower case are the same."""
        found = choices.get(self.text().upper())
        if found is None:
            raise self.fault(f"is {_shown(self.value)}, expected one of {', '.join(choices)}")
        return found

    def instant(self, zone: tzinfo | None = None) -> datetime:
        """A moment in ISO 8601; one without an offset is of `zone`, and refused without one."""
        try:
            moment = datetime.fromisoformat(self.text())
        except ValueError:
            raise self.fault(
                f"is {_shown(self.value)} instead of a time as 2026-03-01T08:00:00Z"
            ) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        if moment.tzinfo is None:
            raise self.fault(f"is {_shown(self.value)} without an offset from UTC, as Z or +05:00")
        try:
            moment.astimezone(UTC)
        except OverflowError:
            raise self.fault(f"is {_shown(self.value)}, which is no time in UTC") from None
        return moment

    def clock(self, zone: tzinfo | None = None) -> time:
        """A time of day with its zone; `24:00` is midnight at the day's end, so 00:00."""
        text = re.sub(r"^24:00(?=$|:00|Z|[+-])", "00:00", self.text())
        try:
            moment = time.fromisoformat(text)
        except ValueError:
            raise self.fault(f"is {_shown(self.value)} instead of a time as 16:00:00Z") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        if moment.tzinfo is None:
            raise self.fault(f"is {_shown(self.value)} without an offset from UTC, as Z or +05:00")
        return moment


def parse(document: str | bytes | Mapping[str, Any]) -> Node:
    """The root of a JSON document, or of one that is parsed already.

    Raises FormError if it is not JSON (RFC 8259: NaN and Infinity are not), nested deeper than
    the parser allows (1,024 levels), or larger than DOCUMENT_MOST.
    """
    if isinstance(document, Mapping):
        return Node(document)
    if len(document) > DOCUMENT_MOST:
        raise FormError(f"the document has {len(document)} bytes, at most {DOCUMENT_MOST} are read")
    if isinstance(document, bytes):
        document = document.removeprefix(b"\xef\xbb\xbf")
    try:
        return Node(orjson.loads(document))
    except orjson.JSONDecodeError as error:
        raise FormError(f"the document is not JSON: {error}") from None


def as_number(value: object) -> float | None:
    """A finite number as float; None for all else, booleans too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return repr(value[:40])
    return json.dumps(value, default=repr)[:40]
