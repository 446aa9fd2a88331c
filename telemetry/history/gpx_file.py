"""Tracks as GPX 1.1 (https://www.topografix.com/GPX/1/1/): one `trk` an asset.

Speed and course stand in Garmin's TrackPointExtension v2, where other tools look for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from fleet.assets import Asset
from fleet.columns import Rows
from telemetry.history.segments import Segments
from telemetry.history.values import fixed, iso_times
from telemetry.history.xml_file import XmlFile

_NAMESPACES = {
    "xmlns": "http://www.topografix.com/GPX/1/1",
    "xmlns:gpxtpx": "http://www.garmin.com/xmlschemas/TrackPointExtension/v2",
}

_DIGITS = {"latitude": 9, "longitude": 9, "altitude": 3, "speed": 3, "heading": 2}

_IN_GPX, _IN_TRACK = 1, 2


class GpxFile:
    """Latitude, longitude, altitude, time, speed and course."""

    whole = False

    def __init__(self, to: Path | BinaryIO) -> None:
        self._xml = XmlFile(to, "gpx", {"version": "1.1", "creator": "Nigehban", **_NAMESPACES})
        self._asset: Asset | None = None
        self._segments = Segments()

    def add(self, asset: Asset, name: str, rows: Rows) -> None:
        xml = self._xml
        if asset != self._asset:
            xml.end(_IN_GPX)
            xml.begin("trk")
            xml.text("name", name)
            xml.text("src", asset.identity)
            self._asset, self._segments = asset, Segments()
        for begins, part in self._segments.cut(rows):
            if begins:
                xml.end(_IN_TRACK)
                xml.begin("trkseg")
            columns = [fixed(part, name, digits) for name, digits in _DIGITS.items()]
            xml.lines(map(_point, iso_times(part), *columns))

    def close(self) -> None:
        self._xml.close()


def _point(
    time: str, latitude: str, longitude: str, altitude: str, speed: str, heading: str
) -> str:
    ele = f"<ele>{altitude}</ele>" if altitude else ""
    extension = f"<gpxtpx:speed>{speed}</gpxtpx:speed>" if speed else ""
    extension += f"<gpxtpx:course>{heading}</gpxtpx:course>" if heading else ""
    if extension:
        extension = (
            "<extensions><gpxtpx:TrackPointExtension>"
            f"{extension}</gpxtpx:TrackPointExtension></extensions>"
        )
    place = f'lat="{latitude}" lon="{longitude}"'
    return f"<trkpt {place}>{ele}<time>{time}</time>{extension}</trkpt>"
