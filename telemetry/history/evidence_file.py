"""A file of evidence: a ZIP of tables and messages, with a manifest that tells what it holds.

`manifest.json` names the software, the span of time and what was asked for, and of each member the
SHA-256, the rows and what it is. Tables are CSV; messages and events are NDJSON, an object a line.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

import numpy as np

from telemetry.airspace.heard import SAID_BYTES, Said
from telemetry.history.errors import HistoryError

FORMAT = "nigehban evidence 1"
MANIFEST = "manifest.json"

MESSAGES = "messages.ndjson"
BEFORE = "messages_before.ndjson"

MANIFEST_MOST = 1 << 20
"""Bytes of a manifest that is read."""

MEMBER_MOST = 16 << 30
"""Bytes of a member that is read."""

LINE_MOST = 2 * SAID_BYTES
"""Bytes of a line that is read; the longest message takes some 90,000 in base64."""

_CHUNK = 1 << 20


@dataclass(slots=True)
class Member:
    """A member that is being written."""

    about: str
    _file: IO[bytes]
    rows: int = 0
    size: int = 0
    """Bytes."""
    _hash: Any = field(default_factory=hashlib.sha256)

    def write(self, data: bytes, rows: int) -> None:
        """Add some rows."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)
        self.rows += rows

    def objects(self, found: Sequence[Mapping[str, Any]]) -> None:
        """Add objects, one a line."""
        self.write(b"".join(json.dumps(one).encode() + b"\n" for one in found), len(found))

    def table(self, rows: Sequence[Sequence[object]], *, is_head: bool = False) -> None:
        """Add lines of a table."""
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        self.write(text.getvalue().encode(), 0 if is_head else len(rows))

    @property
    def manifest(self) -> dict[str, Any]:
        """What the manifest says of it."""
        told = {"about": self.about, "rows": self.rows, "bytes": self.size}
        return told | {"sha256": self._hash.hexdigest()}


class EvidenceFile:
    """Writes a file member by member, and the manifest at the end of the block."""

    def __init__(self, path: Path, about: Mapping[str, Any], made: datetime) -> None:
        """`about` goes into the manifest; `made` is the time of all members."""
        self.members: dict[str, Member] = {}
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._about, self._made = about, made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            members = {name: member.manifest for name, member in self.members.items()}
            told = {"format": FORMAT, **self._about, "members": members}
            self._zip.writestr(self._info(MANIFEST), json.dumps(told, indent=2) + "\n")
        self._zip.close()

    @contextmanager
    def member(self, name: str, about: str) -> Iterator[Member]:
        """One member, to be written within the block."""
        with self._zip.open(self._info(name), "w", force_zip64=True) as file:
            self.members[name] = made = Member(about, file)
            yield made

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._made.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return info


def message_object(said: Said) -> dict[str, Any]:
    """A message as a line of NDJSON."""
    return {
        "received_time": f"{np.datetime_as_string(said.received_time, unit='us')}Z",
        "sensor": said.sensor,
        "protocol": said.protocol,
        "number": said.number,
        "raw": b64encode(said.raw).decode(),
    }


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest, when every member has proved to be what it says. Raises HistoryError."""
    with _opened(path) as archive:
        manifest = _manifest(path, archive)
        for name, told in manifest["members"].items():
            if _digest(path, archive, name) != told.get("sha256"):
                raise HistoryError(f"{path}: {name} is not what the manifest says: it was changed")
    return manifest


def read_messages(path: Path, *, before: bool = False) -> Iterator[Said]:
    """The messages of a file, or those from before its span. Raises HistoryError.

    The member is held against its SHA-256 first.
    """
    name = BEFORE if before else MESSAGES
    with _opened(path) as archive:
        told = _manifest(path, archive)["members"].get(name)
        if not isinstance(told, dict) or _digest(path, archive, name) != told.get("sha256"):
            raise HistoryError(f"{path}: {name} is not what the manifest says: it was changed")
        with archive.open(name) as file:
            number = 0
            while line := file.readline(LINE_MOST + 1):
                number += 1
                try:
                    yield _message(line)
                except (ValueError, TypeError, KeyError, RecursionError) as error:
                    raise HistoryError(f"{path}: {name} line {number}: {error}") from None


def _message(line: bytes) -> Said:
    if len(line) > LINE_MOST:
        raise ValueError(f"more than {LINE_MOST} bytes")
    told = json.loads(line)
    if not isinstance(told, dict):
        raise TypeError("no object")
    texts = [told["received_time"], told["sensor"], told["protocol"], told["raw"]]
    if not all(isinstance(text, str) for text in texts) or not isinstance(told["number"], int):
        raise TypeError("a message with values of another type")
    raw = b64decode(told["raw"], validate=True)
    if len(raw) > SAID_BYTES:
        raise ValueError(f"a message of {len(raw)} bytes")
    time = np.datetime64(told["received_time"].removesuffix("Z"), "us")
    if np.isnat(time):
        raise ValueError("a message without a time")
    return Said(time, told["sensor"], told["protocol"], raw, told["number"])


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise HistoryError(f"{path}: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise HistoryError(f"{path}: no file of evidence, or a damaged one: {error}") from None


def _manifest(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        with archive.open(MANIFEST) as file:
            manifest = json.loads(file.read(MANIFEST_MOST))
        if manifest["format"] == FORMAT and all(
            isinstance(told, dict) for told in manifest["members"].values()
        ):
            found: dict[str, Any] = manifest
            return found
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        pass  # said below, as of a manifest of another format
    raise HistoryError(f"{path}: no file of evidence: its {MANIFEST} does not say {FORMAT!r}")


def _digest(path: Path, archive: zipfile.ZipFile, name: str) -> str:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise HistoryError(f"{path}: {name} is missing") from None
    if info.file_size > MEMBER_MOST:
        raise HistoryError(f"{path}: {name} has {info.file_size} bytes, more than are read")
    digest = hashlib.sha256()
    with archive.open(info) as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()
