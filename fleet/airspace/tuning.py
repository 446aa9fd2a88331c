"""What the tracker takes for granted: how things fly, how sensors err, when a track is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fleet.airspace.columns import Means

GATES = np.array([0.0, 10.83, 13.82, 16.27, 18.47, 20.52])
"""Squared distance in sigmas within which 999 of 1,000 measurements lie (chi-square), by the
number of values that are compared."""

ERROR = np.zeros(len(Means))
ERROR[[Means.COOPERATIVE, Means.AIRCRAFT, Means.RADAR, Means.OWN]] = 10.0, 30.0, 20.0, 5.0
"""Metres, one sigma of each horizontal axis, where a sensor tells none."""

ALTITUDE_ERROR = np.zeros(len(Means))
ALTITUDE_ERROR[[Means.COOPERATIVE, Means.AIRCRAFT, Means.RADAR, Means.OWN]] = 15.0, 30.0, 30.0, 5.0

SPEED_ERROR = np.zeros(len(Means))
SPEED_ERROR[[Means.COOPERATIVE, Means.AIRCRAFT, Means.RADAR, Means.OWN]] = 1.0, 3.0, 2.0, 0.5

SPEED = np.zeros(len(Means))
SPEED[[Means.COOPERATIVE, Means.AIRCRAFT, Means.RADAR, Means.OWN]] = 15.0, 100.0, 20.0, 15.0
"""One sigma of the speed along an axis of what was not yet measured."""

FASTEST = np.zeros(len(Means))
FASTEST[[Means.COOPERATIVE, Means.AIRCRAFT, Means.RADAR, Means.OWN]] = 70.0, 350.0, 350.0, 70.0
"""Nothing that says where it is moves faster; if it does, it has jumped."""


@dataclass(frozen=True)
class Tuning:
    """How tracks begin, last and end. Seconds, metres."""

    q: float = 4.0
    """Spectral density of the acceleration, m²/s³: after a second a drone's speed may be off by 2 m/s."""

    scan: float = 1.0
    """One look: most sensors tell once a second."""

    hits: int = 3
    """Looks with a detection, of the last `looks`, that confirm a track without identity."""

    looks: int = 5

    coast_after: float = 3.0
    """A confirmed track that was not seen for so long is coasting."""

    end_after: float = 10.0
    """One without identity that was not seen for so long has ended; before that, if it had been seen in
    fewer looks than it was missed since: clutter that was confirmed does not stay."""

    end_named_after: float = 30.0
    """The same with an identity: Remote ID is often heard only each few seconds."""

    radius_most: float = 1000.0
    """A track of which no more is known has ended."""

    grace: float = 5.0
    """What was seen for so long and said nothing of itself is not cooperative."""

    jump_slack: float = 30.0
    """A position may be off by so much more than its error before it is said to have jumped."""

    merge_after: float = 3.0
    """Two tracks of different sensors that stay together for so long are one object."""

    together: float = 5.0
    """Two contacts heard within so long of each other are there at the same time."""
