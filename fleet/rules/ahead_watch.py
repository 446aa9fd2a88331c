"""Breaches of geofences that are to come, as alerts: before it is too late to turn.

Straight on as between the last two fixes (`motion`): an autopilot's heading is where its nose points,
and a drone that flies backwards would else be told to be about to leave at the other side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from fleet.alerts.alert import Priority
from fleet.alerts.events import AlertEvent
from fleet.alerts.filters import Delay
from fleet.columns import Rows
from fleet.geofences.ahead import LOOK_AHEAD_MOST, Ahead
from fleet.geofences.fences import Fences
from fleet.geofences.pictured import positions_of
from fleet.rules.raising import Raiser
from fleet.rules.registry import Rule, Texts
from fleet.rules.view import Values, View

LEAST_SPEED = 1.0
"""Along, or up and down, of what is foretold: slower, a fix's error makes the course."""

DEAD_BAND = 1.5
"""How many times the limit a breach has to be away for the alert to be over."""

FOLLOWED_MOST = 10_000
"""Breaches to come that are followed; more than these wait until some are over."""

ON, OFF = Delay(seconds=1), Delay(seconds=5)

_ACTION = {
    "en": "Stop it or turn it now.",
    "ur": "اسے ابھی روکیں یا موڑیں۔",
}

RULE = Rule(
    "geofence_ahead",
    "An asset is about to leave a geofence that it has to stay in, or to enter a forbidden one.",
    Priority.MEDIUM,
    Texts(
        {
            "en": "{name} will leave {fence} in {value:.0f} s",
            "ur": "{name} {value:.0f} سیکنڈ میں حد {fence} سے باہر نکل جائے گا",
        },
        _ACTION,
    ),
)

ENTERING = replace(
    RULE,
    texts=Texts(
        {
            "en": "{name} will enter {fence}, where it may not be, in {value:.0f} s",
            "ur": "{name} {value:.0f} سیکنڈ میں ممنوعہ علاقے {fence} میں داخل ہو جائے گا",
        },
        _ACTION,
    ),
)

_WARNED_OF = {"keep-in": RULE, "keep-out": ENTERING}

Pair = tuple[int, str]
"""An asset and the id of a geofence."""


@dataclass(slots=True)
class _Followed:
    key: str
    near_since: datetime | None
    away_since: datetime | None = None
    raised: bool = False


class AheadWatch:
    """Follows each breach that is near; `fences` are those that positions are held against."""

    def __init__(self, raiser: Raiser, fences: Fences) -> None:
        self._raiser = raiser
        self._fences = fences
        self._followed: dict[Pair, _Followed] = {}
        for alert in raiser.book.alerts.values():  # after a restart
            if alert.rule == RULE.name and alert.active and alert.assets:
                pair = alert.assets[0], alert.key.split("/", 2)[1]
                self._followed[pair] = _Followed(alert.key, None, raised=True)

    def look(self, view: View, now: datetime) -> list[AlertEvent]:
        """Raise, follow and clear; an alert is done with when the breach itself is there."""
        rows, limits = view.rows, view.of(lambda t: t.movement.fence_ahead)
        chosen = np.flatnonzero(_can_be_foretold(view, limits))
        found: list[Ahead] = []
        if len(chosen) and len(self._fences.compiled):
            reach = min(DEAD_BAND * float(limits[chosen].max()), LOOK_AHEAD_MOST)
            found = self._fences.ahead(_courses(view, chosen), reach)
        slots = dict(zip(rows["asset"][chosen].tolist(), chosen.tolist(), strict=True))
        ages = view.seconds_since("position_time")
        events: list[AlertEvent] = []
        seen: set[Pair] = set()
        for each in found:
            slot, pair = slots[each.asset], (each.asset, each.fence.id)
            seconds = max(0.0, each.seconds - float(ages[slot]))
            if each.fence.kind in _WARNED_OF and seconds < DEAD_BAND * limits[slot]:
                seen.add(pair)
                events += self._near(each, slot, seconds, float(limits[slot]), now)
        if self._followed:
            breaches = {(each.asset, each.fence.id) for each in self._fences.open()}
            for pair in list(self._followed):
                if pair in breaches:
                    events += self._over(pair, now, "the breach is there")
                elif pair not in seen:
                    events += self._away(pair, now)
        return events

    def _near(
        self, ahead: Ahead, slot: int, seconds: float, limit: float, now: datetime
    ) -> list[AlertEvent]:
        pair = ahead.asset, ahead.fence.id
        identity = self._raiser.identity(slot)
        followed = self._followed.get(pair)
        if followed is None:
            if seconds > limit or len(self._followed) >= FOLLOWED_MOST:
                return []
            key = f"{RULE.name}/{ahead.fence.id}/{identity}"
            followed = self._followed[pair] = _Followed(key, now)
        followed.away_since = None
        if followed.raised:
            return self._raiser.book.update(followed.key, seconds, now)
        if seconds > limit:
            followed.near_since = None
        elif followed.near_since is None:
            followed.near_since = now
        since = followed.near_since
        if since is None or (now - since).total_seconds() < ON.seconds:
            return []
        events = self._raiser.raise_alert(
            replace(_WARNED_OF[ahead.fence.kind], cause=lambda _: f"fence/{ahead.fence.id}"),
            followed.key,
            (identity,),
            (ahead.asset,),
            now,
            {"value": seconds, "limit": limit, "fence": ahead.fence.name},
            falling=True,
        )
        followed.raised = bool(events)
        return events

    def _away(self, pair: Pair, now: datetime) -> list[AlertEvent]:
        followed = self._followed[pair]
        if followed.raised:
            followed.away_since = followed.away_since or now
            if (now - followed.away_since).total_seconds() < OFF.seconds:
                return []
        return self._over(pair, now)

    def _over(self, pair: Pair, now: datetime, taken_over: str = "") -> list[AlertEvent]:
        followed = self._followed.pop(pair)
        if not followed.raised:
            return []
        if taken_over:
            return self._raiser.give_over(followed.key, taken_over, now)
        return self._raiser.book.clear(followed.key, now)


def _can_be_foretold(view: View, limits: Values) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows that are warned of, and of which it is known where they go now."""
    motion = view.motion
    fresh = view.seconds_since("position_time") <= view.of(lambda t: t.link.late_after)
    speed = np.hypot(motion["east"], motion["north"])
    climbs = np.abs(view.column("climb")) >= LEAST_SPEED
    moves = (speed >= LEAST_SPEED) | (np.isfinite(speed) & climbs)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (limits > 0) & fresh & moves
    return found


def _courses(view: View, chosen: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Rows:
    """POSITION rows of some, with the course and the speed that they have made."""
    positions, motion = positions_of(view.rows[chosen]), view.motion[chosen]
    positions["speed"] = np.hypot(motion["east"], motion["north"])
    positions["heading"] = np.degrees(np.arctan2(motion["east"], motion["north"])) % 360
    return positions
