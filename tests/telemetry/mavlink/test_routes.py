"""By which peer a vehicle is answered."""

from __future__ import annotations

import numpy as np

from telemetry.mavlink.quality import VEHICLE_QUALITY
from telemetry.mavlink.routes import BETTER, SILENCE, Routes

RADIO, MODEM = 3, 4


def hear(routes: Routes, *heard: tuple[int, int], now: float) -> None:
    """(system, peer) each."""
    systems, peers = np.array(heard).T
    routes.hear(systems.astype(np.uint8), peers.astype(np.int64), now)


def choose(routes: Routes, *told: tuple[int, int, float, float], now: float) -> None:
    """(system, peer, rate, when heard) each."""
    rows = np.zeros(len(told), VEHICLE_QUALITY)
    for row, (system, peer, rate, heard) in zip(rows, told, strict=True):
        row["system"], row["peer"], row["rate"], row["heard"] = system, peer, rate, heard
    routes.choose(rows, now)


def test_a_vehicle_that_was_never_heard_has_no_route() -> None:
    routes = Routes()
    assert routes.of(1) is None
    assert routes.all() == []
    choose(routes, now=0)


def test_a_vehicle_is_answered_where_it_is_heard_until_that_falls_silent() -> None:
    routes = Routes()
    hear(routes, (1, RADIO), (2, MODEM), now=0)
    hear(routes, (1, MODEM), now=SILENCE)
    assert [routes.of(system) for system in (1, 2)] == [RADIO, MODEM]
    hear(routes, (1, MODEM), now=SILENCE + 0.1)
    assert routes.of(1) == MODEM
    assert sorted(routes.all()) == [(MODEM, 1), (MODEM, 2)]


def test_the_peer_that_hears_more_of_it_is_taken_but_not_for_a_little_more() -> None:
    routes = Routes()
    hear(routes, (1, RADIO), now=10)
    choose(routes, (1, RADIO, 10, 10), (1, MODEM, 10 * BETTER, 10), now=10)
    assert routes.of(1) == RADIO
    choose(routes, (1, RADIO, 10, 10), (1, MODEM, 10 * BETTER + 1, 10), now=10)
    assert routes.of(1) == MODEM
    hear(routes, (1, RADIO), (1, MODEM), now=10)
    assert routes.of(1) == MODEM


def test_a_peer_that_hears_nothing_now_is_not_taken_however_much_it_heard() -> None:
    routes = Routes()
    hear(routes, (1, RADIO), now=10)
    choose(routes, (1, RADIO, 10, 10), (1, MODEM, 50, 10 - SILENCE - 0.1), now=10)
    assert routes.of(1) == RADIO
