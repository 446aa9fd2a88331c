"""Areas read from files through the API."""

from __future__ import annotations

import orjson
import pytest

from tests.dashboard.api.planning import FIELD, client_of, problem_of

pytestmark = pytest.mark.integration

KML = b"""<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>
<name>Bagh</name><Polygon><outerBoundaryIs><LinearRing><coordinates>71.54,34 71.543,34 71.543,34.002
71.54,34.002 71.54,34</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
</Document></kml>"""
GPX = b"""<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="34" lon="71.5"/><trkpt lat="34.01" lon="71.5"/></trkseg></trk></gpx>"""


async def test_files_of_all_sorts_become_geojson_with_a_report() -> None:
    async with client_of() as (client, _):
        for data, what, name, report in (
            (orjson.dumps(FIELD), "area", "area 1", "1 areas taken"),
            (KML, "area", "Bagh", "1 areas taken"),
            (b"POLYGON ((71.54 34, 71.543 34, 71.543 34.002, 71.54 34))", "area", "area 1", "1 a"),
            (GPX, "line", "line 1", "1 lines taken"),
        ):
            told = (await client.post("areas", content=data)).json()
            (feature,) = told["features"]
            assert (feature["properties"]["what"], feature["properties"]["name"]) == (what, name)
            assert told["report"][0].startswith(report)
            assert told["refused"] == []
        assert told["features"][0]["geometry"]["coordinates"] == [[71.5, 34.0], [71.5, 34.01]]

        crossed = b"POLYGON ((71.54 34, 71.543 34.002, 71.543 34, 71.54 34.002, 71.54 34))"
        told = (await client.post("areas", content=crossed)).json()
        assert told["features"] == []
        assert "crosses itself at 34.001" in told["refused"][0]
        assert told["refusals"][0]["code"] == "planner.area.crosses"

        large = orjson.dumps(FIELD) + b" " * (300 * 1024)  # more than other bodies may have
        assert (await client.post("areas", content=large)).status_code == 200
        too_large = await client.post("areas", content=b" " * (17 << 20))
        assert too_large.status_code == 413

        for data, said in (
            (b"", "it is empty"),
            (b"hello", "field.txt is none of GeoJSON"),
            (b'{"type": "Polygon"}', "coordinates"),
            (b"PK\x03\x04", "field.txt"),
            (b'{"type": "FeatureCollection", "features": []}', "nothing drawn"),
        ):
            answer = await client.post("areas", params={"name": "field.txt"}, content=data)
            detail = problem_of(answer, 422)["detail"]
            assert said in detail
            assert "/tmp" not in detail
