"""The timeline of an intrusion: what became of a contact, of its alerts, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
import psycopg
from pydantic import BaseModel, Field

from fleet.airspace.checklist import CHECKLIST, opens_checklist
from fleet.airspace.columns import ChangeKind
from fleet.airspace.told_threats import reasons_of
from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from fleet.columns import Rows
from fleet.moments import as_datetime
from telemetry.history.beside import LEVELS
from telemetry.store import contact_queries, intrusion_queries
from telemetry.store.checklists import Tick
from telemetry.store.intrusion_queries import Located

AFTERWARDS = timedelta(hours=12)
"""For how long after a contact was gone what was done about it is told: a shift."""

CHANGES_MOST = 500

_TEXTS = {item.id: {"en": item.text.english, "ur": item.text.urdu} for item in CHECKLIST}


class Happened(BaseModel):
    """Something that happened."""

    time: datetime
    kind: Literal["contact", "threat", "alert", "operator", "tick"]
    what: str = Field(
        description="Of a contact `confirmed` …, of its threat the level, of an alert `activate` …"
    )
    alert: str = Field("", description="The key of the alert.")
    who: str = ""
    why: str = Field("", description="A reason, or the text of a note.")
    item: str = Field("", description="Of the checklist.")
    text: dict[str, str] = Field(
        {}, description="The item's, or the reasons of a threat, by language: en, ur."
    )
    done: bool | None = Field(None, description="Whether the item was ticked or taken back.")
    other: str | None = Field(None, description="Key of the other contact that it is about.")
    distance: float | None = None
    latitude: float | None = None
    longitude: float | None = None


class Raised(BaseModel):
    """One raising of an alert, of which there is a checklist."""

    alert: str
    raised_time: datetime


class Intrusion(BaseModel):
    """What happened, in order of time."""

    start: datetime
    end: datetime
    items: list[Happened]
    checklists: list[Raised] = Field(description="The newest first.")


async def intrusion(
    connection: psycopg.AsyncConnection, row: np.void, start: datetime, end: datetime
) -> Intrusion:
    """The intrusion of a contact (a row of CONTACT) that was there from `start` to `end`."""
    key, identity = int(row["contact"]), bytes(row["identity"]).decode()
    subjects = [f"contact:{key:x}", *([identity] if identity else [])]
    changes = await contact_queries.changes(connection, start, end, key=key, limit=CHANGES_MOST)
    levels = await intrusion_queries.levels_of(connection, key, start, end)
    located = await intrusion_queries.operator_located(connection, key, start, end)
    events = await intrusion_queries.alerts_about(connection, subjects, start, end + AFTERWARDS)
    alerts = sorted({event.alert for event in events})
    ticks = await intrusion_queries.ticks_of(connection, alerts, start)
    items = [*_changes(changes), *_threats(levels), *_located(located)]
    items += [*_events(events), *_ticks(ticks)]
    return Intrusion(
        start=start,
        end=end,
        items=sorted(items, key=lambda item: item.time),
        checklists=_checklists(events),
    )


def _changes(rows: Rows) -> Iterator[Happened]:
    for row in rows:
        distance = float(row["distance"])
        yield Happened(
            time=as_datetime(row["time"]),
            kind="contact",
            what=ChangeKind(row["kind"]).name.lower(),
            other=str(int(row["other"])) if row["other"] else None,
            distance=round(distance) if np.isfinite(distance) else None,
        )


def _threats(rows: Rows) -> Iterator[Happened]:
    for row in rows:
        told = [words for _, words in reasons_of(row)]
        yield Happened(
            time=as_datetime(row["time"]), kind="threat", what=LEVELS[row["level"]],
            text={
                "en": ", ".join(words.english for words in told),
                "ur": "، ".join(words.urdu for words in told),
            },
        )  # fmt: skip


def _located(found: Located | None) -> Iterator[Happened]:
    if found is not None:
        place: dict[str, Any] = {"latitude": found.latitude, "longitude": found.longitude}
        yield Happened(time=found.time, kind="operator", what="located", **place)


def _events(events: Iterable[AlertEvent]) -> Iterator[Happened]:
    for event in events:
        yield Happened(
            time=event.time, kind="alert", what=event.what.value, alert=event.alert,
            who=event.who, why=event.why,
        )  # fmt: skip


def _ticks(ticks: Iterable[Tick]) -> Iterator[Happened]:
    for tick in ticks:
        yield Happened(
            time=tick.time, kind="tick", what="ticked" if tick.done else "unticked",
            alert=tick.alert, who=tick.who, why=tick.note, item=tick.item, done=tick.done,
            text=_TEXTS.get(tick.item, {}),
        )  # fmt: skip


def _checklists(events: Iterable[AlertEvent]) -> list[Raised]:
    raised = [
        Raised(alert=event.alert, raised_time=event.time)
        for event in events
        if event.what is What.ACTIVATE
        and opens_checklist(event.alert, event.values.get("first_up", ""))
    ]
    return raised[::-1]
