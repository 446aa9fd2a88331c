"""Tracks as CSV: one row a fix, all columns, and it can be taken in again."""

from __future__ import annotations

import csv
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from fleet.assets import Asset
from fleet.columns import Rows
from telemetry.history.values import NUMBERS, iso_times, numbers, opened, source_names, suspicions

HEADER = ["asset", "kind", "name", "fix_time", "received_time", "source", *NUMBERS, "suspect"]


class CsvFile:
    """RFC 4180, UTF-8, one header line."""

    whole = True

    def __init__(self, to: Path | BinaryIO) -> None:
        self._file = TextIOWrapper(opened(to), "utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)

    def add(self, asset: Asset, name: str, rows: Rows) -> None:
        kind = asset.kind.name.lower()
        self._writer.writerows(
            (asset.identity, kind, name, *row)
            for row in zip(
                iso_times(rows),
                iso_times(rows, "received_time"),
                source_names(rows),
                *(numbers(rows, column) for column in NUMBERS),
                suspicions(rows),
                strict=True,
            )
        )

    def close(self) -> None:
        self._file.close()
