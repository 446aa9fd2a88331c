"""Days of history of a fleet of drones, as a collector would have written them.

Rows lie in the order of their arrival, so those of one asset are far apart: that is what makes a
track of one of many expensive to read.
"""

from __future__ import annotations

import numpy as np
import psycopg
from psycopg import sql

from fleet.assets import Asset, mavlink_asset
from fleet.columns import POSITION, Rows, Source, blank
from telemetry.store import pgcopy
from tests.benchmarks import Say

DAYS = 3
START = np.datetime64("2026-11-17T00:00", "us")

SLOTS = (*[Source.GLOBAL_POSITION_INT] * 4, Source.GPS_RAW_INT)
"""Rows of one drone in a second."""

ROWS_A_DAY = 86_400 * len(SLOTS)

SUSPECT = 0.001
"""Share of the rows."""

_COPIED_SECONDS = 600
_TOLD_SECONDS = 6 * 3600


def drones(rows: int) -> list[Asset]:
    """As many as it takes for so many rows in DAYS."""
    count = -(-rows // (ROWS_A_DAY * DAYS))
    return [mavlink_asset(f"net-{n // 250}", n % 250 + 1) for n in range(count)]


def fill(dsn: str, fleet: list[Asset], say: Say) -> int:
    """Write all of it, and return how many rows there are."""
    columns = POSITION.names or ()
    statement = sql.SQL("COPY nigehban.position ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    random = np.random.default_rng(1)
    written = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.cursor().executemany(
            "INSERT INTO nigehban.asset (id, identity, kind) VALUES (%s, %s, %s)",
            [(drone.key, drone.identity, int(drone.kind)) for drone in fleet],
        )
        for begin in range(0, DAYS * 86_400, _COPIED_SECONDS):
            rows = _flown(random, fleet, begin)
            with connection.cursor().copy(statement) as copy:
                for piece in pgcopy.pack(rows, columns=columns):
                    copy.write(piece)
            written += len(rows)
            if not (begin + _COPIED_SECONDS) % _TOLD_SECONDS:
                say(f"{written:,} rows")
        connection.execute("VACUUM (ANALYZE) nigehban.position")
        connection.execute("CHECKPOINT")
    return written


def _flown(random: np.random.Generator, fleet: list[Asset], begin: int) -> Rows:
    """All drones from `begin` seconds after START on, in the order of arrival."""
    shape = (_COPIED_SECONDS, len(SLOTS), len(fleet))
    second, slot, drone = (axis.ravel() for axis in np.indices(shape, np.int64))
    rows = blank(POSITION, len(second))
    micros = (begin + second) * 1_000_000 + (slot * len(fleet) + drone) * (
        1_000_000 // (len(SLOTS) * len(fleet))
    )
    rows["asset"] = np.array([each.key for each in fleet])[drone]
    rows["source"] = np.array([int(source) for source in SLOTS])[slot]
    rows["received_time"] = START + micros.astype("m8[us]")
    rows["fix_time"] = rows["received_time"] - random.integers(0, 50_000, len(rows)).astype(
        "m8[us]"
    )
    turn = micros / 1e6 * (2 * np.pi / 300) + drone
    rows["latitude"] = 34.0 + 0.002 * (drone % 20) + 0.004 * np.sin(turn)
    rows["longitude"] = 71.5 + 0.002 * (drone // 20) + 0.005 * np.cos(turn)
    rows["altitude"], rows["height"] = 380 + 40 * np.sin(turn / 7), 60 + 40 * np.sin(turn / 7)
    rows["heading"], rows["speed"], rows["climb"] = np.degrees(turn) % 360, 9.5, np.cos(turn / 7)
    rows["suspect"] = random.random(len(rows)) < SUSPECT
    return rows
