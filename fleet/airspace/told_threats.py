"""What is told of threats, as rows to be kept: what changed, and little besides."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fleet.airspace.columns import THREAT
from fleet.airspace.reasons import Reason, in_words, packed, unpacked
from fleet.airspace.threat import Threat
from fleet.airspace.words import Words
from fleet.columns import Rows, blank

FIGURES_EACH = np.timedelta64(1_000_000, "us")
"""When only the figures of its reasons change, a threat is kept so often."""

TOLD_EACH = np.timedelta64(60_000_000, "us")
"""A threat that stays as it is is kept so often: what is known of a moment is found near it."""


class ToldThreats:
    """Chooses, step by step, what is to be kept of threats."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[np.datetime64, Threat]] = {}

    def take(self, threats: Iterable[Threat], now: np.datetime64) -> Rows:
        """THREAT rows of those that are other than they were kept; `threats` are all of a step."""
        before, self._kept = self._kept, {}
        found = []
        for threat in threats:
            known = before.get(threat.contact)
            if known is None or _is_due(threat, known[1], now - known[0]):
                known = now, threat
                found.append(threat)
            self._kept[threat.contact] = known
        return rows_of(found, now)


def _is_due(threat: Threat, kept: Threat, since: np.timedelta64) -> bool:
    if _gist(threat) != _gist(kept):
        return True
    return bool(since >= (TOLD_EACH if threat.reasons == kept.reasons else FIGURES_EACH))


def _gist(threat: Threat) -> tuple[int, str, list[tuple[str, int]]]:
    return threat.score, threat.zone, [(code, points) for code, points, _ in threat.reasons]


def rows_of(threats: Iterable[Threat], time: np.datetime64) -> Rows:
    """Threats that are told at `time`, as THREAT rows."""
    told = list(threats)
    rows = blank(THREAT, len(told))
    rows["time"] = time
    for row, threat in zip(rows, told, strict=True):
        row["contact"], row["score"], row["level"] = threat.contact, threat.score, threat.level
        row["zone"], row["reasons"] = threat.zone.encode(), packed(threat.reasons)
    return rows


def reasons_of(row: np.void) -> list[tuple[Reason, Words]]:
    """The reasons of a THREAT row, each with its words."""
    zone = bytes(row["zone"]).decode()
    return [(each, in_words(each, zone)) for each in unpacked(bytes(row["reasons"]))]
