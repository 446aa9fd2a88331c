"""The settings of rules: what is other than the default, and what is refused in one line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from fleet.alerts.alert import Priority
from telemetry.watching.settings import RulesSettings


def test_a_group_has_its_own_thresholds_and_the_rest_of_the_one_it_is_like() -> None:
    told = {
        "groups": {"heavy": {"like": "drone", "desk": "air", "battery": {"low_percent": 45}}},
        "members": {"mavlink:default/1": "heavy"},
        "rules": {"wind": {"priority": "high"}},
    }
    tree = RulesSettings.model_validate(told).tree
    group = tree.all_groups[tree.group_of("mavlink:default/1", 1)]
    assert (group.battery.low_percent, group.flight.most_height) == (45, 120)
    assert tree.desks == {"heavy": "air"}
    assert tree.of_rule("wind").priority == Priority.HIGH


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"rules": {"moonlight": {}}}, "no rule is called 'moonlight'"),
        ({"groups": {"heavy": {"battery": {"low": 4}}}}, "no such threshold: .*'low'"),
        ({"members": {"osmand:car-1": "heavy"}}, "in the group 'heavy'"),
    ],
)
def test_what_is_not_there_is_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        RulesSettings.model_validate(told)
