"""Which frames come from the autopilots of vehicles: other things speak in a network too.

A vehicle is a system whose autopilot component heartbeats: `autopilot` is not
MAV_AUTOPILOT_INVALID, as gimbals, cameras, ADS-B receivers and ground stations say, and `type` is
not a ground station. Until one has, component 1 (MAV_COMP_ID_AUTOPILOT1) is taken for it, so that
what comes before the first heartbeat is not lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows
from telemetry.mavlink.codec import Decoded, Message

SYSTEMS = 256
"""System ids are one byte."""

_OF_AUTOPILOTS = (
    Message.HEARTBEAT,  # first: it tells who is one
    Message.SYS_STATUS,
    Message.SYSTEM_TIME,
    Message.GPS_RAW_INT,
    Message.ATTITUDE,
    Message.GLOBAL_POSITION_INT,
    Message.VFR_HUD,
    Message.BATTERY_STATUS,
    Message.AUTOPILOT_VERSION,
    Message.EKF_STATUS_REPORT,
    Message.HOME_POSITION,
    Message.EXTENDED_SYS_STATE,
    Message.STATUSTEXT,
)
"""What makes a vehicle known."""

_AUTOPILOT_COMPONENT = 1  # MAV_COMP_ID_AUTOPILOT1
_GROUND_STATION = 6  # MAV_TYPE_GCS
_NO_AUTOPILOT = 8  # MAV_AUTOPILOT_INVALID


@dataclass(frozen=True, slots=True)
class Selected:
    """Messages of one id of some senders: frame number, system, receive time and row of each."""

    frames: NDArray[np.intp]
    systems: NDArray[np.uint8]
    received: NDArray[np.datetime64]
    rows: Rows

    def only(self, mask: NDArray[np.bool_]) -> Selected:
        """Those for which `mask` is true."""
        if mask.all():
            return self
        return Selected(self.frames[mask], self.systems[mask], self.received[mask], self.rows[mask])


class Roles:
    """Who is an autopilot among the systems of one network."""

    def __init__(self, own_system: int) -> None:
        self._component = np.full(SYSTEMS, _AUTOPILOT_COMPONENT, np.uint8)
        self._confirmed = np.zeros(SYSTEMS, np.bool_)
        self._excluded = np.zeros(SYSTEMS, np.bool_)
        self._own = own_system
        self._exclude_own()

    def select(self, decoded: Decoded) -> dict[int, Selected]:
        """Learn from the heartbeats; _OF_AUTOPILOTS that autopilots sent, by message id."""
        tables = decoded.tables
        if Message.HEARTBEAT in tables:
            heartbeats = tables[Message.HEARTBEAT]
            self._learn(decoded.frames[heartbeats.frames], heartbeats.rows)
        systems, received = decoded.frames["system"], decoded.frames["received_time"]
        autopilots = self.are_autopilots(decoded.frames)
        selected = {}
        for message in _OF_AUTOPILOTS:
            if message in tables:
                table = tables[message]
                frames = table.frames
                everybody = Selected(frames, systems[frames], received[frames], table.rows)
                selected[int(message)] = everybody.only(autopilots[frames])
        return selected

    def are_autopilots(self, frames: Rows) -> NDArray[np.bool_]:
        """Which FRAME rows a vehicle's autopilot sent, as far as is known."""
        systems = frames["system"]
        own_component = frames["component"] == self._component[systems]
        autopilots: NDArray[np.bool_] = own_component & ~self._excluded[systems]
        return autopilots

    def have_heartbeated(self, systems: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which of these systems have heartbeated as a vehicle."""
        confirmed: NDArray[np.bool_] = self._confirmed[systems] & ~self._excluded[systems]
        return confirmed

    def _learn(self, heads: Rows, heartbeats: Rows) -> None:
        vehicles = (heartbeats["autopilot"] != _NO_AUTOPILOT) & (
            heartbeats["type"] != _GROUND_STATION
        )
        known = vehicles & self.are_autopilots(heads) & self._confirmed[heads["system"]]
        if known.all():
            return
        for system, component, is_vehicle in zip(
            heads["system"].tolist(), heads["component"].tolist(), vehicles.tolist(), strict=True
        ):
            if is_vehicle:
                if component == _AUTOPILOT_COMPONENT or not self._confirmed[system]:
                    self._component[system] = component
                self._confirmed[system] = True
                self._excluded[system] = False
            elif component == _AUTOPILOT_COMPONENT and not self._confirmed[system]:
                self._excluded[system] = True
        self._exclude_own()

    def _exclude_own(self) -> None:
        self._excluded[[0, self._own]] = True  # 0 addresses all systems, it is none
