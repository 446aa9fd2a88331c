"""Events from outside: panic buttons, cameras and citizens that another system tells of.

A request on `orders.events` is an OutsideEvent as JSON, its answer an OutsideAnswer, given once the
event and its alert are kept. Who sends an event gives it a key: the same key is the same event,
however often it comes. The database holds the keys; those that are still on their way, or wait in
the spool, are remembered here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, NoReturn

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from fleet.assets import IDENTITY_MAX_BYTES, Asset, IdentityError, Kind
from telemetry.batch import Batch, Event
from telemetry.bus import Bus, BusError, Message
from telemetry.sink import NotStoredError, RefusedError, Sink
from telemetry.words import Words

EVENT_ORDERS = "orders.events"

KEY_NAME, HASH_NAME = "client_key", "client_hash"
"""What of an event's detail goes into the table `outside_event`."""

TEXT_MOST = 1000
"""Characters of what was said."""

REMEMBERED_MOST = 10_000
"""Keys."""

AHEAD_MOST = timedelta(days=1)
"""By which a sender's clock may be ahead of ours: a wrong time zone."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

RETRY = 1.0
"""Seconds between two tries to listen."""

CHECK = 0.2
"""Seconds between two looks for whether events may come here."""

OutsideKind = Literal[
    "panic",
    "citizen_report",
    "person_down",
    "crowd",
    "vehicle_match",
    "fire",
    "smoke",
    "fight",
    "intrusion",
    "left_object",
]

ClientKey = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$")]


class Place(BaseModel):
    """Degrees, WGS 84."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)


class Happened(BaseModel):
    """What somebody tells of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: OutsideKind
    time: AwareDatetime = Field(description="When it happened.")
    source: str = Field(
        pattern=r"^[A-Za-z0-9._-]{1,40}$", description="The button, camera or desk that tells it."
    )
    text: Words = Field("", max_length=TEXT_MOST, description="What was said.")
    place: Place | None = None
    asset: Words | None = Field(
        None,
        min_length=1,
        max_length=IDENTITY_MAX_BYTES,
        description="Key or identity of an asset that it is about; otherwise `outside:<source>`.",
    )


class OutsideEvent(BaseModel):
    """A request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: ClientKey
    happened: Happened
    identity: str
    """Of the asset that it belongs to."""
    asset_kind: Kind = Kind.UNKNOWN

    @property
    def hash(self) -> str:
        """Of what was sent."""
        return hashlib.blake2b(self.happened.model_dump_json().encode(), digest_size=16).hexdigest()


class OutsideAnswer(BaseModel):
    """What became of it."""

    refused: Literal["", "bad", "other_body", "not_kept"] = ""
    detail: str = ""
    asset: str = ""
    """Key of the asset that it belongs to."""
    time: datetime | None = None
    """Of the event: what was said, and some microseconds that tell it from others of that time."""


class OutsideEvents:
    """Takes events from outside in, each once."""

    def __init__(
        self, sink: Sink, clock: Callable[[], float], may: Callable[[], bool] = lambda: True
    ) -> None:
        """`clock` is our time in seconds since 1970; `may` says whether events may come here."""
        self._sink = sink
        self._clock = clock
        self._may = may
        self._known: OrderedDict[str, tuple[str, asyncio.Task[OutsideAnswer]]] = OrderedDict()

    async def run(self, bus: Bus) -> NoReturn:
        """Listen while events may come here; until cancelled."""
        while True:
            try:
                if self._may():
                    async with bus.respond(EVENT_ORDERS, self.answer):
                        while self._may():  # noqa: ASYNC110 - it is asked, and does not tell
                            await asyncio.sleep(CHECK)
            except BusError:
                await asyncio.sleep(RETRY)
            await asyncio.sleep(CHECK)

    async def answer(self, message: Message) -> bytes:
        """Take the event of a request."""
        try:
            event = OutsideEvent.model_validate_json(message.payload)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            return _told(OutsideAnswer(refused="bad", detail=f"{place}: {first['msg']}"))
        known = self._known.get(event.key)
        if known is not None and known[0] != event.hash:
            return _told(
                OutsideAnswer(
                    refused="other_body", detail=f"another event came with key {event.key!r}"
                )
            )
        if known is None or _failed(known[1]):
            task = asyncio.get_running_loop().create_task(self._take(event))
            self._known[event.key] = (event.hash, task)
            while len(self._known) > REMEMBERED_MOST:
                self._known.popitem(last=False)
        else:
            task = known[1]
        return _told(await asyncio.shield(task))

    async def _take(self, event: OutsideEvent) -> OutsideAnswer:
        now = datetime.fromtimestamp(self._clock(), UTC)
        try:
            asset = Asset(event.identity, event.asset_kind)
            row = event_of(event, asset, now)
            await self._sink.accept(Batch((asset,), events=(row,)))
        except (IdentityError, RefusedError) as error:
            return OutsideAnswer(refused="bad", detail=str(error))
        except NotStoredError as error:
            return OutsideAnswer(refused="not_kept", detail=f"{error}: send it again")
        return OutsideAnswer(asset=str(asset.key), time=row.time)


def _failed(task: asyncio.Task[OutsideAnswer]) -> bool:
    if not task.done():
        return False
    return task.cancelled() or task.exception() is not None or bool(task.result().refused)


def event_of(event: OutsideEvent, asset: Asset, now: datetime) -> Event:
    """The row of an event. Raises RefusedError for a time that cannot be.

    A row is told from others by its asset, time and kind alone. Those of two senders that have the
    same are held apart by microseconds that follow from their keys.
    """
    happened = event.happened
    time = happened.time.astimezone(UTC)
    if not EARLIEST <= time <= now + AHEAD_MOST:
        raise RefusedError("absurd_time", f"time: {time.isoformat()} cannot be")
    apart = int(hashlib.blake2b(event.key.encode(), digest_size=4).hexdigest(), 16) % 1000
    time = time.replace(microsecond=time.microsecond // 1000 * 1000 + apart)
    detail: dict[str, str | float] = {"source": happened.source}
    if happened.text:
        detail["text"] = happened.text
    if happened.place is not None:
        detail |= happened.place.model_dump()
    detail |= {KEY_NAME: event.key, HASH_NAME: event.hash}
    return Event(asset.key, time, now, happened.kind, detail)


def _told(answer: OutsideAnswer) -> bytes:
    return answer.model_dump_json().encode()
