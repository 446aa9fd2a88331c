"""Writes the tracks of assets into one file, which is there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import psycopg

from fleet.assets import Asset
from telemetry.history.errors import HistoryError
from telemetry.history.formats import TrackFile
from telemetry.history.reading import Window, count, known_assets, positions
from telemetry.history.whole_file import whole_file

Progress = Callable[[int, int], None]
"""Told of the positions done so far and of all."""


async def export(
    connection: psycopg.AsyncConnection,
    wanted: Sequence[str],
    window: Window,
    path: Path,
    file_type: type[TrackFile],
    progress: Progress = lambda _done, _all: None,
) -> int:
    """Write the positions of the wanted assets in the window to `path`; returns how many.

    `wanted` names assets by identity, by name, or by a pattern of either (`mavlink:*`); none means
    all. Raises HistoryError for one that matches nothing, a window without positions and a file
    that cannot be written, psycopg.Error.
    """
    chosen = _chosen(await known_assets(connection), wanted)
    total = await count(connection, [asset for asset, _ in chosen], window)
    if not total:
        raise HistoryError(
            f"no position of {_those(chosen)} from {window.start:%Y-%m-%d %H:%M:%S} to "
            f"{window.end:%Y-%m-%d %H:%M:%S} UTC; ask for another time"
        )
    written = 0
    with whole_file(path) as part:
        file = file_type(part)
        try:
            for asset, name in chosen:
                pieces = positions(connection, asset, window, whole=file_type.whole)
                async for rows in pieces:
                    file.add(asset, name, rows)
                    written += len(rows)
                    progress(written, total)
        finally:
            file.close()
    progress(total, total)
    return written


def _chosen(known: dict[str, tuple[Asset, str]], wanted: Sequence[str]) -> list[tuple[Asset, str]]:
    if not wanted:
        return list(known.values())
    chosen: dict[str, tuple[Asset, str]] = {}
    for pattern in wanted:
        found = {
            identity: (asset, name)
            for identity, (asset, name) in known.items()
            if any(said == pattern or fnmatchcase(said, pattern) for said in (identity, name))
        }
        if not found:
            raise HistoryError(
                f"asset {pattern!r} is not known; `nigehban export --list` shows those that are"
            )
        chosen |= found
    return list(chosen.values())


def _those(chosen: list[tuple[Asset, str]]) -> str:
    return chosen[0][0].identity if len(chosen) == 1 else f"any of {len(chosen)} assets"
