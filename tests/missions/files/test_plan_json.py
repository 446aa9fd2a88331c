"""A plan saved and loaded is the same plan; what is no plan is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.files import plan_json
from missions.plan import Waypoint
from tests.missions.files.plans import PLAN, QUAD, SORTIE, waypoints


def test_a_plan_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan_json.save(PLAN, path)
    assert plan_json.load(path).model_dump_json() == PLAN.model_dump_json()
    assert plan_json.load(path).sorties == PLAN.sorties
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


@settings(max_examples=25)
@given(flown=st.lists(waypoints(), max_size=4))
def test_every_figure_comes_back_exactly(
    flown: list[Waypoint], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "exact.json"
    sortie = SORTIE.model_copy(update={"waypoints": tuple(flown)})
    plan_json.save(PLAN.model_copy(update={"sorties": (sortie,)}), path)
    assert plan_json.load(path).sorties == (sortie,)


def test_a_plan_that_would_not_load_again_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan_json.save(PLAN, path)
    before = path.read_bytes()
    kind = QUAD.model_copy(update={"ceiling": float("inf")})  # a copy is not validated
    with pytest.raises(PlanningError, match=r"cannot be saved: kinds.quad.ceiling: "):
        plan_json.save(PLAN.model_copy(update={"kinds": {"quad": kind}}), path)
    assert path.read_bytes() == before


def test_a_failed_save_leaves_the_old_plan_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.json"
    plan_json.save(PLAN, path)
    before = path.read_bytes()

    def full(_: Path, __: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(PlanningError, match="No space left"):
        plan_json.save(PLAN.model_copy(update={"name": "other"}), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanningError, match=r"plan.json cannot be written: No such file"):
        plan_json.save(PLAN, tmp_path / "none" / "plan.json")


def spoiled(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(PLAN.model_dump_json())
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Invalid JSON: EOF"),
        ("{", "Invalid JSON: EOF"),
        ("[]", "instead|object|dictionary"),
        ("[" * 100_000, "Invalid JSON: recursion"),
        (
            spoiled(lambda d: d["sorties"][1]["waypoints"][3].update(latitude=91)),
            r"sorties\[1\].waypoints\[3\].latitude: .* less than or equal to 90, not 91",
        ),
        (spoiled(lambda d: d["sorties"][0].update(fuel=3)), r"sorties\[0\].fuel: Extra inputs"),
        (spoiled(lambda d: d.pop("created")), "created: Field required"),
        (spoiled(lambda d: d.update(format="other")), "format: Input should be 'nigehban-plan'"),
        (spoiled(lambda d: d.update(version=2)), "version: Input should be 1, not 2"),
        (spoiled(lambda d: d.update(created="2025-11-21T08:00:00")), "created: .*timezone"),
        (spoiled(lambda d: d["sorties"][0]["home"].update(altitude=float("nan"))), "."),
        (spoiled(lambda d: d["area"]["coordinates"][0][1].append(float("nan"))), None),
        (
            spoiled(lambda d: d["area"]["coordinates"][0][1].insert(0, float("nan"))),
            r"area.coordinates\[0\]\[1\] is no position",
        ),
        (
            spoiled(lambda d: d["zones"][0]["polygon"].update(coordinates=[])),
            r"zones\[0\].polygon.coordinates has no rings",
        ),
        (spoiled(lambda d: d["area"].update(type="Point")), "area is a 'Point'"),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, said: str | None, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    if said is None:  # a height of the area's corner is not looked at
        plan_json.load(path)
        return
    with pytest.raises(PlanningError, match=said) as refused:
        plan_json.load(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_a_plan_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with path.open("wb") as file:
        file.truncate(plan_json.PLAN_MOST + 1)
    with pytest.raises(PlanningError, match="more than 32 MB"):
        plan_json.load(path)
