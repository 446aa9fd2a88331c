"""The fixed cameras, which stand in the register and tell of events alone, never where they are.

They have no place in the picture, so no mark and no part in its frames: viewers are told of them once,
and again of those that were changed or have seen something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

import orjson

from dashboard.keyed import Keyed
from dashboard.situation import Situation
from fleet.assets import Kind
from fleet.cameras import Lenses, Mounted, read_mounted
from telemetry.store.event_queries import EventTold
from telemetry.store.register import Entry

CAMERAS_MOST = 5_000
"""Fixed cameras that are told; those beyond are not."""

PREFIX = "camera:"
"""Of the identities of assets that are cameras and nothing else."""

DECIMALS = 6
"""Of degrees: a decimetre."""


class Cameras:
    """Fixed cameras by asset. `version` grows with each change."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._told = Keyed(CAMERAS_MOST)

    @property
    def version(self) -> int:
        """Grows with each change; 0: there was never any."""
        return self._told.version

    def __contains__(self, asset: int) -> bool:
        return str(asset) in self._told

    def register(
        self, entries: Iterable[Entry], last: Mapping[int, EventTold], lenses: Lenses
    ) -> None:
        """Have these entries in the register, with the newest events of theirs by key."""
        items: dict[str, dict[str, Any]] = {}
        for entry in entries:
            mounted = read_mounted(entry.camera or {}, lenses)
            if self._is_fixed(entry, mounted):
                items[str(entry.id)] = _item(entry, mounted, last.get(entry.id))
        self._told.replace(items)

    def message(self, since: int) -> bytes:
        """The `cameras` message for who was last told at a version, 0: never."""
        whole, items, gone = self._told.since(since)
        return orjson.dumps({"type": "cameras", "whole": whole, "cameras": items, "gone": gone})

    def all(self) -> list[Mapping[str, Any]]:
        """All fixed cameras, by identity."""
        return sorted(self._told, key=lambda item: str(item["identity"]))

    def _is_fixed(self, entry: Entry, mounted: Mounted) -> bool:
        """Whether an entry is of a fixed camera that the picture knows nothing of."""
        if entry.id in self._situation.picture:
            return False
        stands = mounted.is_fixed and isfinite(mounted.latitude) and isfinite(mounted.longitude)
        return entry.shown_as == Kind.CAMERA or entry.identity.startswith(PREFIX) or stands


def _item(entry: Entry, mounted: Mounted, last: EventTold | None) -> dict[str, Any]:
    place = [round(value, DECIMALS) for value in (mounted.longitude, mounted.latitude)]
    return {
        "key": str(entry.id),
        "identity": entry.identity,
        "name": entry.shown_name,
        "group": entry.group_name,
        "place": place if all(map(isfinite, place)) else None,
        "heading": _known(mounted.heading),
        "across": _known(mounted.across),
        "reach": _known(mounted.reach),
        "out_of_service": entry.out_of_service,
        "event": last and {"time": round(last.time.timestamp() * 1000), "kind": last.kind},
    }


def _known(value: float) -> float | None:
    return value if isfinite(value) else None
