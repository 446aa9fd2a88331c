"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nigehban.times import moment

NOW = datetime(2026, 11, 21, 17, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("-90s", NOW - timedelta(seconds=90)),
        ("-90m", NOW - timedelta(minutes=90)),
        ("-2h", NOW - timedelta(hours=2)),
        ("-3d", NOW - timedelta(days=3)),
        ("-1w", NOW - timedelta(weeks=1)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20 08:30", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        (" 2026-11-20T08:30:00.5Z ", datetime(2026, 11, 20, 8, 30, 0, 500_000, UTC)),
        ("2026-11-20T08:30+05:00", datetime(2026, 11, 20, 3, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_utc_unless_it_says_otherwise(text: str, expected: datetime) -> None:
    told = moment(text, NOW)
    assert told == expected
    assert told.tzinfo == UTC


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2h", "-2y", "-2", "-h", "20:15", "-123456d", "0001-01-01T00:00+05:00"],
)
def test_what_is_no_time_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time; take one like 2026-11-21T17:00.* -2h"):
        moment(text, NOW)
