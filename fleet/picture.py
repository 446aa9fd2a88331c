"""The picture: the latest of every asset, as one table of columns.

Rows go in by batch and in any order: what is older than what is known changes nothing, so late
and shuffled rows never move a mark backwards. Collectors keep one from what arrives and send its
changes; the dashboard keeps one from what it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Asset, Kind
from fleet.columns import (
    FIX_FIELDS,
    LIVE_SOURCES,
    PICTURE,
    POSITION,
    STATE_FIELDS,
    STATUS,
    Rows,
    Source,
    blank,
)

_INITIAL_CAPACITY = 64

RAW_LAG = np.timedelta64(2, "s")
"""A raw GPS fix stands in for the autopilot's fused position once that is this much older."""


def position_times(positions: Rows) -> NDArray[np.datetime64]:
    """When each of POSITION rows was true, by our clock: its fix time, but never the future.

    A live source tells of now, whatever the vehicle's clock says; a tracker may tell of hours ago.
    """
    live = np.isin(positions["source"], list(LIVE_SOURCES))
    received = positions["received_time"]
    return np.where(live, received, np.fmin(positions["fix_time"], received))


def position_ranks(
    sources: NDArray[np.int16], times: NDArray[np.datetime64]
) -> NDArray[np.datetime64]:
    """What decides between two positions of an asset: the later rank is shown."""
    return np.where(sources == Source.GPS_RAW_INT, times - RAW_LAG, times)


class Picture:
    """The latest of every asset. Not safe for several threads."""

    def __init__(self) -> None:
        self._rows = blank(PICTURE, _INITIAL_CAPACITY)
        self._changed = np.zeros(_INITIAL_CAPACITY, np.int64)
        self._slots: dict[int, int] = {}
        self._version = 0

    def __len__(self) -> int:
        """How many assets are known."""
        return len(self._slots)

    def __contains__(self, asset: int) -> bool:
        """Whether the asset with this key is known."""
        return asset in self._slots

    @property
    def rows(self) -> Rows:
        """All rows, in the order in which the assets appeared; a view that changes underneath."""
        return self._rows[: len(self._slots)]

    @property
    def version(self) -> int:
        """Grows with each update; hand it to `changed_since` later."""
        return self._version

    def row(self, asset: int) -> np.void:
        """The row of one asset. Raises KeyError if it is unknown."""
        row: np.void = self._rows[self._slots[asset]]
        return row

    def changed_slots(self, version: int) -> NDArray[np.intp]:
        """Where in `rows` those stand that changed after `version`."""
        return np.flatnonzero(self._changed[: len(self)] > version)

    def changed_since(self, version: int) -> Rows:
        """A copy of the rows that changed after `version`."""
        rows: Rows = self.rows[self.changed_slots(version)]
        return rows

    def slots(self, assets: NDArray[np.int64]) -> NDArray[np.intp]:
        """Where in `rows` each of these assets stands. Raises KeyError if one is unknown."""
        return np.fromiter(map(self._slots.__getitem__, assets.tolist()), np.intp, len(assets))

    def add(self, assets: Iterable[Asset]) -> None:
        """Make assets known; those that are known already stay as they are."""
        for asset in assets:
            if asset.key not in self._slots:
                self._append(asset.key, asset.identity.encode(), asset.kind)

    def update_positions(self, positions: Rows) -> None:
        """Take POSITION rows of known assets; the newest fix of each stays."""
        assert positions.dtype == POSITION
        if not len(positions):
            return
        self._hear(self.slots(positions["asset"]), positions["received_time"])
        times = position_times(positions)
        ranks = position_ranks(positions["source"], times)
        newest = _newest(positions["asset"], ranks)
        positions, times, ranks = positions[newest], times[newest], ranks[newest]
        slots = self.slots(positions["asset"])
        newer = self._outranked(slots, ranks)
        slots, positions = slots[newer], positions[newer]
        for name in FIX_FIELDS:
            self._rows[name][slots] = positions[name]
        self._rows["position_time"][slots] = times[newer]

    def update_statuses(self, statuses: Rows) -> None:
        """Take STATUS rows of known assets; the newest state of each stays."""
        assert statuses.dtype == STATUS
        if not len(statuses):
            return
        self._hear(self.slots(statuses["asset"]), statuses["received_time"])
        statuses = statuses[_newest(statuses["asset"], statuses["status_time"])]
        slots = self.slots(statuses["asset"])
        newer = ~(self._rows["status_time"][slots] >= statuses["status_time"])
        slots, statuses = slots[newer], statuses[newer]
        for name in ("status_time", *STATE_FIELDS):
            self._rows[name][slots] = statuses[name]

    def merge(self, rows: Rows) -> NDArray[np.intp]:
        """Take PICTURE rows of another picture: the newer fix and the newer state of each stay.

        The kind is what was told last, unless that is unknown. Gives where in `self.rows` each
        stands.
        """
        assert rows.dtype == PICTURE
        if not len(rows):
            return np.empty(0, np.intp)
        named = (rows[name].tolist() for name in ("asset", "identity", "kind"))
        for asset, identity, kind in zip(*named, strict=True):
            if asset not in self._slots:
                self._append(asset, identity, kind)
        slots = self.slots(rows["asset"])
        said = rows["kind"] != Kind.UNKNOWN
        self._rows["kind"][slots[said]] = rows["kind"][said]
        self._hear(slots, rows["heard_time"])
        moved = self._outranked(slots, position_ranks(rows["source"], rows["position_time"]))
        told = ~(self._rows["status_time"][slots] >= rows["status_time"])
        told &= ~np.isnat(rows["status_time"])
        for newer, fields in (
            (moved, ["position_time", *FIX_FIELDS]),
            (told, ["status_time", *STATE_FIELDS]),
        ):
            at, new = slots[newer], np.flatnonzero(newer)
            for name in fields:
                self._rows[name][at] = rows[name][new]
        return slots

    def _outranked(
        self, slots: NDArray[np.intp], ranks: NDArray[np.datetime64]
    ) -> NDArray[np.bool_]:
        """Where a position of rank `ranks` is to be shown instead of what stands in `slots`."""
        standing = position_ranks(self._rows["source"][slots], self._rows["position_time"][slots])
        outranked: NDArray[np.bool_] = ~(standing >= ranks) & ~np.isnat(ranks)
        return outranked

    def _hear(self, slots: NDArray[np.intp], times: NDArray[np.datetime64]) -> None:
        """Note that something came from each of `slots` at `times`."""
        np.fmax.at(self._rows["heard_time"], slots, times)
        self._version += 1
        self._changed[slots] = self._version

    def _append(self, asset: int, identity: bytes, kind: int) -> None:
        """Give an asset the next row, of which all else is unknown."""
        slot = len(self._slots)
        if slot == len(self._rows):
            self._rows = np.concatenate([self._rows, blank(PICTURE, slot)])
            self._changed = np.concatenate([self._changed, np.zeros(slot, np.int64)])
        self._rows["asset"][slot] = asset
        self._rows["identity"][slot] = identity
        self._rows["kind"][slot] = kind
        self._slots[asset] = slot
        self._version += 1
        self._changed[slot] = self._version


def _newest(assets: NDArray[np.int64], times: NDArray[np.datetime64]) -> NDArray[np.intp]:
    """Index of the row with the latest time of each asset; of equal times the last row."""
    order = np.lexsort((np.arange(len(assets)), times, assets))
    last = np.append(assets[order][1:] != assets[order][:-1], True)
    newest: NDArray[np.intp] = order[last]
    return newest
