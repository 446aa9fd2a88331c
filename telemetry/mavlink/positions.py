"""Positions as they stand in GLOBAL_POSITION_INT and GPS_RAW_INT, not yet dated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.columns import POSITION, Rows, Source, blank
from telemetry.mavlink.codec import Message
from telemetry.mavlink.roles import Selected
from telemetry.sink import RefusedError

GPS_2D_FIX = 2  # GPS_FIX_TYPE


@dataclass(frozen=True, slots=True)
class Candidates:
    """POSITION rows, one of each message, without asset and fix time; and which can be used."""

    rows: Rows
    usable: NDArray[np.bool_]


def read_positions(
    messages: dict[int, Selected],
) -> tuple[dict[int, Candidates], list[tuple[int, RefusedError]]]:
    """The positions by message id, and frame number and reason of those that are not on earth.

    Without a fix, or at 0,0, as autopilots say before their first fix, there is no position.
    """
    found: dict[int, Candidates] = {}
    refused: list[tuple[int, RefusedError]] = []
    for message, read in (
        (Message.GLOBAL_POSITION_INT, _fused_positions),
        (Message.GPS_RAW_INT, _gps_positions),
    ):
        if message in messages:
            selected = messages[message]
            rows = read(selected.rows)
            rows["received_time"] = selected.received
            told = (rows["latitude"] != 0) | (rows["longitude"] != 0)
            if message == Message.GPS_RAW_INT:
                told &= selected.rows["fix_type"] >= GPS_2D_FIX
            on_earth = (np.abs(rows["latitude"]) <= 90) & (np.abs(rows["longitude"]) <= 180)
            found[message] = Candidates(rows, told & on_earth)
            for index in np.flatnonzero(told & ~on_earth).tolist():
                where = f"latitude {rows['latitude'][index]}, longitude {rows['longitude'][index]}"
                detail = f"{message.name} of system {selected.systems[index]} says {where}"
                frame = int(selected.frames[index])
                refused.append((frame, RefusedError("bad_position", detail)))
    return found, refused


def _fused_positions(rows: Rows) -> Rows:
    """POSITION rows of GLOBAL_POSITION_INT rows."""
    positions = blank(POSITION, len(rows))
    positions["source"] = Source.GLOBAL_POSITION_INT
    positions["latitude"] = rows["lat"]
    positions["longitude"] = rows["lon"]
    positions["altitude"] = rows["alt"]
    positions["height"] = rows["relative_alt"]
    positions["heading"] = rows["hdg"] % 360
    positions["speed"] = np.hypot(rows["vx"], rows["vy"])
    positions["climb"] = -rows["vz"]  # north, east, down
    return positions


def _gps_positions(rows: Rows) -> Rows:
    """POSITION rows of GPS_RAW_INT rows; heading is the course over ground."""
    positions = blank(POSITION, len(rows))
    positions["source"] = Source.GPS_RAW_INT
    positions["latitude"] = rows["lat"]
    positions["longitude"] = rows["lon"]
    positions["altitude"] = rows["alt"]
    positions["heading"] = rows["cog"] % 360
    positions["speed"] = rows["vel"]
    positions["accuracy"] = rows["h_acc"]
    return positions
