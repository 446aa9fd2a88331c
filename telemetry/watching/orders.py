"""People's orders on alerts, asked over the bus of the one collector that watches.

A request on `orders.alerts` is an AlertOrder as JSON, its answer an Answer: what became of each alert,
once that is kept. The same order asked again, by its id, is done once and answered the same, after a
restart with the alerts as they are by then; who hears nothing in time asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NoReturn, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from fleet.alerts.alert import alert_as_json
from fleet.alerts.book import KEY_MOST, WHO_MOST, WHY_MOST, Book
from fleet.alerts.errors import AlertError, BadOrderError, IllegalTransitionError
from fleet.alerts.events import SYSTEM, AlertEvent
from fleet.rules.rules import all_rules
from telemetry.bus import Bus, BusError, Message
from telemetry.watching.done_orders import DoneOrders, hash_of, stamped
from telemetry.watching.fence_alerts import RULE as GEOFENCE
from telemetry.words import Words

ALERT_ORDERS = "orders.alerts"

ALERTS_AT_ONCE = 200
"""Alerts of one order."""

KEPT_WITHIN = 5.0
"""Seconds in which an order is to be kept; then its answer says that it is not yet."""

RETRY = 1.0
"""Seconds between two tries to listen for orders."""

OrderWhat = Literal[
    "acknowledge",
    "reset",
    "shelve",
    "unshelve",
    "suppress",
    "unsuppress",
    "remove_from_service",
    "restore_to_service",
    "note",
]

_OF_NORMAL_ONES = frozenset({"shelve", "suppress", "remove_from_service"})
"""What can be done to an alert before it ever was raised, if a rule can raise it."""


class AlertOrder(BaseModel):
    """What somebody wants done to alerts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=100)
    """Whoever asks gives each order another one."""
    what: OrderWhat
    alerts: tuple[Words, ...] = Field(min_length=1, max_length=ALERTS_AT_ONCE)
    """Their keys."""
    who: Words = Field(min_length=1, max_length=WHO_MOST)
    why: Words = Field("", max_length=WHY_MOST)
    """The reason; of a note its text."""
    until: AwareDatetime | None = None
    """Of shelving."""


class AlertAnswer(BaseModel):
    """What became of an order for one alert."""

    alert: str
    result: Literal["done", "unknown", "illegal", "bad"]
    detail: str = ""
    """Why not."""
    now: dict[str, Any] | None
    """The alert as it is now, without members and acts; None if it is normal."""


class Answer(BaseModel):
    """What became of an order."""

    refused: Literal["", "bad", "other_order", "not_watching", "not_kept"] = ""
    """Why none of it was done; `not_kept`: it was, but is not on disk yet, so ask again."""
    detail: str = ""
    alerts: tuple[AlertAnswer, ...] = ()


class NotWatchingError(Exception):
    """This collector does not watch now."""


class Watching(Protocol):
    """What watches, as orders see it."""

    def order(self, act: Callable[[Book, datetime], list[AlertEvent]]) -> Book:
        """Do something to the book, tell what came of it, and give the book after it.

        Raises NotWatchingError, AlertError.
        """

    async def settled(self) -> None:
        """Wait until all that was told is kept."""

    async def watches(self, *, wanted: bool) -> None:
        """Wait until it watches, or until it does not."""


class AlertOrders:
    """Does orders, each once."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._done: DoneOrders[Answer] = DoneOrders()

    def recall(self, stamps: Iterable[Mapping[str, str]]) -> None:
        """Know orders that were done by an earlier run, of what it wrote into its event rows."""
        self._done.recall(stamps)

    async def run(self, bus: Bus) -> NoReturn:
        """Listen for orders while this collector watches; until cancelled."""
        while True:
            await self._watching.watches(wanted=True)
            try:
                async with bus.respond(ALERT_ORDERS, self.answer):
                    await self._watching.watches(wanted=False)
            except BusError:
                await asyncio.sleep(RETRY)

    async def answer(self, message: Message) -> bytes:
        """Do the order of a request."""
        try:
            order = AlertOrder.model_validate_json(message.payload)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            return _told(Answer(refused="bad", detail=f"{place}: {first['msg']}"))
        known = self._done.get(order)
        if known is not None and known.hash != hash_of(order):
            return _told(Answer(refused="other_order", detail=f"{order.id!r} was another order"))
        answer = None if known is None else known.answer
        if answer is None:
            before = frozenset() if known is None else known.alerts
            try:
                answer = Answer(
                    alerts=tuple(self._take(order, key, before) for key in order.alerts)
                )
            except NotWatchingError:
                return _told(Answer(refused="not_watching", detail="this collector stands by"))
            self._done.put(order, answer)
        try:
            async with asyncio.timeout(KEPT_WITHIN):
                await self._watching.settled()
        except TimeoutError:
            return _told(Answer(refused="not_kept", detail="done, but not kept yet: ask again"))
        return _told(answer)

    def _take(self, order: AlertOrder, key: str, before: Collection[str]) -> AlertAnswer:
        """Do it to one alert, unless it was done to that `before`. Raises NotWatchingError."""
        detail = ""
        result: Literal["done", "unknown", "illegal", "bad"] = "done"
        try:
            if key not in before:
                self._watching.order(
                    lambda book, now: stamped(_act(book, order, key, now), order, key)
                )
        except _UnknownAlertError as error:
            return AlertAnswer(alert=key, result="unknown", detail=str(error), now=None)
        except IllegalTransitionError as error:
            result, detail = "illegal", str(error)
        except AlertError as error:
            result, detail = "bad", str(error)
        alert = self._watching.order(lambda *_: []).alerts.get(key)
        if alert is None:
            return AlertAnswer(alert=key, result=result, detail=detail, now=None)
        if result == "illegal" and alert.acts:
            last = alert.acts[-1]
            detail += f"; {last.who} did {last.what} at {last.time.isoformat(timespec='seconds')}"
        now = alert_as_json(alert)
        del now["members"], now["acts"]
        return AlertAnswer(alert=key, result=result, detail=detail, now=now)


class _UnknownAlertError(AlertError):
    """There is no such alert."""


def _act(book: Book, order: AlertOrder, key: str, now: datetime) -> list[AlertEvent]:
    who, why = order.who, order.why
    if " ".join(who.split()) == SYSTEM:
        raise BadOrderError(f"{SYSTEM!r} is nobody's name: say who orders it")
    if key not in book.alerts and not (order.what in _OF_NORMAL_ONES and _can_be(key)):
        raise _UnknownAlertError(f"no alert {key[:KEY_MOST]!r}: it is over, or there never was one")
    if order.what == "shelve":
        if order.until is None:
            raise BadOrderError("until when is it shelved? give `until`")
        return book.shelve(key, who, why, order.until, now)
    acts: dict[str, Callable[[], list[AlertEvent]]] = {
        "acknowledge": lambda: book.acknowledge(key, who, now, why),
        "reset": lambda: book.reset(key, who, now, why),
        "unshelve": lambda: book.unshelve(key, who, now, why),
        "suppress": lambda: book.suppress(key, now, why, who),
        "unsuppress": lambda: book.unsuppress(key, now, why, who),
        "remove_from_service": lambda: book.remove_from_service(key, who, why, now),
        "restore_to_service": lambda: book.restore_to_service(key, who, now, why),
        "note": lambda: book.note(key, who, why, now),
    }
    return acts[order.what]()


def _can_be(key: str) -> bool:
    """Whether a rule could raise an alert with this key."""
    rule, _, about = key.partition("/")
    return bool(about) and key.isprintable() and (rule in all_rules() or rule == GEOFENCE)


def _told(answer: Answer) -> bytes:
    return answer.model_dump_json().encode()
