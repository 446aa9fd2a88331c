"""Whether the camera can look and take pictures as it is asked to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fleet.wording import sentence
from missions.check.case import Case
from missions.check.report import Finding
from missions.check.track import Track
from missions.drones import Camera

INTERVAL_TOLERANCE = 0.01
"""Seconds."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rule `camera`: per sortie the worst interval and the worst pitch."""
    wanted = case.plan.imaging.camera if case.plan.imaging else ""
    if not wanted:
        return
    for track in case.tracks:
        camera = next((one for one in track.kind.cameras if one.name == wanted), None)
        if camera is None:
            yield Finding(
                rule="camera",
                severity="warning",
                message=sentence(
                    "check.camera",
                    "{kind} has no camera named {camera}",
                    kind=track.kind.name,
                    camera=wanted,
                ),
                sortie=track.sortie.name,
            )
            continue
        yield from _interval(case, track, camera)
        yield from _pitch(case, track, camera)


def _interval(case: Case, track: Track, camera: Camera) -> Iterator[Finding]:
    pieces = track.pieces
    distance = np.array([point.trigger_distance for point in track.sortie.waypoints])
    asked = distance[pieces.waypoint]
    seconds = np.where(
        (pieces.flown_leg | pieces.circle) & (asked > 0), asked / track.timing.ground_speed, np.inf
    )
    worst = int(seconds.argmin())
    if seconds[worst] < camera.interval_least - INTERVAL_TOLERANCE:
        yield case.at(
            "camera",
            track,
            pieces.waypoint[worst],
            track.samples.place[track.first[worst]],
            sentence(
                "check.camera.interval",
                "a picture each {seconds:.2f} s is asked, {camera} takes one each {least:g} s at "
                "most: fly slower",
                seconds=seconds[worst],
                camera=camera.name,
                least=camera.interval_least,
            ),
            severity="warning",
            amount=seconds[worst],
            limit=camera.interval_least,
            unit="s",
        )


def _pitch(case: Case, track: Track, camera: Camera) -> Iterator[Finding]:
    least, most = camera.gimbal_pitch_least, camera.gimbal_pitch_most
    for index, waypoint in enumerate(track.sortie.waypoints):
        pitch = waypoint.gimbal_pitch
        if pitch is not None and not least <= pitch <= most:
            first = int(np.argmax(track.waypoint == index))
            yield case.at(
                "camera",
                track,
                index,
                track.samples.place[first],
                sentence(
                    "check.camera.pitch",
                    "a gimbal pitch of {pitch:g}° is asked, {camera} turns from {least:g}° to "
                    "{most:g}°",
                    pitch=pitch,
                    camera=camera.name,
                    least=least,
                    most=most,
                ),
                severity="warning",
                amount=pitch,
                limit=least if pitch < least else most,
                unit="°",
            )
            return
