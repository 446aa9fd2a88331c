"""Pictures into files, whole or not at all."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from missions.errors import PlanningError
from missions.files.disk import write_whole

FORMATS = (".png", ".svg", ".pdf")


def check(path: Path) -> None:
    """Raises PlanningError for a suffix that is not drawn."""
    if path.suffix.lower() not in FORMATS:
        raise PlanningError(f"{path} is none of {', '.join(FORMATS)}: name a picture one of them")


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the path's suffix. Raises PlanningError if it cannot be."""
    check(path)
    drawn = BytesIO()
    figure.savefig(drawn, format=path.suffix.lower()[1:])
    write_whole(path, drawn.getvalue())
