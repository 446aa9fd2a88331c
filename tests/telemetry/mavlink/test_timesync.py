"""Questions for the time and their answers."""

from __future__ import annotations

import numpy as np
import pytest

from telemetry.mavlink.codec import Message
from telemetry.mavlink.fields import layout
from telemetry.mavlink.timesync import ANSWER_WAIT, ASK_EVERY, Timesync


def trips(timesync: Timesync, *answers: tuple[int, int], now: float) -> list[float]:
    """Of (tc1, ts1) each; -1 for none."""
    rows = np.array(list(answers), layout(Message.TIMESYNC).columns)
    return [-1 if np.isnan(trip) else trip for trip in timesync.round_trips(rows, now)]


def test_it_is_asked_every_few_seconds() -> None:
    timesync = Timesync()
    assert [timesync.due(now) for now in (0, ASK_EVERY - 0.1, ASK_EVERY)] == [True, False, True]


def test_an_answer_tells_the_round_trip_and_a_question_none() -> None:
    timesync = Timesync()
    ts1 = timesync.question(100.0)
    told = trips(timesync, (5, ts1), (0, ts1), (5, ts1 + 1), (5, 0), now=100.25)
    assert told == [pytest.approx(0.25), -1, -1, -1]


def test_answers_to_the_last_questions_count_and_later_ones_do_not() -> None:
    timesync = Timesync()
    asked = [timesync.question(now) for now in np.arange(0, 100, ASK_EVERY)]
    answers = [(1, ts1) for ts1 in asked]
    told = trips(timesync, *answers, now=96.0)
    assert [trip for trip in told if trip >= 0] == pytest.approx([11, 6, 1])
    assert trips(timesync, *answers, now=95 + ANSWER_WAIT + 0.1) == [-1] * len(asked)
