"""What the register says of an asset's camera: one that is fixed, or what a vehicle does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

Lenses = Mapping[str, tuple[float, float]]
"""Angles of view across and upwards in degrees, by the name of a camera."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """A camera as it is mounted; degrees and metres, NaN where nobody has said."""

    across: float = nan
    upwards: float = nan
    pitch: float = nan
    """Of a camera that is fixed to a vehicle: 0 is level, -90 straight down."""
    heading: float = nan
    """Where it looks: from true north, or from the nose of a vehicle."""
    reach: float = nan
    """How far away it shows anything of use."""
    latitude: float = nan
    longitude: float = nan
    """Where it stands, if it does not tell so itself."""

    @property
    def is_fixed(self) -> bool:
        """Whether it stands somewhere and looks one way: then it is known what it sees."""
        unknown = isnan(self.heading) or isnan(self.across) or isnan(self.reach)
        return isnan(self.pitch) and not unknown


def read_mounted(told: Mapping[str, Any], lenses: Lenses) -> Mounted:
    """The `camera` of an asset's entry, whose `model` may name one of `lenses`.

    What is no number there counts as not said.
    """
    across, upwards = lenses.get(str(told.get("model")), (nan, nan))
    said = {name: _number(told.get(name)) for name in _NAMES}
    if isnan(said["across"]):
        said["across"] = across
    if isnan(said["upwards"]):
        said["upwards"] = upwards
    return Mounted(**said)


_NAMES = ("across", "upwards", "pitch", "heading", "reach", "latitude", "longitude")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else nan
