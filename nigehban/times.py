"""Times as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"-(\d{1,5})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

FORMS = "2026-11-21T17:00, 2026-11-21T17:00+05:00, now, or -90m, -2h, -3d before now"


def moment(text: str, now: datetime) -> datetime:
    """A time in UTC: ISO 8601, in UTC unless it has an offset; `now`; or `-2h` before `now`.

    Raises ValueError, which says the forms.
    """
    told = text.strip()
    if told == "now":
        return now
    if (ago := _AGO.fullmatch(told)) is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        parsed = datetime.fromisoformat(told)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time; take one like {FORMS}") from None
