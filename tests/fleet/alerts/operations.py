"""Random operations on a book, and what must be so whatever was done.

`python -m tests.fleet.alerts.operations [COUNT] [SEED]` does a million of them.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import orjson

from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import SHELVE_MOST, Book
from fleet.alerts.errors import BadOrderError, IllegalTransitionError
from fleet.alerts.events import AlertEvent, event_as_json, event_from_json
from fleet.alerts.states import CONDITIONS, MASKED, Condition, State, What
from tests.fleet.alerts.samples import START, lost

KEYS = [f"link_lost/mavlink:north/{number}" for number in range(1, 9)] + ["panic/a", "wind/b"]
CAUSES = ("link/mavlink:north", "link/mavlink:south")
CHECK_EVERY, RESTART_EVERY = 200, 2000


class Operations:
    """A book, a second one that follows its events, and a clock."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.now = START
        self.book = Book()
        self.follower = Book()
        self.refused = 0
        self.done = 0

    def run(self, count: int) -> None:
        """Do `count` random operations."""
        for number in range(count):
            self.one()
            if number % CHECK_EVERY == 0:
                self.check()
            if number % RESTART_EVERY == 0:
                self.restart()
        self.check()

    def one(self) -> None:
        """Do one, whether it is legal or not."""
        draw = self.random
        self.now += timedelta(seconds=draw.choice((0.0, 0.4, 2.0, 9.0, 70.0)))
        groups = [key for key in self.book.alerts if key.startswith("group/")]
        key = draw.choice(KEYS + groups) if groups else draw.choice(KEYS)
        what = draw.choice(("activate", "clear", "update", "tick", "acknowledge", "acknowledge",
                            "reset", "shelve", "unshelve", "suppress", "unsuppress", "remove",
                            "restore", "note"))  # fmt: skip
        self.do(what, key, draw)

    def do(self, what: str, key: str, draw: random.Random) -> None:
        """Do it, take what it gives, and see that a refusal changes nothing."""
        before, last = dict(self.book.alerts), self.book.last_id
        try:
            events = self._do(what, key, draw)
        except (IllegalTransitionError, BadOrderError):
            self.refused += 1
            assert self.book.last_id == last
            assert self.book.alerts == before
            return
        self.done += 1
        self.take(events)

    def _do(self, what: str, key: str, draw: random.Random) -> list[AlertEvent]:
        book, now, who = self.book, self.now, "inspector"
        until = now + draw.choice((timedelta(minutes=5), SHELVE_MOST, timedelta(days=1)))
        orders: dict[str, Callable[[], list[AlertEvent]]] = {
            "activate": lambda: book.activate(key, self._occurrence(key, draw), now),
            "clear": lambda: book.clear(key, now, draw.choice((None, 0.5))),
            "update": lambda: book.update(key, draw.choice((None, 0.0, 7.0, 3.0)), now),
            "tick": lambda: book.tick(now),
            "acknowledge": lambda: book.acknowledge(key, who, now),
            "reset": lambda: book.reset(key, who, now),
            "shelve": lambda: book.shelve(key, who, "painting the mast", until, now),
            "unshelve": lambda: book.unshelve(key, who, now),
            "suppress": lambda: book.suppress(key, now, "drill"),
            "unsuppress": lambda: book.unsuppress(key, now),
            "remove": lambda: book.remove_from_service(key, who, "sensor is broken", now),
            "restore": lambda: book.restore_to_service(key, who, now),
            "note": lambda: book.note(key, who, draw.choice(("", "looked at it")), now),
        }
        return orders[what]()

    def _occurrence(self, key: str, draw: random.Random) -> Occurrence:
        return lost(
            priority=draw.choice(list(Priority)),
            value=draw.choice((None, 1.0, 6.0)),
            falling=draw.random() < 0.5,
            cause=draw.choice(CAUSES) if key.startswith("link") else None,
            latching=key.startswith("panic"),
            realert_after=draw.choice((None, 60.0)),
            assets=(draw.randrange(5),),
        )

    def take(self, events: list[AlertEvent]) -> None:
        """The follower takes what was written, as a store would give it back."""
        kept = [event_from_json(orjson.loads(orjson.dumps(event_as_json(e)))) for e in events]
        assert kept == events
        self.follower.replay(kept)
        for event in events:
            if event.what != What.UPDATE:
                self._check_alert(event.alert)

    def restart(self) -> None:
        """Go on with a book of a snapshot, as after a restart."""
        told = orjson.loads(orjson.dumps(self.book.snapshot()))
        restored = Book.restored(told)
        assert restored.alerts == self.book.alerts
        assert restored.last_id == self.book.last_id
        self.book = restored

    def check(self) -> None:
        """What must be so of the whole book."""
        assert self.follower.alerts == self.book.alerts
        assert self.follower.last_id == self.book.last_id
        for key in self.book.alerts:
            self._check_alert(key)

    def _check_alert(self, key: str) -> None:
        alert = self.book.alert(key)
        if alert.state == State.NORMAL:
            assert key not in self.book.alerts
            return
        assert alert.condition in CONDITIONS[alert.state]
        assert alert.condition != Condition.LATCHED or alert.latching
        assert (alert.state in MASKED) == bool(alert.masked_by)
        assert (alert.state == State.SHELVED) == (alert.masked_until is not None)
        if alert.masked_until is not None and alert.state_time is not None:
            assert alert.masked_until - alert.state_time <= SHELVE_MOST
        values = [v for v in (alert.trigger_value, alert.current_value) if v is not None]
        if values and alert.active:
            assert alert.worst_value is not None
            if alert.falling:
                assert alert.worst_value <= min(values)
            else:
                assert alert.worst_value >= max(values)
        if alert.raised_time is not None and alert.returned_time is not None:
            assert alert.returned_time >= alert.raised_time
            assert not alert.active
        if alert.is_group:
            self._check_group(key)
        elif alert.active and alert.group is not None:
            assert self.book.alert(alert.group).active

    def _check_group(self, key: str) -> None:
        group, members = self.book.alert(key), self.book.members(key)
        assert group.first_up in group.members
        assert {member.key for member in members} <= set(group.members)
        assert group.active == any(member.active for member in members)
        assert group.waits or not group.active or group.masked or group.state == "acknowledged"
        active = [member.priority for member in members if member.active]
        assert not active or group.priority >= max(active)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began = time.process_time()
    operations = Operations(seed)
    operations.run(count)
    print(
        f"{operations.done} done, {operations.refused} refused, {operations.book.last_id} events, "
        f"{len(operations.book)} alerts in the book, {time.process_time() - began:.0f} s CPU"
    )


if __name__ == "__main__":
    main()
