"""Writes what is known of a stretch of time in the airspace into one file of evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, THREAT
from fleet.columns import Rows
from fleet.moments import as_datetime
from telemetry.airspace.remote_id import FORGOTTEN_AFTER
from telemetry.history.errors import HistoryError
from telemetry.history.evidence_file import (
    BEFORE,
    MESSAGES,
    EvidenceFile,
    Member,
    message_object,
)
from telemetry.history.evidence_rows import OF_CHANGE, OF_CONTACT, OF_DETECTION, table_rows
from telemetry.history.whole_file import whole_file
from telemetry.store import contact_queries, sensor_queries
from telemetry.store.contact_queries import ChangePlace, ContactPlace, StatePlace
from telemetry.store.pages import place_of
from telemetry.store.sensor_queries import DetectionPlace, place_of_event, place_of_message

PAGE = 1000
"""Rows that are read at once."""

LEAD = timedelta(microseconds=FORGOTTEN_AFTER)
"""How long before the span messages are taken along: what a drone said of itself then counts on."""

Progress = Callable[[str, float], None]
"""Told which member is being written, and how much of the span it has, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What evidence is asked for; times are aware."""

    start: datetime
    end: datetime
    contact: int | None = None
    sensors: tuple[str, ...] = ()
    """All, if none is named."""


async def write_evidence(
    connection: psycopg.AsyncConnection,
    wanted: Wanted,
    path: Path,
    *,
    software: str,
    now: datetime,
    progress: Progress = lambda _member, _share: None,
) -> dict[str, int]:
    """Write the evidence to `path`; returns how many rows each member has.

    `software` is the version that stands in the manifest. All is of one moment of the database. Of
    one contact come the detections that may be of it, and all that the sensors which saw it said
    while it was there. Raises HistoryError for a contact that is not known or was not there then
    and a file that cannot be written, psycopg.Error.
    """
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        about = {
            "software": software,
            "made": now.astimezone(UTC).isoformat(),
            "from": wanted.start.astimezone(UTC).isoformat(),
            "to": wanted.end.astimezone(UTC).isoformat(),
            "contact": wanted.contact,
            "sensors": list(wanted.sensors),
        }
        with whole_file(path) as part, EvidenceFile(part, about, now.astimezone(UTC)) as file:
            await _Writing(connection, wanted, file, progress).write()
    return {name: member.rows for name, member in file.members.items()}


class _Writing:
    """One file while it is written."""

    def __init__(
        self,
        connection: psycopg.AsyncConnection,
        wanted: Wanted,
        file: EvidenceFile,
        progress: Progress,
    ) -> None:
        self._connection, self._wanted, self._file = connection, wanted, file
        self._progress = progress
        self._start, self._end = wanted.start, wanted.end

    async def write(self) -> None:
        wanted = self._wanted
        found = None if wanted.contact is None else await self._contact(wanted.contact)
        seen_by = await self._detections(found)
        # no sensor at all is not the same as none named
        sensors = wanted.sensors if found is None else tuple(sorted(seen_by))
        silent = found is not None and not sensors
        await self._messages(sensors, silent=silent)
        await self._events(sensors, silent=silent)
        await self._contacts(found)
        await self._states()
        await self._changes()
        await self._threats()
        await self._alerts()
        await self._ticks()

    async def _contact(self, key: int) -> np.void:
        """The contact; from here on the span is that in which it was there."""
        rows = await contact_queries.contact(self._connection, key)
        if not len(rows):
            raise HistoryError(f"no contact {key} is known; take the id that the page shows")
        first = as_datetime(rows["first_time"][0])
        last = max(as_datetime(rows["time"][0]), as_datetime(rows["heard_time"][0]))
        if first >= self._end or last < self._start:
            raise HistoryError(
                f"contact {key} was there from {first:%Y-%m-%dT%H:%M:%S} to "
                f"{last:%Y-%m-%dT%H:%M:%S} UTC; ask for that time"
            )
        self._start = max(self._start, first)
        self._end = min(self._end, last + timedelta(microseconds=1))
        row: np.void = rows[0]
        return row

    async def _detections(self, found: np.void | None) -> set[str]:
        """Write them; the sensors that told of the contact."""
        sensors = {sensor.encode() for sensor in self._wanted.sensors}
        seen_by: set[str] = set()

        async def page(after: DetectionPlace | None) -> Rows:
            if found is None:
                names = self._wanted.sensors
                return await sensor_queries.detections(
                    self._connection, *self._span, sensors=names, after=after, limit=PAGE
                )
            return await sensor_queries.detections_of(
                self._connection, found, *self._span, after=after, limit=PAGE
            )

        about = "What sensors told of objects, one row an object and time; read from the messages."
        with self._file.member("detections.csv", about) as member:
            member.table([DETECTION.names or ()], is_head=True)
            async for rows in _pages(page, DetectionPlace):
                own = rows
                if found is not None:
                    if sensors:
                        own = rows[np.isin(rows["sensor"], list(sensors))]
                    seen_by |= {name.decode() for name in set(own["sensor"].tolist())}
                member.table(table_rows(own, OF_DETECTION))
                self._tell("detections.csv", as_datetime(rows["time"][-1]))
        return seen_by

    async def _messages(self, sensors: Sequence[str], *, silent: bool) -> None:
        before = self._start - LEAD
        about = (
            "What sensors said shortly before the span, and how SAPIENT nodes introduced themselves: "
            "needed to read the messages again."
        )
        with self._file.member(BEFORE, about) as member:
            if not silent:
                told = await sensor_queries.introductions(self._connection, before, sensors=sensors)
                member.objects([message_object(said) for said in told])
                await self._said(member, before, self._start, sensors)
        about = "Every message of the sensors as it was received; `raw` is in base64."
        with self._file.member(MESSAGES, about) as member:
            if not silent:
                await self._said(member, self._start, self._end, sensors)

    async def _said(
        self, member: Member, start: datetime, end: datetime, sensors: Sequence[str]
    ) -> None:
        after = None
        while page := await sensor_queries.messages(
            self._connection, start, end, sensors=sensors, after=after, limit=PAGE
        ):
            member.objects([message_object(said) for said in page])
            after = place_of_message(page[-1])
            self._tell(MESSAGES, after.received_time)

    async def _events(self, sensors: Sequence[str], *, silent: bool) -> None:
        after = None
        with self._file.member("sensor_events.ndjson", "What happened to sensors.") as member:
            while not silent and (
                page := await sensor_queries.sensor_events(
                    self._connection, *self._span, sensors=sensors, after=after, limit=PAGE
                )
            ):
                member.objects(
                    [
                        {
                            "received_time": as_datetime(event.received_time).isoformat(),
                            "sensor": event.sensor,
                            "kind": event.kind,
                            "detail": event.detail,
                        }
                        for event in page
                    ]
                )
                after = place_of_event(page[-1])

    async def _contacts(self, found: np.void | None) -> None:
        async def page(after: ContactPlace | None) -> Rows:
            return await contact_queries.contacts(
                self._connection, *self._span, after=after, limit=PAGE
            )

        about = "The contacts that were there in the span, each as it was last known."
        with self._file.member("contacts.csv", about) as member:
            member.table([CONTACT.names or ()], is_head=True)
            if found is not None:
                member.table(table_rows(np.array([found], CONTACT), OF_CONTACT))
                return
            async for rows in _pages(page, ContactPlace):
                member.table(table_rows(rows, OF_CONTACT))

    async def _states(self) -> None:
        async def page(after: StatePlace | None) -> Rows:
            key = self._wanted.contact
            return await contact_queries.states(
                self._connection, *self._span, key=key, after=after, limit=PAGE
            )

        about = "The tracks: how each contact was after each step in which it changed."
        with self._file.member("contact_states.csv", about) as member:
            member.table([CONTACT.names or ()], is_head=True)
            async for rows in _pages(page, StatePlace):
                member.table(table_rows(rows, OF_CONTACT))
                self._tell("contact_states.csv", as_datetime(rows["time"][-1]))

    async def _changes(self) -> None:
        async def page(after: ChangePlace | None) -> Rows:
            key = self._wanted.contact
            return await contact_queries.changes(
                self._connection, *self._span, key=key, after=after, limit=PAGE
            )

        about = "What became of contacts: confirmed, identified, jumped, merged, ended …"
        with self._file.member("contact_changes.csv", about) as member:
            member.table([CHANGE.names or ()], is_head=True)
            async for rows in _pages(page, ChangePlace):
                member.table(table_rows(rows, OF_CHANGE))

    async def _threats(self) -> None:
        async def page(after: StatePlace | None) -> Rows:
            key = self._wanted.contact
            return await contact_queries.threats(
                self._connection, *self._span, key=key, after=after, limit=PAGE
            )

        about = (
            "What was told of the threat of contacts: each row holds until the next of its contact."
        )
        with self._file.member("contact_threats.csv", about) as member:
            member.table([THREAT.names or ()], is_head=True)
            async for rows in _pages(page, StatePlace):
                member.table(table_rows(rows, {}))

    async def _alerts(self) -> None:
        query = """
            SELECT id, alert, event_time, what, who, why, "values" FROM nigehban.alert_event
            WHERE event_time >= %s AND event_time < %s ORDER BY id
        """
        names = ("id", "alert", "time", "what", "who", "why", "values")
        about = "Everything that happened to alerts in the span, also to those of other things."
        await self._plain("alert_events.ndjson", about, query, names)

    async def _ticks(self) -> None:
        query = """
            SELECT alert, raised_time, item, tick_time, who, done, note
            FROM nigehban.checklist_tick WHERE tick_time >= %s AND tick_time < %s
            ORDER BY tick_time, alert, item, who
        """
        names = ("alert", "raised_time", "item", "time", "who", "done", "note")
        about = "What was ticked of the checklists of alerts in the span, and taken back."
        await self._plain("checklist_ticks.ndjson", about, query, names)

    async def _plain(self, name: str, about: str, query: Any, names: Sequence[str]) -> None:
        """Rows of a table as objects, fetched bit by bit; of the whole span that was asked for."""
        span = (self._wanted.start, self._wanted.end)
        async with self._connection.cursor("evidence") as cursor:
            await cursor.execute(query, span)
            with self._file.member(name, about) as member:
                while rows := await cursor.fetchmany(PAGE):
                    member.objects(
                        [
                            {key: _plainly(value) for key, value in zip(names, row, strict=True)}
                            for row in rows
                        ]
                    )

    @property
    def _span(self) -> tuple[datetime, datetime]:
        return self._start, self._end

    def _tell(self, member: str, time: datetime) -> None:
        share = (time - self._start) / (self._end - self._start)
        self._progress(member, min(max(share, 0.0), 1.0))


async def _pages(page: Callable[[Any], Any], place: type[Any]) -> AsyncIterator[Rows]:
    after = None
    while len(rows := await page(after)):
        yield rows
        after = place_of(place, rows[-1])


def _plainly(value: Any) -> Any:
    """A value of the database as JSON has it."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
