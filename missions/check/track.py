"""All that a sortie flies, sampled: where it is when, how high, and what it has used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from missions.check.geodesy import CHORD, GEOD, Floats, Plane
from missions.check.ground import Ground, Heights, below
from missions.check.pieces import NO_LENGTH, Phase, Pieces, lay
from missions.check.power import Wind
from missions.check.timing import Timing, reckon
from missions.drones import DroneKind
from missions.errors import PlanningError
from missions.plan import Sortie

STEP = 1.0
"""Metres between samples at most, up and down too."""

SAGITTA = 0.01
CHORD_LEAST = 0.5
"""Metres that the chords of a circle leave it at most, and how short they need not be."""

LENGTH_MOST = 1_000_000.0
"""Metres of one sortie; what is longer is no flight of a drone."""

FINE = 0.25
FINE_MOST = 400
"""Metres between the points of a close look; where that makes more, those between samples do."""


@dataclass(frozen=True)
class Samples:
    """N points of a track in the order of flying; arrays of N, `place` (N, 2) in metres.

    `time` is in seconds of the plan, `used` in joules since take-off, `piece` the piece that the
    point lies in or ends. `eased`: the speed changes around there.
    """

    place: Floats
    height: Floats
    time: Floats
    used: Floats
    piece: NDArray[np.int64]
    eased: NDArray[np.bool_]


@dataclass(frozen=True)
class Close:
    """A close look at one piece, arrays of M; linear between samples."""

    place: Floats
    height: Floats
    above: Floats
    altitude: Floats | None
    time: Floats


@dataclass(frozen=True)
class Track:
    """A sortie as it is flown; `home` (2,) in metres."""

    sortie: Sortie
    kind: DroneKind
    home: Floats
    pieces: Pieces
    timing: Timing
    samples: Samples
    ground: Ground

    @property
    def begin(self) -> float:
        """Seconds of the plan at which it takes off."""
        return self.sortie.start

    @property
    def end(self) -> float:
        """Seconds of the plan at which it has landed."""
        return float(self.samples.time[-1])

    @cached_property
    def waypoint(self) -> NDArray[np.int64]:
        """Of each sample: the waypoint whose leg it is on."""
        return self.pieces.waypoint[self.samples.piece]

    @cached_property
    def phase(self) -> NDArray[np.int64]:
        """Of each sample."""
        return self.pieces.phase[self.samples.piece]

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """(P + 1) samples at which the pieces begin, and the last one."""
        ends = np.searchsorted(self.samples.piece, np.arange(len(self.pieces.phase)), "right") - 1
        return np.concatenate([[0], ends])

    @cached_property
    def nodes(self) -> NDArray[np.int64]:
        """The samples between which it is straight: all of circles, few of the rest."""
        count = len(self.samples.piece)
        kept = (self.phase == Phase.CIRCLE) | (np.arange(count) % int(CHORD // STEP) == 0)
        kept[self.first] = True
        return np.flatnonzero(kept)

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """Of each piece: the line on the plane, or the point where it only climbs or holds."""
        begins = np.searchsorted(self.nodes, self.first)
        lines = np.empty(len(self.pieces.phase), object)
        for index, moves in enumerate(self.pieces.length >= NO_LENGTH):
            places = self.samples.place[self.nodes[begins[index] : begins[index + 1] + 1]]
            lines[index] = shapely.LineString(places) if moves else shapely.Point(places[-1])
        return lines

    def close(self, piece: int, shape: BaseGeometry | None = None) -> Close:
        """A close look at a piece, with both ends, all samples and where a leg crosses `shape`."""
        first, last = self.first[piece], self.first[piece + 1]
        metres = np.hypot(self.pieces.length[piece], self.pieces.climb[piece])
        step = metres / max(last - first, 1)
        between = max(int(step / max(FINE, metres / FINE_MOST)), 1)
        known = np.arange(first, last + 1)
        at = np.linspace(first, last, (last - first) * between + 1)
        if shape is not None and self.pieces.flown_leg[piece]:
            at = np.union1d(at, first + _crossed(self.lines[piece], shape) * (last - first))

        def look(values: Floats) -> Floats:
            return np.interp(at, known, values[first : last + 1])

        altitude = self.ground.altitude
        return Close(
            place=np.column_stack([look(axis) for axis in self.samples.place.T]),
            height=look(self.samples.height),
            above=look(self.ground.above),
            altitude=None if altitude is None else look(altitude),
            time=look(self.samples.time),
        )


def _crossed(line: shapely.LineString, shape: BaseGeometry) -> Floats:
    """Shares of a line at which it enters, is in the middle of and leaves a shape."""
    parts = shapely.get_parts(shapely.intersection(line, shape))
    parts = parts[~shapely.is_empty(parts)]
    ends = shapely.line_locate_point(line, shapely.points(shapely.get_coordinates(parts)))
    middles = shapely.line_locate_point(line, shapely.centroid(parts))
    return np.concatenate([ends, middles]) / line.length


def fly(
    sortie: Sortie, kind: DroneKind, wind: Wind, plane: Plane, heights: Heights | None
) -> Track:
    """The track of a sortie with at least one waypoint.

    Raises PlanningError if it is longer than LENGTH_MOST.
    """
    pieces = lay(sortie)
    timing = reckon(sortie, pieces, kind, wind)
    metres = np.hypot(pieces.length, pieces.climb)
    if not metres.sum() <= LENGTH_MOST:
        raise PlanningError(
            f"is {metres.sum() / 1000:.0f} km long, {LENGTH_MOST / 1000:.0f} km is the most"
        )
    bent = np.clip(np.sqrt(8 * SAGITTA * np.abs(pieces.radius)), CHORD_LEAST, STEP)
    chord = np.where(pieces.circle, bent, STEP)
    counts = np.maximum(np.ceil(metres / chord), 1).astype(np.int64)
    piece = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(piece)) - (np.cumsum(counts) - counts)[piece] + 1
    share = number / counts[piece]
    longitude, latitude = _places(pieces, piece, share)
    time_share, eased = _time_shares(timing, piece, share)
    longitude = np.append(pieces.longitude[0], longitude)
    latitude = np.append(pieces.latitude[0], latitude)

    def grow(amounts: Floats, shares: Floats) -> Floats:
        before = np.cumsum(amounts) - amounts
        return np.append(0.0, before[piece] + amounts[piece] * shares)

    height = pieces.height[piece] + pieces.climb[piece] * share
    samples = Samples(
        place=plane.metres(longitude, latitude),
        height=np.append(pieces.height[0], height),
        time=sortie.start + grow(timing.duration, time_share),
        used=grow(timing.energy, share),
        piece=np.append(0, piece),
        eased=np.append(eased[:1], eased),
    )
    ground = below(sortie.home, longitude, latitude, samples.height, heights)
    home = plane.metres(sortie.home.longitude, sortie.home.latitude)[0]
    return Track(sortie, kind, home, pieces, timing, samples, ground)


def _time_shares(
    timing: Timing, piece: NDArray[np.int64], share: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Of the time of each piece, at a share of its way; and where the speed is changing."""
    speed, duration = timing.ground_speed[piece], timing.duration[piece]
    gaining, losing = timing.gaining[piece], timing.losing[piece]
    way = speed * (duration - (gaining + losing) / 2)
    done, left = way * share, way * (1 - share)
    begins = done < speed * gaining / 2
    ends = left < speed * losing / 2
    seconds = np.where(
        begins,
        np.sqrt(2 * done * gaining / speed),
        np.where(ends, duration - np.sqrt(2 * left * losing / speed), gaining / 2 + done / speed),
    )
    even = (gaining == 0) & (losing == 0)
    some = np.where(duration > 0, duration, 1.0)
    return np.where(even, share, seconds / some), begins | ends


def _places(pieces: Pieces, piece: NDArray[np.int64], share: Floats) -> tuple[Floats, Floats]:
    """Longitudes and latitudes at a share of each piece, along the geodesic or the circle."""
    azimuth = np.degrees(pieces.course)[piece]
    distance = pieces.length[piece] * share
    round_ = pieces.circle[piece]
    turned = np.copysign(360 * pieces.turns, pieces.radius)[piece] * share
    azimuth = np.where(round_, (pieces.bearing[piece] + turned) % 360, azimuth)
    distance = np.where(round_, np.abs(pieces.radius[piece]), distance)
    lon, lat, _ = GEOD.fwd(pieces.longitude[piece], pieces.latitude[piece], azimuth, distance)
    return lon, lat
