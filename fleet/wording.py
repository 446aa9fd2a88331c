"""Sentences that can be said in other languages: English, with a name and what stands in the gaps.

Who only wants English has a str. Who words it anew (the page, in Urdu) goes by `code` and `values`;
`tests/fleet/test_wording.py` holds that the page has words for every code.
"""

from __future__ import annotations

from datetime import UTC, datetime
from string import Formatter


class Sentence(str):
    """An English sentence. Made by `sentence`; what is cut out of it or joined to it is a plain str."""

    __slots__ = ("code", "values")

    code: str
    values: dict[str, str]


def sentence(code: str, template: str, /, **values: object) -> Sentence:
    """A sentence that is called `code`: `template` with its gaps (`str.format`) filled.

    Its `values` are written as they stand in the sentence; times as ISO 8601 in UTC, since those
    who read them have time zones of their own. Raises KeyError for a gap without a value.
    """
    said = Sentence(template.format(**values))
    said.code = code
    said.values = {
        name: _written(values[name], spec or "")
        for _, name, spec, _ in Formatter().parse(template)
        if name is not None
    }
    return said


def coded(text: str) -> tuple[str, dict[str, str]]:
    """Code and values of a sentence; of any other text none."""
    return (text.code, text.values) if isinstance(text, Sentence) else ("", {})


def _written(value: object, spec: str) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return format(value, spec)
