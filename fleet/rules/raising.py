"""From what a rule found to an alert in the book: its key, its words, its group and its desk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fleet.alerts.alert import Occurrence
from fleet.alerts.book import Book
from fleet.alerts.errors import TooManyAlertsError
from fleet.alerts.events import SYSTEM, AlertEvent
from fleet.assets import default_name
from fleet.rules.registry import HappeningRule, RowRule, Rule
from fleet.rules.settings import RuleSettings


class Raiser:
    """Raises the alerts of all rules; knows the assets by the slots of their rows."""

    def __init__(self, book: Book, settings: RuleSettings) -> None:
        self.book = book
        self.refused = 0
        self._settings = settings
        self._assets: list[int] = []
        self._slots: dict[int, int] = {}
        self._names: list[str] = []
        self._kinds: dict[str, int] = {}

    def admit(self, assets: Sequence[int], names: Sequence[str], kinds: Sequence[int]) -> None:
        """Know the assets of the next slots."""
        self._slots |= {asset: len(self._slots) + at for at, asset in enumerate(assets)}
        self._assets += assets
        self._names += names
        self._kinds |= dict(zip(names, kinds, strict=True))

    def slots_of(self, assets: Sequence[int]) -> tuple[int, ...] | None:
        """Their slots; None if one of them is not known."""
        found = tuple(self._slots.get(asset, -1) for asset in assets)
        return None if -1 in found else found

    def identity(self, slot: int) -> str:
        """Whose row it is."""
        return self._names[slot]

    def raise_row(
        self, rule: RowRule, slot: int, now: datetime, told: Mapping[str, Any]
    ) -> list[AlertEvent]:
        """Raise the alert of a row; nothing comes if the book is too full."""
        name = self._names[slot]
        return self.raise_alert(
            rule,
            f"{rule.name}/{name}",
            (name,),
            (self._assets[slot],),
            now,
            told,
            falling=rule.falling,
        )

    def raise_pair(
        self, rule: Rule, slots: tuple[int, int], now: datetime, told: Mapping[str, Any]
    ) -> list[AlertEvent]:
        """Raise the alert of a pair of rows."""
        names = tuple(self._names[slot] for slot in slots)
        assets = tuple(self._assets[slot] for slot in slots)
        more = {"other": default_name(names[1])}
        return self.raise_alert(
            rule, self.pair_key(rule, slots), names, assets, now, {**told, **more}, falling=True
        )

    def pair_key(self, rule: Rule, slots: tuple[int, int]) -> str:
        """The key of the alert of a pair."""
        return f"{rule.name}/{self._names[slots[0]]}+{self._names[slots[1]]}"

    def raise_happening(
        self,
        rule: HappeningRule,
        key: str,
        identity: str,
        asset: int,
        now: datetime,
        what: str | Mapping[str, str],
        why: str,
    ) -> list[AlertEvent]:
        """Raise the alert of what happened."""
        return self.raise_alert(rule, key, (identity,), (asset,), now, {"what": what}, why=why)

    def update(self, rule: str, slot: int, now: datetime, value: float) -> list[AlertEvent]:
        """Tell the value of an active alert."""
        return self.book.update(f"{rule}/{self._names[slot]}", value, now)

    def take_over(self, rule: str, former: str, slot: int, now: datetime) -> list[AlertEvent]:
        """Be done with the alert of a rule that another one has taken over from."""
        return self.give_over(f"{former}/{self._names[slot]}", f"{rule} took over", now)

    def give_over(self, key: str, why: str, now: datetime) -> list[AlertEvent]:
        """Be done with an alert that says no more than another one does."""
        events = self.book.clear(key, now) if self.book.alert(key).active else []
        if self.book.alert(key).waits:
            events += self.book.acknowledge(key, SYSTEM, now, why)
        return events

    def clear(self, rule: str, slot: int, now: datetime, value: float) -> list[AlertEvent]:
        """Say that it is over."""
        return self.book.clear(f"{rule}/{self._names[slot]}", now, known(value))

    def raise_alert(
        self,
        rule: Rule,
        key: str,
        names: Sequence[str],
        assets: tuple[int, ...],
        now: datetime,
        told: Mapping[str, Any],
        *,
        falling: bool = False,
        why: str = "",
    ) -> list[AlertEvent]:
        """Raise an alert of the assets with these identities, the first of which names it."""
        change = self._settings.of_rule(rule.name)
        group = self._settings.group_of(names[0], self._kinds.get(names[0], 0))
        fields = {"name": default_name(names[0]), **told}
        occurrence = Occurrence(
            change.priority or rule.priority,
            filled(rule.texts.reason, fields),
            filled(rule.texts.action, fields),
            assets,
            known(told.get("value")),
            known(told.get("limit")),
            falling,
            None if rule.cause is None else rule.cause(names[0]),
            rule.window,
            rule.latching,
            change.realert_after or rule.realert_after,
            self._settings.desks.get(group, ""),
        )
        try:
            return self.book.activate(key, occurrence, now, why)
        except TooManyAlertsError:
            self.refused += 1
            return []


def filled(templates: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, str]:
    """The texts in every language. A field may be told by language too."""
    return {
        language: template.format(
            **{
                name: value[language] if isinstance(value, Mapping) else value
                for name, value in fields.items()
            }
        )
        for language, template in templates.items()
    }


def known(value: float | None) -> float | None:
    """A value as JSON can have it: finite, or None."""
    return None if value is None or not math.isfinite(value) else value
