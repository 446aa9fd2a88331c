"""The recordings of real ArduPilot flights, read by pymavlink alone. Read in place, never copied."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"
RECORDINGS = DATA / "ardupilot"

ALL = (
    "copter-mission",
    "three-copters",
    "copter-fence-breach",
    "copter-lowbatt",
    "copter-signed",
)

GROUND_STATION = 255
"""The system id with which the ground speaks in all of them."""


def recording(name: str) -> Path:
    """Path of a recording; skips the test where the recordings are not at hand."""
    path = RECORDINGS / f"{name}.tlog"
    if not path.exists():
        pytest.skip(f"the recording {name}.tlog is not in ../shared/data/ardupilot")
    return path


def read_tlog(path: Path) -> list[Any]:
    """All messages of a .tlog as pymavlink's mavutil reads them, bad data included."""
    from pymavlink import mavutil

    log = mavutil.mavlink_connection(str(path))
    try:
        messages = []
        while (message := log.recv_msg()) is not None:
            messages.append(message)
        return messages
    finally:
        log.close()


@cache
def messages(name: str) -> list[Any]:
    """Messages of a recording, both directions; `_timestamp` is their receive time in s."""
    return read_tlog(recording(name))


@cache
def vehicle_messages(name: str) -> list[Any]:
    """Those that the vehicles sent."""
    return [message for message in messages(name) if message.get_srcSystem() != GROUND_STATION]


def frame(message: Any) -> bytes:
    """The bytes of a message as they were on the wire."""
    return bytes(message.get_msgbuf())
