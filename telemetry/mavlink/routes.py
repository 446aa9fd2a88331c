"""By which peer each vehicle is answered: one that hears it now, and hears most of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows
from telemetry.mavlink.roles import SYSTEMS

SILENCE = 1.5
"""Seconds after which a peer from which a vehicle is not heard any more is given up for another."""

BETTER = 1.25
"""How many times the messages must come by another peer for that one to be taken instead."""

_NONE = -1


class Routes:
    """The peers of the vehicles of a network, by number. `now` is seconds of a steady clock."""

    def __init__(self) -> None:
        self._peers = np.full(SYSTEMS, _NONE, np.int64)
        self._heard = np.full(SYSTEMS, -np.inf)

    def of(self, system: int) -> int | None:
        """The number of the peer by which a system is answered; None if it was never heard."""
        peer = int(self._peers[system])
        return None if peer == _NONE else peer

    def all(self) -> list[tuple[int, int]]:
        """The peer of each system that was heard, and the system."""
        systems = np.flatnonzero(self._peers != _NONE)
        return list(zip(self._peers[systems].tolist(), systems.tolist(), strict=True))

    def hear(self, systems: NDArray[np.uint8], peers: NDArray[np.int64], now: float) -> None:
        """Note from which peers systems were heard, in that order."""
        same = self._peers[systems] == peers
        self._heard[systems[same]] = now
        if not same.all():
            silent = ~same & (now - self._heard[systems] > SILENCE)
            new = systems[silent]
            self._peers[new], self._heard[new] = peers[silent], now

    def choose(self, heard: Rows, now: float) -> None:
        """Take the better peer of each system, by rows of `Quality.by_vehicle`."""
        heard = heard[now - heard["heard"] <= SILENCE]
        if not len(heard):
            return
        best = heard[np.lexsort((heard["rate"], heard["system"]))]
        best = best[np.append(best["system"][1:] != best["system"][:-1], True)]  # the last of each
        rates = np.zeros(SYSTEMS)
        held = heard[heard["peer"] == self._peers[heard["system"]]]
        rates[held["system"]] = held["rate"]
        better = best[best["rate"] > BETTER * rates[best["system"]]]
        self._peers[better["system"]] = better["peer"]
        self._heard[better["system"]] = better["heard"]
