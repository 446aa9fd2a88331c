"""Tracks as KML 2.2 with Google's `gx:Track`, which has a time for each place.

A place of a `gx:Track` has always a height. Where none is known the track lies on the ground; where
some are, a place without one has that of the place before it, at the beginning of the next.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Asset
from fleet.columns import Rows
from telemetry.history.beside import LEVELS, AlertPart, ContactPart, alert_values
from telemetry.history.segments import Segments
from telemetry.history.values import fixed, iso_times
from telemetry.history.xml_file import XmlFile

_NAMESPACES = {
    "xmlns": "http://www.opengis.net/kml/2.2",
    "xmlns:gx": "http://www.google.com/kml/ext/2.2",
}

_IN_DOCUMENT, _IN_PLACEMARK, _IN_MULTITRACK = 2, 3, 4


class KmlFile:
    """One placemark an asset; in it a `gx:Track` for each part of a stretch between two pauses."""

    whole = False

    def __init__(self, to: Path | BinaryIO) -> None:
        self._xml = XmlFile(to, "kml", _NAMESPACES)
        self._xml.begin("Document")
        self._asset: Asset | None = None
        self._segments = Segments()

    def add(self, asset: Asset, name: str, rows: Rows) -> None:
        xml = self._xml
        if asset != self._asset:
            xml.end(_IN_DOCUMENT)
            xml.begin("Placemark")
            xml.text("name", name)
            xml.text("description", asset.identity)
            xml.begin("gx:MultiTrack")
            self._asset, self._segments = asset, Segments()
        for part in self._segments.lines(rows):
            heights = _filled(part["altitude"])
            xml.begin("gx:Track")
            xml.text("altitudeMode", "clampToGround" if heights is None else "absolute")
            xml.lines(f"<when>{time}</when>" for time in iso_times(part))
            places = [fixed(part, "longitude", 9), fixed(part, "latitude", 9)]
            places.append([f"{height:.3f}" for height in _or_zero(heights, len(part))])
            xml.lines(
                f"<gx:coord>{' '.join(place)}</gx:coord>" for place in zip(*places, strict=True)
            )
            xml.end(_IN_MULTITRACK)

    def add_contact(self, part: ContactPart) -> None:
        """Write a contact: its track on the ground, and where its operator was last."""
        xml = self._begin(part.called, f"{part.key} {LEVELS[int(part.levels.max())]}")
        xml.begin("gx:Track")
        xml.text("altitudeMode", "clampToGround")
        xml.lines(f"<when>{time}</when>" for time in part.times)
        places = zip(*(fixed(part.rows, n, 7) for n in ("longitude", "latitude")), strict=True)
        xml.lines(f"<gx:coord>{east} {north} 0</gx:coord>" for east, north in places)
        known = part.rows[~np.isnan(part.rows["operator_latitude"])]
        if len(known):
            row = known[-1]
            self._begin(f"{part.called}: operator", part.key)
            self._point(float(row["operator_longitude"]), float(row["operator_latitude"]))

    def add_alert(self, part: AlertPart) -> None:
        """Write an alert: where it was raised, when, and what was done."""
        told = alert_values(part)
        acts = [f"{act['time']} {act['what']} {act['who']} {act['why']}" for act in told["acts"]]
        text = "\n".join([told["alert"], told["priority"], told["reason_ur"], *acts])
        xml = self._begin(told["reason"] or told["alert"], text)
        xml.begin("TimeSpan")
        xml.text("begin", told["raised_time"])
        if told["ended_time"] is not None:
            xml.text("end", told["ended_time"])
        xml.end(_IN_PLACEMARK)
        if part.longitude is not None and part.latitude is not None:
            self._point(part.longitude, part.latitude)

    def _begin(self, name: str, description: str) -> XmlFile:
        """A placemark that is no track of ours."""
        self._asset = None
        self._xml.end(_IN_DOCUMENT)
        self._xml.begin("Placemark")
        self._xml.text("name", name)
        self._xml.text("description", description)
        return self._xml

    def _point(self, longitude: float, latitude: float) -> None:
        self._xml.begin("Point")
        self._xml.text("coordinates", f"{longitude:.7f},{latitude:.7f}")

    def close(self) -> None:
        self._xml.close()


def _filled(heights: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """With the nearest known one before, or else behind; None if none is known."""
    known = np.flatnonzero(~np.isnan(heights))
    if not len(known):
        return None
    before = np.searchsorted(known, np.arange(len(heights)), side="right") - 1
    filled: NDArray[np.float32] = heights[known[np.maximum(before, 0)]]
    return filled


def _or_zero(heights: NDArray[np.float32] | None, length: int) -> list[float]:
    return [0.0] * length if heights is None else heights.tolist()
