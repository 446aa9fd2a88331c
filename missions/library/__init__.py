"""Common drones and cameras, as data, and those of the user's own files beside them.

A file holds `[[camera]]` and `[[drone]]` tables with the fields of `drones.Camera` and
`drones.DroneKind`; a drone names its cameras. Ours are the .toml files of this folder. A folder of
the user's own is read after them: what has the same name there takes the place of ours.
"""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from missions.drones import Camera, DroneKind
from missions.errors import PlanningError

FILE_MOST = 1_000_000
"""Bytes of one file."""

FILES_MOST = 200

OURS = Path(__file__).parent

Model = TypeVar("Model", bound=BaseModel)
Library = tuple[dict[str, DroneKind], dict[str, Camera]]


def kinds(extra: Path | None = None) -> dict[str, DroneKind]:
    """All drones by name; `extra` is a folder of the user's own .toml files.

    Raises PlanningError, in one line with the file and the key, for what cannot be read.
    """
    return dict(_read(OURS)[0]) if extra is None else _read_over(extra)[0]


def cameras(extra: Path | None = None) -> dict[str, Camera]:
    """All cameras by name; raises like `kinds`."""
    return dict(_read(OURS)[1]) if extra is None else _read_over(extra)[1]


def find(name: str, extra: Path | None = None) -> DroneKind:
    """The drone of a name, upper or lower case; the maker may be left out.

    Raises PlanningError with the nearest names.
    """
    known = kinds(extra)
    by_lower = {kind.lower(): kind for kind in known}
    wanted = name.strip().lower()
    named = [kind for kind in by_lower if wanted == kind or kind.endswith(f" {wanted}")]
    if wanted and len(named) == 1:
        return known[by_lower[named[0]]]
    near = difflib.get_close_matches(wanted, by_lower, n=3, cutoff=0.4)
    near += [kind for kind in by_lower if wanted and wanted in kind and kind not in near]
    said = " or ".join(by_lower[kind] for kind in near[:3]) or f"one of {', '.join(known)}"
    raise PlanningError(f"no drone is called {name!r}; did you mean {said}?")


@cache
def _read(folder: Path) -> Library:
    return _load(folder, {}, {})


def _read_over(extra: Path) -> Library:
    ours, lenses = _read(OURS)
    return _load(extra, dict(ours), dict(lenses))


def _load(folder: Path, drones: dict[str, DroneKind], lenses: dict[str, Camera]) -> Library:
    if not folder.is_dir():
        raise PlanningError(f"{folder} is not a folder of drone files")
    paths = sorted(folder.glob("*.toml"))
    if len(paths) > FILES_MOST:
        raise PlanningError(f"{folder} holds {len(paths)} files; {FILES_MOST} are read at most")
    tables = [(path, _tables(path)) for path in paths]
    for path, table in tables:  # all cameras before any drone: a drone may name one of a later file
        for entry in table.get("camera", []):
            camera = _entry(path, Camera, entry)
            lenses[camera.name] = camera
    for path, table in tables:
        for entry in table.get("drone", []):
            drone = _entry(path, DroneKind, _with_cameras(path, entry, lenses))
            drones[drone.name] = drone
    return drones, lenses


def _tables(path: Path) -> dict[str, list[Any]]:
    try:
        if path.stat().st_size > FILE_MOST:
            raise PlanningError(f"{path} is larger than {FILE_MOST} bytes")
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanningError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanningError(f"{path} is no TOML: {error}") from None
    for key, entries in tables.items():
        if key not in {"camera", "drone"} or not isinstance(entries, list):
            raise PlanningError(f"{path}: {key}: only [[camera]] and [[drone]] tables are read")
    return tables


def _with_cameras(path: Path, entry: Any, lenses: dict[str, Camera]) -> Any:
    """The entry with the cameras themselves in the place of their names."""
    if not isinstance(entry, dict) or not isinstance(entry.get("cameras", []), list):
        raise PlanningError(f"{path}: drone: a table is expected, `cameras` a list of names in it")
    found = []
    for name in entry.get("cameras", []):
        if not isinstance(name, str) or name not in lenses:
            near = difflib.get_close_matches(str(name), lenses, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise PlanningError(
                f"{path}: drone {entry.get('name')!r}: cameras: no camera {name!r}{hint}"
            )
        found.append(lenses[name])
    return entry | {"cameras": found}


def _entry(path: Path, model: type[Model], entry: Any) -> Model:
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        name = entry.get("name") if isinstance(entry, dict) else None
        key = ".".join(map(str, first["loc"])) or "the table"
        what = "camera" if model is Camera else "drone"
        raise PlanningError(f"{path}: {what} {name!r}: {key}: {first['msg'].lower()}") from None
