"""Two vehicles with one system id in a network: found by what one vehicle cannot do.

A vehicle may be heard on several links at once, a radio and a mobile modem; then both tell of the
same time since boot. Two vehicles booted at different moments, and the moment of boot that one
peer's messages tell differs from what the other's do, again and again; or, behind one router, it
jumps to and fro. A reboot changes the moment once. Two that booted in the same second are told
apart by where they are: no vehicle is in two places.

Of each system the peer that was heard first is the holder, until it falls silent: what comes from
others is compared with what it told last, and what it tells itself with that too. A difference
counts if the holder was heard since the one before it. While a duplicate lasts the holder is the
vehicle, and the frames of the stranger are not of it: from another peer all of them, from the same
one those that tell of another boot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows
from telemetry.mavlink.codec import Decoded, Message
from telemetry.mavlink.roles import SYSTEMS

FRESH = 5.0
"""Seconds for which what a peer told counts."""

BOOT_APART = 10.0
"""Seconds between two moments of boot that are not the same one told late: a link that delays by
so much is lost."""

PLACE_APART = 300.0
"""Metres between two places at which a vehicle is not at once: 60 m/s for FRESH seconds."""

CHANGES = 3
"""How often within WINDOW another peer must tell of another vehicle: after a reboot one does once."""

JUMPS = 6
"""How often within WINDOW the same peer must, to and fro: one late datagram makes two."""

WINDOW = 20.0

CALM = 20.0
"""Seconds without a difference after which a duplicate is over, and without a word of the holder."""

STRANGERS_MOST = 16
"""Peers of a duplicate that are remembered."""

_METRES_PER_DEGREE = 111_320.0
_TIMED = (Message.GLOBAL_POSITION_INT, Message.ATTITUDE, Message.SYSTEM_TIME)
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two vehicles with one system id, and by what they were told apart."""

    system: int
    why: str
    peers: tuple[int, int]
    """Numbers of the peers of holder and stranger; the same one behind a router."""


@dataclass(slots=True)
class _Case:
    """The differences of one system."""

    changes: list[float] = field(default_factory=list)  # when, the last JUMPS of them
    direction: float = 0.0  # of the last jump of the holder's moment of boot: 1 or -1
    lasts: bool = False  # whether it was found to be a duplicate
    strangers: list[int] = field(default_factory=list)  # peers; the holder's too behind a router
    boot: float = 0.0  # the holder's moment of boot, by our steady clock


class Duplicates:
    """Watches the vehicles of one network. `now` is seconds of a steady clock."""

    def __init__(self) -> None:
        # What each system's holder told last.
        self._peers = np.full(SYSTEMS, _NOBODY, np.int64)
        self._times = np.full(SYSTEMS, -np.inf)
        self._boots = np.zeros(SYSTEMS)  # the moment, by our steady clock
        self._places = np.full((SYSTEMS, 2), np.nan)  # latitude and longitude
        self._cases: dict[int, _Case] = {}

    @property
    def lasting(self) -> list[int]:
        """Systems that two vehicles have at the moment."""
        return sorted(system for system, case in self._cases.items() if case.lasts)

    def hear(
        self,
        systems: NDArray[np.uint8],
        peers: NDArray[np.int64],
        positions: Rows,
        now: float,
    ) -> list[Duplicate]:
        """Take GLOBAL_POSITION_INT rows of autopilots in their order; the duplicates that begin.

        `peers` are the numbers of those that they came from.
        """
        self._forget(now)
        timed = ~np.isnat(positions["time_boot"])
        if not timed.all():
            systems, peers, positions = systems[timed], peers[timed], positions[timed]
        boots = now - positions["time_boot"].view(np.int64) / 1e6
        places = np.stack([positions["lat"], positions["lon"]], axis=1)
        places[(places == 0).all(axis=1)] = np.nan
        known = now - self._times[systems] <= FRESH
        differs = np.abs(boots - self._boots[systems]) > BOOT_APART
        differs |= _metres(self._places[systems], places) > PLACE_APART
        differs &= known
        # Nearly always nothing differs: then the last word of each holder is noted.
        odd = np.zeros(SYSTEMS, np.bool_)
        odd[systems[differs]] = True
        odd[list(self._cases)] = True
        odd = odd[systems]
        again = np.flatnonzero(known & ~odd & (peers == self._peers[systems]))
        new = np.flatnonzero(~known & ~odd)[::-1]  # the first becomes the holder
        self._note(np.concatenate([new, again]), systems, peers, boots, places, now)
        found = []
        for row in np.flatnonzero(odd).tolist():
            duplicate = self._look(
                int(systems[row]), int(peers[row]), float(boots[row]), places[row], now
            )
            found += [] if duplicate is None else [duplicate]
        return found

    def strangers(
        self, decoded: Decoded, peers: NDArray[np.int64], now: float
    ) -> NDArray[np.bool_] | None:
        """Which frames are not of the vehicle that holds their system id; None if all are."""
        lasting = self.lasting
        if not lasting:
            return None
        strange = np.zeros(len(decoded.frames), np.bool_)
        for system in lasting:
            case = self._cases[system]
            of_it = decoded.frames["system"] == system
            holders = peers == self._peers[system]
            strange |= of_it & ~holders & np.isin(peers, case.strangers)
            if self._peers[system] in case.strangers:
                strange |= of_it & holders & _of_another_boot(decoded, case.boot, now)
        return strange

    def is_stranger(self, system: int, peer: int) -> bool:
        """Whether what a peer says of a system is not of the vehicle that holds it."""
        case = self._cases.get(system)
        if case is None or not case.lasts:
            return False
        return peer in case.strangers and peer != int(self._peers[system])

    def _note(
        self,
        rows: NDArray[np.intp],
        systems: NDArray[np.uint8],
        peers: NDArray[np.int64],
        boots: NDArray[np.float64],
        places: NDArray[np.float64],
        now: float,
    ) -> None:
        """Note what holders told; of each system the last of these rows."""
        of = systems[rows]
        self._peers[of], self._times[of] = peers[rows], now
        self._boots[of], self._places[of] = boots[rows], places[rows]

    def _look(
        self, system: int, peer: int, boot: float, place: NDArray[np.float64], now: float
    ) -> Duplicate | None:
        """Compare one message with what the holder of its system told last."""
        case = self._cases.setdefault(system, _Case())
        age = now - float(self._times[system])
        if age > (CALM if case.lasts else FRESH):
            del self._cases[system]  # it has another holder now
            self._peers[system] = peer
            duplicate = None
        else:
            apart = boot - float(self._boots[system])
            away = float(_metres(self._places[system], place)) if age <= FRESH else math.nan
            duplicate = self._compare(system, case, peer, apart, away, now)
        if peer == int(self._peers[system]):
            self._times[system], self._boots[system], self._places[system] = now, boot, place
        return duplicate

    def _compare(
        self, system: int, case: _Case, peer: int, apart: float, away: float, now: float
    ) -> Duplicate | None:
        if abs(apart) > BOOT_APART:
            why, direction = f"two boots {abs(apart):.0f} s apart", math.copysign(1, apart)
        elif away > PLACE_APART:
            why, direction = f"two places {away:.0f} m apart", 0.0
        else:
            return None
        holder = int(self._peers[system])
        if case.lasts:
            case.changes = [now]
            if peer != holder and peer not in case.strangers:
                case.strangers = [*case.strangers, peer][-STRANGERS_MOST:]
            return None
        if peer == holder:
            if direction and direction == case.direction:
                return None  # its clock runs ahead of ours, as in a recording that is played fast
            case.direction = direction
        elif case.changes and case.changes[-1] >= self._times[system]:
            return None  # the holder was not heard since: it may be the same vehicle elsewhere
        case.changes = [*(then for then in case.changes if now - then < WINDOW), now][-JUMPS:]
        if len(case.changes) < (JUMPS if peer == holder else CHANGES):
            return None
        case.lasts, case.strangers, case.boot = True, [peer], float(self._boots[system])
        return Duplicate(system, why, (holder, peer))

    def _forget(self, now: float) -> None:
        """Drop the cases in which nothing differed for long enough."""
        over = [
            system
            for system, case in self._cases.items()
            if not case.changes or now - case.changes[-1] > CALM
        ]
        for system in over:
            del self._cases[system]


def _metres(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres between places, latitude and longitude in the last axis; NaN where one is unknown."""
    north = second[..., 0] - first[..., 0]
    east = (second[..., 1] - first[..., 1] + 180) % 360 - 180
    metres: NDArray[np.float64] = _METRES_PER_DEGREE * np.hypot(
        north, east * np.cos(np.radians(second[..., 0]))
    )
    return metres


def _of_another_boot(decoded: Decoded, boot: float, now: float) -> NDArray[np.bool_]:
    """Which frames tell a time since boot that is not of the boot at that moment."""
    other = np.zeros(len(decoded.frames), np.bool_)
    for message in _TIMED:
        table = decoded.tables.get(message)
        if table is not None:
            told = table.rows["time_boot"].view(np.int64) / 1e6
            apart = np.abs(now - told - boot) > BOOT_APART
            other[table.frames] = apart & ~np.isnat(table.rows["time_boot"])
    return other
