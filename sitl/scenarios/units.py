"""Times and distances as people write them: `90`, `90 s`, `2 min`, `1 h`; `250`, `250 m`, `2 km`."""

from __future__ import annotations

import re
from math import inf
from typing import Annotated, Any

from pydantic import AllowInfNan, BeforeValidator

_SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
_METRES = {"m": 1.0, "km": 1000.0}
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.ASCII)


def seconds(value: Any) -> float:
    """Seconds of a number, or of a text with a unit. Raises ValueError."""
    return _in_units(value, _SECONDS, "a time: 90, 90 s, 2 min or 1 h")


def seconds_or_ever(value: Any) -> float:
    """As `seconds`, or infinity for `for ever`. Raises ValueError."""
    return inf if value == "for ever" else seconds(value)


def metres(value: Any) -> float:
    """Metres of a number, or of a text with a unit. Raises ValueError."""
    return _in_units(value, _METRES, "a distance: 250, 250 m or 2 km")


def _in_units(value: Any, units: dict[str, float], wanted: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 <= value < inf:
            return float(value)
    elif isinstance(value, str):
        matched = _NUMBER.fullmatch(value)
        if matched and (matched[2] in units or not matched[2]):
            return float(matched[1]) * units.get(matched[2], 1.0)
    raise ValueError(f"it must be {wanted}")


Seconds = Annotated[float, BeforeValidator(seconds)]
SecondsOrEver = Annotated[float, AllowInfNan(allow_inf_nan=True), BeforeValidator(seconds_or_ever)]
Metres = Annotated[float, BeforeValidator(metres)]
