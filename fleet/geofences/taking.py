"""Geofences from elsewhere, beside those that are there: which versions are to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fleet.geofences.geofence import Geofence, revise


def taken(fence: Geofence, known: Sequence[Geofence], now: datetime) -> list[Geofence]:
    """The versions to write so that `fence` counts from now on; none if it does already.

    What the file says of its version and of when it began is left aside: history is not written
    anew. Raises FormError for one that does not fit.
    """
    old = max(
        (each for each in known if each.id == fence.id), key=lambda each: each.version, default=None
    )
    if old is None:
        begin = now if fence.valid_from is None else max(fence.valid_from, now)
        return [replace(fence, version=1, valid_from=begin)]
    if replace(fence, version=old.version, valid_from=old.valid_from) == old:
        return []
    if old.valid_until is not None and old.valid_until <= now:
        return [replace(fence, version=old.version + 1, valid_from=now)]
    kept = {"id", "version", "valid_from"}
    names = [name for name in Geofence.__dataclass_fields__ if name not in kept]
    return list(revise(old, now, **{name: getattr(fence, name) for name in names}))
