"""The best division of search effort among cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.errors import PlanningError
from missions.search.detection import random_search
from missions.search.inputs import positive

HALVINGS = 200


def divide(
    probabilities: ArrayLike, areas: ArrayLike, effort: float, width: float
) -> NDArray[np.float64]:
    """Metres of track for each cell, `effort` metres in all, that find the most.

    With the POD of random search the best is zⱼ = (Aⱼ/W)·max(0, ln(pⱼW/(Aⱼλ))), λ by bisection so
    that the zⱼ sum up to the effort (Koopman 1946; Stone, Theory of Optimal Search, 1975).
    `probabilities` and `areas` (square metres) are of one shape or broadcast; `width` is the sweep
    width. Raises PlanningError for probabilities that are negative or all 0, areas that are not
    above 0, and an effort or a width that is not above 0.
    """
    p, a = np.broadcast_arrays(np.asarray(probabilities, float), np.asarray(areas, float))
    effort, width = positive(effort, "the effort"), positive(width, "the sweep width")
    if not (np.isfinite(p).all() and (p >= 0).all() and p.any()):
        raise PlanningError("effort is divided by probabilities of 0 or more, one above 0")
    if not (np.isfinite(a).all() and (a > 0).all()):
        raise PlanningError("a cell has an area that is not above 0")
    rate = a / width
    with np.errstate(divide="ignore"):
        gain = np.log(p) - np.log(rate)

    def division(log_lambda: float) -> NDArray[np.float64]:
        return np.asarray(rate * np.maximum(gain - log_lambda, 0))

    # At `high` no cell gets any; at `low` the likeliest alone gets more than all there is.
    likeliest = int(gain.argmax())
    high = float(gain.flat[likeliest])
    low = high - effort / float(rate.flat[likeliest])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if division(middle).sum() > effort:
            low = middle
        else:
            high = middle
    best = division(low)  # a rounding more than there is
    return np.asarray(best * (effort / best.sum()))


def success(probabilities: ArrayLike, areas: ArrayLike, division: ArrayLike, width: float) -> float:
    """Probability that a division of effort (metres of track for each cell) finds the target.

    Σ pⱼ(1 − e^(−W·zⱼ/Aⱼ)): random search in each cell.
    """
    coverage = width * np.asarray(division, float) / np.asarray(areas, float)
    return float((np.asarray(probabilities, float) * random_search(coverage)).sum())
