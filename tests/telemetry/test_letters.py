"""Dead letters: what is in one, and how many of them a flood makes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from telemetry.batch import LETTER_BYTES, Batch, DeadLetter, Event
from telemetry.letters import (
    LETTERS_A_MINUTE,
    SORTS_MOST,
    TEXT_LENGTH,
    LetterBox,
    dead_letter,
    row_letter,
)
from telemetry.sink import RefusedError
from telemetry.spool.packing import unpack
from tests.telemetry.store.samples import CARS, NOON, positions, same

AT = NOON.timestamp()


def letter(reason: str = "bad_id", detail: str = "", origin: str = "osmand") -> DeadLetter:
    return dead_letter(origin, RefusedError(reason, detail), AT, raw=b"raw", peer="127.0.0.1:1")


def test_a_letter_tells_what_came_from_whom_and_why_it_was_refused() -> None:
    assert letter("bad_id", "id is empty") == DeadLetter(
        NOON, "osmand", "bad_id", "id is empty", "127.0.0.1:1", b"raw"
    )


def test_bytes_beyond_the_most_are_cut_and_the_detail_says_so() -> None:
    raw = bytes(LETTER_BYTES) + b"more"
    cut = dead_letter("osmand", RefusedError("too_large", "long"), AT, raw=raw)
    assert cut.raw == bytes(LETTER_BYTES)
    assert cut.detail == "long (the first 65536 of 65540 bytes)"


@given(st.text(st.characters()))
def test_any_text_becomes_one_that_the_database_takes(text: str) -> None:
    told = dead_letter(text, RefusedError(text, text), AT, peer=text)
    for clean in (told.origin, told.reason, told.detail, told.peer):
        assert "\0" not in clean
        clean.encode()
        assert len(clean) <= 10 * TEXT_LENGTH
        if text.isascii() and "\0" not in text:
            assert clean == text[:TEXT_LENGTH]


def test_the_same_letter_has_the_same_key_and_another_one_has_not() -> None:
    others = [letter("b"), letter(detail="b"), letter(origin="b"), letter()]
    assert len({other.key for other in others}) == 4
    assert letter().key == letter().key


def test_the_letter_of_a_row_holds_the_row_and_is_the_same_when_it_comes_again() -> None:
    row = positions(np.random.default_rng(1), 1, CARS[:1])
    error = RefusedError("refused-by-database", "latitude")
    told = row_letter(Batch(CARS[:1], row), error, now=1)
    assert same(unpack(told.raw).positions, row)
    assert np.datetime64(told.received_time.replace(tzinfo=None)) == row["received_time"][0]
    assert told.key == row_letter(Batch(CARS[:1], row), error, now=2).key
    row["received_time"] = np.datetime64("NaT")
    assert row_letter(Batch(CARS[:1], row), error, now=1).received_time == datetime(
        1970, 1, 1, 0, 0, 1, tzinfo=UTC
    )
    event = Event(CARS[0].key, NOON, NOON, "panic", {"by": "hand"})
    assert row_letter(Batch(events=(event,)), error, now=1).received_time == NOON


def test_in_a_flood_some_of_each_sort_are_kept_and_one_more_counts_the_others() -> None:
    box = LetterBox()
    kept = [box.put(letter("a", json.dumps(n)), n / 100) for n in range(1000)]
    assert [told.detail for told in kept if told] == [str(n) for n in range(LETTERS_A_MINUTE)]
    assert box.put(letter("b"), 10) == letter("b")
    assert box.put(letter("a", origin="gt06"), 10) == letter("a", origin="gt06")
    assert box.collect(59) == []
    (rest,) = box.collect(60)
    assert rest.count == 1000 - LETTERS_A_MINUTE
    assert rest.detail == str(LETTERS_A_MINUTE)
    assert box.put(letter("a"), 60) == letter("a")
    assert box.collect(10**6) == []


def test_sorts_without_number_fill_no_memory() -> None:
    box = LetterBox()
    kept = [box.put(letter(str(number)), 0) for number in range(2 * SORTS_MOST)]
    assert sum(told is not None for told in kept) == SORTS_MOST
    box.collect(60)
    assert box.put(letter("new"), 60) is not None
