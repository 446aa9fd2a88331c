"""What the page knows now: the picture, the names, the trails, and the health of what feeds it.

It is filled from the bus and from the store (`feeding`), and only read by the viewers. It stands
in one event loop.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.links import Links
from dashboard.live import DirectoryEntry, Modes
from dashboard.trails import Trails
from fleet.assets import Kind, default_name
from fleet.columns import Rows
from fleet.picture import Picture

MAX_ASSETS = 20_000
"""Assets that the page shows; what comes beyond is counted as `ignored`."""


@dataclass(slots=True)
class Source:
    """The health of something that the page depends on."""

    ok: bool | None = None  # None: not known yet
    detail: str = ""


class Situation:
    """What the page knows, with a version that grows with each change."""

    def __init__(self) -> None:
        self.session = uuid.uuid4().hex
        self.picture = Picture()
        self.modes = Modes()
        self.trails = Trails()
        self.changed = asyncio.Event()
        """Set when the picture changes; whoever waits for it clears it."""
        self.ignored = 0
        """Rows of assets beyond MAX_ASSETS."""
        self.unreadable = 0
        """Messages of the bus that were no picture."""
        self.database = Source()
        self.bus = Source()
        self.sources_version = 0
        """Grows when one of them goes away or comes back."""
        self.collector: CollectorHealth | None = None
        self.register_version = 0
        """Grows when somebody changes the register through this server."""
        self.out_of_service: frozenset[int] = frozenset()
        """Keys of assets that must not fly or drive, as the register says."""
        self._names: dict[int, str] = {}
        self._kinds: dict[int, int] = {}
        self._groups: dict[int, str] = {}
        self._described = np.zeros(0, np.int64)  # directory version at which a slot last changed
        self._directory_version = 0

    def take(self, rows: Rows) -> None:
        """Take PICTURE rows; what is older than what is known changes nothing."""
        rows = rows[self._admitted(rows)]
        if not len(rows):
            return
        slots = self.picture.merge(rows)
        self.changed.set()
        if len(self.picture) > len(self._described):
            self._describe_newcomers()
        self._extend_trails(slots)

    def restore(self, trail: Rows) -> None:
        """Take the store's trails: rows of asset, fix_time, latitude, longitude in that order."""
        trail = trail[np.isin(trail["asset"], self.picture.rows["asset"])]
        slots = self.picture.slots(trail["asset"])
        self.trails = Trails()
        # One point of each asset at a time: its first, its second, and so on.
        turn = np.arange(len(trail)) - np.searchsorted(trail["asset"], trail["asset"])
        for nth in range(int(turn.max(initial=-1)) + 1):
            now = turn == nth
            part = trail[now]
            self.trails.add(slots[now], part["fix_time"], part["longitude"], part["latitude"])
        self._extend_trails(np.arange(len(self.picture)))

    def _extend_trails(self, slots: NDArray[np.intp]) -> None:
        columns = (self.picture.rows[name] for name in ("position_time", "longitude", "latitude"))
        self.trails.add(slots, *(column[slots] for column in columns))

    def rename(
        self,
        names: Mapping[int, str],
        kinds: Mapping[int, int] | None = None,
        groups: Mapping[int, str] | None = None,
    ) -> None:
        """Take the names that the store has, by key; without one an asset has its default name.

        `kinds` are what assets are shown as where that is not what they are; `groups` name the
        group of those that are in one.
        """
        kinds, groups = kinds or {}, groups or {}
        changed = {key for key, _ in names.items() ^ self._names.items()}
        changed |= {key for key, _ in kinds.items() ^ self._kinds.items()}
        changed |= {key for key, _ in groups.items() ^ self._groups.items()}
        if not changed:
            return
        self._names, self._kinds, self._groups = dict(names), dict(kinds), dict(groups)
        known = np.array([key for key in changed if key in self.picture], np.int64)
        if len(known):
            self._directory_version += 1
            self._described[self.picture.slots(known)] = self._directory_version

    @property
    def directory_version(self) -> int:
        """Grows when an asset appears or is named otherwise."""
        return self._directory_version

    def directory_since(self, version: int) -> Iterator[DirectoryEntry]:
        """What is called otherwise or stands elsewhere since `version`, by slot."""
        rows = self.picture.rows
        for slot in np.flatnonzero(self._described > version).tolist():
            row = rows[slot]
            identity = bytes(row["identity"]).decode(errors="replace")
            key = int(row["asset"])
            kind = self.kind(key, int(row["kind"]))
            name = self.name(key, identity)
            yield DirectoryEntry(slot, key, identity, name, kind, self.group(key))

    def name(self, key: int, identity: str) -> str:
        """What the asset is called."""
        return self._names.get(key) or default_name(identity)

    def kind(self, key: int, told: int) -> int:
        """What the asset is shown as, whose kind was told as `told`."""
        return self._kinds.get(key, told)

    def group(self, key: int) -> str | None:
        """The group that the asset is in."""
        return self._groups.get(key)

    def health(self, now: np.datetime64, *, viewers: int) -> dict[str, Any]:
        """The `health` message: what the page depends on, and how it is."""
        collector = self.collector
        silent = None if collector is None else (now - collector.heard) / np.timedelta64(1, "s")
        return {
            "type": "health",
            "database": {"ok": self.database.ok, "detail": self.database.detail},
            "bus": {"ok": self.bus.ok, "detail": self.bus.detail},
            "collector": {
                "age": None if silent is None else round(float(silent), 2),
                "rate": None if collector is None else collector.rate,
            },
            "viewers": viewers,
            "ignored": self.ignored,
        }

    def note(self, source: Source, *, ok: bool, detail: str = "") -> None:
        """Take how a source is. That it went away or came back is told to viewers at once."""
        if source.ok is not ok:
            self.sources_version += 1
            self.changed.set()
        source.ok, source.detail = ok, detail

    def _admitted(self, rows: Rows) -> NDArray[np.bool_]:
        admitted: NDArray[np.bool_] = (rows["kind"] >= min(Kind)) & (rows["kind"] <= max(Kind))
        room = MAX_ASSETS - len(self.picture)
        if len(rows) > room:
            newcomers = ~np.isin(rows["asset"], self.picture.rows["asset"])
            admitted &= ~newcomers | (np.cumsum(newcomers) <= room)
        self.ignored += int((~admitted).sum())
        return admitted

    def _describe_newcomers(self) -> None:
        self._directory_version += 1
        added = np.full(len(self.picture) - len(self._described), self._directory_version)
        self._described = np.concatenate([self._described, added])


class CollectorHealth:
    """What a collector last told of itself, and the rate between its last two words."""

    def __init__(self, heard: np.datetime64) -> None:
        self.heard = heard
        self.rate: float | None = None
        self.links = Links()
        self._counted: tuple[float, float] | None = None

    def hear(self, told: Mapping[str, Any], now: np.datetime64) -> None:
        """Take a `live.collector` message (`time` in seconds, counters since its start)."""
        self.heard = now
        counted = (float(told["time"]), float(told["received"]))
        if self._counted is not None:
            passed, came = (new - old for new, old in zip(counted, self._counted, strict=True))
            # A collector that started anew counts from 0 again.
            self.rate = came / passed if passed > 0 and came >= 0 else None
        self._counted = counted
        self.links.hear(told)
