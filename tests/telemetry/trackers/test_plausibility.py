from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.columns import POSITION, Rows, Source, Suspect, blank
from telemetry.trackers import plausibility as module
from telemetry.trackers.plausibility import KEPT, Plausibility
from telemetry.trackers.settings import PlausibilitySettings

NOON = np.datetime64("2026-03-14T12:00:00", "us")
METRE = 1 / 111_194.93
"""Degrees of latitude."""


def fixes(
    *rows: tuple[float, float], asset: int = 1, source: Source = Source.OSMAND, **columns: Any
) -> Rows:
    """Fixes at (seconds after noon, metres north of Peshawar), received when they were made."""
    positions = blank(POSITION, len(rows))
    positions["asset"], positions["source"] = asset, source
    for index, (seconds, metres) in enumerate(rows):
        positions["fix_time"][index] = NOON + np.timedelta64(round(seconds * 1e6), "us")
        positions["latitude"][index] = 34 + metres * METRE
    positions["received_time"] = positions["fix_time"]
    positions["longitude"] = 71.5
    for name, value in columns.items():
        positions[name] = value
    return positions


def marks(positions: Rows, plausibility: Plausibility | None = None) -> list[int]:
    (plausibility or Plausibility(PlausibilitySettings())).mark(positions)
    return [int(mark) for mark in positions["suspect"]]


DRIVE = [(second, 20.0 * second) for second in range(12)]
"""A car at 20 m/s."""

ASTRAY = 5_000.0


def test_ordinary_drive_is_not_suspect() -> None:
    assert marks(fixes(*DRIVE)) == [0] * 12


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize("where", [2, 5, 11])
def test_fix_astray_is_marked_and_those_around_it_are_not(where: int, one_by_one: bool) -> None:
    rows = list(DRIVE)
    rows[where] = (where, ASTRAY)
    plausibility = Plausibility(PlausibilitySettings())
    if one_by_one:
        found = [marks(fixes(row), plausibility)[0] for row in rows]
    else:
        found = marks(fixes(*rows), plausibility)
    assert found == [Suspect.SPEED if index == where else 0 for index in range(12)]


def test_who_really_is_elsewhere_is_believed_again_after_a_few_fixes() -> None:
    plausibility = Plausibility(PlausibilitySettings())
    marks(fixes(*DRIVE), plausibility)
    found = [marks(fixes((12 + n, 9_000 + 20 * n)), plausibility)[0] for n in range(6)]
    assert found == [1, 1, 1, 0, 0, 0]


def test_long_silence_lets_it_get_far() -> None:
    plausibility = Plausibility(PlausibilitySettings())
    marks(fixes(*DRIVE), plausibility)
    assert marks(fixes((3600, 200_000)), plausibility) == [0]
    assert marks(fixes((3601, 600_000)), plausibility) == [Suspect.SPEED]


@pytest.mark.parametrize(
    ("source", "metres_per_second", "suspect"),
    [
        (Source.OSMAND, 80, False),
        (Source.TELTONIKA, 95, True),
        (Source.GLOBAL_POSITION_INT, 95, False),
        (Source.GPS_RAW_INT, 145, False),
        (Source.GLOBAL_POSITION_INT, 165, True),
        (Source.IMPORTED, 145, False),
    ],
)
def test_most_speed_is_that_of_the_kind(
    source: Source, metres_per_second: float, suspect: bool
) -> None:
    rows = [(60.0 * n, 60.0 * n * metres_per_second) for n in range(4)]
    assert (marks(fixes(*rows, source=source)) == [0] * 4) is not suspect


def test_most_speed_is_a_setting() -> None:
    rows = [(60.0 * n, 60.0 * n * 30) for n in range(4)]
    assert marks(fixes(*rows), Plausibility(PlausibilitySettings(car_speed=20))) != [0] * 4


def test_error_of_a_receiver_is_no_speed() -> None:
    jitter = [(0.1 * n, 60.0 * (n % 2)) for n in range(10)]
    assert marks(fixes(*jitter)) == [0] * 10
    coarse = fixes((0, 0), (1, 0), (2, 3000), (3, 0))
    coarse["accuracy"][2] = 3000  # a phone that knows only its cell
    assert marks(coarse) == [0] * 4


def test_across_the_antimeridian_and_near_the_pole() -> None:
    east = fixes((0, 0), (1, 0), (2, 0), latitude=-18.0, longitude=[179.9999, -179.9999, 179.9999])
    assert marks(east) == [0] * 3
    pole = fixes((0, 0), (1, 0), latitude=89.9999, longitude=[0.0, 90.0])
    assert marks(pole) == [0] * 2


def test_clock_ahead_is_marked_and_its_fix_is_no_neighbour() -> None:
    late = fixes((0, 0), (59, 0), (61, 0), (7200, 500_000), received_time=NOON)
    assert marks(late) == [0, 0, Suspect.CLOCK, Suspect.CLOCK]
    plausibility = Plausibility(PlausibilitySettings())
    for n in range(2 * KEPT):
        ahead = fixes((80_000 + n, 0))
        ahead["received_time"] = NOON
        assert marks(ahead, plausibility) == [Suspect.CLOCK]
    assert marks(fixes(*DRIVE), plausibility) == [0] * 12


def test_old_fix_is_suspect_only_of_a_source_that_tells_of_now() -> None:
    stored = fixes((0, 0), received_time=NOON + np.timedelta64(5, "h"))
    assert marks(stored) == [0]
    stored["source"] = Source.GLOBAL_POSITION_INT
    assert marks(stored) == [Suspect.CLOCK]


def test_range_is_a_setting() -> None:
    settings_ = PlausibilitySettings(centre=(34.0, 71.5), radius=10_000)
    rows = fixes((0, 9_900), (600, 10_100), (1200, -9_900), (1800, 0))
    rows["longitude"][3] = 71.7  # 18 km east
    assert marks(rows, Plausibility(settings_)) == [0, Suspect.RANGE, 0, Suspect.RANGE]
    assert marks(rows) == [0] * 4


def test_marks_are_joined() -> None:
    settings_ = PlausibilitySettings(centre=(34.0, 71.5), radius=10_000)
    rows = fixes(*DRIVE, (12, 50_000))
    assert marks(rows, Plausibility(settings_))[-1] == Suspect.SPEED | Suspect.RANGE


def test_fix_that_comes_again_is_no_witness_for_itself() -> None:
    plausibility = Plausibility(PlausibilitySettings())
    marks(fixes(*DRIVE), plausibility)
    for _ in range(2 * KEPT):
        assert marks(fixes((12, ASTRAY)), plausibility) == [Suspect.SPEED]
    assert marks(fixes((13, 260), (13, 260), (13, 260)), plausibility) == [0] * 3


def test_assets_do_not_meddle_with_one_another() -> None:
    plausibility = Plausibility(PlausibilitySettings())
    rows = np.concatenate([fixes(*DRIVE, asset=n) for n in range(50)])
    rows["latitude"] += rows["asset"] * 0.5
    assert marks(rows[np.random.default_rng(1).permutation(len(rows))], plausibility) == [0] * 600


def test_nothing_else_of_a_row_changes() -> None:
    rows = fixes(*DRIVE, (12, ASTRAY))
    before = rows.copy()
    marks(rows)
    before["suspect"] = rows["suspect"]
    assert rows.tobytes() == before.tobytes()
    empty = blank(POSITION, 0)
    assert marks(empty) == []


def test_row_without_time_or_place_is_left_alone() -> None:
    rows = blank(POSITION, 3)
    rows["received_time"][1:] = NOON
    rows["fix_time"][2] = NOON
    assert marks(rows) == [0, 0, 0]


drives = st.lists(
    st.tuples(st.integers(0, 600), st.integers(-20_000, 20_000), st.integers(1, 3)),
    min_size=1,
    max_size=40,
)


def drive(rows: list[tuple[int, int, int]]) -> Rows:
    positions = fixes(*((seconds, metres) for seconds, metres, _ in rows))
    positions["asset"] = [asset for _, _, asset in rows]
    return positions


@settings(deadline=None)
@given(drives, st.randoms(use_true_random=False))
def test_order_of_arrival_within_a_call_changes_nothing(
    rows: list[tuple[int, int, int]], random: Any
) -> None:
    ordered = sorted(rows)
    shuffled = list(ordered)
    random.shuffle(shuffled)
    told = dict(zip(ordered, marks(drive(ordered)), strict=True))
    assert [told[row] for row in shuffled] == marks(drive(shuffled))


@settings(deadline=None)
@given(drives, st.integers(1, 40))
def test_fixes_of_separate_calls_are_judged_as_if_by_hand(
    rows: list[tuple[int, int, int]], first: int
) -> None:
    """Against the definition in the module's docstring, written in plain Python."""
    plausibility = Plausibility(PlausibilitySettings())
    known: set[tuple[int, int, int]] = set()
    for part in (rows[:first], rows[first:]):
        kept: set[tuple[int, int, int]] = set()
        for asset in {asset for _, _, asset in known}:
            kept |= set(sorted(row for row in known if row[2] == asset)[-KEPT:])
        known = kept | set(part)
        assert marks(drive(part), plausibility) == [by_hand(row, known) for row in part]


def by_hand(row: tuple[int, int, int], known: set[tuple[int, int, int]]) -> int:
    mine = sorted(other for other in known if other[2] == row[2])
    index = mine.index(row)
    near = mine[max(0, index - KEPT) : index] + mine[index + 1 : index + 1 + KEPT]
    wrong = sum(abs(other[1] - row[1]) > 85 * abs(other[0] - row[0]) + 100 for other in near)
    return Suspect.SPEED if 2 * wrong > len(near) else 0


def test_memory_is_bounded_and_the_most_silent_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ASSETS_MOST", 100)
    plausibility = Plausibility(PlausibilitySettings())
    for asset in range(1000):
        marks(fixes(*DRIVE[:6], asset=1), plausibility)
        marks(fixes(*DRIVE[:6], asset=1000 + asset), plausibility)
    assert len(plausibility._slots) == 100
    assert marks(fixes((6, ASTRAY), asset=1), plausibility) == [Suspect.SPEED]
    assert marks(fixes((6, ASTRAY), asset=1999), plausibility) == [Suspect.SPEED]
    assert marks(fixes((6, ASTRAY), asset=1000), plausibility) == [0]  # forgotten


def test_a_fix_costs_little_whether_it_comes_with_others_or_alone() -> None:
    plausibility = Plausibility(PlausibilitySettings())
    many = np.concatenate([fixes((0, 0), asset=n) for n in range(2000)])
    spent = []
    for rows in (many, many[:1]):
        marks(rows, plausibility)
        begun = time.thread_time()
        for _ in range(5):
            plausibility.mark(rows)
        spent.append((time.thread_time() - begun) / 5)
    assert spent[0] < 2000 * 20e-6
    assert spent[1] < 2e-3
