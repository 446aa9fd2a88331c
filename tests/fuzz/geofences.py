"""The readers of geofence files: fences that can be judged and written again, or one line of why not."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import orjson

from fleet.forms import FormError
from fleet.geofences.compiled import Compiled
from fleet.geofences.files.documents import Form, read_fences, write_fences
from fleet.geofences.files.reports import Imported
from fleet.geofences.geofence import check_versions
from tests.fleet.geofences.scenes import town

ZONE = ZoneInfo("Asia/Karachi")
FORMS: tuple[Form, ...] = ("geojson", "kml", "ed318", "ed269", "qgc")

_FOREIGN_KML = (
    b'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>Jail</name><Polygon>'
    b"<outerBoundaryIs><LinearRing><coordinates>71.5,34 71.6,34,9 71.6,34.1 71.5,34</coordinates>"
    b"</LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
)
_PLAN = orjson.dumps(
    {
        "fileType": "Plan",
        "geoFence": {
            "version": 2,
            "circles": [{"circle": {"center": [34.0, 71.5], "radius": 90}, "inclusion": True}],
            "polygons": [
                {"polygon": [[34.0, 71.5], [34.1, 71.5], [34.1, 71.6]], "inclusion": False}
            ],
        },
    }
)
SEEDS = [
    *(write_fences([fence], form).data for form in FORMS for fence in town()[:2]),
    _FOREIGN_KML,
    _PLAN,
]


def any_form(data: bytes) -> None:
    """A document whose form is told from what is in it."""
    _read(data, None)


def geojson(data: bytes) -> None:
    """Features, ours and others'."""
    _read(data, "geojson")


def kml(data: bytes) -> None:
    """Placemarks."""
    _read(data, "kml")


def ed318(data: bytes) -> None:
    """UAS zones."""
    _read(data, "ed318")


def ed269(data: bytes) -> None:
    """UAS zones, as they were before."""
    _read(data, "ed269")


def qgc(data: bytes) -> None:
    """A plan of QGroundControl."""
    _read(data, "qgc")


def _read(data: bytes, form: Form | None) -> None:
    found, refused = Imported(()), ""
    try:
        found = read_fences(data, "any", form, ZONE)
        check_versions(found.fences)
    except FormError as error:
        refused = str(error)
    assert "\n" not in refused
    if refused:
        return
    assert all("\n" not in line for line in found.lost)
    assert len(Compiled(found.fences)) == len(found.fences)
    again = read_fences(write_fences(found.fences, "geojson").data, "any", "geojson", ZONE)
    assert {fence.key for fence in again.fences} == {fence.key for fence in found.fences}
