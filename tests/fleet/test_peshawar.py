"""The schematic: a map that can be styled, and roads that can be driven."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import asin, cos, hypot, radians, sin, sqrt
from typing import Any

import numpy as np

from fleet.peshawar import (
    CENTRE,
    ROAD_CLASSES,
    roads,
    schematic,
    to_degrees,
    to_metres,
)

GEOMETRY = {
    "area": "Polygon",
    "road": "LineString",
    "rail": "LineString",
    "water": "LineString",
    "place": "Point",
}


def features(kind: str) -> list[dict[str, Any]]:
    return [f for f in schematic()["features"] if f["properties"]["kind"] == kind]


def haversine(start: Sequence[float], end: Sequence[float]) -> float:
    """Great-circle metres between (latitude, longitude) on a sphere of mean radius."""
    (lat1, lon1), (lat2, lon2) = np.radians(start), np.radians(end)
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(h))


def positions(geometry: dict[str, Any]) -> list[Any]:
    match geometry["type"]:
        case "Point":
            places = [geometry["coordinates"]]
        case "LineString":
            places = geometry["coordinates"]
        case _:
            places = geometry["coordinates"][0]
    return places


def test_it_says_that_it_is_schematic() -> None:
    assert schematic()["schematic"] is True
    assert "schematic" in schematic()["name"]


def test_each_call_gives_a_collection_of_its_own() -> None:
    schematic()["features"].clear()
    assert schematic()["features"]


def test_every_feature_has_the_geometry_of_its_kind_and_names_in_both_scripts() -> None:
    for feature in schematic()["features"]:
        properties = feature["properties"]
        assert feature["geometry"]["type"] == GEOMETRY[properties["kind"]]
        assert properties["name"].isascii() or "–" in properties["name"]
        assert any("\u0600" <= letter <= "\u06ff" for letter in properties["name_ur"])
        assert properties["class"]
        if properties["kind"] in {"area", "place"}:
            assert properties["rank"] in {0, 1, 2, 3}


def test_everything_lies_around_the_centre_longitude_first() -> None:
    for feature in schematic()["features"]:
        for longitude, latitude in positions(feature["geometry"]):
            assert hypot(*to_metres(latitude, longitude)) < 25_000


def test_polygons_are_closed_and_counter_clockwise_as_geojson_asks() -> None:
    for feature in features("area"):
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
        assert len(ring) >= 4
        doubled = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
        assert doubled > 0


def test_the_city_is_there() -> None:
    road_names = {f["properties"]["name"] for f in features("road")}
    assert {
        *("GT Road", "Ring Road", "Jamrud Road", "University Road", "Khyber Road", "Saddar Road"),
        *("Kohat Road", "Charsadda Road", "Warsak Road", "Dalazak Road", "Northern Bypass"),
    } <= road_names
    assert {f["properties"]["class"] for f in features("road")} == set(ROAD_CLASSES)
    area_names = {f["properties"]["name"] for f in features("area")}
    assert {"Walled City", "University Town", "Bala Hisar Fort", "Gulbahar"} <= area_names
    assert len(features("place")) >= 20


def test_one_can_drive_from_anywhere_to_anywhere() -> None:
    graph = roads()
    reached, waiting = {0}, [0]
    while waiting:
        for near in graph.neighbours[waiting.pop()]:
            if near.node not in reached:
                reached.add(near.node)
                waiting.append(near.node)
    assert len(reached) == len(graph.nodes)


def test_the_graph_has_as_many_metres_as_the_drawing_and_they_are_great_circle_metres() -> None:
    graph = roads()
    drawn = sum(
        haversine(start[::-1], end[::-1])
        for feature in features("road")
        for start, end in pairwise(feature["geometry"]["coordinates"])
    )
    assert abs(graph.lengths.sum() - drawn) < 0.004 * drawn  # sphere and ellipsoid differ by 0.3 %
    assert graph.lengths.min() > 40  # a car can brake within a few stretches


def test_neighbours_are_mutual_and_name_the_edge_between() -> None:
    graph = roads()
    for node, nearby in enumerate(graph.neighbours):
        assert nearby
        for near in nearby:
            assert {node, near.node} == set(graph.edges[near.edge].tolist())
            assert node in {back.node for back in graph.neighbours[near.node]}


def test_the_shared_graph_cannot_be_changed() -> None:
    assert not roads().nodes.flags.writeable
    assert not roads().lengths.flags.writeable
    assert not roads().edges.flags.writeable


def test_metres_and_degrees_are_inverse_and_east_is_east() -> None:
    assert to_metres(*CENTRE) == (0.0, 0.0)
    latitude, longitude = to_degrees(1000.0, -2000.0)
    assert longitude > CENTRE[1]
    assert latitude < CENTRE[0]
    east, north = to_metres(latitude, longitude)
    assert abs(east - 1000) < 1e-6
    assert abs(north + 2000) < 1e-6
    assert abs(haversine(CENTRE, (CENTRE[0], longitude)) - 1000) < 4
    meridian = to_metres(CENTRE[0] + 1, CENTRE[1])[1] / radians(1)
    assert 6_335_439 < meridian < 6_399_594  # its radius at the equator and at the pole
