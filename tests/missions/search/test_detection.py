"""What a search is worth. Laws: B. O. Koopman, Search and Screening (1946); IAMSAR vol. II."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.search.detection import (
    LAWS,
    coverage_factor,
    cumulative_pod,
    footprint_width,
    pod,
    sector_pod,
    sector_spacing,
    sweep_width,
)


@pytest.mark.parametrize(
    ("coverage", "random", "inverse_cube"),
    [
        (0.25, 0.221, 0.246),
        (0.5, 0.393, 0.469),
        (0.75, 0.528, 0.653),
        (1.0, 0.632, 0.790),
        (1.5, 0.777, 0.940),
        (2.0, 0.865, 0.988),
    ],
)
def test_koopmans_check_values(coverage: float, random: float, inverse_cube: float) -> None:
    """Koopman's table: POD = 1 - e^(-C) and erf(√π/2 · C)."""
    assert pod("random", coverage) == pytest.approx(random, abs=5e-4)
    assert pod("inverse-cube", coverage) == pytest.approx(inverse_cube, abs=5e-4)
    assert pod("definite-range", coverage) == min(1, coverage)


def test_a_sweep_width_is_the_footprint_times_what_is_seen_of_what_is_in_it() -> None:
    # 60 m up, 70° across: 84 m of ground; 0.6 of the persons in the frame are seen.
    footprint = footprint_width([60, 30], 70)
    assert footprint == pytest.approx([2 * 60 * math.tan(math.radians(35)), 42.01], abs=0.01)
    assert sweep_width(footprint, 0.6) == pytest.approx([50.4, 25.2], abs=0.02)


def test_the_factor_of_a_sweep_width_has_no_default() -> None:
    with pytest.raises(TypeError):
        sweep_width(84.0)  # type: ignore[call-arg]  # on purpose


@pytest.mark.parametrize("probability", [0, -0.1, 1.1, float("nan")])
def test_a_factor_that_is_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(PlanningError, match="is none; give one above 0 and at most 1"):
        sweep_width(84.0, probability)


def test_the_coverage_of_parallel_lanes_is_the_sweep_width_over_the_spacing() -> None:
    # Ten lanes of 2 km, 120 m apart.
    assert coverage_factor(50, 10 * 2000, 2000 * 1200) == pytest.approx(50 / 120)


def test_a_sector_searchs_pod_is_taken_at_the_mid_leg_spacing() -> None:
    """IAMSAR vol. II: R·sin(a/2), half of R for six sectors."""
    assert sector_spacing(1000) == pytest.approx(500)
    assert sector_spacing(1000, 10) == pytest.approx(1000 * math.sin(math.radians(18)))
    assert sector_pod(250, 1000) == pytest.approx(1 - math.exp(-0.5))


def test_two_searches_find_what_one_of_them_finds() -> None:
    assert cumulative_pod([0.5, 0.4]) == pytest.approx(0.7)
    assert cumulative_pod([]) == 0
    with pytest.raises(PlanningError, match=r"of 1\.2 is none"):
        cumulative_pod([0.5, 1.2])


@given(st.lists(st.floats(0, 50), min_size=2, max_size=20).map(sorted), st.sampled_from(list(LAWS)))
def test_more_coverage_never_finds_less_and_pods_are_probabilities(
    coverages: list[float], law: str
) -> None:
    pods = pod(law, coverages)
    assert ((pods >= 0) & (pods <= 1)).all()
    assert (np.diff(pods) >= 0).all()


@given(st.floats(0, 50))
def test_random_search_finds_least_and_definite_range_most(coverage: float) -> None:
    assert pod("random", coverage) <= pod("inverse-cube", coverage) + 1e-15
    assert pod("inverse-cube", coverage) <= pod("definite-range", coverage) + 1e-15


@given(st.lists(st.floats(0, 1), max_size=8))
def test_a_cumulative_pod_is_at_least_the_best_of_its_searches(pods: list[float]) -> None:
    assert max(pods, default=0) - 1e-12 <= cumulative_pod(pods) <= 1


def test_bad_figures_are_refused() -> None:
    with pytest.raises(PlanningError, match="'magic' is no detection law; take one of random"):
        pod("magic", 1)
    with pytest.raises(PlanningError, match="negative or no number"):
        pod("random", -1)
    with pytest.raises(PlanningError, match="the area is 0"):
        coverage_factor(50, 1000, 0)
    with pytest.raises(PlanningError, match="field of view of 180"):
        footprint_width(60, 180)
