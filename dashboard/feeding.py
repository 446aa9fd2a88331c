"""Fills the situation: what the bus carries, and at the start what the store knows.

Each task runs for as long as the page does and outlives the bus's or the store's absence: it
notes it in the situation, where the page shows it, and tries again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

import numpy as np
import orjson
import psycopg

from dashboard.alerting import Alerting
from dashboard.cameras import Cameras
from dashboard.contacting import Contacting, ContactsError
from dashboard.footprinting import Footprinting
from dashboard.history import History, HistoryAwayError
from dashboard.situation import CollectorHealth, Situation
from fleet.alerts.figures import DAY
from fleet.cameras import Lenses, read_mounted
from fleet.columns import Rows
from telemetry.bus import Bus, BusError
from telemetry.feed import (
    ALERTS_SUBJECT,
    COLLECTOR_SUBJECT,
    CONTACTS_SUBJECT,
    PICTURE_SUBJECT,
    FeedError,
    unpack_alerts,
    unpack_picture,
)
from telemetry.store import register
from telemetry.store.event_queries import EventTold, last_events
from telemetry.watching import kept

log = logging.getLogger(__name__)

RETRY = 1.0
"""Seconds between two tries to subscribe, or to reach the store."""

STORE_PERIOD = 0.5
"""Seconds between two looks at the store: is it there, and what are the assets called."""

STORE_PATIENCE = 1.5
"""Seconds without an answer after which the store is said to be away: two with the time to the next
look, of the three in which the page must say it."""

BUS_PERIOD = 0.5

FOOTPRINTS_PERIOD = 0.5
"""Seconds between two pictures of what cameras see."""

CAMERAS_PERIOD = 10.0
"""Seconds between two looks for cameras that were registered by others, and for what they saw."""

ALERTS_PERIOD = 2.0
"""Seconds between two looks for alert events that did not come over the bus."""

Now = Callable[[], np.datetime64]


async def follow_picture(bus: Bus, situation: Situation) -> None:
    """Take every picture that the bus carries. Runs until cancelled."""
    while True:
        try:
            async with bus.subscribe(PICTURE_SUBJECT) as messages:
                async for message in messages:
                    try:
                        situation.take(unpack_picture(message.payload))
                    except FeedError as error:
                        situation.unreadable += 1
                        if situation.unreadable == 1:
                            log.warning("%s: %s", message.subject, error)
        except BusError as error:
            log.warning("the live feed is away: %s", error)
        await asyncio.sleep(RETRY)


async def follow_collector(bus: Bus, situation: Situation, now: Now) -> None:
    """Take what the collector tells of itself. Runs until cancelled."""
    while True:
        try:
            async with bus.subscribe(COLLECTOR_SUBJECT) as messages:
                async for message in messages:
                    health = situation.collector or CollectorHealth(now())
                    try:
                        health.hear(orjson.loads(message.payload), now())
                    except (ValueError, TypeError, KeyError) as error:
                        situation.unreadable += 1
                        log.warning("%s: %s: %s", message.subject, type(error).__name__, error)
                        continue
                    situation.collector = health
        except BusError as error:
            log.warning("the collector's health is away: %s", error)
        await asyncio.sleep(RETRY)


async def follow_alerts(bus: Bus, situation: Situation, alerting: Alerting) -> None:
    """Take every alert event that the bus carries. Runs until cancelled."""
    while True:
        try:
            async with bus.subscribe(ALERTS_SUBJECT) as messages:
                async for message in messages:
                    try:
                        alerting.take(unpack_alerts(message.payload))
                    except (ValueError, TypeError, KeyError) as error:
                        situation.unreadable += 1
                        log.warning("%s: %s", message.subject, error)
        except BusError as error:
            log.warning("live alerts are away: %s", error)
        await asyncio.sleep(RETRY)


async def load_alerts(
    history: History, bus: Bus, alerting: Alerting, clock: Callable[[], datetime]
) -> None:
    """Load the alerts from the store, again where events were missed. Runs until cancelled."""

    async def load(connection: psycopg.AsyncConnection) -> None:
        if alerting.loaded and alerting.complete:
            new = await kept.alert_events(connection, alerting.last_id)
            alerting.take((event, None) for event in new)
        else:
            snapshot = await kept.newest_snapshot(connection)
            book = await kept.current_book(connection, snapshot)
            alerting.restore(book, await kept.annunciations(connection, clock() - DAY))

    while True:
        try:
            await history.ask(load)
        except HistoryAwayError as error:
            missed = not (alerting.loaded and alerting.complete)
            lacks = "older alerts are missing: " if missed or not bus.connected else ""
            alerting.detail = lacks and f"{lacks}the database is away ({error})"
        except (ValueError, TypeError, KeyError) as error:
            told = f"the alerts in the database cannot be read: {error}"
            if told != alerting.detail:
                log.error("%s", told)  # noqa: TRY400 - the message is all there is to say
            alerting.detail = told
        else:
            late = "" if bus.connected else "the bus is away: alerts come some seconds late"
            alerting.detail = late if alerting.complete else "events are missing"
        await asyncio.sleep(ALERTS_PERIOD if alerting.complete else RETRY)


async def follow_contacts(bus: Bus, contacting: Contacting, situation: Situation, now: Now) -> None:
    """Take every picture of the airspace that the bus carries. Runs until cancelled."""
    while True:
        try:
            async with bus.subscribe(CONTACTS_SUBJECT) as messages:
                async for message in messages:
                    try:
                        contacting.take(message.payload, now())
                    except ContactsError as error:
                        situation.unreadable += 1
                        log.warning("%s: %s", message.subject, error)
        except BusError as error:
            log.warning("the airspace is away: %s", error)
        await asyncio.sleep(RETRY)


async def follow_rows(
    bus: Bus,
    subject: str,
    unpack: Callable[[bytes], Rows],
    take: Callable[[Rows], None],
    situation: Situation,
) -> None:
    """Give rows that a subject of the bus carries to `take`. Runs until cancelled."""
    while True:
        try:
            async with bus.subscribe(subject) as messages:
                async for message in messages:
                    try:
                        take(unpack(message.payload))
                    except FeedError as error:
                        situation.unreadable += 1
                        log.warning("%s: %s", message.subject, error)
        except BusError as error:
            log.warning("%s is away: %s", subject, error)
        await asyncio.sleep(RETRY)


async def follow_cameras(
    history: History,
    cameras: Cameras,
    footprinting: Footprinting,
    situation: Situation,
    lenses: Lenses,
) -> None:
    """Know the cameras of the register, and make footprints of now. Runs until cancelled."""

    async def look(
        connection: psycopg.AsyncConnection,
    ) -> tuple[list[register.Entry], dict[int, EventTold]]:
        entries = await register.cameras(connection)
        return entries, await last_events(connection, [entry.id for entry in entries])

    loop = asyncio.get_running_loop()
    due, seen = loop.time(), situation.register_version
    while True:
        if loop.time() >= due or seen != situation.register_version:
            due, seen = loop.time() + CAMERAS_PERIOD, situation.register_version
            try:
                entries, last = await history.ask(look)
            except HistoryAwayError:
                due = loop.time() + RETRY  # `follow_store` says so
            else:
                said = {entry.id: entry.camera for entry in entries if entry.camera is not None}
                footprinting.register(
                    {key: read_mounted(told, lenses) for key, told in said.items()}
                )
                cameras.register(entries, last, lenses)
        footprinting.reckon()
        await asyncio.sleep(FOOTPRINTS_PERIOD)


async def watch_bus(bus: Bus, situation: Situation) -> None:
    """Note whether the bus is there. Runs until cancelled."""
    while True:
        ok = bus.connected
        situation.note(situation.bus, ok=ok, detail="" if ok else "not connected")
        await asyncio.sleep(BUS_PERIOD)


async def follow_store(history: History, situation: Situation, now: Now) -> None:
    """Load what the store knows once it can be asked, then watch it and the names in it."""
    loaded = False
    loop = asyncio.get_running_loop()

    def away(detail: str) -> None:
        if situation.database.ok is not False:
            log.warning("the store is away: %s", detail)
        situation.note(situation.database, ok=False, detail=detail)

    while True:
        silent = loop.call_later(STORE_PATIENCE, away, f"no answer within {STORE_PATIENCE:g} s")
        try:
            if not loaded:
                silent.cancel()  # this one loads much
                situation.take(await history.latest())
                situation.restore(await history.trails(now()))
                loaded = True
            situation.rename(*await history.labels())
            situation.out_of_service = await history.out_of_service()
        except HistoryAwayError as error:
            away(str(error))
        else:
            situation.note(situation.database, ok=True)
        finally:
            silent.cancel()
        await asyncio.sleep(STORE_PERIOD if loaded else RETRY)
