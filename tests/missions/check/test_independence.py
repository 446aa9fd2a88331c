"""A proof by a checker that shares its mistakes with the planners is none."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import missions.check

ALLOWED = (
    "missions.check",
    "missions.plan",
    "missions.drones",
    "missions.errors",
    "fleet.wording",
)
LIBRARIES = {"numpy", "pyproj", "shapely", "scipy"}


def test_the_checker_imports_nothing_of_the_planners() -> None:
    seen = set()
    for source in Path(missions.check.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Import):
                seen |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{source.name} imports relatively"
                assert node.module is not None
                seen.add(node.module)
    assert "missions.plan" in seen
    foreign = {
        name
        for name in seen
        if not name.startswith(ALLOWED)
        and name.partition(".")[0] not in LIBRARIES | sys.stdlib_module_names
    }
    assert foreign == set()
