"""What the fences tell: entered, left, dwelt. An event is the same one whatever came first."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from fleet.geofences.geofence import FenceKind, Key
from fleet.moments import microseconds

What = Literal["entered", "left", "dwelt"]

Cause = Literal["crossing", "height", "schedule", "validity", "first", "gap"]
"""Over the edge; through the floor or ceiling; the fence came into force or went out of it, by its
hours or by its validity (a new version); at its first fix it was so; no crossing was seen, since two
fixes lie too far apart or the fence was not known yet."""


@dataclass(frozen=True)
class FenceEvent:
    """One asset at one version of a geofence.

    `time` and place are those of the crossing, reckoned along the straight line between the fixes
    of `before` and `after`; `seen` is the fix that made it certain, beyond hysteresis and margin.
    Of `dwelt` the time is that of entering plus the fence's dwell, the place that of the fix that
    showed it. `before` is None at an asset's first fix. Times are fix times, UTC.
    """

    asset: int
    fence: str
    version: int
    fence_kind: FenceKind
    what: What
    cause: Cause
    time: datetime
    latitude: float
    longitude: float
    before: datetime | None
    after: datetime
    seen: datetime

    @property
    def key(self) -> Key:
        """Id and version of the geofence."""
        return self.fence, self.version

    @property
    def begins(self) -> bool:
        """Whether what the fence watches for begins here: left of a keep-in, entered of others."""
        return self.what == ("left" if self.fence_kind == "keep-in" else "entered")

    @cached_property
    def id(self) -> str:
        """A UUID that the same asset, geofence, version and crossing always have."""
        said = f"{self.asset}/{self.fence}/{self.version}/{self.what}/{microseconds(self.time)}"
        return str(uuid.UUID(bytes=hashlib.blake2b(said.encode(), digest_size=16).digest()))

    def to_json(self) -> dict[str, Any]:
        """All fields and the id in JSON's own types; times in ISO 8601."""
        return {
            "id": self.id,
            "asset": self.asset,
            "fence": self.fence,
            "version": self.version,
            "fence_kind": self.fence_kind,
            "what": self.what,
            "cause": self.cause,
            "time": self.time.isoformat(),
            "latitude": self.latitude,
            "longitude": self.longitude,
            "before": None if self.before is None else self.before.isoformat(),
            "after": self.after.isoformat(),
            "seen": self.seen.isoformat(),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> FenceEvent:
        """The event of what `to_json` made; what is not its own (the id, too) is left out."""
        given = {name: told[name] for name in cls.__dataclass_fields__}
        for name in ("time", "before", "after", "seen"):
            given[name] = given[name] and datetime.fromisoformat(given[name])
        return cls(**given)


@dataclass(frozen=True)
class Changes:
    """How the set of events changed: take out `withdrawn`, then put in `new`, both by id.

    An event in `new` whose id is known already replaces it: a late fix told more of it.
    """

    new: tuple[FenceEvent, ...] = ()
    withdrawn: tuple[FenceEvent, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.withdrawn)
