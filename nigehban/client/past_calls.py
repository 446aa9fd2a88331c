"""What can be asked of the past, as in `calls`. `end` is not in a window; without it, it is a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nigehban.client.calls import Call, Listing
from nigehban.client.models import Page
from nigehban.client.past_models import (
    AlertThen,
    ContactThen,
    FenceThen,
    Happened,
    Picture,
    Tracks,
)


def picture_then(at: datetime, *, assets: Sequence[str] = ()) -> Call[Picture]:
    """All assets as they were known at a moment."""
    query = {"at": at.isoformat(), **_named(assets)}
    return Call("GET", "history/picture", Picture, query)


def tracks_then(
    start: datetime, end: datetime, *, assets: Sequence[str] = (), step: float | None = None
) -> Call[Tracks]:
    """The ways of assets with what came when; `step` in seconds, without it one that suits."""
    return Call("GET", "history/tracks", Tracks, _window(start, end, assets, step=step))


def happened(
    start: datetime,
    end: datetime,
    *,
    assets: Sequence[str] = (),
    kinds: Sequence[str] = (),
    limit: int = 200,
) -> Listing[Happened]:
    """What happened, the first first; `kinds` of alert, fence, event, text, gap."""
    query = _window(start, end, assets, limit=limit, kinds=",".join(kinds) or None)
    return Listing("GET", "history/timeline", Page[Happened], query)


def alerts_then(
    start: datetime, end: datetime | None = None, *, assets: Sequence[str] = (), limit: int = 200
) -> Listing[AlertThen]:
    """The alerts that stood at `start`, and how each was after all that happened until `end`."""
    query = _window(start, end, assets, limit=limit)
    return Listing("GET", "history/alerts", Page[AlertThen], query)


def contacts_then(
    start: datetime, end: datetime | None = None, *, step: float | None = None, limit: int = 200
) -> Listing[ContactThen]:
    """What flew without being ours, who came last first; `step` in seconds."""
    query = _window(start, end, step=step, limit=limit)
    return Listing("GET", "history/contacts", Page[ContactThen], query)


def geofences_then(
    start: datetime, end: datetime | None = None, *, limit: int = 200
) -> Listing[FenceThen]:
    """The versions of geofences that counted at some time of a window, or at a moment."""
    query = _window(start, end, limit=limit)
    return Listing("GET", "history/geofences", Page[FenceThen], query)


def _window(
    start: datetime, end: datetime | None, assets: Sequence[str] = (), **more: Any
) -> dict[str, Any]:
    query = {"from": start.isoformat(), "to": end and end.isoformat(), **_named(assets), **more}
    return {name: value for name, value in query.items() if value is not None}


def _named(assets: Sequence[str]) -> dict[str, str]:
    return {"assets": ",".join(assets)} if assets else {}
