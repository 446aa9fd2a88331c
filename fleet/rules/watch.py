"""The watch: runs all rules over the picture and what happens, and keeps the alerts of a book.

    events = watch.look(picture.rows, now)       # some times a second
    events += watch.hear(happenings, now)        # whenever something happened
    events += book.tick(now)

What it remembers between two looks is how long conditions have lasted; which alerts are active it
takes from the book when it first sees an asset, so that it goes on after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np

from fleet.airspace.telling import RULES as SKY_RULES
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.alerts.filters import Debounce
from fleet.columns import Rows, blank
from fleet.moments import as_datetime
from fleet.rules.duties import Duties, SpeedZones
from fleet.rules.happening_watch import HappeningWatch
from fleet.rules.motion import MOTION, moved
from fleet.rules.pair_watch import PairWatch
from fleet.rules.raising import Raiser
from fleet.rules.registry import Found, Happening, RowRule, with_changes
from fleet.rules.rules import CLOSING, HAPPENING_RULES, ROW_RULES, all_rules
from fleet.rules.settings import RuleSettings, RuleSettingsError
from fleet.rules.view import View

Look = Callable[[View, datetime], list[AlertEvent]]
"""Raises, updates and clears alerts at a moment."""

ERROR_MOST = 200
"""Characters of an error that are kept."""


class PictureChangedError(ValueError):
    """A picture in which the assets do not stand where they stood."""


class Watch:
    """All rules over one picture. Not safe for several threads."""

    def __init__(self, settings: RuleSettings, book: Book) -> None:
        _check(settings)
        names = list(settings.all_groups)
        self._settings = settings
        self._book = book
        self.raiser = Raiser(book, settings)
        self._more: dict[str, Look] = {}
        self._numbers = {name: number for number, name in enumerate(names)}
        self._thresholds = tuple(settings.all_groups.values())
        self._rules = [
            _RowWatch(with_changes(rule, settings.of_rule(rule.name)), self.raiser)
            for rule in ROW_RULES.values()
            if settings.of_rule(rule.name).enabled
        ]
        by_name = {rule.name: rule for rule in self._rules}
        for rule in self._rules:
            rule.former = by_name.get(rule.takes_over or "")
        self._pairs = PairWatch(self.raiser)
        self._happenings = HappeningWatch(
            self.raiser,
            [r for r in HAPPENING_RULES.values() if settings.of_rule(r.name).enabled],
        )
        self._assets = np.zeros(0, np.int64)
        self._groups = np.zeros(0, np.intp)
        self._motion = blank(MOTION, 0)
        self.failing: dict[str, str] = {}
        """Rules that failed, and how they did last."""

    @property
    def refused(self) -> int:
        """Alerts that the book was too full for, so far."""
        return self.raiser.refused

    def look(
        self,
        rows: Rows,
        now: np.datetime64,
        duties: Duties | None = None,
        speed_zones: SpeedZones | None = None,
    ) -> list[AlertEvent]:
        """Hold PICTURE rows against all rules.

        Assets keep their rows, and new ones come at the end, as in `Picture.rows`; raises
        PictureChangedError if not.
        """
        self._admit(rows)
        moment = as_datetime(now)
        events: list[AlertEvent] = []
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # of what is unknown
            self._motion = moved(rows, self._motion)
            view = View(
                rows,
                now,
                self._motion,
                self._thresholds,
                self._groups,
                duties or Duties(),
                speed_zones or SpeedZones(),
            )
            for rule in self._rules:
                events += self._alone(rule.name, partial(rule.look, view, moment))
            if self._settings.of_rule(CLOSING.name).enabled:
                events += self._alone(CLOSING.name, partial(self._pairs.look, view, moment))
            for name, also in self._more.items():
                events += self._alone(name, partial(also, view, moment))
        events += self._happenings.pass_time(rows, moment)
        return events

    def _alone(self, rule: str, look: Callable[[], list[AlertEvent]]) -> list[AlertEvent]:
        """What a rule makes of a look; one that fails is not to silence the others.

        Raises what it raised if it has changed the book: what it told is lost then.
        """
        before = self._book.last_id
        try:
            return look()
        except Exception as error:
            if self._book.last_id != before:
                raise
            self.failing[rule] = f"{type(error).__name__}: {error}"[:ERROR_MOST]
            return []

    def also(self, rule: str, look: Look) -> None:
        """Have something more look at each view, after all rules that are always there."""
        self._more[rule] = look

    def hear(self, happenings: Iterable[Happening], now: datetime) -> list[AlertEvent]:
        """Hold what happened against all rules; the same told again changes nothing."""
        return self._happenings.hear(happenings, now)

    def _admit(self, rows: Rows) -> None:
        """Know the assets that are new."""
        known = len(self._assets)
        if len(rows) < known or not np.array_equal(rows["asset"][:known], self._assets):
            raise PictureChangedError(
                "the picture's assets are not where they were: begin another watch with it"
            )
        new = rows[known:]
        if not len(new):
            return
        self._assets = np.concatenate([self._assets, new["asset"]])
        named = [name.decode("utf-8", "replace") for name in new["identity"].tolist()]
        groups = [
            self._numbers[self._settings.group_of(name, kind)]
            for name, kind in zip(named, new["kind"].tolist(), strict=True)
        ]
        self._groups = np.concatenate([self._groups, np.array(groups, np.intp)])
        self._motion = np.concatenate([self._motion, blank(MOTION, len(new))])
        self.raiser.admit(new["asset"].tolist(), named, new["kind"].tolist())
        for rule in self._rules:
            rule.admit(known, named, self._book)
        self._pairs.go_on()


class _RowWatch:
    """One rule over all rows."""

    def __init__(self, rule: RowRule, raiser: Raiser) -> None:
        self.name = rule.name
        self.takes_over = rule.takes_over
        self.former: _RowWatch | None = None
        """The rule that this one takes over from."""

        self._rule = rule
        self._raiser = raiser
        self._memory = blank(rule.memory, 0)
        self._debounce = Debounce(rule.on, rule.off)

    def admit(self, slot: int, names: Sequence[str], book: Book) -> None:
        """Take new rows from `slot` on; those whose alert is active are so still."""
        self._memory = np.concatenate([self._memory, blank(self._rule.memory, len(names))])
        for number, name in enumerate(names):
            if book.alert(f"{self._rule.name}/{name}").active:
                self._debounce.set_active(slot + number, active=True)

    def look(self, view: View, now: datetime) -> list[AlertEvent]:
        """Raise, clear and follow the alerts of this rule."""
        found, self._memory = self._rule.judge(view, self._memory)
        raised, returned = self._debounce.step(found.fires, found.clears, view.now, found.times)
        events: list[AlertEvent] = []
        for slot in raised.tolist():
            happened = self._raiser.raise_row(self._rule, slot, now, told(found, slot))
            if not happened:
                self._debounce.set_active(slot, active=False)
            elif self.former is not None:
                happened += self.former.give_over(self.name, slot, now)
            events += happened
        for slot in returned.tolist():
            events += self._raiser.clear(self._rule.name, slot, now, float(found.value[slot]))
        if self._rule.tracked:
            for slot in self._debounce.all_active().tolist():
                value = float(found.value[slot])
                events += self._raiser.update(self._rule.name, slot, now, value)
        return events

    def give_over(self, rule: str, slot: int, now: datetime) -> list[AlertEvent]:
        """Be done with the alert of a row, which another rule has taken over."""
        self._debounce.set_active(slot, active=False)
        return self._raiser.take_over(rule, self.name, slot, now)


def told(found: Found, slot: int) -> dict[str, Any]:
    """What the texts can name of a row."""
    return {
        "value": float(found.value[slot]),
        "limit": float(found.limit[slot]),
        **{name: _plain(values[slot]) for name, values in found.more.items()},
    }


def _plain(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return plain.decode("utf-8", "replace") if isinstance(plain, bytes) else plain


def _check(settings: RuleSettings) -> None:
    known = {*all_rules(), *SKY_RULES}
    if unknown := settings.rules.keys() - known:
        raise RuleSettingsError(
            f"no rule is called {min(unknown)!r}; there are {', '.join(sorted(known))}"
        )
