"""The file formats of tracks: what each of them is called and who writes it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol

from fleet.assets import Asset
from fleet.columns import Rows
from telemetry.history.csv_file import CsvFile
from telemetry.history.errors import HistoryError
from telemetry.history.geojson_file import GeoJsonFile
from telemetry.history.gpx_file import GpxFile
from telemetry.history.kml_file import KmlFile
from telemetry.history.parquet_file import ParquetFile


class TrackFile(Protocol):
    """A file of tracks that is being written, asset after asset."""

    whole: bool
    """Whether every position stands in it, as in a table, or those that make up the track."""

    def __init__(self, to: Path | BinaryIO) -> None:
        """A new file, or one that is open already and is closed at the end."""

    def add(self, asset: Asset, name: str, rows: Rows) -> None:
        """Write POSITION rows, in order of time; those of one asset follow one another."""

    def close(self) -> None:
        """End the file."""


FORMATS: dict[str, type[TrackFile]] = {
    "csv": CsvFile,
    "gpx": GpxFile,
    "kml": KmlFile,
    "geojson": GeoJsonFile,
    "parquet": ParquetFile,
}


def format_of(path: Path, name: str | None = None) -> type[TrackFile]:
    """The format called `name`, else that of the file's suffix. Raises HistoryError."""
    wanted = (name or path.suffix.removeprefix(".")).lower()
    if wanted not in FORMATS:
        raise HistoryError(
            f"{path}: {wanted or 'a name without a suffix'!r} is no format of tracks; "
            f"take one of {', '.join(FORMATS)}"
        )
    return FORMATS[wanted]
