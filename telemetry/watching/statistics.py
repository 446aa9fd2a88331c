"""How the watch does, as `live.collector` tells it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from fleet.geofences.compiled import AGL
from fleet.geofences.fences import Fences
from telemetry.watching.load import Counts

State = Literal["off", "starting", "standing by", "watching"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class WatchStatistics:
    """Counters are since the start; updated in place."""

    state: State = "starting"
    alerts: int = 0  # in the book, now
    geofences: int = 0  # versions, now
    above_unknown_ground: int = 0  # of them with limits above ground, which do not count: no model
    alert_events: int = 0
    fence_changes: int = 0
    unseen: int = 0  # rows that came before there was a guard, and were too many
    refused: int = 0  # alerts that the book was too full for, and what the database did not take
    failures: int = 0  # guards that failed, and were replaced
    left_out: int = 0  # texts, events, and assets' fixes that made one fail
    missing_geofences: tuple[str, ...] = ()  # named by duties or speed zones, and not in force
    failing_rules: dict[str, str] = field(default_factory=dict)  # rules that failed, and how
    looks: int = 0
    look_seconds: float = 0.0  # the latest look's
    look_seconds_peak: float = 0.0
    shown: Counts = field(default_factory=dict)  # see `load`, some seconds old
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)  # of each desk, too
    unrecorded: tuple[str, ...] = ()  # who may not record now; see `privacy`
    last_error: str | None = None  # stays when all is well again

    def looked(self, seconds: float) -> None:
        """Count a look."""
        self.looks += 1
        self.look_seconds = seconds
        self.look_seconds_peak = max(self.look_seconds_peak, seconds)

    def stop(self, state: State) -> None:
        """Nothing is watched any more."""
        self.state = state
        self.shown, self.figures, self.unrecorded = {}, {}, ()

    def say(self, told: str) -> None:
        """Log an error once, and keep it."""
        if told != self.last_error:
            _log.warning("the watch: %s", told)
        self.last_error = told

    def miss(self, names: frozenset[str]) -> None:
        """Say what duties and speed zones name in vain."""
        if new := names.difference(self.missing_geofences):
            _log.warning("duties or speed zones want what is no geofence in force: %s", sorted(new))
        self.missing_geofences = tuple(sorted(names))

    def count_fences(self, fences: Fences) -> None:
        """Say how many there are, and of how many limits above ground do not count."""
        self.geofences = len(fences.compiled)
        above = (fences.compiled.floor_above == AGL) | (fences.compiled.ceiling_above == AGL)
        unknown = int(np.count_nonzero(above)) if fences.ground is None else 0
        if unknown > self.above_unknown_ground:
            _log.warning("limits above ground of %d geofences do not count: give terrain", unknown)
        self.above_unknown_ground = unknown
