"""Sentences that the page words anew: named once, and worded in both of its languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from string import Formatter

import pytest

from fleet.wording import coded, sentence

ROOT = Path(__file__).parent.parent.parent
ENTRY = re.compile(r'^  "said\.(?!value\.)([^"]+)": "((?:[^"\\]|\\.)*)",$', re.MULTILINE)


def test_a_sentence_is_english_and_tells_its_name_and_what_stands_in_its_gaps() -> None:
    karachi = timezone(timedelta(hours=5))
    until = datetime(2026, 11, 23, 12, tzinfo=karachi)
    said = sentence(
        "a.b", "{name} has {wh:.1f} Wh until {until:%H:%M}", name="Eagle", wh=1, until=until
    )
    assert said == "Eagle has 1.0 Wh until 12:00"
    told = {
        "name": "Eagle",
        "wh": "1.0",
        "until": datetime(2026, 11, 23, 7, tzinfo=UTC).isoformat(),
    }
    assert coded(said) == ("a.b", told)
    assert coded(f"{said}!") == ("", {})


def sentences() -> Iterator[tuple[str, str, Path]]:
    """Code, template and file of every sentence in the sources."""
    for room in ("fleet", "missions", "dashboard/planning"):
        for path in (ROOT / room).glob("**/*.py"):
            text = path.read_text()
            if "sentence(" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "sentence":
                    code, template = (ast.literal_eval(one) for one in node.args)
                    yield code, template, path


def test_each_name_is_of_one_sentence_and_has_words_in_both_languages() -> None:
    known: dict[str, str] = {}
    for code, template, path in sentences():
        assert known.setdefault(code, template) == template, f"{code} in {path} is another sentence"
    assert len(known) > 100
    for language in ("en", "ur"):
        path = ROOT / f"dashboard/assets/words/{language}/said.js"
        worded = dict(ENTRY.findall(path.read_text()))
        assert known.keys() == worded.keys(), language
        for code, template in known.items():
            assert gaps(worded[code]) == gaps(template), (language, code)


def gaps(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_a_gap_without_a_value_is_no_sentence() -> None:
    with pytest.raises(KeyError):
        sentence("a", "{missing}")
