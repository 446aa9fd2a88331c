"""Panic posts: fixed boxes with a button, which say each minute that they are alive."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fleet.peshawar import to_metres
from sitl.cars.beats import Protocol
from sitl.cars.car import Report
from sitl.cars.faults import DeviceFaults
from sitl.cars.places import places
from sitl.noise import Stream, generator
from sitl.sectors import ground_altitude

POSTS = 68
"""Posts of the city."""

ALIVE_INTERVAL = 60_000_000
"""µs between two signs of life."""

_ACCURACY = 3.0  # metres: surveyed
_RANDOM_PART = 2  # of the generators of SENSOR, those of posts


@dataclass(frozen=True)
class Post:
    """One post."""

    call_sign: str
    latitude: float
    longitude: float
    protocol: Protocol = Protocol.OSMAND

    @property
    def device(self) -> str:
        """What it calls itself."""
        return self.call_sign


class Posts:
    """The posts of a simulation, by number from 0."""

    def __init__(self, seed: int, count: int = POSTS) -> None:
        self.posts = [
            Post(name, *place) for name, place in zip(post_names(count), places(count), strict=True)
        ]
        self.faults = DeviceFaults(seed, Stream.SENSOR, count)
        self.radio: NDArray[np.bool_] = np.ones(count, bool)
        """(N,) whether each reaches its network, as of the last step."""
        self._next = [
            int(generator(seed, Stream.SENSOR, n, _RANDOM_PART).integers(0, ALIVE_INTERVAL))
            for n in range(count)
        ]
        self._pressed: set[int] = set()
        self._still = [_still(post) for post in self.posts]

    def press(self, number: int) -> None:
        """Press the button: the post reports so in the next step.

        Raises ValueError for a post that there is not.
        """
        if not 0 <= number < len(self.posts):
            raise ValueError(f"no post has number {number}: there are {len(self.posts)}")
        self._pressed.add(number)

    def step(self, time: int, unix_us: int, dt: float) -> list[tuple[int, Report]]:
        """Go on by `dt` seconds, to `time` (µs of the simulation) and `unix_us` (µs UTC).

        Returns what is reported as (number of the post, report).
        """
        self.faults.step(dt)
        self.radio[:] = True
        for number, faulty in self.faults.by_number.items():
            self.radio[number] = faulty.radio
        told = []
        for number, still in enumerate(self._still):
            pressed = number in self._pressed
            if pressed or time >= self._next[number]:
                self._next[number] = time + ALIVE_INTERVAL
                report = replace(still, time_us=unix_us, panic=pressed)
                told += [(number, each) for each in self.faults.said(number, report)]
        self._pressed.clear()
        return told


def post_names(count: int) -> list[str]:
    """What the first `count` posts call themselves."""
    return [f"post-{number + 1:03d}" for number in range(count)]


def _still(post: Post) -> Report:
    east, _ = to_metres(post.latitude, post.longitude)
    return Report(
        time_us=0,
        latitude=post.latitude,
        longitude=post.longitude,
        altitude=float(ground_altitude(east)),
        speed=0.0,
        course=0.0,
        accuracy=_ACCURACY,
        battery_percent=100,
    )
