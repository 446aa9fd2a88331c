"""Geofences as the map draws them: outlines in degrees, and whether each is in force now.

They are read from the store when they have changed there. Schedules are reckoned here and not in the
browser, so that a page and the collector cannot differ about what is in force.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg
import shapely

from dashboard.history import History, HistoryAwayError
from fleet.forms import FormError
from fleet.geofences.geofence import Geofence, valid_at
from fleet.geofences.stored import to_json
from telemetry.watching.kept import geofences, geofences_changed

log = logging.getLogger(__name__)

FENCES_MOST = 5_000
"""Geofences that a page draws; those beyond are counted."""

LOOK_PERIOD = 2.0
"""Seconds between two looks for what has changed in the store or by the clock."""

AHEAD = timedelta(days=8)
"""How far ahead the next change of being in force is looked for: a week's hours and a day."""

DECIMALS = 6
"""Of an outline's degrees: 0.1 m."""

Now = Callable[[], datetime]
Listed = tuple[list[Geofence], tuple[Any, ...] | None]


class Fencing:
    """What is drawn. `version` grows when the document is another one; 0: none was read yet."""

    def __init__(self) -> None:
        self.version = 0
        self.document = orjson.dumps({"type": "FeatureCollection", "features": []})
        """GeoJSON."""
        self.left_out = 0
        """Geofences beyond FENCES_MOST."""
        self._changed: tuple[Any, ...] | None = None
        self._due: datetime | None = None

    def message(self, since: int) -> bytes:
        """The `fences` message."""
        del since  # the page fetches the whole of it
        return orjson.dumps({"type": "fences", "version": self.version})

    def draw(self, fences: Sequence[Geofence], now: datetime) -> None:
        """Take all versions of geofences that have not ended."""
        # What comes into validity later is not there yet: the next look draws it.
        moments = [moment for fence in fences for moment in (fence.valid_from, fence.valid_until)]
        current = valid_at(fences, now)
        self.left_out = max(0, len(current) - FENCES_MOST)
        features = []
        for fence in sorted(current, key=lambda fence: (fence.name, fence.id))[:FENCES_MOST]:
            in_force, change = _force(fence, now)
            changes = None if change is None else change.astimezone(UTC).isoformat()
            features.append(feature(fence, in_force=in_force, changes=changes))
            moments.append(change)
        self._due = min((moment for moment in moments if moment and moment > now), default=None)
        document = orjson.dumps({"type": "FeatureCollection", "features": features})
        if document != self.document or not self.version:
            self.document = document
            self.version += 1

    async def look(self, history: History, now: datetime) -> None:
        """Draw again if something has changed. Raises HistoryAwayError, FormError."""
        due = self._due is not None and now >= self._due

        async def ask(connection: psycopg.AsyncConnection) -> Listed | None:
            changed = await geofences_changed(connection)
            if changed == self._changed and not due:
                return None
            return await geofences(connection, now), changed

        found = await history.ask(ask)
        if found is not None:
            fences, changed = found
            await asyncio.to_thread(self.draw, fences, now)
            self._changed = changed


async def follow_fences(history: History, fencing: Fencing, now: Now) -> None:
    """Draw what the store has. Runs until cancelled; while the store is away, the last stays."""
    said = ""
    while True:
        try:
            await fencing.look(history, now())
            said = ""
        except HistoryAwayError:
            pass  # told by `feeding.follow_store`, which asks the same store
        except FormError as error:
            if said != str(error):
                log.error(  # noqa: TRY400 - the message is all there is to say
                    "a geofence of the store cannot be drawn: %s", error
                )
            said = str(error)
        await asyncio.sleep(LOOK_PERIOD)


def feature(fence: Geofence, **more: Any) -> dict[str, Any]:
    """It as a GeoJSON feature: its outline, what is told of it, and `more` properties."""
    told = to_json(fence)
    properties = {
        "id": fence.id,
        "version": fence.version,
        "name": fence.name,
        "kind": fence.kind,
        **more,
        **{name: told.get(name) for name in ("floor", "ceiling", "periods", "scope", "note")},
    }
    outline = shapely.set_precision(fence.outline, 10**-DECIMALS, mode="pointwise")
    geometry = orjson.loads(shapely.to_geojson(outline))
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _force(fence: Geofence, now: datetime) -> tuple[bool, datetime | None]:
    """Whether it is in force, and when it next begins or ends to be."""
    spans = fence.in_force(now, now + AHEAD)
    in_force = bool(spans) and spans[0][0] <= now
    change = None if not spans else spans[0][1] if in_force else spans[0][0]
    if change is not None and change >= now + AHEAD:
        change = None
    return in_force, change
