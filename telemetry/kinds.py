"""What kind of asset each identity is: a tracker cannot tell a car from an officer or a post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache

from fleet.assets import Asset, Kind
from telemetry.batch import Batch

ASSETS_KEPT = 1 << 15
"""Assets whose kind is not looked for anew in each batch."""


class Kinds:
    """Gives assets the kind that the settings say; all others keep the one that they came with."""

    def __init__(self, patterns: Mapping[str, Kind]) -> None:
        """`patterns` of identities (`osmand:post-*`), as of file names; the first that fits counts."""
        self._patterns = dict(patterns)
        self._of = lru_cache(ASSETS_KEPT)(self._look_up)

    def told(self, batch: Batch) -> Batch:
        """The batch with its assets as they are called here."""
        if not self._patterns or not batch.assets:
            return batch
        assets = tuple(self._of(asset) for asset in batch.assets)
        return batch if assets == batch.assets else replace(batch, assets=assets)

    def _look_up(self, asset: Asset) -> Asset:
        for pattern, kind in self._patterns.items():
            if fnmatchcase(asset.identity, pattern):
                return Asset(asset.identity, kind)
        return asset
