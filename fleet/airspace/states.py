"""The states of all tracks as columns: begun, foreseen, corrected by detections, removed."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.airspace import motion, notes, tuning, vertical
from fleet.airspace.association import Pairs
from fleet.airspace.columns import CONTACT, Means, State
from fleet.airspace.measures import errors, seconds
from fleet.airspace.motion import Floats, Spread
from fleet.columns import TIME, Rows, blank

Numbers = NDArray[np.intp]

HIDDEN = np.dtype(
    [
        ("position", "f8"),  # covariance of each horizontal axis: motion.Spread
        ("both", "f8"),
        ("velocity", "f8"),
        ("up_position", "f8"),  # of the vertical one; NaN: no altitude was told
        ("up_both", "f8"),
        ("up_velocity", "f8"),
        ("history", "u4"),  # a bit a look, the lowest is the latest: 1 seen
        ("look", "i8"),  # the number of that look
        ("claim_time", TIME),  # of the latest position that the object told of itself
        ("claim_latitude", "f8"),
        ("claim_longitude", "f8"),
        ("claim_error", "f8"),
        ("stay_latitude", "f8"),  # the middle of the circle that it keeps in
        ("stay_longitude", "f8"),
        ("suspect", "?"),  # it began with a jump: only hits in many looks confirm it
    ]
)
"""What a track has beside its CONTACT row."""


class Apart(NamedTuple):
    """How far detections are from where tracks are foreseen, of each pair."""

    squared: Floats
    """Squared distance in sigmas, over `values` values."""
    values: Numbers
    distance: Floats
    """Metres, horizontal."""
    sigma: Floats
    """One sigma of that on each axis."""


class States:
    """All tracks. Slots are row numbers, which change when tracks are removed."""

    def __init__(self, settings: tuning.Tuning) -> None:
        self.rows = blank(CONTACT, 0)
        self.hidden: Rows = np.zeros(0, HIDDEN)
        self._settings = settings
        self._slots: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def slot(self, contact: int) -> int:
        """The row of a contact. Raises KeyError."""
        return self._slots[contact]

    def spread(self, slots: Numbers) -> Spread:
        """Horizontal covariance of some tracks at their times."""
        hidden = self.hidden
        return Spread(hidden["position"][slots], hidden["both"][slots], hidden["velocity"][slots])

    def begin(self, detections: Rows) -> Numbers:
        """New tentative tracks, one of each detection; returns their slots."""
        count, start = len(detections), len(self)
        rows, hidden = blank(CONTACT, count), np.zeros(count, HIDDEN)
        variances, means = errors(detections), detections["means"]
        rows["contact"] = [self._new_key(row.tobytes()) for row in detections]
        for name in ("time", "latitude", "longitude"):
            rows[name] = detections[name]
        rows["first_time"] = rows["stays_since"] = detections["time"]
        rows["state"] = State.TENTATIVE
        moving = np.isfinite(detections["east"]) & np.isfinite(detections["north"])
        rows["east"] = np.where(moving, detections["east"], 0)
        rows["north"] = np.where(moving, detections["north"], 0)
        rows["up"] = np.where(np.isfinite(detections["up"]), detections["up"], 0)
        unmeasured = tuning.SPEED[means] ** 2
        hidden["position"] = variances.horizontal
        hidden["velocity"] = np.where(moving, variances.speed, unmeasured)
        hidden["up_position"] = np.nan
        hidden["claim_time"] = np.datetime64("NaT")
        hidden["look"] = notes.look_of(detections["time"], self._settings)
        hidden["stay_latitude"] = detections["latitude"]
        hidden["stay_longitude"] = detections["longitude"]
        self.rows = np.concatenate([self.rows, rows])
        self.hidden = np.concatenate([self.hidden, hidden])
        slots = np.arange(start, start + count)
        self._slots |= dict(zip(rows["contact"].tolist(), slots.tolist(), strict=True))
        self._vertical(slots, detections, np.zeros(count))
        self._note(slots, detections)
        return slots

    def restore(self, rows: Rows) -> None:
        """Go on with CONTACT rows that were kept: what they do not tell is taken for usual."""
        rows = rows.copy()
        hidden = np.zeros(len(rows), HIDDEN)
        usual = tuning.ERROR[Means.COOPERATIVE]
        hidden["position"] = np.where(rows["radius"] > 0, rows["radius"], usual) ** 2
        fast = tuning.SPEED[Means.COOPERATIVE]
        hidden["velocity"] = np.where(rows["speed_error"] > 0, rows["speed_error"], fast) ** 2
        hidden["up_position"] = rows["altitude_error"].astype(np.float64) ** 2  # NaN stays so
        hidden["up_velocity"] = np.where(np.isnan(rows["altitude_error"]), np.nan, fast**2)
        hidden["history"] = (1 << self._settings.looks) - 1
        hidden["look"] = notes.look_of(rows["time"], self._settings)
        claims = (rows["means"] & ~np.int8(1 << Means.RADAR)) != 0
        hidden["claim_time"] = np.where(claims, rows["time"], np.datetime64("NaT"))
        hidden["claim_error"] = np.sqrt(hidden["position"])
        for name in ("latitude", "longitude"):
            hidden[f"claim_{name}"] = hidden[f"stay_{name}"] = rows[name]
        for name in ("east", "north", "up"):
            rows[name] = np.nan_to_num(rows[name])
        self.rows = np.concatenate([self.rows, rows])
        self.hidden = np.concatenate([self.hidden, hidden])
        self._slots = {contact: slot for slot, contact in enumerate(self.rows["contact"].tolist())}

    def apart(self, pairs: Pairs, detections: Rows) -> Apart:
        """How far `detections` are from the tracks in `pairs.tracks`, foreseen at their times."""
        rows = self.rows[pairs.tracks]
        told = detections[pairs.detections]
        elapsed = seconds(told["time"], rows["time"])
        variances = errors(told)
        spread = motion.ahead(self.spread(pairs.tracks), np.abs(elapsed), self._settings.q)
        east, north = motion.offsets(
            rows["latitude"], rows["longitude"], told["latitude"], told["longitude"]
        )
        east, north = east - rows["east"] * elapsed, north - rows["north"] * elapsed
        total = spread.position + variances.horizontal
        square = east**2 + north**2
        squared, values = square / total, np.full(len(rows), 2)
        # what correlates position and velocity is left out: it would only sharpen the test
        faster = (told["east"] - rows["east"]) ** 2 + (told["north"] - rows["north"]) ** 2
        known = np.isfinite(faster)
        faster = faster / (spread.velocity + variances.speed)
        squared, values = squared + np.where(known, faster, 0), values + 2 * known
        hidden = self.hidden[pairs.tracks]
        upward = Spread(hidden["up_position"], hidden["up_both"], hidden["up_velocity"])
        upward = motion.ahead(upward, np.abs(elapsed), self._settings.q)
        above = told["altitude"] - rows["altitude"] - rows["up"] * elapsed
        higher = above**2 / (upward.position + variances.vertical)
        known = np.isfinite(higher) & (told["datum"] == rows["datum"])
        squared, values = squared + np.where(known, higher, 0), values + known
        return Apart(squared, values, np.sqrt(square), np.sqrt(total))

    def correct(self, slots: Numbers, detections: Rows) -> None:
        """Correct the tracks in `slots`, all different, by one detection each."""
        rows, variances = self.rows, errors(detections)
        elapsed = seconds(detections["time"], rows["time"][slots])
        forward, late = np.maximum(elapsed, 0), np.maximum(-elapsed, 0)
        east, north = rows["east"][slots], rows["north"][slots]
        latitude, longitude = motion.moved(
            rows["latitude"][slots], rows["longitude"][slots], east * forward, north * forward
        )
        spread = motion.ahead(self.spread(slots), forward, self._settings.q)
        off_east, off_north = motion.offsets(
            latitude, longitude, detections["latitude"], detections["longitude"]
        )
        # what was told late is carried on to the track's time, and is the less certain for it
        off_east, off_north = off_east + east * late, off_north + north * late
        spread, gain, gain_speed = motion.by_position(
            spread, variances.horizontal + late**2 * spread.velocity
        )
        shift_east, shift_north = gain * off_east, gain * off_north
        east, north = east + gain_speed * off_east, north + gain_speed * off_north
        moving = np.isfinite(detections["east"]) & np.isfinite(detections["north"])
        if moving.any():
            after, gain, gain_speed = motion.by_velocity(spread, variances.speed)
            spread = Spread(*(np.where(moving, a, b) for a, b in zip(after, spread, strict=True)))
            faster_east = np.where(moving, detections["east"] - east, 0)
            faster_north = np.where(moving, detections["north"] - north, 0)
            shift_east, shift_north = (
                shift_east + gain * faster_east,
                shift_north + gain * faster_north,
            )
            east, north = east + gain_speed * faster_east, north + gain_speed * faster_north
        rows["latitude"][slots], rows["longitude"][slots] = motion.moved(
            latitude, longitude, shift_east, shift_north
        )
        rows["east"][slots], rows["north"][slots] = east, north
        for name in Spread._fields:
            self.hidden[name][slots] = getattr(spread, name)
        self._vertical(slots, detections, elapsed)
        rows["time"][slots] = np.maximum(rows["time"][slots], detections["time"])
        self._note(slots, detections)

    def hear(self, slots: Numbers, detections: Rows) -> None:
        """The tracks in `slots` were heard again, with nothing new."""
        heard = self.rows["heard_time"]
        np.fmax.at(heard, slots, detections["received_time"])
        notes.note_operators(self.rows, slots, detections)

    def restart(self, slots: Numbers, detections: Rows) -> None:
        """Set tracks to where detections are: they turned as no filter foresees."""
        rows, variances = self.rows, errors(detections)
        moving = np.isfinite(detections["east"]) & np.isfinite(detections["north"])
        for name in ("latitude", "longitude"):
            rows[name][slots] = detections[name]
        for name in ("east", "north"):
            rows[name][slots] = np.where(moving, detections[name], 0)
        rows["time"][slots] = np.maximum(rows["time"][slots], detections["time"])
        usual = tuning.SPEED[detections["means"]] ** 2
        self.hidden["position"][slots] = variances.horizontal
        self.hidden["both"][slots] = 0
        self.hidden["velocity"][slots] = np.where(moving, variances.speed, usual)
        self._vertical(slots, detections, np.zeros(len(slots)))
        self._note(slots, detections)

    def at(self, slots: Numbers, time: np.datetime64) -> Rows:
        """CONTACT rows of some tracks, foreseen at `time`; none goes back."""
        rows: Rows = self.rows[slots]
        elapsed = np.maximum(seconds(np.full(len(rows), time), rows["time"]), 0)
        rows["latitude"], rows["longitude"] = motion.moved(
            rows["latitude"], rows["longitude"], rows["east"] * elapsed, rows["north"] * elapsed
        )
        rows["altitude"] += rows["up"] * elapsed
        hidden = self.hidden[slots]
        spread = motion.ahead(self.spread(slots), elapsed, self._settings.q)
        upward = Spread(hidden["up_position"], hidden["up_both"], hidden["up_velocity"])
        upward = motion.ahead(upward, elapsed, self._settings.q)
        rows["radius"], rows["speed_error"] = np.sqrt(spread.position), np.sqrt(spread.velocity)
        rows["altitude_error"] = np.sqrt(upward.position)
        rows["time"] = np.maximum(rows["time"], time)
        return rows

    def seen(self, slots: Numbers, time: np.datetime64) -> NDArray[np.uint32]:
        """The looks up to `time` as bits, the lowest is the latest: 1 seen. The last `looks` of them."""
        late = np.clip(
            notes.look_of(np.array(time), self._settings) - self.hidden["look"][slots], 0, 31
        )
        wanted = np.uint32((1 << self._settings.looks) - 1)
        bits: NDArray[np.uint32] = (
            self.hidden["history"][slots] << late.astype(np.uint32)
        ) & wanted
        return bits

    def between(self, one: int, other: int) -> float:
        """Metres between two tracks."""
        rows = self.rows
        east, north = motion.offsets(
            rows["latitude"][one],
            rows["longitude"][one],
            rows["latitude"][other],
            rows["longitude"][other],
        )
        return float(np.hypot(east, north))

    def remove(self, gone: NDArray[np.bool_]) -> None:
        """Remove the tracks for which `gone` is true."""
        self.rows, self.hidden = self.rows[~gone], self.hidden[~gone]
        self._slots = {contact: slot for slot, contact in enumerate(self.rows["contact"].tolist())}

    def _new_key(self, row: bytes) -> int:
        """A contact's key, of its first detection: 52 bits, as `fleet.assets` makes those of assets."""
        key = int.from_bytes(hashlib.blake2b(row, digest_size=8).digest(), "big") >> 12
        while key in self._slots:  # the same detection had begun one before
            key += 1
        return key

    def _vertical(self, slots: Numbers, detections: Rows, elapsed: Floats) -> None:
        variances, q = errors(detections), self._settings.q
        vertical.correct(self.rows, self.hidden, slots, detections, elapsed, variances, q)

    def _note(self, slots: Numbers, detections: Rows) -> None:
        notes.note(self.rows, self.hidden, slots, detections, self._settings)
