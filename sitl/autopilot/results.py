"""What becomes of an order."""

from __future__ import annotations

from enum import IntEnum


class Result(IntEnum):
    """MAV_RESULT."""

    ACCEPTED = 0
    TEMPORARILY_REJECTED = 1
    DENIED = 2  # the values are wrong
    UNSUPPORTED = 3  # not known
    FAILED = 4  # not now
