"""What a search is worth: sweep width, coverage factor, probability of detection (POD)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf

from missions.errors import PlanningError
from missions.search.inputs import positive
from missions.search.sector import sector_angle

Law = Literal["random", "inverse-cube", "definite-range"]


def footprint_width(height: ArrayLike, field_of_view: float) -> NDArray[np.float64]:
    """Metres of ground across a camera that looks down: 2h·tan(HFOV/2), for heights in metres.

    Raises PlanningError for a field of view that is not between 0° and 180°.
    """
    if not 0 < field_of_view < 180:
        raise PlanningError(
            f"a horizontal field of view of {field_of_view:g}° is none; give degrees below 180"
        )
    return 2 * np.asarray(height, float) * math.tan(math.radians(field_of_view) / 2)


def sweep_width(footprint: ArrayLike, detection_probability: float) -> NDArray[np.float64]:
    """Metres: the footprint's width × P(detect | in frame).

    A camera's sweep width is never the footprint itself, so the factor has no default: it is
    measured or judged for this target, height, ground and watcher. Raises PlanningError unless it
    is above 0 and at most 1, and for a footprint that is negative or no number.
    """
    if not 0 < detection_probability <= 1:
        raise PlanningError(
            f"a probability of {detection_probability:g} to detect what is in the frame is none; "
            "give one above 0 and at most 1"
        )
    width = np.asarray(footprint, float)
    if not (np.isfinite(width).all() and (width >= 0).all()):
        raise PlanningError("a footprint is negative or no number; give metres on the ground")
    swept: NDArray[np.float64] = width * detection_probability
    return swept


def coverage_factor(width: float, track_length: float, area: float) -> float:
    """C = W·L / A (Koopman), which is W / S for parallel lanes. Metres and square metres."""
    if not (math.isfinite(track_length) and track_length >= 0):
        raise PlanningError(f"a track of {track_length:g} m is none; give 0 or more")
    return positive(width, "the sweep width") * track_length / positive(area, "the area")


def random_search(coverage: ArrayLike) -> NDArray[np.float64]:
    """POD = 1 − e^(−C): tracks laid at random (Koopman, Search and Screening, 1946)."""
    return np.asarray(-np.expm1(-np.asarray(coverage, float)))


def inverse_cube(coverage: ArrayLike) -> NDArray[np.float64]:
    """POD = erf(√π/2 · C): parallel sweeps under the inverse cube law (Koopman, 1946)."""
    return np.asarray(erf(math.sqrt(math.pi) / 2 * np.asarray(coverage, float)))


def definite_range(coverage: ArrayLike) -> NDArray[np.float64]:
    """POD = min(1, C): all within the range is seen, nothing beyond it."""
    return np.asarray(np.minimum(np.asarray(coverage, float), 1.0))


LAWS: dict[str, Callable[[ArrayLike], NDArray[np.float64]]] = {
    "random": random_search,
    "inverse-cube": inverse_cube,
    "definite-range": definite_range,
}


def pod(law: str, coverage: ArrayLike) -> NDArray[np.float64]:
    """The probability of detection at coverage factors under a law of `LAWS`.

    Raises PlanningError for an unknown law and a coverage that is negative or no number.
    """
    if law not in LAWS:
        raise PlanningError(f"{law!r} is no detection law; take one of {', '.join(LAWS)}")
    values = np.asarray(coverage, float)
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise PlanningError("a coverage factor is negative or no number; give 0 or more")
    return LAWS[law](values)


def sector_spacing(radius: float, sectors: int = 6) -> float:
    """Metres between the legs of a sector search at half their length: R·sin(a/2).

    IAMSAR vol. II takes a sector search's POD at this mid-leg spacing. Raises PlanningError as
    `sector` does.
    """
    return positive(radius, "the radius") * math.sin(math.radians(sector_angle(sectors) / 2))


def sector_pod(width: float, radius: float, sectors: int = 6, law: str = "random") -> float:
    """POD of a sector search, from C = W / (R·sin(a/2))."""
    coverage = positive(width, "the sweep width") / sector_spacing(radius, sectors)
    return float(pod(law, coverage))


def cumulative_pod(pods: Iterable[float]) -> float:
    """POD of several independent searches of one area: 1 − Π(1 − PODᵢ).

    Raises PlanningError for one that is not between 0 and 1.
    """
    missed = 1.0
    for value in pods:
        if not 0 <= value <= 1:
            raise PlanningError(f"a probability of detection of {value:g} is none; give 0 to 1")
        missed *= 1 - value
    return 1 - missed
