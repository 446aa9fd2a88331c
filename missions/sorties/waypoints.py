"""A piece of the lanes as a sortie: take-off, transit, lanes, way home, landing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions.energy import SHORT
from missions.plan import Sortie, Waypoint
from missions.projection import LocalFrame
from missions.route import Purpose
from missions.sorties.access import Access, climbing
from missions.sorties.divide import Piece
from missions.sorties.fleet import Drone, waypoint
from missions.sorties.lanes import WORK

Floats = NDArray[np.float64]


THERE = 0.2
"""Metres: a transit that is shorter is not flown, the home lies on the lane."""


@dataclass(frozen=True)
class Camera:
    """How the camera is held and triggered on lanes."""

    gimbal_pitch: float | None
    trigger_distance: float


def sortie(
    piece: Piece, drone: Drone, access: Access, frame: LocalFrame, camera: Camera, name: str
) -> Sortie:
    """The sortie of a piece, starting at 0 s."""
    builder = _Builder(drone, access, frame, camera)
    builder.fly(piece)
    return Sortie(
        name=name,
        drone=drone.name,
        kind=drone.kind.name,
        home=drone.home,
        waypoints=tuple(builder.waypoints),
    )


class _Builder:
    def __init__(self, drone: Drone, access: Access, frame: LocalFrame, camera: Camera) -> None:
        self.kind = drone.kind
        self.access = access
        self.frame = frame
        self.camera = camera
        self.waypoints: list[Waypoint] = []
        self.fixed = self.kind.wing == "fixed"

    def fly(self, piece: Piece) -> None:
        access, effort = self.access, self.access.effort
        part = effort.lanes.part(piece.begin, piece.end)
        heights = np.interp(part.vertex, np.arange(len(effort.heights)), effort.heights)
        level = access.height
        upright = self.kind.cruise_speed if self.fixed else self.kind.climb_speed
        self._add(access.home, level, upright, "transit", action="takeoff")
        steps = np.diff(part.points, axis=0)
        headings = steps / np.hypot(*steps.T)[:, None]
        way = access.way(part.points[0], headings[0], out=True)
        self._transit(way, "transit", level, heights[0])
        dx, dy = steps.T
        speeds = effort.model.speeds(dx, dy, effort.speed)
        legs = zip(part.points[1:], heights[1:], speeds, part.purposes, strict=True)
        for place, height, speed, purpose in legs:
            self._add(place, height, speed, purpose, **self._pictures(purpose))
        way = access.way(part.points[-1], headings[-1], out=False)
        self._transit(way, "return", heights[-1], level)
        down = self.kind.cruise_speed if self.fixed else self.kind.descent_speed
        self._add(access.home, 0.0, down, "return", action="land")

    def _transit(self, way: Floats, purpose: Purpose, begin: float, end: float) -> None:
        """Along a way, from a height to another.

        A rotary wing changes it upright over the lanes, a fixed wing on the longest leg.
        """
        out = purpose == "transit"
        changed = abs(end - begin) >= SHORT
        upright = self.kind.climb_speed if end > begin else self.kind.descent_speed
        if changed and not self.fixed and not out:
            self._add(way[0], end, upright, purpose)
        steps = np.diff(way, axis=0)
        kept = np.hypot(*steps.T) >= THERE
        dx, dy = steps[kept].T
        heights = np.full(len(dx), begin if out else end)
        if self.fixed and len(dx):
            heights = np.where(np.arange(len(dx)) < climbing(dx, dy), begin, end)
        speeds = self.access.speeds(dx, dy)
        for place, height, speed in zip(way[1:][kept], heights, speeds, strict=True):
            self._add(place, height, speed, purpose)
        if changed and not self.fixed and out:
            self._add(way[-1], end, upright, purpose)

    def _pictures(self, purpose: Purpose) -> dict[str, object]:
        if purpose not in WORK:
            return {}
        return {
            "gimbal_pitch": self.camera.gimbal_pitch,
            "trigger_distance": self.camera.trigger_distance,
        }

    def _add(
        self, place: Floats, height: float, speed: float, purpose: Purpose, **more: object
    ) -> None:
        self.waypoints.append(waypoint(self.frame, place, height, speed, purpose, **more))
