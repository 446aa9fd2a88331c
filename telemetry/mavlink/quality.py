"""How well each vehicle is heard on each link: rate, gaps, repetitions, bytes, round trip.

MAVLink counts the frames of each sender (system and component) on each of its channels from 0 to
255 and around. A step of n is n − 1 frames lost; the same number again is a frame that came twice,
and one from the nearer half behind is one that came late: what it had been counted as lost for is
taken back. Frames that come more than one place late in a row stay counted as lost.
(https://mavlink.io/en/guide/serialization.html, field `seq`)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows

QUALITY = np.dtype(
    [
        ("sender", "i8"),  # peer number · 2¹⁶ + system · 2⁸ + component
        ("frames", "i8"),
        ("bytes", "i8"),
        ("lost", "i8"),  # frames that the numbers say are missing
        ("repeated", "i8"),  # frames whose number had just come
        ("last_sequence", "i2"),
        ("heard", "f8"),  # when last, seconds of a steady clock
        ("rate", "f4"),  # frames per second over the last second
        ("frames_before", "i8"),  # when `rate` was last reckoned
        ("round_trip", "f4"),  # seconds; NaN until a TIMESYNC came back
    ]
)
"""One sender on one link."""

VEHICLE_QUALITY = np.dtype(
    [
        ("peer", "i8"),  # its number
        ("system", "u1"),
        *((name, QUALITY[name]) for name in ("frames", "bytes", "lost", "repeated")),
        ("rate", "f4"),
        ("heard", "f8"),
        ("round_trip", "f4"),
    ]
)
"""As QUALITY, of one vehicle on one link: its components together."""

SENDERS_MOST = 16_384
"""Beyond it those not heard for longest are forgotten: who invents system ids fills no memory."""

_LATE = 128  # a step of half the circle or more is one backwards


class Quality:
    """Counts the frames of all senders of a network."""

    def __init__(self) -> None:
        self._rows: Rows = np.zeros(0, QUALITY)  # sorted by sender

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Rows:
        """QUALITY of every sender, by sender."""
        return self._rows

    def hear(
        self, frames: Rows, peers: NDArray[np.int64], sizes: NDArray[np.int64], now: float
    ) -> None:
        """Count FRAME rows in order of arrival; of each the number of its peer, and its bytes."""
        if not len(frames):
            return
        senders = peers << 16 | frames["system"].astype(np.int64) << 8 | frames["component"]
        order = np.argsort(senders, kind="stable")
        senders, sequences = senders[order], frames["sequence"][order].astype(np.int16)
        first = np.concatenate([[True], senders[1:] != senders[:-1]])
        starts = np.flatnonzero(first)
        self._know(senders[starts])
        places = np.searchsorted(self._rows["sender"], senders[starts])
        counts = np.diff(np.append(starts, len(senders)))
        previous = np.empty_like(sequences)
        previous[1:] = sequences[:-1]
        previous[starts] = self._rows["last_sequence"][places]
        step = (sequences - previous) % 256
        unknown = np.zeros(len(step), np.bool_)
        unknown[starts] = self._rows["frames"][places] == 0
        step[unknown] = 1
        late = step >= _LATE
        # A late frame takes back one loss, and its followers count from where they had been: the
        # number after it is a step of more than one again.
        lost = np.where(late, -1, np.maximum(step - 1, 0))
        after_late = np.concatenate([[False], late[:-1]]) & ~first
        lost[after_late] = np.where(step[after_late] > 1, 0, lost[after_late])
        rows = self._rows
        rows["lost"][places] = np.maximum(rows["lost"][places] + np.add.reduceat(lost, starts), 0)
        rows["repeated"][places] += np.add.reduceat((step == 0).astype(np.int64), starts)
        rows["bytes"][places] += np.add.reduceat(sizes[order], starts)
        rows["frames"][places] += counts
        newest = np.maximum.accumulate(np.where(late, -1, np.arange(len(late))))[
            starts + counts - 1
        ]
        known = newest >= starts  # else all of them came late
        rows["last_sequence"][places[known]] = sequences[newest[known]]
        rows["heard"][places] = now

    def by_vehicle(self) -> Rows:
        """VEHICLE_QUALITY of every vehicle and peer, by peer and system."""
        rows = self._rows
        if not len(rows):
            return np.zeros(0, VEHICLE_QUALITY)
        vehicles = rows["sender"] >> 8
        starts = np.flatnonzero(np.append(True, vehicles[1:] != vehicles[:-1]))
        told: Rows = np.zeros(len(starts), VEHICLE_QUALITY)
        told["peer"], told["system"] = vehicles[starts] >> 8, vehicles[starts] & 0xFF
        for name in ("frames", "bytes", "lost", "repeated", "rate"):
            told[name] = np.add.reduceat(rows[name], starts)
        told["heard"] = np.maximum.reduceat(rows["heard"], starts)
        told["round_trip"] = np.fmin.reduceat(rows["round_trip"], starts)
        return told

    def reckon_rates(self, elapsed: float) -> None:
        """Set `rate` to what came since the last call, `elapsed` seconds ago."""
        rows = self._rows
        rows["rate"] = (rows["frames"] - rows["frames_before"]) / elapsed
        rows["frames_before"] = rows["frames"]

    def came_back(self, peer: int, system: int, component: int, seconds: float) -> None:
        """Note the round trip of a TIMESYNC from a sender that was heard."""
        place = int(np.searchsorted(self._rows["sender"], peer << 16 | system << 8 | component))
        self._rows["round_trip"][place] = seconds

    def _know(self, senders: NDArray[np.int64]) -> None:
        """Have a row for each of some senders, sorted and distinct."""
        new = senders[~np.isin(senders, self._rows["sender"], assume_unique=True)]
        if not len(new):
            return
        rows: Rows = np.zeros(len(new), QUALITY)
        rows["sender"], rows["round_trip"], rows["heard"] = new, np.nan, np.inf
        everybody = np.concatenate([self._rows, rows])
        if len(everybody) > SENDERS_MOST:
            latest = np.argsort(everybody["heard"], kind="stable")[-SENDERS_MOST:]
            keep = np.isin(everybody["sender"], senders)
            keep[latest] = True
            everybody = everybody[keep]
        self._rows = everybody[np.argsort(everybody["sender"])]
