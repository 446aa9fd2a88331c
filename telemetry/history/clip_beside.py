"""Reads what a clip holds beside tracks, a page at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from telemetry.airspace.protecting import protecting
from telemetry.airspace.threats_then import threats_then
from telemetry.history.beside import AlertPart, ContactPart, by_contact, raisings
from telemetry.history.reading import Window
from telemetry.store import contact_queries, past_contacts
from telemetry.store.contact_queries import ContactPlace
from telemetry.store.pages import place_of
from telemetry.store.past_alerts import Stood, stood

STATES_MOST = 200_000
"""States of contacts of one clip."""

ALERTS_MOST = 50_000
"""Things that happened to alerts of one clip."""

STEP = timedelta(seconds=1)

_CONTACTS_AT_ONCE = 10
_ALERTS_AT_ONCE = 1000


class TooMuchError(ValueError):
    """A clip would hold too much of this; the message says so in one line."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a clip holds beside tracks."""

    contacts: bool = False
    alerts: bool = False
    assets: frozenset[int] | None = None
    """Only alerts about one of them; None: all."""

    zones: tuple[str, ...] = ()
    """Names or ids of the geofences that are protected, as `airspace.zones`."""

    near: float = 500.0
    """Metres from a zone that are near it, as `airspace.near`."""

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return self.contacts or self.alerts


async def check(connection: psycopg.AsyncConnection, window: Window, beside: Beside) -> None:
    """Raises TooMuchError, psycopg.Error."""
    if beside.contacts:
        lived = await past_contacts.lived(connection, window.start, window.end)
        if lived.seconds > STATES_MOST:
            raise TooMuchError(
                f"more than {STATES_MOST:,} states of contacts: ask for less time, or without them"
            )


async def contacts(
    connection: psycopg.AsyncConnection, window: Window, beside: Beside
) -> AsyncGenerator[Sequence[ContactPart]]:
    """Some contacts at a time. Raises psycopg.Error."""
    start, end = window.start, window.end
    zones = await protecting(connection, start, end, beside.zones)
    after: ContactPlace | None = None
    while True:
        listed = await contact_queries.contacts(
            connection, start, end, after=after, limit=_CONTACTS_AT_ONCE
        )
        rows = await past_contacts.states_then(connection, listed, start, end, STEP)
        told = await past_contacts.threats_then(connection, listed, start, end, STEP)
        threats = await asyncio.to_thread(threats_then, rows, told, zones, beside.near, start, end)
        yield by_contact(rows, told, threats)
        if len(listed) < _CONTACTS_AT_ONCE:
            return
        after = place_of(ContactPlace, listed[-1])


async def alerts(
    connection: psycopg.AsyncConnection, window: Window, beside: Beside
) -> list[AlertPart]:
    """Those that stood in the window, ALERTS_MOST things that happened to them at most.

    Raises psycopg.Error, TooManyEventsError.
    """
    found: list[Stood] = []
    after = None
    while len(found) < ALERTS_MOST:
        page, after = await stood(
            connection, window.start, window.end, limit=_ALERTS_AT_ONCE, after=after
        )
        wanted = beside.assets
        found += [e for e in page if wanted is None or not wanted.isdisjoint(e.assets)]
        if after is None:
            break
    return raisings(found)
