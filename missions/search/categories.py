"""How far from the last known point lost persons of a category were found."""

from __future__ import annotations

from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, model_validator

from missions.errors import PlanningError
from missions.files.disk import read_bytes
from missions.files.models import parsed
from missions.plan import Part

FILE_MOST = 1_000_000

Share = Annotated[float, Field(gt=0, le=1)]
Metres = Annotated[float, Field(gt=0, le=1e6)]


class Category(Part):
    """`distances`: of the found, which share was within how many metres. `source` says by whom."""

    distances: tuple[tuple[Share, Metres], ...] = Field(min_length=1, max_length=100)
    source: str = Field(max_length=1000)

    @model_validator(mode="after")
    def _grows(self) -> Category:
        for (share, distance), (next_share, next_distance) in pairwise(self.distances):
            if not (share < next_share and distance < next_distance):
                raise ValueError("shares and distances have to grow from each to the next")
        return self


_FORM = TypeAdapter(dict[str, Category])


def load(path: Path | None = None) -> dict[str, Category]:
    """The categories of a file, or those that come with the planner (`categories.json`).

    What comes with it are other countries' cases: copy the file, put in what is known of yours
    and name it here. Raises PlanningError if it cannot be read.
    """
    if path is not None:
        return parsed(read_bytes(path, FILE_MOST), _FORM, str(path))
    own = resources.files("missions.search").joinpath("categories.json")
    return parsed(own.read_bytes(), _FORM, "categories.json")


def category(name: str, path: Path | None = None) -> Category:
    """The category of that name. Raises PlanningError for an unknown one."""
    known = load(path)
    if name not in known:
        raise PlanningError(
            f"{name!r} is no category of lost persons; take one of {', '.join(known)}"
        )
    return known[name]
