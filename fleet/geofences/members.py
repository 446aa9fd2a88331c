"""Which fences are for which assets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Kind
from fleet.geofences.compiled import Bools, Compiled, Indices


@dataclass(frozen=True)
class Member:
    """What scopes ask about an asset: its key, its kind and the groups that it is in."""

    asset: int
    kind: Kind = Kind.UNKNOWN
    groups: frozenset[str] = frozenset()


class Members:
    """The assets that are told of; any other is of unknown kind and in no group."""

    def __init__(self, members: Iterable[Member] = ()) -> None:
        self._members = {member.asset: member for member in members}
        self._slots: dict[int, int] = {}
        self._rows: Bools = np.zeros((0, 0), np.bool_)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def enrol(self, members: Iterable[Member]) -> list[int]:
        """Take what is told; the keys of those of whom something else was known."""
        changed = []
        for member in members:
            if self._members.get(member.asset, Member(member.asset)) != member:
                changed.append(member.asset)
            self._members[member.asset] = member
        if changed:
            self.refit()
        return changed

    def refit(self) -> None:
        """The fences are others, or the members: whom they are for is asked again."""
        self._slots.clear()

    def forget(self, asset: int) -> None:
        """An asset that is of no interest any more."""
        self._members.pop(asset, None)
        self.refit()

    def cover(self, fences: Compiled, assets: NDArray[np.int64]) -> Bools:
        """(n, scopes) whether each scope of the fences is for each asset."""
        if not len(assets):
            return np.zeros((0, len(fences.scopes)), np.bool_)
        slots = [self._slots.get(asset, -1) for asset in assets.tolist()]
        if -1 in slots:
            slots = [self._slot(fences, asset) for asset in assets.tolist()]
        rows: Bools = self._rows[np.array(slots, np.intp)]
        return rows

    def meant(
        self, fences: Compiled, assets: NDArray[np.int64], found: Indices, which: Indices
    ) -> Bools:
        """Of pairs (index of an asset, fence) whether the fence is for the asset."""
        return self.cover(fences, assets)[found, fences.scope_of[which]]

    def _slot(self, fences: Compiled, asset: int) -> int:
        """The row of an asset, made if there is none."""
        slot = self._slots.get(asset)
        if slot is not None:
            return slot
        width = len(fences.scopes)
        if not self._slots:
            self._rows = np.zeros((64, width), np.bool_)
        slot = len(self._slots)
        if slot == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        member = self._members.get(asset, Member(asset))
        for number, scope in enumerate(fences.scopes):
            self._rows[slot, number] = scope.covers(asset, member.kind, member.groups)
        self._slots[asset] = slot
        return slot
