"""Trips and stops: when a vehicle drove, from where to where, and where it stood in between.

A vehicle stands while it is no faster than `still_speed`, and stops if that lasts `stop_after`. A
tracker that is silent longer than `gap` and speaks again at the same place stood there; if it is
somewhere else, nobody knows how it came there, and no trip is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.columns import TIME, Rows
from fleet.reports.fixes import Legs, metres, ordered, runs, seconds

TRIP = np.dtype(
    [
        ("asset", "i8"),
        ("begins", TIME),
        ("ends", TIME),
        ("distance", "f8"),  # from fix to fix
        ("fastest", "f8"),
        ("start_latitude", "f8"),
        ("start_longitude", "f8"),
        ("end_latitude", "f8"),
        ("end_longitude", "f8"),
        ("fixes", "i4"),
    ]
)

STOP = np.dtype(
    [
        ("asset", "i8"),
        ("begins", TIME),
        ("ends", TIME),
        ("latitude", "f8"),  # the median of its fixes
        ("longitude", "f8"),
        ("fixes", "i4"),
    ]
)


@dataclass(frozen=True, slots=True)
class Driving:
    """What is a stop, and what is a trip."""

    still_speed: float = 1.5
    stop_after: float = 180.0
    gap: float = 600.0
    """Seconds of silence."""

    same_place: float = 75.0
    """Metres within which a silent vehicle stood still."""

    least_distance: float = 100.0
    """Metres: less is no trip."""


_DRIVING = Driving()


@dataclass(frozen=True, slots=True)
class Journeys:
    """TRIP and STOP rows, each by asset and time."""

    trips: Rows
    stops: Rows


def trips_and_stops(positions: Rows, driving: Driving = _DRIVING) -> Journeys:
    """What POSITION rows of any order tell."""
    fixes = ordered(positions)
    if not len(fixes):
        return Journeys(np.zeros(0, TRIP), np.zeros(0, STOP))
    legs = Legs(fixes)
    silent = legs.of_one & (legs.seconds > driving.gap)
    stood = silent & (legs.metres <= driving.same_place)
    moving = legs.speeds > driving.still_speed
    pieces = ~legs.of_one | (silent & ~stood)
    trips: list[Rows] = []
    stops: list[Rows] = []
    for first, end in zip(*runs(pieces), strict=True):
        found = _stops(fixes[first:end], moving[first:end], stood[first:end], driving.stop_after)
        stops += [_stop(fixes[first + a : first + b + 1]) for a, b in found]
        edges = [0, *(edge for pair in found for edge in pair), end - first - 1]
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            part = slice(first + a, first + b + 1)
            trips += _trip(fixes[part], legs.metres[part], legs.speeds[part], driving)
    return Journeys(_joined(trips, TRIP), _joined(stops, STOP))


def _stops(
    fixes: Rows, moving: NDArray[np.bool_], stood: NDArray[np.bool_], least: float
) -> list[tuple[int, int]]:
    """First and last fix of each stop of a piece."""
    # The way to a fix is stood if both of its ends are still, or it was a silence at one place.
    held = stood.copy()
    held[1:] |= ~moving[1:] & ~moving[:-1]
    starts, ends = runs(~held)
    lasted = seconds(fixes["fix_time"][ends - 1] - fixes["fix_time"][starts])
    long = (lasted >= least) & (ends - starts > 1)
    return list(zip(starts[long].tolist(), (ends[long] - 1).tolist(), strict=True))


def _stop(still: Rows) -> Rows:
    row = np.zeros(1, STOP)
    row["asset"], row["fixes"] = still["asset"][0], len(still)
    row["begins"], row["ends"] = still["fix_time"][0], still["fix_time"][-1]
    row["latitude"], row["longitude"] = np.median(still["latitude"]), np.median(still["longitude"])
    return row


def _trip(
    fixes: Rows, ways: NDArray[np.float64], speeds: NDArray[np.float64], driving: Driving
) -> list[Rows]:
    row = np.zeros(1, TRIP)
    distance = float(ways[1:].sum())
    farthest = metres(fixes[:1], fixes).max()
    if distance < driving.least_distance or farthest < driving.same_place:  # it wavers
        return []
    row["asset"], row["fixes"] = fixes["asset"][0], len(fixes)
    row["begins"], row["ends"] = fixes["fix_time"][0], fixes["fix_time"][-1]
    row["distance"], row["fastest"] = distance, speeds.max()
    for name in ("latitude", "longitude"):
        row[f"start_{name}"], row[f"end_{name}"] = fixes[name][0], fixes[name][-1]
    return [row]


def _joined(parts: list[Rows], dtype: np.dtype[np.void]) -> Rows:
    rows: Rows = np.concatenate([np.zeros(0, dtype), *parts])
    return rows
