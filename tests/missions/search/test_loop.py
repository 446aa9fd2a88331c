"""The search loop, and its file."""

import base64
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.files.models import parsed
from missions.projection import LocalFrame
from missions.route import Leg, Route
from missions.search.achieved import Track, achieved_pod, planned
from missions.search.categories import Category
from missions.search.grid import Grid
from missions.search.loop import SearchLoop
from missions.search.maps import ProbabilityMap, mixed, regions, rings
from missions.search.record import FORM, Sortie
from missions.search.square import expanding_square
from tests.missions.search.places import PESHAWAR, area

GRID = Grid.around(PESHAWAR, (0, 0), 1200, 60)
LOST = Category(distances=((0.5, 400), (0.9, 1100)), source="a test's")


def start(name: str = "Warsak Road") -> SearchLoop:
    """A lost person's rings, and a ravine that a witness named."""
    ravine = area([(300, 200), (1000, 300), (900, 600), (350, 500)], "ravine")
    prior = mixed([(rings(GRID, (0, 0), LOST), 2), (regions(GRID, [(ravine, 1)]), 1)])
    return SearchLoop.new(prior, name)


def as_planned(loop: SearchLoop, sortie: Sortie) -> Track:
    return planned(sortie.route(loop.grid.frame), sortie.sweep_width)


def test_sortie_by_sortie_the_success_grows_by_what_was_expected_of_each() -> None:
    loop = start()
    assert loop.success == 0
    for _ in range(3):
        sorties = loop.next_sorties(2, 6000, 50, start=(0, -1000))
        for sortie in sorties:
            report = loop.report(sortie.id, as_planned(loop, sortie))
            assert report.success == pytest.approx(sortie.expected, abs=1e-9)
    assert [report.sortie for report in loop.history] == ["S1", "S2", "S3", "S4", "S5", "S6"]
    assert loop.success == pytest.approx(sum(report.success for report in loop.history))
    assert loop.success == pytest.approx(loop.history[-1].cumulative)
    assert 0.3 < loop.success < 1 - loop.map.rest
    assert loop.map.probabilities.sum() + loop.map.rest_probability == pytest.approx(1)


def test_what_is_proposed_finds_no_more_than_the_best_division_and_not_much_less() -> None:
    loop = start()
    best = loop.best_possible(2 * 6000, 50)
    found = sum(sortie.expected for sortie in loop.next_sorties(2, 6000, 50))
    assert 0.6 * best < found <= best


def test_the_same_search_proposes_the_same_sorties() -> None:
    assert start().next_sorties(3, 6000, 50) == start().next_sorties(3, 6000, 50)


def test_planned_sorties_are_taken_to_be_flown_and_cancelled_ones_are_not() -> None:
    loop = start()
    (first,) = loop.next_sorties(1, 6000, 50)
    (second,) = loop.next_sorties(1, 6000, 50)
    assert second.legs != first.legs
    loop.cancel(first.id)
    loop.cancel(second.id)
    (again,) = loop.next_sorties(1, 6000, 50)
    assert again.legs == first.legs
    assert loop.success == 0


def test_a_sorties_pod_is_applied_exactly_once() -> None:
    loop = start()
    (sortie,) = loop.next_sorties(1, 6000, 50)
    track = as_planned(loop, sortie)
    loop.report(sortie.id, track)
    after = loop.dump()
    with pytest.raises(PlanningError, match="S1 was flown already and cannot be reported"):
        loop.report(sortie.id, track)
    with pytest.raises(PlanningError, match="S1 was flown already and cannot be cancelled"):
        loop.cancel(sortie.id)
    assert loop.dump() == after


def test_the_order_of_two_reports_does_not_matter_to_the_map() -> None:
    one, other = start(), start()
    for loop, ids in ((one, ("S1", "S2")), (other, ("S2", "S1"))):
        tracks = {sortie.id: as_planned(loop, sortie) for sortie in loop.next_sorties(2, 6000, 50)}
        for sortie_id in ids:
            loop.report(sortie_id, tracks[sortie_id])
    assert one.map.mass == pytest.approx(other.map.mass, rel=1e-12)
    assert one.success == pytest.approx(other.success)


def test_what_counts_is_the_track_that_was_flown_not_the_plan() -> None:
    loop = start()
    (sortie,) = loop.next_sorties(1, 6000, 50)
    whole = as_planned(loop, sortie)
    half = Track(whole.frame, whole.points, whole.widths * 0.5)
    report = loop.report(sortie.id, half)
    assert report.success < 0.7 * sortie.expected
    expected = (loop.prior.mass * achieved_pod(half, GRID, "random")).sum()
    assert report.success == pytest.approx(expected)
    assert loop.pod() == pytest.approx(
        np.where(loop.prior.mass > 0, achieved_pod(half, GRID, "random"), 0)
    )


def test_a_pattern_that_was_drawn_otherwise_is_a_sortie_too() -> None:
    loop = start()
    route = expanding_square(PESHAWAR, 80, 12)
    sortie = loop.add(route, 50, pattern="expanding-square", law="inverse-cube", height_offset=10)
    assert sortie.route(PESHAWAR).points == pytest.approx(route.points)
    assert loop.report(sortie.id, planned(route, 50)).success == pytest.approx(sortie.expected)


def test_creeping_lines_are_proposed_if_asked() -> None:
    (sortie,) = start().next_sorties(1, 6000, 50, pattern="creeping-line", law="inverse-cube")
    assert (sortie.pattern, sortie.law) == ("creeping-line", "inverse-cube")


def test_a_saved_search_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "warsak.search.json"
    loop = start("Warsak Road, نگہبان")
    for sortie in loop.next_sorties(2, 6000, 50):
        loop.report(sortie.id, as_planned(loop, sortie))
    loop.next_sorties(1, 6000, 50)
    loop.save(path)
    resumed = SearchLoop.load(path)
    assert resumed.dump() == path.read_bytes() == loop.dump()
    assert (resumed.map.mass == loop.map.mass).all()
    assert resumed.next_sorties(2, 5000, 40) == loop.next_sorties(2, 5000, 40)
    with pytest.raises(PlanningError, match="S1 was flown already"):
        resumed.report("S1", as_planned(loop, loop.sorties[0]))


@given(
    st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(any),
    st.floats(0, 0.9),
    st.floats(-75, 75),
    st.floats(-180, 180),
    st.floats(1, 500),
    st.text(max_size=30).filter(str.isprintable),
)
@settings(max_examples=50)
def test_save_load_save_gives_the_same_bytes(
    weights: list[float], rest: float, latitude: float, longitude: float, cell: float, name: str
) -> None:
    grid = Grid(LocalFrame(latitude, longitude), -cell, cell / 3, cell, 2, 3)
    loop = SearchLoop.new(ProbabilityMap.of(grid, np.reshape(weights, (2, 3)), rest), name)
    data = loop.dump()
    record = parsed(data, FORM, "the search")
    again = SearchLoop(*record.maps(), record.name, record.sorties, record.reports)
    assert again.dump() == data


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    loop = start()
    loop.save(path)
    before = path.read_bytes()
    loop.next_sorties(1, 6000, 50)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(PlanningError, match="cannot be written: No space left on device"):
        loop.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlanningError, match="cannot be written: No such file"):
        start().save(tmp_path / "none" / "a.json")
    with pytest.raises(PlanningError, match="cannot be read: No such file"):
        SearchLoop.load(tmp_path / "none.json")


@pytest.fixture(scope="module")
def saved() -> bytes:
    """A search with one sortie flown and one planned."""
    loop = start()
    (sortie, _) = loop.next_sorties(2, 6000, 50)
    loop.report(sortie.id, as_planned(loop, sortie))
    return loop.dump()


def cells(value: float, count: int = GRID.rows * GRID.columns) -> str:
    return base64.b64encode(np.full(count, value, "<f8").tobytes()).decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "nigehban-plan"}, "format: Input should be 'nigehban-search'"),
        ({"version": 2}, "version: Input should be 1"),
        ({"more": 1}, "more: Extra inputs are not permitted"),
        ({"mass": "?"}, "the search's mass is no base64"),
        ({"mass": cells(0, 3)}, "the search's mass has 24 bytes; 40 by 40 cells have 12800"),
        ({"mass": cells(-1)}, "negative or no number"),
        ({"mass": cells(float("nan"))}, "negative or no number"),
        ({"mass": cells(5e-4)}, "more than its prior in some cell"),
        ({"mass": cells(0)}, "the search's mass says a success of"),
        ({"prior": cells(0.1)}, "the map's mass is"),
        ({"prior": cells(1e-4)}, "the search's prior sums up to"),
        ({"rest": 1.5}, "rest: Input should be less than or equal to 1"),
        ({"latitude": 95.0}, "is not within ±75° of latitude"),
        (
            {"grid": {"west": 0, "south": 0, "cell": 1, "rows": 10**9, "columns": 10**9}},
            "cells, not",
        ),
        ({"reports": []}, "the flown sorties are not those with one report each"),
        ({"sorties": []}, "the flown sorties are not those with one report each"),
    ],
)
def test_a_file_that_was_spoiled_is_refused_in_one_line(
    saved: bytes, tmp_path: Path, change: dict[str, object], says: str
) -> None:
    path = tmp_path / "spoiled.json"
    path.write_bytes(orjson.dumps(orjson.loads(saved) | change))
    with pytest.raises(PlanningError) as refusal:
        SearchLoop.load(path)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_report_that_is_there_twice_is_refused(saved: bytes, tmp_path: Path) -> None:
    record = orjson.loads(saved)
    record["reports"] *= 2
    path = tmp_path / "twice.json"
    path.write_bytes(orjson.dumps(record))
    with pytest.raises(PlanningError, match="one report each"):
        SearchLoop.load(path)


def test_a_file_larger_than_any_search_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.json"
    start().save(path)
    monkeypatch.setattr("missions.search.loop.FILE_MOST", 1000)
    with pytest.raises(PlanningError, match=r"has more than .* give a smaller file"):
        SearchLoop.load(path)
    with pytest.raises(PlanningError, match="1000 is the most"):
        start().save(path)


def refusal_of(data: bytes) -> str | None:
    """What a search of these bytes is refused with; None if it is loaded."""
    try:
        record = parsed(data, FORM, "the search")
        SearchLoop(*record.maps(), record.name, record.sorties, record.reports).dump()
    except PlanningError as refusal:
        return str(refusal)
    return None


@given(st.binary(max_size=300))
def test_bytes_that_are_no_search_are_refused_and_nothing_worse(data: bytes) -> None:
    assert "\n" not in (refusal_of(data) or "\n")


@given(st.data())
@settings(max_examples=150)
def test_a_search_with_a_part_exchanged_is_loaded_or_refused_and_nothing_worse(
    saved: bytes, data: st.DataObject
) -> None:
    record = orjson.loads(saved)
    values = st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats()
        | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=6,
    )
    part = record
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(part[key], dict | list) and part[key]) or data.draw(st.booleans()):
            break
        part = part[key]
    part[key] = data.draw(values)
    assert "\n" not in (refusal_of(orjson.dumps(record)) or "")


@given(st.integers(0, 200_000), st.integers(0, 255))
@settings(max_examples=60)
def test_a_search_with_a_byte_exchanged_or_cut_off_is_loaded_or_refused(
    saved: bytes, place: int, byte: int
) -> None:
    place %= len(saved)
    for data in (saved[:place], saved[:place] + bytes([byte]) + saved[place + 1 :]):
        assert "\n" not in (refusal_of(data) or "")


def test_a_track_for_a_sortie_that_is_not_there_is_refused_with_those_that_are() -> None:
    loop = start()
    sorties = loop.next_sorties(2, 6000, 50)
    track = as_planned(loop, sorties[0])
    with pytest.raises(
        PlanningError, match="'S9' names no sortie of this search; to be flown are: S1, S2"
    ):
        loop.report("S9", track)


def test_a_track_that_searched_nothing_of_the_map_is_refused() -> None:
    loop = start()
    loop.next_sorties(1, 6000, 50)
    far = Track(PESHAWAR, np.array([[9000.0, 0], [9500, 0]]), np.array([50.0]))
    with pytest.raises(PlanningError, match="searched no cell of the map: is it that of S1"):
        loop.report("S1", far)
    assert loop.sorties[0].state == "planned"


def test_what_cannot_be_proposed_is_refused() -> None:
    loop = start()
    with pytest.raises(PlanningError, match="1 to 50 sorties are proposed at once, not 0"):
        loop.next_sorties(0, 6000, 50)
    with pytest.raises(PlanningError, match="not as 'sector'; draw that pattern and add its route"):
        loop.next_sorties(1, 6000, 50, pattern="sector")
    with pytest.raises(PlanningError, match="'luck' is no detection law"):
        loop.next_sorties(1, 6000, 50, law="luck")  # type: ignore[arg-type]  # on purpose
    assert loop.sorties == ()


def test_a_route_that_cannot_be_kept_is_refused() -> None:
    loop = start()
    with pytest.raises(PlanningError, match="2 to 2000 points, not 0"):
        loop.add(Route(PESHAWAR, ()), 50, pattern="own")
    with pytest.raises(PlanningError, match="the sweep width is 0"):
        loop.add(expanding_square(PESHAWAR, 80, 4), 0, pattern="own")
    far = Route(PESHAWAR, (Leg(np.array([[0.0, 0.0], [1e6, 0.0]])),))
    with pytest.raises(PlanningError, match=r"none that a search can keep: points\[1\]\[0\]"):
        loop.add(far, 50, pattern="own")
    elsewhere = expanding_square(LocalFrame(30, 70), 80, 4)
    with pytest.raises(PlanningError, match="the route is on a plane around 30"):
        loop.add(elsewhere, 50, pattern="own")
    assert loop.sorties == ()


@pytest.mark.parametrize("name", ["x" * 201, "a\nb", "\ud800"])
def test_a_name_that_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(PlanningError, match="the search's name has"):
        start(name)


def test_a_search_does_not_begin_with_a_map_that_was_searched_already() -> None:
    used = start().prior.searched(np.full(GRID.shape, 0.5))
    with pytest.raises(PlanningError, match="begins with a map that sums up to 1"):
        SearchLoop.new(used)
