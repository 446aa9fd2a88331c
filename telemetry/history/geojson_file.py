"""Tracks as GeoJSON (RFC 7946): LineStrings, each a part of a stretch between two pauses.

The times of its points are its property `coordTimes`, as other tools write and read them. Its points
have a height if all of them are known; else those that are known are its property `altitudes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import orjson

from fleet.assets import Asset
from fleet.columns import Rows
from telemetry.history.segments import Segments
from telemetry.history.values import iso_times, opened


class GeoJsonFile:
    """A FeatureCollection, a feature a line."""

    whole = False

    def __init__(self, to: Path | BinaryIO) -> None:
        self._file = opened(to)
        self._file.write(b'{"type":"FeatureCollection","features":[')
        self._separator = b"\n"
        self._asset: Asset | None = None
        self._segments = Segments()

    def add(self, asset: Asset, name: str, rows: Rows) -> None:
        if asset != self._asset:
            self._asset, self._segments = asset, Segments()
        for part in self._segments.lines(rows):
            feature = {
                "type": "Feature",
                "geometry": _geometry(part),
                "properties": {
                    "asset": asset.identity,
                    "name": name,
                    "coordTimes": iso_times(part),
                    **_altitudes(part),
                },
            }
            self.add_feature(feature)

    def add_feature(self, feature: Mapping[str, object]) -> None:
        """Write something that is no track of ours."""
        self._file.write(self._separator)
        self._file.write(orjson.dumps(feature))
        self._separator = b",\n"

    def close(self) -> None:
        self._file.write(b"\n]}\n")
        self._file.close()


def _geometry(part: Rows) -> dict[str, object]:
    columns = [np.round(part[name], 9).tolist() for name in ("longitude", "latitude")]
    if not np.isnan(part["altitude"]).any():
        columns.append(_heights(part))
    points = list(zip(*columns, strict=True))
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "LineString", "coordinates": points}


def _altitudes(part: Rows) -> dict[str, object]:
    unknown = np.isnan(part["altitude"])
    if unknown.all() or not unknown.any():
        return {}
    return {"altitudes": _heights(part)}  # orjson writes null for NaN


def _heights(part: Rows) -> list[float]:
    heights: list[float] = np.round(part["altitude"].astype(np.float64), 3).tolist()
    return heights
