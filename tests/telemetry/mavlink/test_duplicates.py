"""Two vehicles with one system id."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np
import pytest

from telemetry.mavlink.duplicates import CALM, Duplicate, Duplicates
from tests.telemetry.mavlink.sending import Sender, decode

PESHAWAR = (34.01, 71.54)
KOHAT = (33.58, 71.44)

RADIO, MODEM = 0, 1
DRONE = Sender(1)
OFTEN = 0.25
"""Seconds between two messages."""

Heard = tuple[float, int, float, tuple[float, float] | None]
"""When, from which peer, seconds since boot, and where."""


def told(heard: Iterable[Heard], duplicates: Duplicates | None = None) -> list[Duplicate]:
    """What comes of the positions of system 1; those of one moment come in one batch."""
    watch = duplicates or Duplicates()
    found = []
    for now, group in groupby(heard, key=lambda one: one[0]):
        came = list(group)
        sent = [
            DRONE.position(
                round(boot * 1000), (place or (0, 0))[0], lon=round(1e7 * (place or (0, 0))[1])
            )
            for _, _, boot, place in came
        ]
        peers = np.array([peer for _, peer, _, _ in came])
        found += watch.hear(decode(*sent), peers, np.ones(len(sent), np.bool_), now).duplicates
    return found


def flight(
    peer: int,
    booted: float,
    seconds: float,
    place: tuple[float, float] | None = PESHAWAR,
    begin: float = 0.0,
    late: float = 0.0,
) -> list[Heard]:
    """What is heard of a vehicle on one link that delays by so much."""
    times = np.arange(begin, begin + seconds, OFTEN)
    return [(float(t), peer, float(t - booted - late), place) for t in times]


def together(*flights: list[Heard]) -> list[Heard]:
    return sorted((heard for each in flights for heard in each), key=lambda heard: heard[0])


def test_one_vehicle_on_two_links_is_one() -> None:
    radio, modem = flight(RADIO, -100, 100), flight(MODEM, -100, 100, late=0.8)
    assert told(together(radio, modem)) == []


def test_two_that_booted_at_different_times_are_told_once() -> None:
    watch = Duplicates()
    (duplicate,) = told(together(flight(RADIO, -500, 100), flight(MODEM, -20, 100)), watch)
    assert not duplicate.behind_one_peer
    assert (duplicate.system, duplicate.peers) == (1, (RADIO, MODEM))
    assert duplicate.why == "two boots 480 s apart"
    assert watch.lasting == [1]
    assert watch.is_stranger(1, MODEM)
    assert not watch.is_stranger(1, RADIO)
    assert not watch.is_stranger(2, MODEM)


def test_two_that_do_not_speak_at_the_same_moment_are_told_too() -> None:
    (duplicate,) = told(together(flight(RADIO, -500, 5), flight(MODEM, -20, 5, begin=OFTEN / 2)))
    assert duplicate.peers == (RADIO, MODEM)


@pytest.mark.parametrize("step", [0.0, OFTEN / 2])
def test_two_behind_one_router_are_told_too(step: float) -> None:
    first, second = flight(RADIO, -500, 10, None), flight(RADIO, -20, 10, begin=step)
    (duplicate,) = told(together(first, second))
    assert duplicate.behind_one_peer


def test_two_that_booted_together_are_told_apart_by_their_places() -> None:
    (duplicate,) = told(
        together(flight(RADIO, -20, 10), flight(MODEM, -20, 10, KOHAT)), Duplicates()
    )
    assert duplicate.why.startswith("two places 48")


def test_a_place_that_is_not_known_is_no_other_place() -> None:
    assert told(together(flight(RADIO, -20, 10), flight(MODEM, -20, 10, None))) == []


@pytest.mark.parametrize("peer", [RADIO, MODEM])
def test_a_reboot_is_no_second_vehicle(peer: int) -> None:
    """It may come back on another port, and while the old one is not forgotten."""
    before, after = flight(RADIO, -500, 10), flight(peer, 10, 30, begin=10)
    assert told(before + after) == []


def test_a_reboot_of_which_several_messages_come_at_once_is_no_second_vehicle() -> None:
    after: list[Heard] = [(10.0, RADIO, n / 4, PESHAWAR) for n in range(20)]
    assert told([*flight(RADIO, -500, 10), *after]) == []


def test_a_recording_that_is_played_fast_is_no_second_vehicle() -> None:
    heard: list[Heard] = [(t / 50, RADIO, 100.0 + 15 * t, PESHAWAR) for t in range(300)]
    assert told(heard) == []


def test_datagrams_that_come_very_late_are_no_second_vehicle() -> None:
    late: list[Heard] = [(t, RADIO, 500 + t - 12, PESHAWAR) for t in (3.0, 9.0)]
    assert told(together(flight(RADIO, -500, 20), late)) == []


def test_a_fast_drone_is_no_second_vehicle() -> None:
    north = 40 / 111_320  # degrees a second
    assert told((t / 4, RADIO, t / 4, (34 + t / 4 * north, 71.5)) for t in range(400)) == []


def test_it_is_over_when_one_of_them_has_gone_and_told_again_when_it_is_back() -> None:
    watch = Duplicates()
    first = flight(RADIO, -500, 200)
    assert len(told(together(first, flight(MODEM, -20, 20)), watch)) == 1
    assert watch.lasting == []
    again = flight(MODEM, -20, 20, begin=300)
    assert len(told(together(flight(RADIO, -500, 100, begin=300), again), watch)) == 1


def test_the_other_is_the_vehicle_when_the_first_has_gone() -> None:
    watch = Duplicates()
    told(together(flight(RADIO, -500, 10), flight(MODEM, -20, 10 + CALM - 1)), watch)
    assert watch.is_stranger(1, MODEM)
    told(flight(MODEM, -20, 5, begin=10 + CALM - 1), watch)
    assert watch.lasting == []
    assert not watch.is_stranger(1, MODEM)


def test_a_gap_in_the_first_makes_no_stranger_of_it() -> None:
    watch = Duplicates()
    first = [heard for heard in flight(RADIO, -500, 60) if not 20 < heard[0] < 20 + CALM - 1]
    assert len(told(together(first, flight(MODEM, -20, 60)), watch)) == 1
    assert not watch.is_stranger(1, RADIO)


def test_what_contradicts_the_vehicle_is_not_of_it_from_the_first_word_on() -> None:
    watch = Duplicates()
    assert told(flight(RADIO, -500, 2), watch) == []
    assert told(flight(MODEM, -20, OFTEN, begin=2), watch) == []
    assert watch.is_stranger(1, MODEM)


def test_a_late_datagram_makes_a_link_a_stranger_until_the_next_one() -> None:
    watch = Duplicates()
    told(flight(RADIO, -500, 2), watch)
    told(flight(MODEM, -500, OFTEN, begin=2, late=30), watch)
    assert watch.is_stranger(1, MODEM)
    told(flight(MODEM, -500, OFTEN, begin=2.5), watch)
    assert not watch.is_stranger(1, MODEM)


def replaced(watch: Duplicates, peer: int, boot: float, now: float) -> list[int]:
    frame = DRONE("ATTITUDE", time_boot_ms=round(boot * 1000))
    heard = watch.hear(decode(frame), np.array([peer]), np.ones(1, np.bool_), now)
    return heard.replaced


def test_another_vehicle_after_a_silence_replaces_the_one_before() -> None:
    watch = Duplicates()
    assert replaced(watch, RADIO, 20, now=0) == []  # the first
    told(flight(RADIO, -20, 10), watch)
    assert replaced(watch, MODEM, 500, now=11) == []  # a stranger
    assert watch.is_stranger(1, MODEM)
    assert replaced(watch, MODEM, 505, now=16) == [1]
    assert not watch.is_stranger(1, MODEM)
    assert replaced(watch, MODEM, 506, now=17) == []
    assert replaced(watch, RADIO, 40, now=30) == [1]


def test_a_vehicle_that_comes_back_rebooted_by_another_peer_is_taken_from_its_first_word() -> None:
    watch = Duplicates()
    told(flight(RADIO, -500, 10), watch)
    assert replaced(watch, MODEM, 2.5, now=10.5) == [1]
    for second in range(11, 20):
        assert replaced(watch, MODEM, second - 8, now=second) == []
        assert not watch.is_stranger(1, MODEM)
    assert watch.lasting == []


@pytest.mark.parametrize("first", [RADIO, MODEM])
def test_a_vehicle_on_two_links_that_reboots_is_no_stranger_on_either(first: int) -> None:
    watch, second = Duplicates(), RADIO + MODEM - first
    told(together(flight(RADIO, -500, 10), flight(MODEM, -500, 10, begin=0.1)), watch)
    again = together(flight(first, 10, 10, begin=12.5), flight(second, 10, 10, begin=12.6))
    for word in again:
        assert told([word], watch) == []
        assert not watch.is_stranger(1, RADIO)
        assert not watch.is_stranger(1, MODEM)


def test_a_second_vehicle_that_has_just_booted_is_a_stranger_when_the_first_is_heard_again() -> (
    None
):
    watch = Duplicates()
    told(flight(RADIO, -500, 10), watch)
    assert replaced(watch, MODEM, 2.5, now=10) == [1]
    assert not watch.is_stranger(1, MODEM)
    assert replaced(watch, RADIO, 510.25, now=10.25) == [1]
    assert watch.is_stranger(1, MODEM)
    assert replaced(watch, MODEM, 3, now=10.5) == []
    (duplicate,) = told(
        together(flight(RADIO, -500, 2, begin=10.5), flight(MODEM, 7.5, 2, begin=10.5)), watch
    )
    assert duplicate.peers == (RADIO, MODEM)


def test_the_same_vehicle_by_another_peer_after_a_silence_is_no_other() -> None:
    watch = Duplicates()
    told(flight(RADIO, -20, 10), watch)
    assert replaced(watch, MODEM, 60 + 20, now=60) == []


def test_frames_of_the_stranger_are_told_from_those_of_the_vehicle() -> None:
    watch = Duplicates()
    assert watch.strangers(decode(Sender(1).heartbeat()), np.zeros(1, np.int64), 0) is None
    told(together(flight(RADIO, -500, 10), flight(MODEM, -20, 10)), watch)
    decoded = decode(Sender(1).heartbeat(), Sender(1).heartbeat(), Sender(2).heartbeat())
    strange = watch.strangers(decoded, np.array([RADIO, MODEM, MODEM]), 10)
    assert strange is not None
    assert strange.tolist() == [False, True, False]


def test_behind_one_router_the_frames_with_a_time_are_told_apart() -> None:
    watch = Duplicates()
    told(together(flight(RADIO, -500, 10), flight(RADIO, -20, 10)), watch)
    drone = Sender(1)
    frames = [drone.position(510_000), drone.position(30_000), drone.heartbeat()]
    strange = watch.strangers(decode(*frames), np.full(3, RADIO), 10)
    assert strange is not None
    assert sorted(strange[:2].tolist()) == [False, True]
    assert not strange[2]
