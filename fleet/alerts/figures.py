"""What an operator is asked to bear: the figures of EEMUA 191, kept as the events come.

Counted is what asks for attention: an alert in no group, or a group, that becomes unacknowledged.
What is good: on average 1 in 10 minutes, under 5 stale a day, no chattering, the ten commonest under
5 % of the load, priorities about 5 / 15 / 80 % high / medium / low, under 1 % of the time in flood.
A flood begins with 10 in 10 minutes and ends below 5. Chattering is ISA-18.2's 3 times in a minute.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Any

from fleet.alerts.alert import Alert, Priority
from fleet.alerts.events import AlertEvent

TEN_MINUTES = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STALE_AFTER = DAY
"""An alert that has been active for longer is stale."""

FLOOD_BEGINS, FLOOD_ENDS = 10, 5
"""Annunciations in 10 minutes: from the first on, and below the second no longer."""

CHATTER_TIMES, CHATTER_WITHIN = 3, timedelta(minutes=1)
COMMONEST = 10
LISTED_MOST = 20
KEPT_MOST = 100_000
"""Annunciations that are kept of a day: more than one a second, all day long."""


@dataclass(frozen=True, slots=True)
class Common:
    """One of the commonest alerts."""

    alert: str
    """Its key; of groups `group/<cause>`."""

    count: int
    share: float
    """Of all annunciations of the day, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one desk; of the last day where nothing else is said."""

    ten_minutes: int
    hour: int
    day: int
    mean_ten_minutes: float
    """Annunciations in 10 minutes, averaged over the day or since the first event if that is less."""

    peak_ten_minutes: int
    """The most in any 10 minutes."""

    in_flood: bool
    flood_share: float
    """Part of the time in flood, 0 to 1."""

    shares: dict[Priority, float]
    """Of each priority, 0 to 1; all 0 without annunciations."""

    chattering: tuple[str, ...]
    """Alerts that came CHATTER_TIMES within CHATTER_WITHIN during the last hour."""

    commonest: tuple[Common, ...]
    active: int
    """Shown alerts that are active now, masked ones left out."""

    waiting: int
    """Those that wait to be acknowledged now."""

    stale: tuple[str, ...]
    masked: int
    truncated: bool
    """Whether there were more than are kept, so that the figures are too small."""


@dataclass(slots=True)
class Figures:
    """The load of one desk. Events in order of time; an older one counts as of the latest."""

    _kept: deque[tuple[datetime, str, Priority]] = field(default_factory=deque)  # of a day
    _hour: deque[datetime] = field(default_factory=deque)
    _ten: deque[datetime] = field(default_factory=deque)
    _peaks: deque[tuple[datetime, int]] = field(default_factory=deque)  # counts that fall
    _floods: deque[tuple[datetime, datetime]] = field(default_factory=deque)
    _flood_since: datetime | None = None
    _counts: Counter[str] = field(default_factory=Counter)
    _priorities: Counter[Priority] = field(default_factory=Counter)
    _recent: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    _chattered: dict[str, datetime] = field(default_factory=dict)
    _first: datetime | None = None
    _now: datetime | None = None
    _truncated: datetime | None = None

    def take(self, event: AlertEvent) -> None:
        """Count an event if it asks for attention."""
        if not event.values.get("annunciates"):
            return
        time = self._pass(event.time)
        alert, priority = event.values["source"], Priority(event.values["priority"])
        if len(self._kept) >= KEPT_MOST:
            self._drop_first()
            self._truncated = time
        self._kept.append((time, alert, priority))
        self._hour.append(time)
        self._ten.append(time)
        self._counts[alert] += 1
        self._priorities[priority] += 1
        self._count_peak(time)
        if self._flood_since is None and len(self._ten) >= FLOOD_BEGINS:
            self._flood_since = time
        self._watch_chatter(alert, time)

    def report(self, now: datetime, shown: Iterable[Alert] = ()) -> Report:
        """The figures at `now`, with `Book.shown` of this desk."""
        now = self._pass(now)
        alerts = list(shown)
        total = len(self._kept)
        open_ = [alert for alert in alerts if not alert.masked]
        spanned = min(now - (self._first or now), DAY)
        flooded = sum((end - start for start, end in self._flood_spans(now)), timedelta())
        return Report(
            ten_minutes=len(self._ten),
            hour=len(self._hour),
            day=total,
            mean_ten_minutes=total / max(spanned / TEN_MINUTES, 1.0),
            peak_ten_minutes=self._peaks[0][1] if self._peaks else 0,
            in_flood=self._flood_since is not None,
            flood_share=flooded / spanned if spanned else 0.0,
            shares={p: self._priorities[p] / total if total else 0.0 for p in Priority},
            chattering=tuple(sorted(self._chattered)),
            commonest=tuple(
                Common(alert, count, count / total)
                for alert, count in nsmallest(
                    COMMONEST, self._counts.items(), key=lambda c: (-c[1], c[0])
                )
            ),
            active=sum(alert.active for alert in open_),
            waiting=sum(alert.waits for alert in open_),
            stale=tuple(sorted(a.key for a in open_ if a.active and _age(a, now) > STALE_AFTER)),
            masked=len(alerts) - len(open_),
            truncated=self._truncated is not None and now - self._truncated < DAY,
        )

    def _pass(self, time: datetime) -> datetime:
        """Let time run to `time`, never backwards; what is too old leaves the counts."""
        now = time if self._now is None else max(self._now, time)
        self._now = now
        self._first = self._first or now
        while self._ten and now - self._ten[0] >= TEN_MINUTES:
            left = self._ten.popleft() + TEN_MINUTES
            if self._flood_since is not None and len(self._ten) < FLOOD_ENDS:
                self._floods.append((self._flood_since, left))
                self._flood_since = None
        while self._hour and now - self._hour[0] >= HOUR:
            self._hour.popleft()
        while self._kept and now - self._kept[0][0] >= DAY:
            self._drop_first()
        while self._peaks and now - self._peaks[0][0] >= DAY:
            self._peaks.popleft()
        while self._floods and now - self._floods[0][1] >= DAY:
            self._floods.popleft()
        for alert in [a for a, last in self._chattered.items() if now - last >= HOUR]:
            del self._chattered[alert]
        return now

    def _drop_first(self) -> None:
        _, alert, priority = self._kept.popleft()
        self._priorities[priority] -= 1
        self._counts[alert] -= 1
        if not self._counts[alert]:
            del self._counts[alert]
            self._recent.pop(alert, None)

    def _count_peak(self, time: datetime) -> None:
        """Keep the largest counts of 10 minutes, each later one smaller than those before."""
        count = len(self._ten)
        while self._peaks and self._peaks[-1][1] <= count:
            self._peaks.pop()
        self._peaks.append((time, count))

    def _flood_spans(self, now: datetime) -> list[tuple[datetime, datetime]]:
        spans = [(max(start, now - DAY), end) for start, end in self._floods]
        if self._flood_since is not None:
            spans.append((max(self._flood_since, now - DAY), now))
        return spans

    def _watch_chatter(self, alert: str, time: datetime) -> None:
        recent = self._recent[alert]
        recent.append(time)
        while time - recent[0] >= CHATTER_WITHIN:
            recent.popleft()
        if len(recent) >= CHATTER_TIMES:
            self._chattered[alert] = time


class Desks:
    """The figures of every desk."""

    def __init__(self) -> None:
        self._desks: dict[str, Figures] = {}

    def take(self, events: Iterable[AlertEvent]) -> None:
        """Count events, each for its desk; after a restart those of the last day."""
        for event in events:
            if event.values.get("annunciates"):
                self._desks.setdefault(event.values["desk"], Figures()).take(event)

    def report(self, now: datetime, shown: Iterable[Alert]) -> dict[str, Report]:
        """The figures of each desk that has had an alert, with `Book.shown`."""
        by_desk: defaultdict[str, list[Alert]] = defaultdict(list)
        for alert in shown:
            by_desk[alert.desk].append(alert)
        for desk in by_desk:
            self._desks.setdefault(desk, Figures())
        return {
            desk: figures.report(now, by_desk[desk])
            for desk, figures in sorted(self._desks.items())
        }


def report_as_json(report: Report) -> dict[str, Any]:
    """A report as JSON has it; of long lists the first LISTED_MOST, and how many there are."""
    told = {each.name: getattr(report, each.name) for each in fields(report)}
    for name in ("chattering", "stale"):
        told |= {name: list(told[name][:LISTED_MOST]), f"{name}_count": len(told[name])}
    told["shares"] = {priority.name.lower(): s for priority, s in report.shares.items()}
    told["commonest"] = [asdict(common) for common in report.commonest]
    return told


def _age(alert: Alert, now: datetime) -> timedelta:
    return timedelta() if alert.raised_time is None else now - alert.raised_time
