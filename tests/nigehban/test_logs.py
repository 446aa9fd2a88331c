"""What the programs say of themselves."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from nigehban.logs import configure
from nigehban.settings import LogSettings


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:], root.level = handlers, level


def test_json_is_one_object_a_line_with_the_traceback_in_it(tmp_path: Path) -> None:
    file = tmp_path / "log" / "nigehban.log"
    configure(LogSettings(file=file, format="json"))
    logging.getLogger("test").warning("refused %s\nfrom %s", "bad_frame", "نگہبان")
    try:
        int("why")
    except ValueError:
        logging.getLogger("test").exception("failed")
    first, second = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    assert first["message"] == "refused bad_frame\nfrom نگہبان"
    assert first["level"] == "WARNING"
    assert first["time"].endswith("Z")
    assert "ValueError: invalid literal" in second["exception"]


def test_text_is_for_people(tmp_path: Path) -> None:
    file = tmp_path / "nigehban.log"
    configure(LogSettings(file=file))
    logging.getLogger("test").info("listening")
    assert file.read_text().endswith("INFO    test: listening\n")
