"""A plan for others: written in the format that the file's name asks for.

| name          | what                                                                        |
|---------------|-----------------------------------------------------------------------------|
| `.json`       | the whole plan (`plan_json`); nothing is lost                               |
| `.plan`       | QGroundControl: items, the zones as a fence                                 |
| `.waypoints`  | QGC WPL 110: items (`.txt` too)                                             |
| `.kml` `.kmz` | area, zones, legs by purpose                                                |
| `.geojson`    | the same for maps                                                           |
| `.gpx`        | the sorties as tracks                                                       |

An autopilot's file holds one sortie; of a plan of several each gets one, named after it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import shapely

from fleet.forms import FormError
from fleet.forms import parse as parse_json
from fleet.wording import sentence
from missions.errors import PlanningError
from missions.files import geojson, gpx, kml_plan, plan_json, qgc_plan, wpl
from missions.files.disk import read_bytes, write_whole
from missions.files.mission import Fence, FencePolygon, Firmware, Mission
from missions.files.plan_shapes import polygons
from missions.files.sortie_items import sortie_mission
from missions.plan import Plan, Sortie


@dataclass(frozen=True)
class Exported:
    """The files written, and what the format could not carry, one line each."""

    paths: list[Path]
    lost: list[str] = field(default_factory=list)


def export(plan: Plan, path: str | Path, firmware: Firmware = "ardupilot") -> Exported:
    """Write a plan in the format of the file's suffix.

    Raises PlanningError for an unknown suffix, a plan without sorties where the format wants
    them, and a file that cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".json":
        plan_json.save(plan, target)
        return Exported([target])
    if suffix in _WHOLE:
        data, lost = _WHOLE[suffix](plan)
        write_whole(target, data)
        return Exported([target], lost)
    if suffix in _MISSIONS:
        return _export_missions(plan, target, firmware)
    known = ", ".join([".json", *_WHOLE, *_MISSIONS])
    raise PlanningError(f"{target} has the suffix {suffix!r}; known are {known}")


def plan_fence(plan: Plan) -> tuple[Fence, list[str]]:
    """The zones of a plan as exclusions of a fence, and what a fence cannot carry.

    The holes of a zone are closed: a fence has none.
    """
    excluded = []
    lost: list[str] = []
    for zone in plan.zones:
        for part in polygons(zone.polygon, f"zone {zone.name!r}"):
            corners = shapely.get_coordinates(part.exterior)[:-1].tolist()
            excluded.append(
                FencePolygon(tuple((lon, lat) for lon, lat in corners), inclusion=False)
            )
            if part.interiors:
                lost.append(
                    sentence(
                        "file.fence.holes",
                        "zone {zone}: a fence has no holes; its holes are closed",
                        zone=zone.name,
                    )
                )
        lost.append(
            sentence(
                "file.fence.always",
                "zone {zone}: the fence holds at every height and time",
                zone=zone.name,
            )
        )
    return Fence(tuple(excluded)), lost


def read_mission(path: str | Path) -> Mission:
    """The mission of a `.plan` or `QGC WPL 110` file. Raises PlanningError if it is none."""
    data = read_bytes(path)
    try:
        if data.lstrip().startswith((b"{", b"\xef\xbb\xbf")):
            return qgc_plan.read(parse_json(data))
        return wpl.read(data.decode("utf-8-sig"))
    except FormError as error:
        raise PlanningError(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise PlanningError(f"{path} is no mission: neither .plan nor {wpl.HEADER}") from None
    except PlanningError as error:
        raise PlanningError(f"{path} {error}") from None


def _export_missions(plan: Plan, target: Path, firmware: Firmware) -> Exported:
    if not plan.sorties:
        raise PlanningError(f"plan {plan.name!r} has no sorties to write to {target}")
    fence, lost = plan_fence(plan)
    written = Exported([], lost if target.suffix.lower() == ".plan" else [])
    write = _MISSIONS[target.suffix.lower()]
    for sortie, path in zip(plan.sorties, _paths(plan.sorties, target), strict=True):
        kind = plan.kinds.get(sortie.kind)
        fixed_wing = kind is not None and kind.wing == "fixed"
        mission, unsaid = sortie_mission(sortie, fixed_wing=fixed_wing, firmware=firmware)
        data, unwritten = write(replace(mission, fence=fence))
        write_whole(path, data)
        written.paths.append(path)
        written.lost.extend(unsaid + unwritten)
    return written


def _paths(sorties: tuple[Sortie, ...], target: Path) -> list[Path]:
    """One path for each sortie, with its name in it if there are several."""
    if len(sorties) == 1:
        return [target]
    paths: list[Path] = []
    for number, sortie in enumerate(sorties, 1):
        name = re.sub(r"[^\w-]+", "-", sortie.name).strip("-")[:60] or str(number)
        path = target.with_name(f"{target.stem}-{name}{target.suffix}")
        taken = path in paths
        paths.append(path.with_stem(f"{path.stem}-{number}") if taken else path)
    return paths


def _wpl(mission: Mission) -> tuple[bytes, list[str]]:
    text, lost = wpl.write(mission)
    return text.encode(), lost


def _kmz(plan: Plan) -> tuple[bytes, list[str]]:
    data, lost = kml_plan.write(plan)
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("doc.kml"), data, zipfile.ZIP_DEFLATED)
    return file.getvalue(), lost


_WHOLE: dict[str, Callable[[Plan], tuple[bytes, list[str]]]] = {
    ".kml": kml_plan.write,
    ".kmz": _kmz,
    ".geojson": geojson.write,
    ".gpx": gpx.write,
}

_MISSIONS: dict[str, Callable[[Mission], tuple[bytes, list[str]]]] = {
    ".plan": qgc_plan.write,
    ".waypoints": _wpl,
    ".txt": _wpl,
}
