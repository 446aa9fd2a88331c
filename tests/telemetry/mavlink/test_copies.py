"""Frames that come twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.mavlink.copies import COPY_FRAMES, COPY_WAIT, Copies
from tests.telemetry.mavlink.sending import KEY, Sender, decode

RADIO, MODEM = 3, 4

Came = tuple[bytes, int]
"""A frame, and the number of the peer that it came from."""


def find(copies: Copies, *came: Came, now: float = 0.0) -> list[bool]:
    decoded = decode(*(frame for frame, _ in came))
    peers = np.array([peer for _, peer in came], np.int64)
    return list(copies.find(decoded, peers, now).tolist())


@pytest.mark.parametrize("together", [True, False])
def test_the_same_frame_by_another_peer_is_a_copy(together: bool) -> None:
    copies, frame = Copies(), Sender(7).heartbeat()
    if together:
        assert find(copies, (frame, RADIO), (frame, MODEM)) == [False, True]
    else:
        assert find(copies, (frame, RADIO)) == [False]
        assert find(copies, (frame, MODEM), now=COPY_WAIT) == [True]
    assert copies.count == 1


def test_a_vehicle_that_numbers_all_its_frames_alike_is_heard_each_time() -> None:
    copies, frame = Copies(), Sender(7).heartbeat()
    assert find(copies, (frame, RADIO), (frame, RADIO)) == [False, False]
    assert find(copies, (frame, RADIO), now=1) == [False]
    assert find(copies, (frame, MODEM), now=1) == [True]


def test_another_number_sender_or_content_is_no_copy() -> None:
    first, second = Sender(7), Sender(7)
    frames = [
        first.heartbeat(4),
        second.heartbeat(5),
        first.heartbeat(4),
        Sender(8).heartbeat(4),
        Sender(7, component=2).heartbeat(4),
        Sender(7, version=1).heartbeat(4),
    ]
    assert find(Copies(), *[(frame, RADIO) for frame in frames]) == [False] * 6


def test_the_same_frame_after_a_while_is_no_copy() -> None:
    copies, frame = Copies(), Sender(7).heartbeat()
    find(copies, (frame, RADIO))
    assert find(copies, (frame, MODEM), now=COPY_WAIT + 0.1) == [False]


def test_numbers_that_went_around_make_no_copies() -> None:
    copies, sender = Copies(), Sender(7)
    beats = [(sender.heartbeat(), RADIO) for _ in range(256 + 50)]
    assert beats[0] == beats[256]  # in every byte
    assert not any(find(copies, *beats))
    for frame, peer in beats[50:]:
        assert find(copies, (frame, peer)) == [False] or frame in {
            b for b, _ in beats[-COPY_FRAMES:]
        }


def test_a_signed_frame_that_its_own_peer_sends_again_is_left_to_signing() -> None:
    frame = Sender(7, key=KEY).heartbeat()
    assert find(Copies(), (frame, RADIO), (frame, RADIO), (frame, MODEM)) == [False, False, True]


def test_a_forged_frame_before_the_true_one_does_not_make_a_copy_of_it() -> None:
    true, forged = (Sender(7, key=key).heartbeat() for key in (KEY, KEY[::-1]))
    assert true[:-6] == forged[:-6]
    assert find(Copies(), (forged, MODEM), (true, RADIO)) == [False, False]


@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 2)), max_size=80), st.integers(1, 9))
def test_however_frames_are_doubled_and_batched_each_is_taken_by_one_peer(
    sent: list[tuple[int, int]], size: int
) -> None:
    senders = [Sender(1), Sender(2), Sender(1, component=154)]
    frames = [senders[number % 3].position(number) for number in range(60)]
    copies = Copies()
    taken: set[tuple[int, int]] = set()
    for start in range(0, len(sent), size):
        part = sent[start : start + size]
        found = find(copies, *[(frames[number], peer) for number, peer in part], now=start / 100)
        taken |= {came for came, copy in zip(part, found, strict=True) if not copy}
    # Two components of a system may have the same numbers: then the other frame is forgotten.
    assert {number for number, _ in taken} == {number for number, _ in sent}
    of_one = [number for number, _ in taken if number % 3 == 1]
    assert len(of_one) == len(set(of_one))
