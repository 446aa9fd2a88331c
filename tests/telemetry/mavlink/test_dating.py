"""All at once or one by one: messages are dated the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.columns import Rows
from telemetry.mavlink import unsettled
from telemetry.mavlink.clock import EARLIEST_UTC
from telemetry.mavlink.codec import Message
from telemetry.mavlink.dating import Dated, Dating
from telemetry.mavlink.fields import layout
from telemetry.mavlink.positions import read_positions
from telemetry.mavlink.roles import Selected
from telemetry.mavlink.unsettled import CLOCK_WAIT
from tests.telemetry.mavlink.one_by_one import OneByOne

SECOND = 1_000_000
NOON = 1_800_000_000 * SECOND
UNKNOWN = np.iinfo(np.int64).min

TIME = {
    Message.GLOBAL_POSITION_INT: "time_boot",
    Message.ATTITUDE: "time_boot",
    Message.SYSTEM_TIME: "time_boot",
    Message.GPS_RAW_INT: "time",
}


class Sent(NamedTuple):
    """A message: `boot` seconds after the vehicle's boot (None: it does not say)."""

    message: Message
    system: int
    boot: float | None
    place: int = 1  # 0: none yet
    utc: float | None = None  # of SYSTEM_TIME, seconds after NOON; GPS_RAW_INT sends it as time


def selected(sent: list[Sent], received: int) -> dict[int, Selected]:
    """What a batch of these messages, received one µs after another, is to the dating."""
    by_message: defaultdict[Message, list[tuple[int, Sent]]] = defaultdict(list)
    for frame, one in enumerate(sent):
        by_message[one.message].append((frame, one))
    messages = {}
    for message, frames in sorted(by_message.items()):
        rows = np.zeros(len(frames), layout(message).columns)
        for row, (_, one) in zip(rows, frames, strict=True):
            if message in TIME:
                boot = UNKNOWN if one.boot is None else round(one.boot * SECOND)
                is_utc = message == Message.GPS_RAW_INT and one.utc is not None
                row[TIME[message]] = NOON + round((one.utc or 0) * SECOND) if is_utc else boot
            if message == Message.SYSTEM_TIME:
                told = UNKNOWN if one.utc is None else NOON + round(one.utc * SECOND)
                row["time_unix"] = told
            if message in {Message.GLOBAL_POSITION_INT, Message.GPS_RAW_INT} and one.place:
                row["lat"], row["lon"] = 34 + one.place / 1000, 71.5
            if message == Message.GPS_RAW_INT:
                row["fix_type"] = 3
        numbers = np.array([frame for frame, _ in frames])
        systems = np.array([one.system for _, one in frames], np.uint8)
        messages[int(message)] = Selected(
            numbers, systems, (received + numbers).astype("M8[us]"), rows
        )
    return messages


def date(dating: Dating | OneByOne, sent: list[Sent], received: int, now: float) -> Dated:
    messages = selected(sent, received)
    candidates, _ = read_positions(messages)
    for message, found in candidates.items():
        found.rows["asset"] = messages[message].systems.astype(np.int64) * 7
    return dating.date(messages, candidates, now)


def fixes(positions: Rows) -> list[object]:
    names = ["asset", "fix_time", "source", "latitude", "received_time"]
    return list(positions[names].tolist())


def told(dated: Dated) -> tuple[list[object], list[int], frozenset[int]]:
    return fixes(dated.positions), dated.heartbeats.tolist(), dated.rebooted


boots = st.one_of(
    st.none(),
    st.integers(0, 40).map(float),  # reboots, and late datagrams
    st.integers(0, 8).map(lambda n: 100 + n / 4),
    st.sampled_from([4_294_967.0, 0.001]),
)
clocks = st.one_of(
    st.none(),
    st.integers(-20, 20).map(lambda n: 0.4 * n),  # around the tolerance of a second
    st.sampled_from([-3e8, 2 * 86_400.0, (EARLIEST_UTC - NOON) / SECOND, 30.0]),
)
messages = st.builds(
    Sent,
    st.sampled_from([*TIME, Message.HEARTBEAT]),
    st.integers(1, 3),
    boots,
    st.integers(0, 3),
    st.none(),
)
clock_messages = st.builds(
    lambda system, boot, off, steady: Sent(
        Message.SYSTEM_TIME, system, boot, 1, None if off is None else off + (boot if steady else 0)
    ),
    st.integers(1, 3),
    st.integers(0, 30).map(float),
    clocks,
    st.booleans(),
)
gps_with_utc = st.builds(
    Sent, st.just(Message.GPS_RAW_INT), st.integers(1, 3), st.none(), st.integers(0, 2), clocks
)
steady = st.builds(  # as most vehicles are: the clock goes on, some messages in each batch
    lambda system, begin, count: [
        Sent(message, system, begin + n / 4, n)
        for n in range(count)
        for message in (Message.GLOBAL_POSITION_INT, Message.ATTITUDE, Message.HEARTBEAT)
    ],
    st.integers(1, 3),
    st.integers(0, 100),
    st.integers(1, 6),
)
some = st.lists(st.one_of(messages, messages, clock_messages, gps_with_utc), max_size=12)
batches = st.lists(
    st.tuples(st.one_of(some, steady), st.sampled_from([0.02, 0.5, CLOCK_WAIT])), max_size=12
)


@settings(max_examples=400)
@given(batches, st.sampled_from([0, 3, 2000]))
def test_all_at_once_and_one_by_one_are_the_same(
    batches: list[tuple[list[Sent], float]], waiting_limit: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unsettled, "WAITING_LIMIT", waiting_limit)
        ours, oracle = Dating(), OneByOne(waiting_limit)
        now = 0.0
        for sent, passed in batches:
            received = NOON + round(now * SECOND)
            assert told(date(ours, sent, received, now)) == told(date(oracle, sent, received, now))
            now += passed
            assert fixes(ours.overdue(now)) == fixes(oracle.overdue(now))
        assert fixes(ours.overdue(np.inf)) == fixes(oracle.overdue(np.inf))


def test_a_vehicle_that_tells_utc_late_and_about_right_is_dated_by_it_from_then_on() -> None:
    ours, oracle = Dating(), OneByOne(2000)
    batches = [
        [Sent(Message.GLOBAL_POSITION_INT, 1, 100)],
        [Sent(Message.GLOBAL_POSITION_INT, 1, 103)],  # after it was waited for
        [Sent(Message.SYSTEM_TIME, 1, 104, utc=4.34)],
        [Sent(Message.GLOBAL_POSITION_INT, 1, 105)],
    ]
    for number, sent in enumerate(batches):
        now = 3.0 * number
        received = NOON + round(now * SECOND)
        assert told(date(ours, sent, received, now)) == told(date(oracle, sent, received, now))
    (last,) = date(ours, [Sent(Message.GLOBAL_POSITION_INT, 1, 106)], NOON, 12).positions
    assert last["fix_time"] == np.datetime64(NOON + 6_300_000, "us")


def test_settled_vehicles_are_dated_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    dating = Dating()
    systems = range(1, 251)
    date(dating, [Sent(Message.SYSTEM_TIME, system, 100, utc=0) for system in systems], NOON, 0)

    def forbidden(*_: object) -> None:
        raise AssertionError("a settled vehicle was dated one by one")

    monkeypatch.setattr(unsettled.Unsettled, "_date", forbidden)
    sent = [
        Sent(message, system, 101, 1, 1 if message == Message.SYSTEM_TIME else None)
        for system in systems
        for message in (*TIME, Message.HEARTBEAT)
    ]
    dated = date(dating, sent, NOON + SECOND, 1)
    assert len(dated.positions) == 2 * len(systems)
    assert set(dated.positions["fix_time"].tolist()) == {np.datetime64(NOON + SECOND, "us").item()}
    assert dated.heartbeats.tolist() == [NOON + SECOND] * len(systems)


@pytest.mark.parametrize("make", [Dating, lambda: OneByOne(2000)])
def test_nothing_to_date_gives_nothing(make: Callable[[], Dating | OneByOne]) -> None:
    dated = date(make(), [], NOON, 0)
    assert told(dated) == ([], [], frozenset())
