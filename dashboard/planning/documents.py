"""Files in and out of the page: what is drawn in one, and plans in the formats of others."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from dashboard.planning.told import FileForm, worded
from missions.area import Area
from missions.check import check
from missions.errors import PlanningError
from missions.files.areas import read_shapes
from missions.files.export import export as export_files
from missions.files.mission import Firmware
from missions.files.shapes import Outline, Shapes
from missions.plan import Plan
from missions.terrain import HeightGrid

FLOWN = frozenset({"plan", "waypoints"})
"""Forms that an autopilot takes."""

SHAPES_MOST = 2000
"""Of a file that are handed on."""

_CORNERS_MOST = 100_000


class Written(NamedTuple):
    """A file, and what it does not carry, one line each."""

    name: str
    data: bytes
    lost: list[str]


def export(
    plan: Plan, form: FileForm, firmware: Firmware, terrain: HeightGrid | None, now: datetime
) -> Written:
    """A plan as one file; where a format has one file a sortie, they are in a zip.

    Raises PlanningError; also for what an autopilot would fly of a plan that must not fly.
    """
    if form in FLOWN:
        report = check(plan, heights=None if terrain is None else terrain.heights, now=now)
        wrong = [one for one in report.findings if one.severity == "error"]
        if wrong:
            raise PlanningError(f"the plan must not fly, so it is not written: {wrong[0]}")
    stem = re.sub(r"[^\w-]+", "-", plan.name).strip("-")[:60] or "plan"
    with tempfile.TemporaryDirectory(prefix="nigehban-export-") as folder:
        try:
            written = export_files(plan, Path(folder) / f"{stem}.{form}", firmware)
        except PlanningError as error:
            raise PlanningError(str(error).replace(f"{folder}/", "")) from None
        files = [(path.name, path.read_bytes()) for path in written.paths]
    lost = list(dict.fromkeys(written.lost))
    if len(files) == 1:
        return Written(*files[0], lost)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return Written(f"{stem}-{form}.zip", packed.getvalue(), lost)


def shapes(data: bytes, name: str) -> dict[str, Any]:
    """What is drawn in a file, as GeoJSON, with a report. Raises PlanningError.

    The format is told from the content. Areas that are no areas are told, not handed on.
    """
    with tempfile.TemporaryDirectory(prefix="nigehban-import-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        try:
            found = read_shapes(path)
        except PlanningError as error:
            raise PlanningError(str(error).replace(str(path), name)) from None
    return _told(found, name)


def _told(found: Shapes, name: str) -> dict[str, Any]:
    features: list[dict[str, Any]] = []
    refused: list[str] = []
    for number, outline in enumerate(found.outlines, 1):
        try:
            features.append(_area(outline, number))
        except PlanningError as error:
            refused.append(error.args[0])
    for number, line in enumerate(found.lines, 1):
        features.append(
            _feature("line", line.name or f"line {number}", "LineString", line.positions)
        )
    for number, point in enumerate(found.points, 1):
        place = (point.longitude, point.latitude)
        features.append(_feature("point", point.name or f"point {number}", "Point", place))
    if not features and not refused:
        raise PlanningError(f"{name} has nothing drawn in it; draw an area, a line or a point")
    count = Counter(feature["properties"]["what"] for feature in features)
    report = [f"{count[what]} {what}s taken" for what in ("area", "line", "point") if count[what]]
    if len(features) > SHAPES_MOST:
        report.append(f"only the first {SHAPES_MOST} are shown")
    return {
        "type": "FeatureCollection",
        "features": features[:SHAPES_MOST],
        "report": report,
        "refused": list(map(str, refused[:SHAPES_MOST])),
        "refusals": list(map(worded, refused[:SHAPES_MOST])),
    }


def _area(outline: Outline, number: int) -> dict[str, Any]:
    if len(outline.exterior) > _CORNERS_MOST:
        raise PlanningError(f"area {number} has more than {_CORNERS_MOST} corners; simplify it")
    area = Area.from_rings(outline.exterior, outline.holes, outline.name or f"area {number}")
    geometry = area.geojson()
    feature = _feature("area", area.name, "Polygon", geometry["coordinates"])
    feature["properties"]["square_metres"] = round(area.polygon.area, 1)
    return feature


def _feature(what: str, name: str, kind: str, coordinates: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"what": what, "name": name},
    }
