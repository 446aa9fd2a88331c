"""How well a vehicle is heard, by the numbers of its frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.mavlink.codec import FRAME
from telemetry.mavlink.quality import SENDERS_MOST, Quality


def hear(
    quality: Quality, sequences: list[int], *, system: int = 1, peer: int = 0, now: float = 0.0
) -> None:
    frames = np.zeros(len(sequences), FRAME)
    frames["system"], frames["component"] = system, 1
    frames["sequence"] = np.array(sequences, np.int64) % 256
    size = np.full(len(sequences), 40)
    quality.hear(frames, np.full(len(sequences), peer), size, now)


@pytest.mark.parametrize(
    ("sequences", "lost", "repeated"),
    [
        ([7, 8, 9], 0, 0),
        ([254, 255, 0, 1], 0, 0),  # around
        ([1, 2, 5, 6], 2, 0),
        ([1, 2, 2, 3], 0, 1),
        ([5, 7, 6, 8], 0, 0),  # late, not lost
        ([250, 4], 9, 0),
    ],
)
@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_frames_are_counted_by_their_numbers_however_they_are_batched(
    sequences: list[int], lost: int, repeated: int, pieces: int
) -> None:
    quality = Quality()
    for part in np.array_split(np.array(sequences), pieces):
        hear(quality, part.tolist())
    (row,) = quality.rows
    assert (row["frames"], row["lost"], row["repeated"]) == (len(sequences), lost, repeated)
    assert row["bytes"] == 40 * len(sequences)


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.lists(st.integers(0, 299)))
def test_what_is_not_received_is_what_is_lost(received: list[bool], cuts: list[int]) -> None:
    sent = [number for number, came in enumerate(received) if came]
    # A run of 128 lost frames or more looks like a step back, as the numbers go around.
    gaps = np.diff(sent)
    if len(sent) < 2 or gaps.max(initial=0) >= 128:
        return
    quality = Quality()
    for part in np.array_split(np.array(sent), sorted(cut for cut in cuts if cut < len(sent))):
        hear(quality, part.tolist())
    assert quality.rows["lost"].tolist() == [sent[-1] - sent[0] + 1 - len(sent)]


def test_two_vehicles_and_two_links_are_counted_apart() -> None:
    quality = Quality()
    frames = np.zeros(6, FRAME)
    frames["system"] = [1, 2, 1, 2, 1, 2]
    frames["component"] = 1
    frames["sequence"] = [1, 100, 2, 103, 3, 104]
    quality.hear(frames, np.array([5, 5, 5, 5, 6, 5]), np.full(6, 30), 1.0)
    told = {
        (int(row["sender"]) >> 16, int(row["sender"]) >> 8 & 255): (row["frames"], row["lost"])
        for row in quality.rows
    }
    assert told == {(5, 1): (2, 0), (5, 2): (3, 2), (6, 1): (1, 0)}


def test_the_components_of_a_vehicle_on_one_link_are_told_together() -> None:
    quality = Quality()
    assert len(quality.by_vehicle()) == 0
    frames = np.zeros(5, FRAME)
    frames["system"] = [1, 1, 1, 2, 1]
    frames["component"] = [1, 154, 1, 1, 1]
    frames["sequence"] = [1, 7, 3, 9, 5]
    quality.hear(frames, np.array([5, 5, 5, 5, 6]), np.full(5, 30), 1.0)
    quality.hear(frames[1:2], np.array([5]), np.full(1, 30), 2.0)
    quality.came_back(5, 1, 154, 0.25)
    quality.reckon_rates(2.0)
    names = ["peer", "system", "frames", "bytes", "lost", "repeated", "rate", "heard"]
    assert quality.by_vehicle()[names].tolist() == [
        (5, 1, 4, 120, 1, 1, 2.0, 2.0),
        (5, 2, 1, 30, 0, 0, 0.5, 1.0),
        (6, 1, 1, 30, 0, 0, 0.5, 1.0),
    ]
    trips = quality.by_vehicle()["round_trip"]
    assert trips[0] == 0.25
    assert np.isnan(trips[1:]).all()


def test_the_rate_is_that_of_the_last_second() -> None:
    quality = Quality()
    hear(quality, list(range(50)))
    quality.reckon_rates(2.0)
    assert quality.rows["rate"].tolist() == [25]
    quality.reckon_rates(1.0)
    assert quality.rows["rate"].tolist() == [0]


def test_a_round_trip_is_noted_with_its_sender() -> None:
    quality = Quality()
    hear(quality, [1], system=7, peer=3)
    assert np.isnan(quality.rows["round_trip"][0])
    quality.came_back(3, 7, 1, 0.25)
    assert quality.rows["round_trip"].tolist() == [0.25]


def test_senders_beyond_the_limit_take_the_place_of_the_longest_silent() -> None:
    quality = Quality()
    for peer in range(3):
        hear(quality, [1], peer=10_000_000 + peer, now=float(peer))
    frames = np.zeros(SENDERS_MOST - 1, FRAME)
    quality.hear(frames, np.arange(len(frames)), np.full(len(frames), 20), 10.0)
    assert len(quality) == SENDERS_MOST
    kept = set((quality.rows["sender"] >> 16).tolist())
    assert 10_000_002 in kept
    assert not kept & {10_000_000, 10_000_001}
