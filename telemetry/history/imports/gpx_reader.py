"""GPX 1.0 and 1.1: the points of its tracks, read from front to back.

The document is never in memory as a tree, and nothing that it refers to is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from lxml import etree

from telemetry.history.errors import HistoryError
from telemetry.history.imports.piece import ROWS, Judge, Piece
from telemetry.history.imports.rows import Gathered, asset_called, position
from telemetry.sink import RefusedError

BLOCK = 64 << 10
"""Bytes that are parsed at a time."""

TEXT_LENGTH = 1000
"""Characters of one element that are kept."""

DEPTH_MOST = 100
"""Elements that may be open at a time."""

_FIELDS = {"ele": "altitude", "time": "fix_time", "course": "heading", "speed": "speed"}
"""Elements of a point; `course` and `speed` (m/s) stand in it or in its extensions."""


def read_gpx(path: Path, asset: str | None, received: float, judge: Judge) -> Iterator[Piece]:
    """Pieces of the tracks; each track is of `asset`, else of what its `src` or `name` says.

    `received` is our clock in seconds since 1970. Waypoints and routes are no positions: they are
    told as skipped. Raises HistoryError, OSError.
    """
    points = _Points(asset, received, judge)
    parser = etree.XMLParser(
        target=cast(Any, points),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                parser.feed(block)
                if points.root not in {None, "gpx"}:
                    raise HistoryError(f"{path}: its root is {points.root!r}, not gpx")
                if points.depth > DEPTH_MOST:
                    raise HistoryError(f"{path}: no GPX: elements in each other {DEPTH_MOST} deep")
                if len(points) >= ROWS:
                    yield points.piece(file.tell())
            parser.close()
        except etree.XMLSyntaxError as error:
            raise HistoryError(f"{path}: no GPX: {' '.join(str(error.msg).split())}") from None
        yield points.piece(file.tell())


class _Points:
    """What the parser tells of (https://lxml.de/parsing.html#the-target-parser-interface)."""

    def __init__(self, asset: str | None, received: float, judge: Judge) -> None:
        self.root: str | None = None
        self.depth = 0  # the most elements that were open
        self._asset = asset
        self._received = received
        self._open: list[str] = []
        self._names: dict[str, str] = {}  # of the track
        self._told: dict[str, object] | None = None  # of the point
        self._text = ""
        self._number = 0
        self._rows = Gathered(judge)
        self._skipped: list[RefusedError] = []

    def __len__(self) -> int:
        return len(self._rows) + len(self._skipped)

    def piece(self, read: int) -> Piece:
        """What has come since the last piece."""
        piece = Piece(self._rows.batch(), tuple(self._skipped), read)
        self._skipped = []
        return piece

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if not self._open:
            self.root = name
        self._open.append(name)
        self.depth = max(self.depth, len(self._open))
        self._text = ""
        if name == "trkpt":
            self._number += 1
            self._told = {"latitude": attributes.get("lat"), "longitude": attributes.get("lon")}
        elif name in {"wpt", "rtept"}:
            self._skip(RefusedError("no_track", f"a {name} is no position of a track"))

    def data(self, text: str) -> None:
        self._text = (self._text + text)[:TEXT_LENGTH]

    def end(self, _tag: str) -> None:
        name = self._open.pop()
        text, self._text = self._text, ""
        if name == "trkpt":
            self._take()
        elif self._told is not None:
            if name in _FIELDS:
                self._told[_FIELDS[name]] = text.strip()
        elif name == "trk":
            self._names = {}
        elif name in {"name", "src"} and self._open[-1:] == ["trk"]:
            self._names[name] = text.strip() if "\n" in text else text  # set out on lines

    def close(self) -> None:
        """The end of the document."""

    def _take(self) -> None:
        told, self._told = self._told or {}, None
        name = self._asset or self._names.get("src") or self._names.get("name")
        try:
            asset = asset_called(name or "")
            self._rows.add(asset, position(asset, told, self._received))
        except RefusedError as error:
            self._skip(RefusedError(error.reason, f"point {self._number}: {error.detail}"))

    def _skip(self, error: RefusedError) -> None:
        self._skipped.append(error)


def _local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]
