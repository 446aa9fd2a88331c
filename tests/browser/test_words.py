"""The page's words: both languages say the same things, and everything that is said has words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT

ASSETS = ROOT / "dashboard/assets"
ENTRY = re.compile(r'^  (?:"([^"]+)"|(\w+)):\s*"((?:[^"\\]|\\.)*)",$', re.MULTILINE)
MODULES = sorted(path.name for path in (ASSETS / "words/en").glob("*.js"))


def words(path: Path) -> dict[str, str]:
    return {quoted or bare: text for quoted, bare, text in ENTRY.findall(path.read_text())}


def dictionary(language: str) -> dict[str, str]:
    modules = [words(path) for path in (ASSETS / "words" / language).glob("*.js")]
    return {key: text for module in modules for key, text in module.items()}


@pytest.mark.parametrize("module", MODULES)
def test_both_languages_have_the_same_words_with_the_same_gaps(module: str) -> None:
    english, urdu = (words(ASSETS / "words" / language / module) for language in ("en", "ur"))
    assert english
    assert english.keys() == urdu.keys()
    for key, text in english.items():
        gaps = (sorted(re.findall(r"\{\w+\}", one)) for one in (text, urdu[key]))
        assert next(gaps) == next(gaps), key


@pytest.mark.parametrize("language", ["en", "ur"])
def test_every_module_of_words_is_joined_and_no_word_has_two_meanings(language: str) -> None:
    joined = (ASSETS / f"words/{language}.js").read_text()
    assert re.findall(rf'from "./{language}/(.+)"', joined) == MODULES
    assert len(dictionary(language)) == sum(
        len(words(path)) for path in (ASSETS / "words" / language).glob("*.js")
    )


def test_urdu_is_in_urdu() -> None:
    latin = {
        key: text
        for key, text in dictionary("ur").items()
        if re.search(r"[a-z]{3}", re.sub(r"\{\w+\}", "", text))
    }
    assert latin.keys() <= ABBREVIATIONS, latin


ABBREVIATIONS = {"key.escape", "gps.RTK float", "gps.RTK fixed", "gps.Static"}
"""What a control room says in English."""


def test_every_word_that_the_page_asks_for_is_there() -> None:
    known = dictionary("en").keys()
    asked = set()
    for path in ASSETS.rglob("*.js"):
        asked |= set(re.findall(r'\bt\(\s*"([^"]+)"', path.read_text()))
    assert len(asked) > 50
    assert asked <= known, asked - known
