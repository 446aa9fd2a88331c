"""Orders that were done, so that one that is asked again is not done twice.

What came of an order says so in its event rows, for the collector that watches next: of an order
that was answered by another one these tell to which alerts it was done.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar

from fleet.alerts.events import AlertEvent

REMEMBERED = timedelta(days=1)
"""For how long."""

DONE_MOST = 10_000
"""Orders that are remembered at most, the last ones."""

T = TypeVar("T")


class Order(Protocol):
    """An order as it was asked for."""

    @property
    def id(self) -> str:
        """Whoever asks gives each order another one."""

    def model_dump_json(self) -> str:
        """All of it, the same of the same order."""


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What is known of an order."""

    hash: str
    answer: T | None = None
    """None of one that another run answered."""

    alerts: frozenset[str] = frozenset()
    """Of such a one: the keys of alerts that it was done to."""


class DoneOrders(Generic[T]):
    """Orders by their id, each with the answer to it. Bounded."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Done[T]] = OrderedDict()

    def get(self, order: Order) -> Done[T] | None:
        """What is known of the order with that id, which may be another one: see its hash."""
        return self._known.get(order.id)

    def put(self, order: Order, answer: T) -> None:
        """Remember an order with the answer to it."""
        self._put(order.id, Done(hash_of(order), answer))

    def recall(self, stamps: Iterable[Mapping[str, str]]) -> None:
        """Take what `stamped` wrote into rows, the oldest first; what is known better stays."""
        for stamp in stamps:
            known = self._known.get(stamp["id"]) or Done(stamp["hash"])
            if known.answer is None:
                self._put(stamp["id"], replace(known, alerts=known.alerts | {stamp["alert"]}))

    def _put(self, order_id: str, done: Done[T]) -> None:
        self._known[order_id] = done
        self._known.move_to_end(order_id)
        if len(self._known) > DONE_MOST:
            self._known.popitem(last=False)


def hash_of(order: Order) -> str:
    """Of all that an order says."""
    return hashlib.sha256(order.model_dump_json().encode()).hexdigest()


def stamped(events: list[AlertEvent], order: Order, alert: str) -> list[AlertEvent]:
    """The events that came of an order to one alert; the first of them says so."""
    if not events:
        return []
    stamp: dict[str, Any] = {"id": order.id, "hash": hash_of(order), "alert": alert}
    first, *others = events
    return [replace(first, values={**first.values, "order": stamp}), *others]
