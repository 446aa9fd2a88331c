"""Which assets and which time a question about the past is of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import psycopg
from fastapi import Query
from pydantic import AwareDatetime

from dashboard.api.problems import ProblemError
from fleet.assets import Asset
from telemetry.history.reading import Window, known_assets

ASSETS_MOST = 1000
"""Assets that a question names."""

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

From = Annotated[
    AwareDatetime, Query(alias="from", description="Its beginning, ISO 8601 with an offset.")
]
To = Annotated[AwareDatetime, Query(description="Its end, which is not in it.")]
Assets = Annotated[
    str | None,
    Query(
        max_length=20 * ASSETS_MOST,
        pattern=r"^\d{1,19}(,\d{1,19})*$",
        description="Keys of assets, with commas between; without it all.",
    ),
]

Chosen = Sequence[tuple[Asset, str]]
"""Assets, each with what people call it."""


def moment(time: datetime, what: str = "at") -> datetime:
    """A moment in UTC. Raises ProblemError (422) for one that no data are of."""
    if not _EARLIEST <= time <= _LATEST:
        raise ProblemError(422, f"query.{what}: {time.isoformat()} is not between 2000 and 2100")
    return time.astimezone(UTC)


def window(start: datetime, end: datetime) -> Window:
    """A window in UTC. Raises ProblemError (422) for one that is empty or out of bounds."""
    found = Window(moment(start, "from"), moment(end, "to"))
    if found.start >= found.end:
        raise ProblemError(422, f"query.from: {start.isoformat()} is not before {end.isoformat()}")
    return found


SPAN_MOST = timedelta(days=92)
"""Of a window that is asked for as a whole."""

OrTo = Annotated[
    AwareDatetime | None,
    Query(alias="to", description="Its end, which is not in it; without it the moment `from`."),
]


def span_or_moment(start: datetime, end: datetime | None) -> Window:
    """A window of SPAN_MOST, or of nothing but a moment. Raises ProblemError (422)."""
    if end is None:
        at = moment(start, "from")
        return Window(at, at + timedelta(microseconds=1))
    found = window(start, end)
    if found.end - found.start > SPAN_MOST:
        raise ProblemError(422, f"query.to: ask for {SPAN_MOST.days} days at most")
    return found


async def chosen(connection: psycopg.AsyncConnection, assets: str | None) -> Chosen:
    """The assets that are asked for. Raises ProblemError (404, 422), psycopg.Error."""
    known = {asset.key: (asset, name) for asset, name in (await known_assets(connection)).values()}
    if assets is None:
        return list(known.values())
    keys = list(dict.fromkeys(map(int, assets.split(","))))
    if len(keys) > ASSETS_MOST:
        raise ProblemError(422, f"query.assets: more than {ASSETS_MOST} assets")
    if missing := [key for key in keys if key not in known]:
        raise ProblemError(404, f"no asset has the key {missing[0]}")
    return [known[key] for key in keys]


def keys(assets: Chosen) -> list[int]:
    """Their keys."""
    return [asset.key for asset, _ in assets]
