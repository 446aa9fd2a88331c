"""Dead letters: what could not be taken, kept with its reason, and in a flood only some of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from fleet.moments import as_numpy
from telemetry.batch import LETTER_BYTES, Batch, DeadLetter
from telemetry.sink import RefusedError
from telemetry.spool.packing import pack

LETTERS_A_MINUTE = 20
"""Letters of one sort (origin and reason) that are kept each minute; one more counts the rest."""

SORTS_MOST = 1000
"""Sorts of letters in a minute; those of further ones are only counted by who refused them."""

MINUTE = 60.0

TEXT_LENGTH = 1000
"""Characters of each of a letter's texts."""

_FIRST, _LAST = np.datetime64("2000-01-01", "us"), np.datetime64("2100-01-01", "us")


def dead_letter(
    origin: str, error: RefusedError, received: float, *, raw: bytes = b"", peer: str = ""
) -> DeadLetter:
    """The letter of something refused; `received` is when, in seconds since 1970.

    Bytes beyond LETTER_BYTES are cut off, and the detail says so.
    """
    detail = _clean(error.detail)
    if len(raw) > LETTER_BYTES:
        detail += f" (the first {LETTER_BYTES} of {len(raw)} bytes)"
    return DeadLetter(
        datetime.fromtimestamp(received, UTC),
        _clean(origin),
        _clean(error.reason),
        detail,
        _clean(peer),
        raw[:LETTER_BYTES],
    )


def row_letter(row: Batch, error: RefusedError, now: float) -> DeadLetter:
    """The letter of a row that the database does not take; it holds the row as the spool would.

    It is of the row's own time of receipt, so that a row that comes again makes the same letter;
    where that is no time, of `now`, in seconds since 1970.
    """
    return dead_letter("store", error, _received(row) or now, raw=pack(row))


def _received(row: Batch) -> float | None:
    told = [text.received_time for text in row.texts] + [e.received_time for e in row.events]
    times = [
        *row.positions["received_time"],
        *row.statuses["received_time"],
        *row.detections["received_time"],
        *row.contacts["heard_time"],
        *row.contact_changes["time"],
        *row.contact_threats["time"],
        *(said.received_time for said in row.said),
        *(event.received_time for event in row.sensor_events),
        *(as_numpy(time) for time in told),
    ]
    known = (float(time.astype(np.int64)) / 1e6 for time in times if _FIRST <= time < _LAST)
    return next(known, None)


def _clean(text: str) -> str:
    """The text as the database takes it: valid UTF-8, no zeros, and not too long."""
    told = text[:TEXT_LENGTH].encode("utf-8", "backslashreplace").decode()
    return told.replace("\0", "\\x00")


@dataclass(slots=True)
class _Sort:
    """What one sort has had in the current minute."""

    began: float
    kept: int = 0
    rest: DeadLetter | None = None  # stands for all beyond LETTERS_A_MINUTE


class LetterBox:
    """Lets some letters of each sort through in each minute, and counts the others in one more.

    Times `now` are in seconds of any steady clock.
    """

    def __init__(self) -> None:
        self._sorts: dict[tuple[str, str], _Sort] = {}

    def put(self, letter: DeadLetter, now: float) -> DeadLetter | None:
        """The letter if it is to be kept by itself."""
        key = (letter.origin, letter.reason)
        sort = self._sorts.get(key)
        if sort is None:
            if len(self._sorts) >= SORTS_MOST:
                return None
            sort = self._sorts[key] = _Sort(now)
        if sort.kept < LETTERS_A_MINUTE:
            sort.kept += 1
            return letter
        sort.rest = letter if sort.rest is None else replace(sort.rest, count=sort.rest.count + 1)
        return None

    def collect(self, now: float) -> list[DeadLetter]:
        """The letters that stand for many, of the minutes that are over; call it now and then."""
        over = [key for key, sort in self._sorts.items() if now - sort.began >= MINUTE]
        rests = [self._sorts.pop(key).rest for key in over]
        return [rest for rest in rests if rest is not None]
