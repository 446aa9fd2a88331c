"""The alerts as the page's server knows them: the same fold over event rows as in the collector.

It begins with what the database holds, and follows `live.alerts`. Events are numbered without a gap:
where one is missed all is read from the database again, and until that is done each alert is as the
bus told it last. While the bus is away the events come from the database, a little later.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from fleet.airspace.checklist import opens_checklist
from fleet.alerts.alert import Alert, alert_as_json
from fleet.alerts.book import Book
from fleet.alerts.errors import AlertError
from fleet.alerts.events import AlertEvent
from fleet.alerts.figures import Desks, Report
from fleet.alerts.fold import apply
from fleet.alerts.states import State

RECENT_MOST = 10_000
"""Events that are remembered, to be put after what the database had when it was asked."""

GONE_MOST = 10_000
"""Keys of alerts that are over that are remembered; who asks for older ones gets the whole."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other than at an earlier version."""

    version: int
    alerts: list[Alert]
    gone: list[str]
    """Keys of alerts that are normal again."""

    whole: bool = False
    """Whether these are all alerts there are, so that all others are gone."""


class Alerting:
    """All alerts that are not normal, with a version that grows with each change.

    It stands in one event loop; `feeding` fills it.
    """

    def __init__(self) -> None:
        self.detail = "not loaded yet"
        """Why the list may not be all there is; empty if nothing is missing."""
        self._loaded = False
        self._complete = False
        self._version = 0
        self._alerts: dict[str, Alert] = {}
        self._changed: OrderedDict[str, int] = OrderedDict()  # version, the newest at the end
        self._gone: OrderedDict[str, int] = OrderedDict()
        self._forgotten = 0  # version up to which keys that are gone are not known any more
        self._last_id = 0
        self._recent: OrderedDict[int, tuple[AlertEvent, Alert | None]] = OrderedDict()
        self._desks = Desks()

    @property
    def version(self) -> int:
        """Grows when an alert changes."""
        return self._version

    @property
    def last_id(self) -> int:
        """Id of the last event that is known."""
        return self._last_id

    @property
    def complete(self) -> bool:
        """Whether every event up to `last_id` is taken in."""
        return self._complete

    @property
    def loaded(self) -> bool:
        """Whether the database was ever read: without it only what was on the bus is known."""
        return self._loaded

    @property
    def alerts(self) -> Mapping[str, Alert]:
        """All alerts and groups by key, members of groups too; changes underneath."""
        return MappingProxyType(self._alerts)

    def shown(self) -> list[Alert]:
        """What stands in an operator's list: groups, and alerts that are in none."""
        return [a for a in self._alerts.values() if a.is_group or a.group not in self._alerts]

    def members(self, group: str) -> list[Alert]:
        """The alerts that came in a group and are not normal."""
        return [alert for alert in self._alerts.values() if alert.group == group]

    def changed_since(self, version: int) -> Changes:
        """What has changed after `version`; all there is for 0 and for one too long ago."""
        if version <= self._forgotten:
            return Changes(self._version, list(self._alerts.values()), [], whole=True)
        alerts = [self._alerts[key] for key in _after(self._changed, version)]
        return Changes(self._version, alerts, _after(self._gone, version))

    def figures(self, now: datetime) -> dict[str, Report]:
        """What each desk has to bear, of the last day."""
        return self._desks.report(now, self.shown())

    def take(self, told: Iterable[tuple[AlertEvent, Alert | None]]) -> None:
        """Take events in their order, each with the alert after it if that was told."""
        for event, alert in told:
            known = self._recent.get(event.id)
            if known is not None and not _same(known[0], event):
                # A collector that took over numbers on from what the database had.
                self._complete = False
                self._recent.clear()
            elif event.id <= self._last_id:
                continue
            self._recent[event.id] = (event, alert)
            if len(self._recent) > RECENT_MOST:
                self._recent.popitem(last=False)
            self._advance(event, alert)

    def restore(self, book: Book, day: Iterable[AlertEvent]) -> None:
        """Take what the database knows, and after it what was heard meanwhile.

        `day` are events of the last day, for the figures.
        """
        before, self._alerts = self._alerts, dict(book.alerts)
        self._last_id = book.last_id
        self._loaded = self._complete = True
        self._desks = Desks()
        self._desks.take(event for event in day if event.id <= book.last_id)
        self._version += 1
        for key in before.keys() | self._alerts.keys():
            if before.get(key) != self._alerts.get(key):
                self._note(key)
        for number in sorted(self._recent):
            if number > self._last_id:
                self._advance(*self._recent[number])

    def _advance(self, event: AlertEvent, told: Alert | None) -> None:
        before = self._alerts.get(event.alert) or Alert(event.alert)
        after = None
        if self._complete and event.id == self._last_id + 1:
            try:
                after = apply(before, event)
            except (AlertError, KeyError, TypeError, ValueError):
                after = None  # it does not follow what is known: that is read again
        if after is None:
            self._complete = False
            if told is not None:
                after = replace(told, members=before.members, acts=before.acts)
        self._last_id = event.id
        self._desks.take([event])
        if after is not None:
            self._put(after)

    def _put(self, alert: Alert) -> None:
        if alert.state == State.NORMAL:
            if self._alerts.pop(alert.key, None) is None:
                return
        else:
            self._alerts[alert.key] = alert
        self._version += 1
        self._note(alert.key)

    def _note(self, key: str) -> None:
        """Note that an alert is another one, or gone, since this version."""
        there, away = self._changed, self._gone
        if key not in self._alerts:
            there, away = away, there
        away.pop(key, None)
        there[key] = self._version
        there.move_to_end(key)
        while len(self._gone) > GONE_MOST:
            _, self._forgotten = self._gone.popitem(last=False)


def _after(versions: OrderedDict[str, int], version: int) -> list[str]:
    """The keys whose version is a later one, in order."""
    found = []
    for key in reversed(versions):
        if versions[key] <= version:
            break
        found.append(key)
    return found[::-1]


def _same(one: AlertEvent, other: AlertEvent) -> bool:
    return (one.alert, one.time, one.what, one.who) == (
        other.alert,
        other.time,
        other.what,
        other.who,
    )


def as_told(alert: Alert) -> dict[str, Any]:
    """An alert as JSON has it in a browser: keys of assets are strings, members and acts left out."""
    told = alert_as_json(alert)
    del told["members"], told["acts"]
    return told | {
        "rule": alert.rule,
        "assets": [str(asset) for asset in alert.assets],
        "checklist": opens_checklist(alert.key, alert.first_up),
    }
