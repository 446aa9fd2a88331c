"""Geofences from and to files of any of the forms: told from what is in them, or by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Literal, get_args

from fleet.forms import FormError, Node, parse
from fleet.geofences.files import ed269, ed318, geojson, kml, qgc
from fleet.geofences.files.reports import Exported, Imported
from fleet.geofences.geofence import Geofence

Form = Literal["geojson", "kml", "ed318", "ed269", "qgc"]

SUFFIXES: dict[Form, str] = {
    "geojson": ".geojson",
    "kml": ".kml",
    "ed318": ".ed318.json",
    "ed269": ".ed269.json",
    "qgc": ".plan",
}

_WRITERS: dict[Form, Callable[[Iterable[Geofence]], Exported]] = {
    "geojson": geojson.write,
    "kml": kml.write,
    "ed318": ed318.write,
    "ed269": ed269.write,
    "qgc": qgc.write,
}


def read_fences(
    data: bytes, source: str = "", form: Form | None = None, zone: tzinfo | None = None
) -> Imported:
    """The fences of a document, and what of it they do not hold.

    `source` is kept in their notes, times without an offset are of `zone`. Raises FormError for
    the first thing that is not as it should be: no fence is left out without a word.
    """
    if form == "kml" or (form is None and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"):
        return kml.read(data, source)
    root = parse(data)
    if not isinstance(root.value, Mapping):
        raise root.fault("is no JSON object")
    match form or form_of(root):
        case "qgc":
            return qgc.read(root.value, source)
        case "ed269":
            return ed269.read(root.value, source, zone)
        case "ed318":
            return ed318.read(root.value, source, zone)
        case _:
            return geojson.read(root.value, source, zone)


def form_of(root: Node) -> Form:
    """The form of a JSON document.

    A plan has its `fileType`. ED-269 lists volumes as a feature's `geometry`, which no GeoJSON
    does; ED-318 features have the `country` and `variant` that it requires.
    """
    if root.find("fileType") is not None:
        return "qgc"
    features = root.find("features")
    sample = root if features is None else next(features.items(), Node({}))
    geometry, properties = sample.find("geometry"), sample.find("properties")
    if geometry is not None and isinstance(geometry.value, list | tuple):
        return "ed269"
    if properties is not None:
        properties = properties.find("UASZone") or properties
        if properties.find("country") is not None and properties.find("variant") is not None:
            return "ed318"
    return "geojson"


def write_fences(fences: Sequence[Geofence], form: Form) -> Exported:
    """A document of the fences, and what of them it does not carry. Raises FormError."""
    if form not in get_args(Form):
        raise FormError(f"{form!r} is no form of geofences; {', '.join(get_args(Form))} are")
    return _WRITERS[form](fences)
