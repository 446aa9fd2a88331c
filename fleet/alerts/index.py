"""What a book looks up: who is in which group, and which alerts wait for a time."""

from __future__ import annotations

from collections import defaultdict

from fleet.alerts.alert import Alert
from fleet.alerts.states import State


class Index:
    """Follows each change of an alert; it can be made anew from the alerts alone."""

    def __init__(self) -> None:
        self._members: defaultdict[str, set[str]] = defaultdict(set)
        self._active: defaultdict[str, set[str]] = defaultdict(set)
        self._waiting: defaultdict[str, set[str]] = defaultdict(set)
        self._groups: defaultdict[str, set[str]] = defaultdict(set)
        self._timed: set[str] = set()

    def members(self, group: str) -> set[str]:
        """Keys of the alerts that came in a group."""
        return self._members.get(group, set())

    def any_active(self, group: str) -> bool:
        """Whether one of them is active."""
        return group in self._active

    def waiting(self, group: str) -> list[str]:
        """Those that wait to be acknowledged, in order."""
        return sorted(self._waiting.get(group, ()))

    def group_of(self, cause: str) -> str | None:
        """The newest group of a cause."""
        groups = self._groups.get(cause)
        return max(groups, key=_number) if groups else None

    def timed(self) -> list[str]:
        """Alerts to which something happens by itself in time, in order."""
        return sorted(self._timed)

    def change(self, key: str, before: Alert | None, after: Alert | None) -> None:
        """Note that an alert is not as before; None where it is not in the book."""
        if before is not None:
            self._take_out(key, before)
        if after is not None:
            self._put_in(key, after)

    def _take_out(self, key: str, alert: Alert) -> None:
        for table, name in self._places(alert):
            table[name].discard(key)
            if not table[name]:
                del table[name]
        self._timed.discard(key)

    def _put_in(self, key: str, alert: Alert) -> None:
        for table, name in self._places(alert):
            table[name].add(key)
        asks_again = alert.state == State.ACKNOWLEDGED and alert.realert_after is not None
        if asks_again or alert.masked_until is not None:
            self._timed.add(key)

    def _places(self, alert: Alert) -> list[tuple[defaultdict[str, set[str]], str]]:
        if alert.is_group:
            return [(self._groups, alert.cause)]
        if alert.group is None:
            return []
        places = [(self._members, alert.group)]
        if alert.active:
            places.append((self._active, alert.group))
        if alert.waits:
            places.append((self._waiting, alert.group))
        return places


def _number(group: str) -> int:
    """The number at the end of a group's key, which grows."""
    return int(group.rpartition("/")[2])
