"""A file of evidence is read as it was written; what is none is refused in one line."""

from __future__ import annotations

import hashlib
import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.airspace.heard import SAID_BYTES, Said, moment
from telemetry.history.errors import HistoryError
from telemetry.history.evidence_file import (
    FORMAT,
    MANIFEST,
    MESSAGES,
    EvidenceFile,
    message_object,
    read_manifest,
    read_messages,
)
from tests.telemetry.store.samples import NOON

_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_said = st.builds(
    Said,
    st.integers(946_684_800_000_000, 4_102_444_799_999_999).map(moment),
    _words,
    _words,
    st.binary(max_size=50),
    st.integers(0, 99),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evidence") / "file.zip"


@given(st.lists(_said, max_size=5))
def test_what_is_written_is_read(path: Path, said: list[Said]) -> None:
    with (
        EvidenceFile(path, {"software": "nigehban 1"}, NOON) as file,
        file.member(MESSAGES, "what was said") as member,
    ):
        member.objects([message_object(one) for one in said])
    assert list(read_messages(path)) == said
    assert read_manifest(path)["members"][MESSAGES]["rows"] == len(said)


def forged(path: Path, lines: bytes, manifest: dict[str, Any] | None = None) -> Path:
    """A file with these messages and a manifest that says so."""
    members = {MESSAGES: {"sha256": hashlib.sha256(lines).hexdigest()}}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MESSAGES, lines)
        told = {"format": FORMAT, "members": members} if manifest is None else manifest
        archive.writestr(MANIFEST, json.dumps(told))
    return path


_json = st.recursive(
    st.none() | st.integers() | _words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_words, inner, max_size=2),
    max_leaves=4,
)
_fields = st.sampled_from(["received_time", "sensor", "protocol", "number", "raw"])


@given(st.binary() | st.dictionaries(_fields, _json).map(lambda told: json.dumps(told).encode()))
def test_any_line_is_read_or_refused_and_nothing_else(path: Path, line: bytes) -> None:
    with suppress(HistoryError):
        list(read_messages(forged(path, line)))


@given(st.binary(), _json)
def test_any_file_and_any_manifest_is_refused(path: Path, data: bytes, manifest: Any) -> None:
    path.write_bytes(data)
    with pytest.raises(HistoryError, match="no file of evidence"):
        read_manifest(path)
    with pytest.raises(HistoryError, match=r"no file of evidence|is not what the manifest says"):
        list(read_messages(forged(path, b"", {"format": FORMAT, "members": manifest})))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"raw": "A" * (2 * SAID_BYTES)}, "line 1: more than"),
        ({"raw": "QUJD" * (SAID_BYTES // 3 + 1)}, "line 1: a message of 65538 bytes"),
        ({"raw": "?"}, "line 1: "),
        ({"received_time": "NaT"}, "line 1: a message without a time"),
        ({"received_time": "noon"}, "line 1: "),
        ({"number": "1"}, "line 1: a message with values of another type"),
    ],
)
def test_a_message_that_cannot_be_is_refused_with_its_line(
    path: Path, change: dict[str, Any], why: str
) -> None:
    told = message_object(Said(moment(1), "sbs:a", "sbs", b"x")) | change
    with pytest.raises(HistoryError, match=f"^{path}: {MESSAGES} {why}"):
        list(read_messages(forged(path, json.dumps(told).encode())))
