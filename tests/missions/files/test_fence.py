"""Fence and rally points as items: told apart by counting, as vehicles do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from missions.errors import PlanningError
from missions.files.fence import fence_items, items_fence, items_rally, rally_items
from missions.files.mission import (
    Command,
    Fence,
    FenceCircle,
    FencePolygon,
    Mission,
    MissionItem,
    SafePoint,
)
from tests.missions.files.plans import HOLE, MISSION, SQUARE, missions, near
from tests.missions.files.uploads import first_upload


def test_every_vertex_carries_the_count() -> None:
    items = fence_items(MISSION.fence)
    assert [(item.command, item.p1) for item in items] == [
        *[(Command.POLYGON_INCLUSION, 4)] * 4,
        *[(Command.POLYGON_EXCLUSION, 4)] * 4,
        (Command.CIRCLE_INCLUSION, 120.5),
        (Command.CIRCLE_EXCLUSION, 30),
        (Command.FENCE_RETURN, 0),
    ]
    assert [item.seq for item in items] == list(range(11))
    assert {item.frame for item in items[:-1]} == {0}
    assert (items[-1].frame, items[-1].altitude) == (3, 40)


def test_two_polygons_of_a_kind_side_by_side_stay_two() -> None:
    two = Fence((FencePolygon(tuple(SQUARE)), FencePolygon(tuple(HOLE))))
    assert items_fence(fence_items(two)) == two


@settings(max_examples=40)
@given(missions())
def test_any_fence_and_rally_points_come_back(mission: Mission) -> None:
    again = items_fence(fence_items(mission.fence))
    assert again == rounded(mission.fence)
    places = [
        replace(
            p, **dict(zip(("latitude", "longitude"), near(p.latitude, p.longitude), strict=True))
        )
        for p in mission.rally
    ]
    assert items_rally(rally_items(mission.rally)) == places


def rounded(fence: Fence) -> Fence:
    """To the 1e-7° that travel."""
    back = fence.return_point
    return Fence(
        tuple(
            FencePolygon(tuple(near(*corner) for corner in polygon.corners), polygon.inclusion)
            for polygon in fence.polygons
        ),
        tuple(
            FenceCircle(*near(circle.latitude, circle.longitude), circle.radius, circle.inclusion)
            for circle in fence.circles
        ),
        None if back is None else SafePoint(*near(back.latitude, back.longitude), back.height),
    )


def test_an_empty_fence_has_no_items_which_clears_a_vehicles() -> None:
    assert fence_items(Fence()) == []
    assert items_fence([]) == Fence()


def test_a_real_upload_is_read() -> None:
    upload = first_upload("fence-upload.jsonl")
    fence = items_fence(upload)
    assert [len(polygon.corners) for polygon in fence.polygons] == [5]
    assert [circle.inclusion for circle in fence.circles] == [False]
    again = fence_items(fence)
    assert [(i.command, i.p1, i.latitude, i.longitude) for i in again] == [
        (i.command, i.p1, i.latitude, i.longitude) for i in upload
    ]


VERTICES = fence_items(Fence((FencePolygon(tuple(SQUARE)),)))


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (VERTICES[:3], "item 0 begins a polygon of 4 vertices, and as many of its kind do not"),
        ([*VERTICES[:3], replace(VERTICES[3], p1=5)], "as many of its kind"),
        ([*VERTICES[:3], replace(VERTICES[3], command=5002)], "as many of its kind"),
        ([replace(v, p1=2) for v in VERTICES], "of 2 vertices"),
        ([replace(v, p1=float("nan")) for v in VERTICES], "of nan vertices"),
        ([replace(v, p1=3.5) for v in VERTICES], "of 3.5 vertices"),
        ([replace(VERTICES[0], command=5003, p1=0)], "circle of radius 0"),
        ([MissionItem(0, 3, 16)], "no fence item"),
    ],
)
def test_counts_that_do_not_fit_are_refused(items: list[MissionItem], said: str) -> None:
    with pytest.raises(PlanningError, match=said):
        items_fence(items)


def test_what_a_vehicle_would_refuse_is_refused_before() -> None:
    with pytest.raises(PlanningError, match="2 corners"):
        fence_items(Fence((FencePolygon(((71.5, 34.0), (71.6, 34.0))),)))
    with pytest.raises(PlanningError, match="radius of 0"):
        fence_items(Fence((), (FenceCircle(34, 71, 0),)))
    with pytest.raises(PlanningError, match="no rally point"):
        items_rally([MissionItem(0, 3, 16)])
