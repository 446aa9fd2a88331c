"""Two vehicles with one system id in a network: found by what one vehicle cannot do.

A vehicle may be heard on several links at once, a radio and a mobile modem; then both tell of the
same time since boot. Two vehicles booted at different moments, and the moment of boot that one
peer's messages tell differs from what the other's do, again and again; or, behind one router, it
jumps to and fro. A reboot changes the moment once. Two that booted in the same second are told
apart by where they are: no vehicle is in two places.

Of each system the peer that was heard first is the holder, until it falls silent: what comes from
others is compared with what it told last, and what it tells itself with that too. A peer that tells
of another vehicle is a stranger from its first such word on, so that nothing of it is taken for the
holder's. But one that has booted since the holder was heard may be the holder, which has rebooted
and come back by another address (or a recording that is played once more): until the holder is heard
again it is taken for that, and no word of it is lost. A second vehicle is told as a duplicate when it
differs again and again and the holder was heard in between. Behind one router only then the frames
are told apart, those that tell of a boot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.boots import metres_between, read_boots
from telemetry.mavlink.codec import Decoded
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

_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two vehicles with one system id, and by what they were told apart."""

    system: int
    why: str
    peers: tuple[int, int]
    """Numbers of the peers of holder and stranger; the same one behind a router."""

    @property
    def behind_one_peer(self) -> bool:
        """Whether both come from the same peer."""
        return self.peers[0] == self.peers[1]


@dataclass(slots=True)
class _Case:
    """The differences of one system."""

    changes: list[float] = field(default_factory=list)  # when, the last JUMPS of them
    direction: float = 0.0  # of the last jump of the holder's moment of boot: 1 or -1
    strangers: list[int] = field(default_factory=list)  # peers
    returned: list[int] = field(default_factory=list)  # peers that may be the holder, rebooted
    lasts: bool = False  # whether it was found to be a duplicate
    boot: float | None = None  # behind a router: the holder's moment of boot, by our steady clock


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of some messages."""

    duplicates: list[Duplicate]
    """Those that begin."""

    replaced: list[int]
    """Systems whose vehicle is another one now, or the same after a reboot, by another peer."""


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
        decoded: Decoded,
        peers: NDArray[np.int64],
        are_autopilots: NDArray[np.bool_],
        now: float,
    ) -> Heard:
        """Take the frames of one batch; of each the number of its peer, and whether it counts."""
        self._forget(now)
        frames, boots, places = read_boots(decoded, now)
        of_vehicles = are_autopilots[frames] & ~np.isnan(boots)
        if not of_vehicles.all():
            frames, boots, places = frames[of_vehicles], boots[of_vehicles], places[of_vehicles]
        systems, peers = decoded.frames["system"][frames], peers[frames]
        known = now - self._times[systems] <= FRESH
        differs = np.abs(boots - self._boots[systems]) > BOOT_APART
        replaces = differs & ~known & (peers != self._peers[systems])
        replaces &= self._peers[systems] != _NOBODY
        differs |= metres_between(self._places[systems], places) > PLACE_APART
        differs &= known
        # Nearly always nothing differs: then the last word of each holder is noted.
        odd = np.zeros(SYSTEMS, np.bool_)
        odd[systems[differs]] = True
        odd[list(self._cases)] = True
        odd = odd[systems]
        again = np.flatnonzero(known & ~odd & (peers == self._peers[systems]))
        new = np.flatnonzero(~known & ~odd)[::-1]  # the first becomes the holder
        self._note(np.concatenate([new, again]), systems, peers, boots, places, now)
        heard = Heard([], np.unique(systems[replaces & ~odd]).tolist())
        for row in np.flatnonzero(odd).tolist():
            self._look(
                int(systems[row]), int(peers[row]), float(boots[row]), places[row], now, heard
            )
        return heard

    def strangers(
        self, decoded: Decoded, peers: NDArray[np.int64], now: float
    ) -> NDArray[np.bool_] | None:
        """Which frames are not of the vehicle that holds their system id; None if all are."""
        if not self._cases:
            return None
        strange = np.zeros(len(decoded.frames), np.bool_)
        for system, case in self._cases.items():
            of_it = decoded.frames["system"] == system
            strange |= of_it & np.isin(peers, case.strangers)
            if case.boot is not None:
                frames, boots, _ = read_boots(decoded, now)
                others = frames[np.abs(boots - case.boot) > BOOT_APART]
                strange[others] |= of_it[others]
        return strange

    def is_stranger(self, system: int, peer: int) -> bool:
        """Whether what a peer says of a system is not of the vehicle that holds it."""
        case = self._cases.get(system)
        return case is not None and peer in case.strangers

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
        self._peers[of], self._times[of], self._boots[of] = peers[rows], now, boots[rows]
        placed = rows[~np.isnan(places[rows, 0])]
        self._places[systems[placed]] = places[placed]

    def _look(
        self,
        system: int,
        peer: int,
        boot: float,
        place: NDArray[np.float64],
        now: float,
        heard: Heard,
    ) -> None:
        """Compare one message with what the holder of its system told last."""
        case = self._cases.setdefault(system, _Case())
        age = now - float(self._times[system])
        apart = boot - float(self._boots[system])
        if age > (CALM if case.lasts else FRESH):
            del self._cases[system]  # it has another holder now
            if abs(apart) > BOOT_APART and peer not in case.returned:
                heard.replaced.append(system)
            self._peers[system], self._places[system] = peer, np.nan
        else:
            away = float(metres_between(self._places[system], place)) if age <= FRESH else math.nan
            if self._may_be_returned(system, case, peer, apart, boot):
                case.returned = [*case.returned, peer][-STRANGERS_MOST:]
                heard.replaced.append(system)
            elif case.returned and peer == int(self._peers[system]):
                if abs(apart) <= BOOT_APART:  # it has not rebooted: they are others
                    case.strangers = [*case.strangers, *case.returned][-STRANGERS_MOST:]
                    heard.replaced.append(system)
                case.returned = []
            duplicate = self._compare(system, case, peer, apart, away, now)
            if duplicate is not None:
                heard.duplicates.append(duplicate)
        if peer == int(self._peers[system]):
            self._times[system], self._boots[system] = now, boot
            if not np.isnan(place[0]):
                self._places[system] = place

    def _may_be_returned(
        self, system: int, case: _Case, peer: int, apart: float, boot: float
    ) -> bool:
        """Whether a peer tells, for the first time, what the holder would after a reboot.

        What the holder said last may have come late, by FRESH at most.
        """
        if peer == int(self._peers[system]) or peer in case.strangers or peer in case.returned:
            return False
        return abs(apart) > BOOT_APART and boot >= float(self._times[system]) - FRESH

    def _compare(
        self, system: int, case: _Case, peer: int, apart: float, away: float, now: float
    ) -> Duplicate | None:
        if abs(apart) > BOOT_APART:
            why = f"two boots {abs(apart):.0f} s apart"
        elif away > PLACE_APART:
            why = f"two places {away:.0f} m apart"
        else:
            if away <= PLACE_APART and peer in case.strangers:
                case.strangers.remove(peer)  # a late datagram had made it one
            return None
        holder = int(self._peers[system])
        if peer != holder and peer not in case.strangers and peer not in case.returned:
            case.strangers = [*case.strangers, peer][-STRANGERS_MOST:]
        if case.lasts:
            case.changes = [now]
            return None
        if not self._counts(system, case, peer, apart):
            return None
        case.changes = [*(then for then in case.changes if now - then < WINDOW), now][-JUMPS:]
        if len(case.changes) < (JUMPS if peer == holder else CHANGES):
            return None
        case.lasts = True
        if peer == holder:
            case.boot = float(self._boots[system])
        return Duplicate(system, why, (holder, peer))

    def _counts(self, system: int, case: _Case, peer: int, apart: float) -> bool:
        """Whether a difference may be the sign of a second vehicle."""
        if peer != int(self._peers[system]):
            # Unless the holder was heard since, it may be the same vehicle elsewhere.
            return not case.changes or case.changes[-1] < self._times[system]
        if abs(apart) <= BOOT_APART:
            return True
        # The clock of one vehicle may run ahead of ours, as in a recording that is played fast.
        ahead = math.copysign(1, apart)
        turned = ahead != case.direction
        case.direction = ahead
        return turned

    def _forget(self, now: float) -> None:
        """Drop the cases in which nothing differed for long enough."""
        over = [
            system
            for system, case in self._cases.items()
            if not case.changes or now - case.changes[-1] > CALM
        ]
        for system in over:
            del self._cases[system]
