"""What is left of a number once an ArduPilot has kept it: each kind of field has its own few bits.

Every function takes the number that came over the wire, finite, and gives the one that goes back.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Keep = Callable[[float], float]

_WIDE_RADIUS = 255.0  # metres; a larger one is kept in tens of metres


def dropped(value: float) -> float:
    """Nothing is kept."""
    del value
    return 0.0


def real(value: float) -> float:
    """A float of 32 bits."""
    return value


def byte(value: float) -> float:
    """An unsigned byte; what is beyond wraps round."""
    return float(int(value) & 0xFF)


def word(value: float) -> float:
    """An unsigned word: −1 becomes 65535, 100000 becomes 34464."""
    return float(int(value) & 0xFFFF)


def short(value: float) -> float:
    """A signed word; what is beyond wraps round."""
    return float(((int(value) + 0x8000) & 0xFFFF) - 0x8000)


def small(value: float) -> float:
    """A signed byte; what is beyond wraps round."""
    return float(((int(value) + 0x80) & 0xFF) - 0x80)


def flag(value: float) -> float:
    """1 above zero, otherwise 0."""
    return float(value > 0)


def turn(value: float) -> float:
    """The sense of a turn: −1 counter-clockwise, 1 clockwise (0 as well)."""
    return -1.0 if value < 0 else 1.0


def radius(value: float) -> float:
    """A radius in metres of 16 bits, its sign kept apart."""
    size = word(abs(value))
    return -size if value < 0 else size


def turns_radius(value: float) -> float:
    """A radius in metres of one byte, of ten metres each above 255."""
    size = abs(value)
    if size > _WIDE_RADIUS:
        size = min(_WIDE_RADIUS, float(int(size / 10 + 0.5))) * 10
    size = float(int(size))
    return -size if value < 0 else size


def pass_by(value: float) -> float:
    """A distance in metres of one byte that stops at 255 instead of wrapping."""
    return min(word(value), 255.0)


def height(value: float) -> float:
    """Metres kept as whole centimetres, cut off after a multiplication in 32 bits."""
    return int(np.float32(value) * np.float32(100.0)) / 100


def ten_millionths(value: float) -> int:
    """Degrees as whole 1e-7 degrees, multiplied in 32 bits."""
    return int(np.float32(value) * np.float32(1e7))
