"""What happened, as alerts: each happening once, and over after a while or when it is said."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

from fleet.alerts.events import AlertEvent
from fleet.columns import Rows
from fleet.rules.raising import Raiser
from fleet.rules.registry import Happening, HappeningRule, Told

WHAT_MOST = 200
"""Characters of what was told that are shown."""

SEEN_MOST = 10_000
"""Happenings that are remembered, so that one told twice is one."""


class HappeningWatch:
    """Holds happenings against all rules of their kind."""

    def __init__(self, raiser: Raiser, rules: Iterable[HappeningRule]) -> None:
        self._raiser = raiser
        self._rules = {rule.name: rule for rule in rules}
        self._seen: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def hear(self, happenings: Iterable[Happening], now: datetime) -> list[AlertEvent]:
        """Raise and clear alerts; in the order of what happened."""
        events: list[AlertEvent] = []
        for happening in sorted(happenings, key=lambda h: h.time):
            if self._is_known(happening):
                continue
            for rule in self._rules.values():
                told = rule.judge(happening)
                if told is not None:
                    events += self._take(rule, happening, told, now)
        return events

    def pass_time(self, rows: Rows, now: datetime) -> list[AlertEvent]:
        """Clear what has not happened again for long enough, and what ends with the flight."""
        due: list[str] = []
        disarmed: set[int] | None = None
        for alert in self._raiser.book.alerts.values():
            rule = self._rules.get(alert.rule)
            if rule is None or not alert.active or alert.updated_time is None:
                continue
            hold = rule.hold
            if hold is not None and now - alert.updated_time >= timedelta(seconds=hold):
                due.append(alert.key)
            elif rule.over_when_disarmed:
                if disarmed is None:
                    disarmed = set(rows["asset"][rows["armed"] == 0].tolist())
                if alert.assets and disarmed.issuperset(alert.assets):
                    due.append(alert.key)
        return [event for key in due for event in self._raiser.book.clear(key, now)]

    def _take(
        self, rule: HappeningRule, happening: Happening, told: Told, now: datetime
    ) -> list[AlertEvent]:
        book, key = self._raiser.book, f"{rule.name}/{happening.identity}"
        if rule.each:
            key += f"/{happening.time:%Y%m%dT%H%M%S.%f}"
        active = book.alert(key).active
        if not told.fires:
            return book.clear(key, now) if active else []
        if active:  # again: it holds on, and its value counts how often
            again = (book.alert(key).current_value or 1.0) + 1.0
            return book.update(key, again, now)
        what = told.what
        cut = (
            _cut(what) if isinstance(what, str) else {one: _cut(said) for one, said in what.items()}
        )
        why = f"happened at {happening.time.isoformat(timespec='seconds')}"
        return self._raiser.raise_happening(
            rule, key, happening.identity, happening.asset, now, cut, why
        )

    def _is_known(self, happening: Happening) -> bool:
        text = happening.detail.get("text", "")
        key = (happening.asset, happening.time, happening.kind, str(text)[:WHAT_MOST])
        if key in self._seen:
            self._seen.move_to_end(key)
            return True
        self._seen[key] = None
        if len(self._seen) > SEEN_MOST:
            self._seen.popitem(last=False)
        return False


def _cut(what: str) -> str:
    return " ".join(what.split())[:WHAT_MOST]
