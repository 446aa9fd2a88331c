"""What vehicles are and what runs on them: AUTOPILOT_VERSION with the type of the heartbeats.

It comes when it is asked for, after a start of ours or a reboot of the vehicle. It becomes an event
when it is new or another one than before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from pydantic import JsonValue
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import Rows
from telemetry.mavlink.codec import Message
from telemetry.mavlink.roles import SYSTEMS, Selected

FIRMWARE = "firmware"
"""The kind of the event. Its detail has `version` (`4.5.7`), `release` (`official`), `git`,
`autopilot` and `type` (of MAVLink, in lower case: `ardupilotmega`, `quadrotor`), `board` (the number
of its sort, as ArduPilot and PX4 count them), `vendor`, `product` and `uid`; null where unknown."""

_RELEASES = {0: "dev", 64: "alpha", 128: "beta", 192: "rc", 255: "official"}
"""FIRMWARE_VERSION_TYPE."""

Told = tuple[int, datetime, dict[str, JsonValue]]
"""System id, when it was received, detail of the event."""


class Firmware:
    """Of the vehicles of one network, by system id."""

    def __init__(self) -> None:
        self._types = np.full(SYSTEMS, -1, np.int16)
        self._autopilots = np.full(SYSTEMS, -1, np.int16)
        self._told: dict[int, dict[str, JsonValue]] = {}

    def take(self, messages: dict[int, Selected]) -> list[Told]:
        """What is new in the messages of one batch."""
        if (heartbeats := messages.get(Message.HEARTBEAT)) is not None:
            self._types[heartbeats.systems] = heartbeats.rows["type"]
            self._autopilots[heartbeats.systems] = heartbeats.rows["autopilot"]
        versions = messages.get(Message.AUTOPILOT_VERSION)
        if versions is None:
            return []
        told: list[Told] = []
        for system, received, row in zip(
            versions.systems.tolist(), versions.received.tolist(), versions.rows, strict=True
        ):
            detail = self._detail(system, row)
            if self._told.get(system) != detail:
                self._told[system] = detail
                told.append((system, received.replace(tzinfo=UTC), detail))
        return told

    def _detail(self, system: int, row: np.void) -> dict[str, JsonValue]:
        return {
            **read_version(row),
            "autopilot": _name("MAV_AUTOPILOT", int(self._autopilots[system])),
            "type": _name("MAV_TYPE", int(self._types[system])),
        }


def read_version(row: np.void | Rows) -> dict[str, JsonValue]:
    """What one AUTOPILOT_VERSION says, without autopilot and type.

    The bytes of `flight_sw_version` are major, minor, patch and FIRMWARE_VERSION_TYPE; the first two
    of `board_version` are the sort of the board (MAVLink common.xml).
    """
    version = int(row["flight_sw_version"])
    major, minor, patch, release = version.to_bytes(4, "big")
    board = int(row["board_version"]) >> 16
    uid = bytes(row["uid2"].tolist()).rstrip(b"\0").hex() or _unless_zero(row["uid"], "016x")
    return {
        "version": f"{major}.{minor}.{patch}" if version else None,
        "release": _RELEASES.get(release, f"type {release}") if version else None,
        "git": _custom(bytes(row["flight_custom_version"].tolist())),
        "board": board or None,
        "vendor": int(row["vendor_id"]) or None,
        "product": int(row["product_id"]) or None,
        "uid": uid,
    }


def _custom(told: bytes) -> str | None:
    """The hash of the source: letters of ArduPilot, eight bytes of PX4."""
    told = told.rstrip(b"\0")
    if told.isascii() and told.decode("ascii").isprintable():
        return told.decode("ascii") or None
    return told.hex()


def _unless_zero(value: Any, form: str) -> str | None:
    return format(int(value), form) if int(value) else None


def _name(enum: str, number: int) -> str | None:
    """What MAVLink calls it: `quadrotor` of MAV_TYPE_QUADROTOR."""
    if number < 0:
        return None
    found = dialect.enums[enum].get(number)
    return str(number) if found is None else found.name.removeprefix(f"{enum}_").lower()
