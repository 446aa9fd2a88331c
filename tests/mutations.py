"""Documents with something changed somewhere: what fuzz tests give to readers of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            "",
            "\n",
            [],
            {},
            [[]],
            -1,
            0,
            91,
            181,
            1e308,
            -1e308,
            10**400,
            float("nan"),
            float("inf"),
            "NaN",
            "24:00:00Z",
            "2025-02-30T00:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "Point",
            "Polygon",
            "GeometryCollection",
        ]
    ),
    st.floats(),
    st.text(max_size=10),
    st.lists(st.floats(-200, 200), max_size=3),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a document with each of its keys or indices."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from places(value[key])


@st.composite
def mutated(draw: st.DrawFn, documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One of the documents with one to three of its values replaced or removed."""
    document: dict[str, Any] = deepcopy(draw(st.sampled_from(list(documents))))
    for _ in range(draw(st.integers(1, 3))):
        listed = list(places(document))
        if not listed:
            break
        container, key = draw(st.sampled_from(listed))
        if draw(st.booleans()):
            container[key] = deepcopy(draw(VALUES))
        else:
            del container[key]
    return document


def assert_one_line(error: Exception) -> None:
    """What is said to the user is one line, and not a long one."""
    assert "\n" not in str(error)
    assert 3 < len(str(error)) < 600
