from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.bus import MAX_PAYLOAD, BusError
from telemetry.bus.subjects import check_pattern, check_payload, check_subject, matches

words = st.sampled_from(["a", "b", "live", "x-1"])
subjects = st.lists(words, min_size=1, max_size=5).map(".".join)
patterns = st.builds(
    lambda start, rest: ".".join([*start, *rest]),
    st.lists(st.one_of(words, st.just("*")), min_size=1, max_size=4),
    st.sampled_from([[], [">"]]),
)


@settings(deadline=None)
@given(pattern=patterns, subject=subjects)
def test_matching_agrees_with_a_regular_expression(pattern: str, subject: str) -> None:
    expression = re.escape(pattern).replace(r"\*", "[^.]+").replace(">", ".+")
    assert matches(pattern, subject) == bool(re.fullmatch(expression, subject))


@settings(deadline=None)
@given(pattern=patterns, subject=subjects)
def test_what_can_be_made_of_words_is_taken(pattern: str, subject: str) -> None:
    check_pattern(pattern)
    check_subject(subject)


@settings(deadline=None)
@given(st.text())
def test_what_is_taken_cannot_break_the_protocol(text: str) -> None:
    try:
        check_pattern(text)
    except BusError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most texts are none, some are
    else:
        assert text.isascii()
        assert text.isprintable()
        assert " " not in text
        assert all(text.split("."))


@pytest.mark.parametrize("pattern", ["a.>.b", "a*", "a.b>", ">.a", "*a.b", "**"])
def test_wildcards_stand_alone_and_the_rest_last(pattern: str) -> None:
    with pytest.raises(BusError, match="is no pattern"):
        check_pattern(pattern)


def test_payload_limit() -> None:
    check_payload(bytes(MAX_PAYLOAD))
    with pytest.raises(BusError, match="a payload of 1000001 bytes; the bus takes 1000000"):
        check_payload(bytes(MAX_PAYLOAD + 1))
