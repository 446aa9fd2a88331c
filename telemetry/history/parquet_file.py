"""Tracks as Parquet: one row a fix, all columns, for analysis."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fleet.assets import Asset
from fleet.columns import Rows
from telemetry.history.values import NUMBERS, opened, source_names, suspicions

_TIME = pa.timestamp("us", tz="UTC")
_WORD = pa.dictionary(pa.int32(), pa.string())

SCHEMA = pa.schema(
    [
        ("asset", _WORD),
        ("kind", _WORD),
        ("name", _WORD),
        ("fix_time", _TIME),
        ("received_time", _TIME),
        ("source", _WORD),
        *(
            (name, pa.float64() if name in {"latitude", "longitude"} else pa.float32())
            for name in NUMBERS
        ),
        ("suspect", _WORD),
    ]
)


class ParquetFile:
    """zstd, a row group for each piece that was read. What is unknown is null."""

    whole = True

    def __init__(self, to: Path | BinaryIO) -> None:
        self._file = opened(to)
        self._writer = pq.ParquetWriter(self._file, SCHEMA, compression="zstd")

    def add(self, asset: Asset, name: str, rows: Rows) -> None:
        length = len(rows)
        columns = {
            "asset": [asset.identity] * length,
            "kind": [asset.kind.name.lower()] * length,
            "name": [name] * length,
            "fix_time": rows["fix_time"],
            "received_time": rows["received_time"],
            "source": source_names(rows),
            **{column: pa.array(rows[column], mask=np.isnan(rows[column])) for column in NUMBERS},
            "suspect": suspicions(rows),
        }
        arrays = [pa.array(columns[field.name]) for field in SCHEMA]
        table = pa.table(dict(zip(SCHEMA.names, arrays, strict=True))).cast(SCHEMA)
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()
        self._file.close()
