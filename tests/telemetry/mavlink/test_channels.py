"""What a vehicle says on several channels."""

from __future__ import annotations

import numpy as np

from telemetry.mavlink.channels import HEARTBEAT_WAIT, TEXT_WAIT, TEXTS_MOST, Heartbeats, Texts

RADIO, MODEM = 3, 4


def counted(heartbeats: Heartbeats, *came: tuple[int, int], now: float) -> list[bool]:
    """Of heartbeats of (system, peer) each whether it counts."""
    systems, peers = np.array(came).T
    return list(heartbeats.count(systems.astype(np.uint8), peers.astype(np.int64), now).tolist())


def test_heartbeats_count_by_one_of_two_links() -> None:
    heartbeats = Heartbeats()
    for second in range(5):
        assert counted(heartbeats, (1, RADIO), now=second) == [True]
        assert counted(heartbeats, (1, MODEM), (2, MODEM), now=second + 0.4) == [False, True]


def test_two_heartbeats_of_one_look_count_by_the_link_that_counts_whatever_their_order() -> None:
    heartbeats = Heartbeats()
    assert counted(heartbeats, (1, RADIO), (1, MODEM), now=0) == [True, False]
    assert counted(heartbeats, (1, MODEM), (1, RADIO), now=1) == [False, True]
    assert counted(heartbeats, (1, RADIO), (1, RADIO), now=2) == [True, True]


def test_the_other_link_counts_when_the_first_falls_silent() -> None:
    heartbeats = Heartbeats()
    counted(heartbeats, (1, RADIO), now=0)
    assert counted(heartbeats, (1, MODEM), now=HEARTBEAT_WAIT) == [False]
    assert counted(heartbeats, (1, MODEM), now=HEARTBEAT_WAIT + 0.1) == [True]
    assert counted(heartbeats, (1, RADIO), now=HEARTBEAT_WAIT + 0.2) == [False]


def test_a_text_by_another_peer_is_the_same_one_for_a_while() -> None:
    texts, text = Texts(), (1, 1, 4, b"PreArm: GPS", 0, 0)
    assert not texts.is_copy(text, RADIO, 0)
    assert texts.is_copy(text, MODEM, TEXT_WAIT)
    assert not texts.is_copy(text, RADIO, TEXT_WAIT)  # said again
    assert not texts.is_copy((2, *text[1:]), MODEM, TEXT_WAIT)
    assert not texts.is_copy(text, MODEM, 2 * TEXT_WAIT + 0.1)


def test_a_bounded_number_of_texts_is_kept_in_mind() -> None:
    texts = Texts()
    for number in range(TEXTS_MOST + 10):
        texts.is_copy((number,), RADIO, 0)
    assert len(texts._latest) == TEXTS_MOST
