"""What a network tells of itself: counters, the state of its links, how well vehicles are heard."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue

from fleet.columns import Rows
from telemetry.mavlink.links.bundle import Bundle


@dataclass(frozen=True, slots=True)
class NetworkStatistics:
    """What a network has done since it was opened."""

    datagrams: int
    """Pieces of streams count too."""

    bytes: int
    frames: int
    """Good frames, whoever sent them."""

    bad_frames: int
    """Stretches of bytes that are no frame, torn, or with a wrong checksum."""

    unknown_messages: int
    """Frames of messages that the dialect lacks."""

    copies: int
    """Good frames that came a second time, by another peer."""

    refused_signatures: dict[str, int]
    """Good frames refused by the rules of signing, by reason."""

    strange_frames: int
    """Good frames of a second vehicle with the system id of another."""

    duplicates: list[int]
    """System ids that two vehicles have at the moment."""

    messages_per_second: float
    """Good frames over the last second."""

    vehicles: int
    kernel_drops: int | None
    """Datagrams that the kernel dropped before they were read; None where it doesn't say."""

    sent: int
    send_errors: int
    unrecorded: int
    """Frames that could not be written to a .tlog."""

    recording_waits: int
    """Bytes that wait for the disk."""


SHOWN_FOR = 300.0
"""Seconds after its last word for which it is told how well a vehicle is heard."""

HEARD = np.dtype(
    [
        ("system", "u1"),
        ("link", "i8"),  # its place among the links of the network
        ("messages_per_second", "f4"),
        ("frames", "i8"),
        ("bytes", "i8"),
        ("lost", "i8"),  # frames that the sequence numbers say are missing
        ("repeated", "i8"),
        ("round_trip", "f4"),  # seconds; NaN where nothing came back
        ("age", "f4"),  # seconds since it was heard last
    ]
)
"""How well a vehicle is heard on a link, by one peer."""


def told_heard(rows: Rows, bundle: Bundle, now: float) -> dict[str, JsonValue]:
    """VEHICLE_QUALITY rows as HEARD and the names of the peers, as JSON has it: by column."""
    rows = rows[now - rows["heard"] <= SHOWN_FOR]
    places = [bundle.place(peer) for peer in rows["peer"].tolist()]
    rows = rows[np.array([place is not None for place in places], np.bool_)]
    ways = [place for place in places if place is not None]
    numbers = {link: number for number, link in enumerate(bundle.links)}
    heard: Rows = np.zeros(len(rows), HEARD)
    heard["system"], heard["messages_per_second"] = rows["system"], rows["rate"]
    heard["link"] = [numbers[link] for link, _ in ways]
    for name in ("frames", "bytes", "lost", "repeated", "round_trip"):
        heard[name] = rows[name]
    heard["age"] = now - rows["heard"]
    columns: dict[str, JsonValue] = {"peer": [peer.name for _, peer in ways]}
    for name in HEARD.names or ():
        column = heard[name]
        if column.dtype.kind == "f":
            rounded = np.round(column.astype(np.float64), 3).tolist()
            columns[name] = [None if math.isnan(value) else value for value in rounded]
        else:
            columns[name] = column.tolist()
    return columns
