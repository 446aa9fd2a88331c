"""A file of tracks as a stream of bytes, written while it is read from the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from io import BytesIO
from typing import BinaryIO, Literal, cast
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg

from fleet.assets import Asset
from telemetry.history import clip_beside
from telemetry.history.beside import (
    ALERT_HEADER,
    CONTACT_HEADER,
    ContactPart,
    alert_feature,
    contact_feature,
    write_alerts,
    write_contacts,
    write_header,
)
from telemetry.history.clip_beside import Beside
from telemetry.history.csv_file import CsvFile
from telemetry.history.formats import FORMATS, TrackFile
from telemetry.history.geojson_file import GeoJsonFile
from telemetry.history.kml_file import KmlFile
from telemetry.history.reading import Window, positions

CLIP_ROWS_MOST = 1_000_000
"""Positions of one clip."""

_COUNT = """
SELECT count(*) FROM (
    SELECT FROM nigehban.position
    WHERE asset = ANY(%s) AND fix_time >= %s AND fix_time < %s LIMIT %s
) held
"""


class _Spout(BytesIO):
    """What a writer wrote, to be taken away bit by bit; it stays open when the writer ends it."""

    def close(self) -> None:
        pass

    def taken(self) -> bytes:
        held = self.getvalue()
        self.seek(0)
        self.truncate()
        return held


class _Onward:
    """What a ZIP is written to that nobody goes back in."""

    def __init__(self, spout: _Spout) -> None:
        self._spout = spout

    def write(self, data: bytes) -> int:
        return self._spout.write(data)

    def flush(self) -> None:
        pass


Form = Literal["csv", "geojson", "kml", "gpx"]

_NOTHING = Beside()


async def size(connection: psycopg.AsyncConnection, assets: Sequence[int], window: Window) -> int:
    """How many positions a clip holds at most, one more than CLIP_ROWS_MOST if it is too long."""
    told = [list(assets), window.start, window.end, CLIP_ROWS_MOST + 1]
    (number,) = await (await connection.execute(_COUNT, told)).fetchone() or (0,)
    return int(number)


async def clip(
    connection: psycopg.AsyncConnection,
    chosen: Sequence[tuple[Asset, str]],
    window: Window,
    form: Form,
    beside: Beside = _NOTHING,
) -> AsyncGenerator[bytes]:
    """The bytes of a file of the tracks of assets, each with its name, and of what is `beside` them.

    They are made beside the event loop, a piece of `reading.PIECE` positions at a time. A CSV with
    something beside it is a ZIP of tables. Raises psycopg.Error.
    """
    spout = _Spout()
    if form == "csv" and beside:
        writing = _tables(connection, chosen, window, beside, spout)
    else:
        writing = _one_file(connection, chosen, window, FORMATS[form](spout), beside)
    async with aclosing(writing):
        async for _ in writing:
            if written := spout.taken():
                yield written
    yield spout.taken()


async def _one_file(
    connection: psycopg.AsyncConnection,
    chosen: Sequence[tuple[Asset, str]],
    window: Window,
    file: TrackFile,
    beside: Beside,
) -> AsyncGenerator[None]:
    tracks = _tracks(connection, chosen, window, file)
    async with aclosing(tracks):
        async for _ in tracks:
            yield
    if beside.contacts:
        parts = clip_beside.contacts(connection, window, beside)
        async with aclosing(parts):
            async for some in parts:
                await asyncio.to_thread(_add_contacts, file, some)
                yield
    if beside.alerts:
        for part in await clip_beside.alerts(connection, window, beside):
            if isinstance(file, GeoJsonFile):
                file.add_feature(alert_feature(part))
            elif isinstance(file, KmlFile):
                file.add_alert(part)
    file.close()


def _add_contacts(file: TrackFile, parts: Sequence[ContactPart]) -> None:
    for part in parts:
        if isinstance(file, GeoJsonFile):
            file.add_feature(contact_feature(part))
        elif isinstance(file, KmlFile):
            file.add_contact(part)


async def _tables(
    connection: psycopg.AsyncConnection,
    chosen: Sequence[tuple[Asset, str]],
    window: Window,
    beside: Beside,
    spout: _Spout,
) -> AsyncGenerator[None]:
    with ZipFile(cast("BinaryIO", _Onward(spout)), "w", ZIP_DEFLATED) as bundle:
        with bundle.open("positions.csv", "w") as entry:
            file = CsvFile(cast("BinaryIO", entry))
            tracks = _tracks(connection, chosen, window, file)
            async with aclosing(tracks):
                async for _ in tracks:
                    yield
            file.close()
        if beside.contacts:
            with bundle.open("contacts.csv", "w") as entry:
                write_header(cast("BinaryIO", entry), CONTACT_HEADER)
                parts = clip_beside.contacts(connection, window, beside)
                async with aclosing(parts):
                    async for some in parts:
                        await asyncio.to_thread(write_contacts, cast("BinaryIO", entry), some)
                        yield
        if beside.alerts:
            found = await clip_beside.alerts(connection, window, beside)
            with bundle.open("alerts.csv", "w") as entry:
                write_header(cast("BinaryIO", entry), ALERT_HEADER)
                await asyncio.to_thread(write_alerts, cast("BinaryIO", entry), found)


async def _tracks(
    connection: psycopg.AsyncConnection,
    chosen: Sequence[tuple[Asset, str]],
    window: Window,
    file: TrackFile,
) -> AsyncGenerator[None]:
    for asset, name in chosen:
        # Who stops taking leaves the cursor at once, not when it is cleared away.
        async with aclosing(positions(connection, asset, window, whole=file.whole)) as pieces:
            async for rows in pieces:
                await asyncio.to_thread(file.add, asset, name, rows)
                yield
