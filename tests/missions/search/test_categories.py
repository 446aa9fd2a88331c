"""The file of lost persons' categories."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.files import models
from missions.search.categories import _FORM, category, load


def test_every_category_that_comes_with_it_has_growing_distances_and_a_source() -> None:
    known = load()
    assert {"hiker-mountain", "child-1-3", "dementia", "despondent"} <= set(known)
    assert all(entry.source.endswith(".") for entry in known.values())


def test_a_regions_own_cases_are_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "swat.json"
    path.write_bytes(
        orjson.dumps({"shepherd": {"distances": [[0.5, 900], [0.9, 4000]], "source": "Swat, 2025"}})
    )
    assert category("shepherd", path).distances[1] == (0.9, 4000)
    with pytest.raises(PlanningError, match="'hiker' is no category"):
        category("hiker", path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is no JSON"),
        (b'{"a": {"distances": [], "source": ""}}', "a.distances: Tuple should have at least 1"),
        (b'{"a": {"distances": [[0.5, 9], [0.4, 20]], "source": ""}}', "have to grow"),
        (b'{"a": {"distances": [[0.5, -9]], "source": ""}}', "a.distances[0][1]"),
        (b'{"a": {"distances": [[1.5, 9]], "source": ""}}', "a.distances[0][0]"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_place(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(PlanningError) as refusal:
        load(path)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_categories_are_refused_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(PlanningError) as refusal:
        models.parsed(b"[" + data, _FORM, "the file")
    assert "\n" not in str(refusal.value)
