"""docs/alerts.md tells of the rules that there are, as they are."""

from __future__ import annotations

from dataclasses import fields

from fleet.rules.settings import DEFAULTS, Thresholds
from tests.telemetry.watching.alerts_page import PAGE, page


def test_the_page_is_that_of_the_rules() -> None:
    assert PAGE.read_text() == page(), "run python -m tests.telemetry.watching.alerts_page"


def test_each_threshold_is_told_of_at_a_rule_that_reads_it() -> None:
    told = page()
    for section in fields(Thresholds):
        for each in fields(getattr(DEFAULTS["drone"], section.name)):
            assert f"| `{section.name}.{each.name}` |" in told
