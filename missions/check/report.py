"""What the checker says: findings, and what they were judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from missions.check.rules import Rule

Severity = Literal["error", "warning"]
"""An `error` must not fly."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: which rule, where and by how much.

    `waypoint` is the index, in `sortie`, of the waypoint whose leg it is about. `amount` is what
    was found and `limit` what is asked, both in `unit`. What concerns the whole plan has no
    sortie, and what has no place on the map no latitude and longitude.
    """

    rule: Rule
    severity: Severity = "error"
    message: str
    sortie: str | None = None
    waypoint: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    amount: float | None = None
    limit: float | None = None
    unit: str = ""

    def __str__(self) -> str:
        """One line: `error [area] sortie A, waypoint 3, 34.00012, 71.50000: …`."""
        where = []
        if self.sortie is not None:
            where.append(f"sortie {self.sortie}")
        if self.waypoint is not None:
            where.append(f"waypoint {self.waypoint}")
        if self.latitude is not None and self.longitude is not None:
            where.append(f"{self.latitude:.5f}, {self.longitude:.5f}")
        place = f" {', '.join(where)}" if where else ""
        # Names in it may come from files of others.
        return " ".join(f"{self.severity} [{self.rule}]{place}: {self.message}".split())


@dataclass(frozen=True)
class Report:
    """All findings, errors first, and what had to be assumed where the plan does not say it."""

    findings: tuple[Finding, ...]
    assumptions: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """No error was found: the plan may be flown as far as the checker can tell."""
        return not any(finding.severity == "error" for finding in self.findings)
