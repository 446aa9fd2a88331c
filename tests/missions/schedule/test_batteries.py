"""What a battery will have at a take-off that is still to come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from missions.schedule.batteries import percent_then


@pytest.mark.parametrize(
    ("minutes", "aloft", "charge", "then"),
    [
        # Exchanged: full as soon as there was time for a turnround.
        (4.9, False, 0, 30),
        (5, False, 0, 100),
        (5, True, 0, 100),
        # Charged in an hour: from the end of the turnround on.
        (5, False, 3600, 30),
        (35, False, 3600, 80),
        (600, False, 3600, 100),
        # What is in the air comes down empty.
        (35, True, 3600, 50),
        (2, True, 3600, 30),
    ],
)
def test_a_battery_is_exchanged_or_charged_until_then(
    minutes: float, aloft: bool, charge: float, then: float
) -> None:
    ahead = timedelta(minutes=minutes)
    assert percent_then(30, ahead, aloft=aloft, turnround=300, charge=charge) == pytest.approx(then)
