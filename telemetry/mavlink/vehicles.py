"""The vehicles of one network: decoded columns become a batch, each row of a known asset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Asset, mavlink_asset
from fleet.columns import STATUS, Rows, blank
from fleet.moments import from_microseconds, microseconds
from telemetry.batch import Batch, Event, StatusText
from telemetry.mavlink.channels import Heartbeats, Texts
from telemetry.mavlink.codec import Decoded, Message
from telemetry.mavlink.dating import Dated, Dating
from telemetry.mavlink.fields import layout
from telemetry.mavlink.firmware import FIRMWARE, Firmware, Told
from telemetry.mavlink.modes import ARMED, mode_name
from telemetry.mavlink.positions import read_positions
from telemetry.mavlink.roles import SYSTEMS, Roles, Selected
from telemetry.mavlink.state import LatestState
from telemetry.mavlink.texts import TextJoiner, WholeText
from telemetry.sink import RefusedError


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of some decoded columns."""

    batch: Batch
    refused: tuple[tuple[int, RefusedError], ...]
    """Numbers of frames that cannot be taken, and why."""

    rebooted: frozenset[int]
    """Systems that have rebooted."""


class Vehicles:
    """All vehicles of one network, by system id. Times `now` are seconds of a steady clock.

    `value_age`: seconds after which a value that was not heard again is unknown in a status.
    """

    def __init__(self, network: str, own_system: int, value_age: float) -> None:
        self.roles = Roles(own_system)
        self._network = network
        self._assets: dict[int, Asset] = {}
        self._keys = np.zeros(SYSTEMS, np.int64)
        self._dating = Dating()
        self._state = LatestState(value_age)
        self._heartbeats = Heartbeats()
        self._firmware = Firmware()
        self._texts = TextJoiner()
        self._text_copies = Texts()

    def __len__(self) -> int:
        """How many vehicles have been heard."""
        return len(self._assets)

    def are_known(self, systems: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which of these systems are vehicles that were heard."""
        known: NDArray[np.bool_] = self._keys[systems] != 0
        return known

    @property
    def systems(self) -> frozenset[int]:
        """Those that have heartbeated as a vehicle."""
        every = np.arange(SYSTEMS).astype(np.uint8)
        return frozenset(np.flatnonzero(self.roles.have_heartbeated(every)).tolist())

    def asset(self, system: int) -> Asset:
        """The vehicle with that system id."""
        self._know(np.array([system], np.uint8))
        return self._assets[int(self._keys[system])]

    def forget(self, system: int) -> None:
        """Know nothing any more of a vehicle's clock and state, though it has the same asset."""
        self._dating.forget(system)
        self._state.forget(system)

    def take(self, decoded: Decoded, peers: NDArray[np.int64], now: float) -> Taken:
        """Take the messages of one batch, in the order of their frames.

        `peers` are the numbers of those that the frames came from.
        """
        messages = self.roles.select(decoded)
        if messages:
            self._know(np.concatenate([selected.systems for selected in messages.values()]))
        if Message.HEARTBEAT in messages:
            heartbeats = messages[Message.HEARTBEAT]
            counts = self._heartbeats.count(heartbeats.systems, peers[heartbeats.frames], now)
            messages[Message.HEARTBEAT] = heartbeats.only(counts)
        candidates, refused = read_positions(messages)
        for message, found in candidates.items():
            found.rows["asset"] = self._keys[messages[message].systems]
        dated = self._dating.date(messages, candidates, now)
        for system in dated.rebooted:
            self._state.forget(system)
        statuses = self._statuses(messages, dated)
        texts = [*self._joined(decoded, peers, now), *self._texts.overdue(now)]
        batch = self._batch(dated.positions, statuses, texts, self._firmware.take(messages))
        return Taken(batch, tuple(refused), dated.rebooted)

    def overdue(self, now: float) -> Batch:
        """What has waited long enough: positions for their clock, texts for their pieces."""
        return self._batch(self._dating.overdue(now), blank(STATUS, 0), self._texts.overdue(now))

    def rest(self) -> Batch:
        """All that still waits: at the end."""
        return self.overdue(math.inf)

    def _know(self, systems: NDArray[np.uint8]) -> None:
        new = systems[self._keys[systems] == 0]
        for system in np.unique(new).tolist() if len(new) else ():
            asset = mavlink_asset(self._network, system)
            self._keys[system] = asset.key
            self._assets[asset.key] = asset

    def _statuses(self, messages: dict[int, Selected], dated: Dated) -> Rows:
        """STATUS of each heartbeat."""
        heartbeats = messages.get(Message.HEARTBEAT, _NO_HEARTBEATS)
        rows = heartbeats.rows
        statuses = self._state.take(heartbeats, messages)
        statuses["asset"] = self._keys[heartbeats.systems]
        statuses["status_time"] = statuses["received_time"] = heartbeats.received
        statuses["vehicle_time"] = dated.heartbeats.view("M8[us]")
        statuses["armed"] = (rows["base_mode"] & ARMED) != 0
        statuses["system_status"] = rows["system_status"]
        statuses["mode"] = [
            _mode(*heartbeat)
            for heartbeat in rows[["autopilot", "type", "base_mode", "custom_mode"]].tolist()
        ]
        return statuses

    def _joined(self, decoded: Decoded, peers: NDArray[np.int64], now: float) -> list[WholeText]:
        """Status texts of known vehicles, of whichever of their components."""
        table = decoded.tables.get(Message.STATUSTEXT)
        if table is None:
            return []
        heads = decoded.frames[table.frames]
        texts = []
        for (received, system, component), (severity, text, text_id, number), peer in zip(
            heads[["received_time", "system", "component"]].tolist(),
            table.rows[["severity", "text", "id", "chunk_seq"]].tolist(),
            peers[table.frames].tolist(),
            strict=True,
        ):
            piece = (system, component, severity, text, text_id, number)
            if self._keys[system] and not self._text_copies.is_copy(piece, peer, now):
                micros = microseconds(received.replace(tzinfo=UTC))
                sender = (system, component)
                texts += self._texts.add(sender, micros, severity, text, text_id, number, now)
        return texts

    def _batch(
        self,
        positions: Rows,
        statuses: Rows,
        texts: list[WholeText],
        firmware: Sequence[Told] = (),
    ) -> Batch:
        whole = tuple(
            StatusText(
                int(self._keys[text.system]),
                from_microseconds(text.received),
                text.severity,
                text.text,
            )
            for text in texts
        )
        events = tuple(
            Event(int(self._keys[system]), received, received, FIRMWARE, detail)
            for system, received, detail in firmware
        )
        named = {*positions["asset"].tolist(), *statuses["asset"].tolist()}
        named |= {text.asset for text in whole} | {event.asset for event in events}
        assets = tuple(self._assets[key] for key in sorted(named))
        return Batch(assets, positions, statuses, whole, events)


@lru_cache(maxsize=1024)
def _mode(autopilot: int, vehicle_type: int, base_mode: int, custom_mode: int) -> bytes:
    return mode_name(autopilot, vehicle_type, base_mode, custom_mode).encode()


_NO_HEARTBEATS = Selected(
    np.zeros(0, np.intp),
    np.zeros(0, np.uint8),
    np.zeros(0, "M8[us]"),
    np.zeros(0, layout(Message.HEARTBEAT).columns),
)
