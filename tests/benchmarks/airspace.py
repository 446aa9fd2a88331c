"""One track an object, against Stone Soup's global nearest neighbour tracker, at 100 targets.

Both get the same looks of one radar, once a second, without any key of its own: a crowd that flies
through one square, a swarm, and a crowd with a false detection a target. Both take the motion for
one at constant velocity with the same noise, gate at the same distance, confirm a track with its
third look and drop it after ten without. The peer is given its KD-tree, with which it is faster.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from fleet.airspace import tuning
from fleet.airspace.columns import Means
from fleet.airspace.tracks import Tracks
from tests.benchmarks import Result, Say
from tests.fleet.airspace.scenes import (
    ERROR,
    START,
    Scene,
    Score,
    clutter,
    crossing,
    detections,
    on_plane,
    swarm,
)

TARGETS, LOOKS = 100, 60
SCENES: dict[Callable[[int, int, int], Scene], int] = {crossing: 4, swarm: 4, clutter: 2}
"""How many of each, seeds 1, 2 …: switches are few and a matter of luck, so they are summed."""

SETTLED = 10
"""Looks before which nothing is scored: tracks begin."""


def run(say: Say) -> Result:
    """Both on each scene."""
    told: dict[str, Any] = {}
    ours_seconds = peer_seconds = 0.0
    for make, seeds in SCENES.items():
        scenes = [make(TARGETS, LOOKS, seed) for seed in range(1, seeds + 1)]
        ours, ours_spent = _summed(_ours, scenes)
        peer, peer_spent = _summed(_peer, scenes)
        ours_seconds, peer_seconds = ours_seconds + ours_spent, peer_seconds + peer_spent
        told[scenes[0].name] = {
            "scenes": seeds,
            "error": [ours.error, peer.error],
            "error_ratio": ours.error / peer.error,
            "switches": [ours.switches, peer.switches],
            "missed": [ours.missed, peer.missed],
            "false": [ours.false, peer.false],
            "cpu_ms_a_look": [1000 * spent / seeds / LOOKS for spent in (ours_spent, peer_spent)],
            "cpu_ratio": peer_spent / ours_spent,
        }
        say(f"{scenes[0].name}: {told[scenes[0].name]}")
    looks = LOOKS * sum(SCENES.values())
    return Result(
        ours=1000 * ours_seconds / looks,
        peer=1000 * peer_seconds / looks,
        ratio=peer_seconds / ours_seconds,
        unit="CPU milliseconds a look",
        peer_name="Stone Soup, global nearest neighbour with KD-tree",
        aim="ratio ≥ 20; in each scene error ≤ 1.1 of the peer's and switches no more",
        ran=f"{TARGETS} targets, {LOOKS} looks, {sum(SCENES.values())} scenes",
        details=told,
    )


def _summed(track: Callable[[Scene, Score], float], scenes: Sequence[Scene]) -> tuple[Score, float]:
    """Score over all scenes, and CPU seconds."""
    score = Score()
    seconds = 0.0
    for scene in scenes:
        score.forget()
        seconds += track(scene, score)
    return score, seconds


def _ours(scene: Scene, score: Score) -> float:
    tracks, seconds = Tracks(), 0.0
    for look, seen in enumerate(scene.seen):
        rows = detections(seen, look)
        began = time.process_time()
        tracks.step(START + np.timedelta64(look, "s"), rows)
        contacts = tracks.at(START + np.timedelta64(look, "s"))
        seconds += time.process_time() - began
        if look >= SETTLED:
            score.add(scene.truth[look], on_plane(contacts), contacts["contact"].tolist())
    return seconds


def _soup(module: str, name: str) -> Any:
    """A class of Stone Soup, which only this benchmark needs."""
    return getattr(importlib.import_module(f"stonesoup.{module}"), name)


def _peer(scene: Scene, score: Score) -> float:
    settings = tuning.Tuning()
    linear = "models.transition.linear"
    velocity = _soup(linear, "ConstantVelocity")(settings.q)
    motion = _soup(linear, "CombinedLinearGaussianTransitionModel")([velocity] * 2)
    noise = np.diag([ERROR**2, ERROR**2])
    measured = _soup("models.measurement.linear", "LinearGaussian")(4, (0, 2), noise)
    predictor = _soup("predictor.kalman", "KalmanPredictor")(motion)
    updater = _soup("updater.kalman", "KalmanUpdater")(measured)
    gate = float(np.sqrt(tuning.GATES[2]))
    hypothesiser = _soup("hypothesiser.distance", "DistanceHypothesiser")(
        predictor, updater, _soup("measures", "Mahalanobis")(), missed_distance=gate
    )
    associator = _soup("dataassociator.tree", "DetectionKDTreeGNN2D")(
        hypothesiser,
        predictor,
        updater,
        number_of_neighbours=5,
        max_distance_covariance_multiplier=gate,
    )
    deleters = _soup("deleter.time", "UpdateTimeStepsDeleter")
    deleter = deleters(int(settings.end_after))
    speed = tuning.SPEED[Means.RADAR]
    prior = _soup("types.state", "GaussianState")(
        np.zeros((4, 1)), np.diag([0, speed**2, 0, speed**2])
    )
    initiator = _soup("initiator.simple", "MultiMeasurementInitiator")(
        prior,
        deleters(settings.looks - settings.hits),
        associator,
        updater,
        measured,
        min_points=settings.hits,
    )
    detect = _soup("types.detection", "Detection")
    begin: datetime = START.astype(datetime)
    tracks: set[Any] = set()
    seconds = 0.0
    for look, seen in enumerate(scene.seen):
        now = begin + timedelta(seconds=look)
        heard = {detect(place[:, np.newaxis], now, measurement_model=measured) for place in seen}
        began = time.process_time()
        used = set()
        for track, hypothesis in associator.associate(tracks, heard, now).items():
            if hypothesis:
                track.append(updater.update(hypothesis))
                used.add(hypothesis.measurement)
            else:
                track.append(hypothesis.prediction)
        tracks -= deleter.delete_tracks(tracks)
        tracks |= initiator.initiate(heard - used, now)
        seconds += time.process_time() - began
        if look >= SETTLED:
            places = np.array([track.state_vector[(0, 2), :].ravel() for track in tracks], float)
            score.add(scene.truth[look], places, [track.id for track in tracks])
    return seconds
