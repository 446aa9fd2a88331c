"""The book: every alert that is not normal, and all that can be done to them.

Each thing done gives the event rows that it made, in their order; they are what has to be kept. The
book itself changes by `fold.apply` of these rows alone, so the same rows give the same book again:
`Book().replay(rows)`, or `Book.restored(snapshot)` and `replay` of the rows after it.

An alert that becomes normal leaves the book: its history is its rows. With a cause it comes in a
group (see `groups`), and then the group asks for the operator's attention and not each member.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from fleet.alerts.alert import GROUP_PREFIX, Alert, Occurrence, alert_as_json, alert_from_json
from fleet.alerts.errors import BadOrderError, BrokenHistoryError, TooManyAlertsError
from fleet.alerts.events import SYSTEM, AlertEvent
from fleet.alerts.fold import apply, told_occurrence
from fleet.alerts.index import Index
from fleet.alerts.states import State, What
from fleet.alerts.values import Values

ALERTS_MOST = 100_000
"""Alerts and groups in a book."""

SHELVE_MOST = timedelta(hours=8)
"""A shift: longer is out of service."""

MEMBERS_MOST = 2000
"""Members of a group, those that have returned included; then another group of the cause begins."""

KEY_MOST, WHO_MOST, WHY_MOST = 200, 200, 2000
"""Characters."""


class Book:
    """All alerts that are not normal. Times are aware; not safe for several threads."""

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}
        self._index = Index()
        self._values = Values()
        self._last_id = 0

    def __len__(self) -> int:
        """How many alerts and groups there are."""
        return len(self._alerts)

    @property
    def last_id(self) -> int:
        """Id of the last event that was made or replayed."""
        return self._last_id

    @property
    def alerts(self) -> Mapping[str, Alert]:
        """All alerts and groups by key; a view that changes underneath."""
        return MappingProxyType(self._alerts)

    def alert(self, key: str) -> Alert:
        """The alert with that key; a normal one if the book does not have it."""
        return self._alerts.get(key) or Alert(key)

    def shown(self) -> list[Alert]:
        """What stands in an operator's list: groups, and alerts that are in none; masked ones too."""
        return [a for a in self._alerts.values() if a.is_group or a.group not in self._alerts]

    def members(self, group: str) -> list[Alert]:
        """The alerts in the book that came in a group."""
        return [self._alerts[key] for key in sorted(self._index.members(group))]

    # What rules do.

    def activate(
        self, key: str, occurrence: Occurrence, now: datetime, why: str = ""
    ) -> list[AlertEvent]:
        """Raise an alert.

        Raises IllegalTransitionError if it is active, TooManyAlertsError, BadOrderError for a group.
        """
        if key not in self._alerts and len(self._alerts) + 1 >= ALERTS_MOST:
            raise TooManyAlertsError(f"{ALERTS_MOST} alerts are in the book; acknowledge old ones")
        _check(key, now)
        if key.startswith(GROUP_PREFIX):
            raise BadOrderError(f"{key!r} is a group: raise its members, it follows them")
        told = told_occurrence(occurrence)
        if occurrence.cause is None:
            return [self._emit(key, What.ACTIVATE, now, why=why, values=told)]
        before = self.alert(key).group
        found = self._index.group_of(occurrence.cause)
        group = None if found is None else self._alerts[found]
        events = []
        if group is None or not _is_open(group, occurrence, now):
            named = f"{GROUP_PREFIX}{occurrence.cause}/{self._last_id + 1}"
            group = Alert(named, cause=occurrence.cause, first_up=key)
        in_group = told | {"group": group.key, "first_up": group.first_up}
        if not group.active:
            apply(self.alert(key), self._draft(key, What.ACTIVATE, now, in_group))  # or refuse
            of_group: dict[str, Any] = {"latching": False, "cause": group.cause}
            of_group["first_up"] = group.first_up
            of_group["assets"] = list(dict.fromkeys((*group.assets, *occurrence.assets)))
            events.append(self._emit(group.key, What.ACTIVATE, now, values=told | of_group))
        events.append(self._emit(key, What.ACTIVATE, now, why=why, values=in_group))
        joined = {
            "member": key,
            "priority": int(occurrence.priority),
            "assets": list(occurrence.assets),
        }
        events.append(self._emit(group.key, What.JOIN, now, values=joined))
        if group.state == State.ACKNOWLEDGED and occurrence.priority > group.priority:
            why = f"{key} is of a higher priority"
            events.append(self._emit(group.key, What.REALERT, now, why=why))
        if before is not None and before != group.key:
            events += self._settle(before, now)
        return events

    def update(self, key: str, value: float | None, now: datetime) -> list[AlertEvent]:
        """Tell the value of an active alert; most of what comes is held back (see `values`).

        Raises IllegalTransitionError if it is not active.
        """
        alert = self.alert(key)
        told = self._values.take(alert, value, now)
        if told is None and alert.active:
            return []
        return [self._emit(key, What.UPDATE, now, values=told)]

    def clear(self, key: str, now: datetime, value: float | None = None) -> list[AlertEvent]:
        """Say that an alert's condition is over; a group's is when those of its members are.

        Raises IllegalTransitionError if it is not active, BadOrderError for a group.
        """
        alert = self.alert(key)
        if alert.is_group:
            raise BadOrderError(f"{key!r} is a group: clear its members, it follows them")
        told = self._values.last(alert, value)
        events = [self._emit(key, What.RETURN, now, values=told)]
        if alert.group is not None:
            events += self._settle(alert.group, now)
        return events

    def suppress(self, key: str, now: datetime, why: str, who: str = SYSTEM) -> list[AlertEvent]:
        """Keep an alert from the operator by design. Raises IllegalTransitionError, BadOrderError."""
        return self._by_hand(key, What.SUPPRESS, who, why, now, {})

    def unsuppress(
        self, key: str, now: datetime, why: str = "", who: str = SYSTEM
    ) -> list[AlertEvent]:
        """End it. Raises IllegalTransitionError, BadOrderError."""
        who = _need("a name", who, WHO_MOST)
        return [self._emit(key, What.UNSUPPRESS, now, who, _short(why))]

    def tick(self, now: datetime) -> list[AlertEvent]:
        """Do what is due: shelves that are over, alerts that ask again, values held back."""
        events = []
        for key in self._index.timed():
            alert = self._alerts[key]
            if alert.masked_until is not None and alert.masked_until <= now:
                events.append(self._emit(key, What.UNSHELVE, now, why="its time is over"))
            elif self._asks_again(alert, now):
                why = f"acknowledged {alert.realert_after:g} s ago and still so"
                events.append(self._emit(key, What.REALERT, now, why=why))
        for key, told in self._values.due(self._alerts, now):
            events.append(self._emit(key, What.UPDATE, now, values=told))
        return events

    # What people do.

    def acknowledge(self, key: str, who: str, now: datetime, why: str = "") -> list[AlertEvent]:
        """Acknowledge an alert, or a group with all its members that wait.

        The last member to be acknowledged takes its group along. Raises IllegalTransitionError,
        BadOrderError.
        """
        who = _need("a name", who, WHO_MOST)
        why = _short(why)
        alert = self.alert(key)
        waiting = self._index.waiting(key) if alert.is_group else []
        events = []
        if alert.waits or not waiting:
            events.append(self._emit(key, What.ACKNOWLEDGE, now, who, why))
        for member in waiting:
            told = why or f"with {key}"
            events.append(self._emit(member, What.ACKNOWLEDGE, now, who, told))
        group = self._alerts.get(alert.group or "")
        if group is not None and group.waits and not self._index.waiting(group.key):
            told = "all its members are acknowledged"
            events.append(self._emit(group.key, What.ACKNOWLEDGE, now, who, told))
        return events

    def reset(self, key: str, who: str, now: datetime, why: str = "") -> list[AlertEvent]:
        """Let go of a latched alert. Raises IllegalTransitionError, BadOrderError."""
        who = _need("a name", who, WHO_MOST)
        return [self._emit(key, What.RESET, now, who, _short(why))]

    def shelve(
        self, key: str, who: str, why: str, until: datetime, now: datetime
    ) -> list[AlertEvent]:
        """Put an alert away for at most SHELVE_MOST. Raises IllegalTransitionError, BadOrderError."""
        if not now < until <= now + SHELVE_MOST:
            raise BadOrderError(
                f"shelved until {until.isoformat()}: give a time within {SHELVE_MOST} from now"
            )
        return self._by_hand(key, What.SHELVE, who, why, now, {"until": until.isoformat()})

    def unshelve(self, key: str, who: str, now: datetime, why: str = "") -> list[AlertEvent]:
        """Take it back before its time. Raises IllegalTransitionError, BadOrderError."""
        who = _need("a name", who, WHO_MOST)
        return [self._emit(key, What.UNSHELVE, now, who, _short(why))]

    def remove_from_service(self, key: str, who: str, why: str, now: datetime) -> list[AlertEvent]:
        """Take it out of service until it is put back. Raises IllegalTransitionError, BadOrderError."""
        return self._by_hand(key, What.REMOVE, who, why, now, {})

    def restore_to_service(
        self, key: str, who: str, now: datetime, why: str = ""
    ) -> list[AlertEvent]:
        """Put it back. Raises IllegalTransitionError, BadOrderError."""
        who = _need("a name", who, WHO_MOST)
        return [self._emit(key, What.RESTORE, now, who, _short(why))]

    def note(self, key: str, who: str, text: str, now: datetime) -> list[AlertEvent]:
        """Write a note to an alert in the book. Raises BadOrderError."""
        if key not in self._alerts:
            raise BadOrderError(f"no note to {key[:KEY_MOST]!r}: it is normal")
        return self._by_hand(key, What.NOTE, who, text, now, {})

    # Restarts.

    def replay(self, events: Iterable[AlertEvent]) -> None:
        """Take rows that a book made; those up to `last_id` are known and passed over.

        Raises BrokenHistoryError for one that does not follow its predecessor, and what `fold.apply`
        raises.
        """
        for event in events:
            if event.id <= self._last_id:
                continue
            if event.id != self._last_id + 1:
                raise BrokenHistoryError(f"event {event.id} comes after event {self._last_id}")
            self._put(apply(self.alert(event.alert), event))
            self._last_id = event.id

    def snapshot(self) -> dict[str, Any]:
        """The whole book as JSON has it."""
        return {
            "last_id": self._last_id,
            "alerts": [alert_as_json(alert) for alert in self._alerts.values()],
        }

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> Book:
        """The book of a snapshot. Raises BrokenHistoryError."""
        book = cls()
        try:
            book._last_id = int(snapshot["last_id"])
            for told in snapshot["alerts"]:
                book._put(alert_from_json(told))
        except (KeyError, TypeError, ValueError) as error:
            raise BrokenHistoryError(f"no snapshot of a book: {error}") from None
        return book

    def _by_hand(
        self, key: str, what: What, who: str, why: str, now: datetime, values: dict[str, Any]
    ) -> list[AlertEvent]:
        who, why = _need("a name", who, WHO_MOST), _need("a reason", why, WHY_MOST)
        return [self._emit(key, what, now, who, why, values)]

    def _asks_again(self, alert: Alert, now: datetime) -> bool:
        if alert.realert_after is None or alert.state != State.ACKNOWLEDGED:
            return False
        if alert.group in self._alerts or alert.state_time is None:
            return False  # its group asks
        return now - alert.state_time >= timedelta(seconds=alert.realert_after)

    def _settle(self, group: str, now: datetime) -> list[AlertEvent]:
        """Return a group none of whose members is active any more."""
        alert = self._alerts.get(group)
        if alert is None or not alert.active or self._index.any_active(group):
            return []
        return [self._emit(group, What.RETURN, now, values=self._values.last(alert, None))]

    def _draft(self, key: str, what: What, now: datetime, values: Mapping[str, Any]) -> AlertEvent:
        return AlertEvent(self._last_id + 1, key, now, what, SYSTEM, "", values)

    def _emit(
        self,
        key: str,
        what: What,
        now: datetime,
        who: str = SYSTEM,
        why: str = "",
        values: Mapping[str, Any] | None = None,
    ) -> AlertEvent:
        """Make an event and apply it; nothing has changed if it raises."""
        _check(key, now)
        event = AlertEvent(self._last_id + 1, key, now, what, who, why, dict(values or {}))
        before = self.alert(key)
        after = apply(before, event)
        told = dict(event.values) | {"state": after.state.value}
        asks = after.state == State.UNACKNOWLEDGED != before.state
        if asks and (after.is_group or after.group not in self._alerts):
            told |= {
                "annunciates": True,
                "desk": after.desk,
                "priority": int(after.priority),
                "source": f"{GROUP_PREFIX}{after.cause}" if after.is_group else after.key,
            }
        self._put(after)
        self._last_id = event.id
        return replace(event, values=told)

    def _put(self, alert: Alert) -> None:
        before = self._alerts.get(alert.key)
        if alert.state == State.NORMAL:
            self._alerts.pop(alert.key, None)
            self._index.change(alert.key, before, None)
            self._values.forget(alert.key)
        else:
            self._alerts[alert.key] = alert
            self._index.change(alert.key, before, alert)


def _is_open(group: Alert, occurrence: Occurrence, now: datetime) -> bool:
    """Whether an alert of the same cause comes into this group."""
    joined = group.joined_time
    if len(group.members) >= MEMBERS_MOST:
        return False
    return joined is None or now - joined <= timedelta(seconds=occurrence.window)


def _check(key: str, now: datetime) -> None:
    if not 0 < len(key) <= KEY_MOST:
        raise BadOrderError(f"an alert's key of {len(key)} characters: give 1 to {KEY_MOST}")
    if now.tzinfo is None:
        raise BadOrderError(f"{now} has no time zone: give UTC")


def _need(what: str, told: str, most: int) -> str:
    told = " ".join(told.split())
    if not told or len(told) > most:
        raise BadOrderError(f"give {what} of 1 to {most} characters")
    return told


def _short(why: str) -> str:
    if len(why) > WHY_MOST:
        raise BadOrderError(f"give a reason of at most {WHY_MOST} characters")
    return why.strip()
