"""NMEA 0183: the sentences of one moment to one fix.

A receiver says each second the same thing in several sentences; what has the same time of day
belongs together, and a sentence without a time to those before it.

Which day it is stands only in RMC and ZDA. A time without a date is of the day on which it is
nearest to our clock, or to the receiver's as it was when it last told a date: so a date that comes
before midnight and a time that comes after it do no harm.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from fleet.assets import Asset
from fleet.columns import Source
from telemetry.trackers.nmea_sentences import Sentence
from telemetry.trackers.report import Report
from telemetry.trackers.values import plausible

DAY = 86_400_000_000
"""Microseconds."""


class Epochs:
    """Joins the sentences of one receiver that tell of the same moment."""

    def __init__(self) -> None:
        self._sentences: dict[str, Sentence] = {}
        self._time = -1
        self._received = 0
        self._ahead = 0  # of our clock the receiver's, when it last told a date

    @property
    def open(self) -> bool:
        """Whether there are sentences that wait for others of their moment."""
        return bool(self._sentences)

    @property
    def moving(self) -> bool:
        """Whether its sentences told speed and heading already, so that VTG adds nothing."""
        return any(
            not math.isnan(sentence.speed + sentence.heading)
            for sentence in self._sentences.values()
        )

    def begins_another(self, sentence: Sentence) -> bool:
        """Whether a sentence tells of another moment than those before it."""
        return bool(self._sentences) and sentence.time >= 0 and sentence.time != self._time

    def add(self, sentence: Sentence, now: int) -> None:
        """Add one that came at `now` (our clock, microseconds since 1970).

        One without a time belongs to those before it; where there are none it tells nothing.
        """
        if sentence.time < 0 and not self._sentences:
            return
        if not self._sentences:
            self._time, self._received = sentence.time, now
        self._sentences.setdefault(sentence.kind, sentence)

    def finish(self, asset: Asset) -> Report | None:
        """The fix of the moment, None if there is none. Raises RefusedError (`absurd_time`)."""
        told, self._sentences = list(self._sentences.values()), {}
        now = self._received
        day = max((sentence.day for sentence in told), default=-1)
        if day >= 0:
            when = day * DAY + self._time
            self._ahead = when - now
        else:
            when = round((now + self._ahead - self._time) / DAY) * DAY + self._time
        placed = [sentence for sentence in told if not math.isnan(sentence.latitude)]
        if not placed or any(sentence.fixed is False for sentence in told):
            return None
        return Report(
            asset,
            Source.NMEA,
            plausible(when, now),
            now,
            placed[0].latitude,
            placed[0].longitude,
            _first(sentence.altitude for sentence in told),
            _first(sentence.heading for sentence in told),
            _first(sentence.speed for sentence in told),
        )


def _first(values: Iterable[float]) -> float:
    """The first that is known."""
    return next((value for value in values if not math.isnan(value)), math.nan)
