"""A moment in the forms that it travels in: Python's, numpy's, a number since 1970, text.

A datetime has a time zone, UTC where it is made here; numpy's times and the numbers are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload

import numpy as np

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def as_datetime(time: np.datetime64) -> datetime:
    """Of numpy's time. Raises ValueError for one that is unknown (NaT)."""
    if np.isnat(time):
        raise ValueError("a time that is not known")
    plain: datetime = time.astype("M8[us]").item()
    return plain.replace(tzinfo=UTC)


def if_known(time: np.datetime64) -> datetime | None:
    """Of numpy's time; None of one that is unknown."""
    return None if np.isnat(time) else as_datetime(time)


def as_numpy(moment: datetime) -> np.datetime64:
    """Numpy's time, in microseconds."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def from_microseconds(microseconds: int) -> datetime:
    """Of so many since 1970."""
    return _EPOCH + microseconds * _MICROSECOND


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


@overload
def from_milliseconds(milliseconds: float) -> datetime: ...
@overload
def from_milliseconds(milliseconds: float | None) -> datetime | None: ...
def from_milliseconds(milliseconds: float | None) -> datetime | None:
    """Of so many since 1970; None of None."""
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC: `2026-11-21T17:04:05Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
