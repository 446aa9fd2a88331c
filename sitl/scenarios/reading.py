"""A scenario out of a YAML file; what is wrong is told with its line.

YAML's aliases are refused: a file of a few lines could otherwise grow to any size.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sitl.errors import SimulationError
from sitl.scenarios import model
from sitl.scenarios.model import Part, Scenario
from sitl.scenarios.references import wrong_references

MAX_BYTES = 4_000_000
"""Of a scenario file."""

SHIPPED = files("sitl.scenarios") / "shipped"

_SUFFIX = ".yaml"


class ScenarioError(SimulationError):
    """A scenario that cannot be run: `file:line: what is wrong`."""


def shipped() -> list[str]:
    """The names of the scenarios that come with the package, in order."""
    return sorted(
        entry.name.removesuffix(_SUFFIX)
        for entry in SHIPPED.iterdir()
        if entry.name.endswith(_SUFFIX)
    )


def load(name: str) -> Scenario:
    """The scenario `name`: one that comes with the package, or a file's path.

    Raises ScenarioError.
    """
    known = shipped()
    if name in known:
        return read((SHIPPED / f"{name}{_SUFFIX}").read_text(encoding="utf-8"), f"{name}{_SUFFIX}")
    path = Path(name)
    if not path.suffix and not path.exists():
        raise ScenarioError(f"no scenario {name!r}: there are {', '.join(known)}, or name a file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise ScenarioError(f"{path}: larger than {MAX_BYTES:,} bytes")
    try:
        return read(data.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ScenarioError(f"{path}:{line}: not UTF-8") from None


def read(text: str, name: str) -> Scenario:
    """The scenario in `text`; `name` is what errors call it. Raises ScenarioError."""
    try:
        _refuse_aliases(text, name)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise ScenarioError(f"{name}:1: it is empty; `nigehban sim list` names examples")
        tree = _plain(root, name, 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioError(f"{name}:{line}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:  # a character that YAML has not
        raise ScenarioError(f"{name}:1: {' '.join(str(error).split())}") from None
    try:
        scenario = Scenario.model_validate(tree)
    except ValidationError as error:
        raise _first_wrong(error, root, name) from None
    for path, told in wrong_references(scenario):
        raise ScenarioError(f"{name}:{_line(root, path)}: {_written(path)}: {told}")
    return scenario


_DEEPEST = 20  # levels; a scenario has half a dozen


def _refuse_aliases(text: str, name: str) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ScenarioError(f"{name}:{line}: an alias (*{event.anchor}): write it out")


def _plain(node: yaml.Node, name: str, depth: int) -> Any:
    """Dicts, lists, texts, numbers, truth values and None; a date stays a text."""
    line = node.start_mark.line + 1
    if depth > _DEEPEST:
        raise ScenarioError(f"{name}:{line}: nested deeper than {_DEEPEST} levels")
    if isinstance(node, yaml.MappingNode):
        tree: dict[Any, Any] = {}
        for key, value in node.value:
            written = _scalar(key, name)
            if written in tree:
                raise ScenarioError(
                    f"{name}:{key.start_mark.line + 1}: {written!r} is here a second time"
                )
            tree[written] = _plain(value, name, depth + 1)
        return tree
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, name, depth + 1) for value in node.value]
    return _scalar(node, name)


_READ_AS_TEXT = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:str"}
_READ = {f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null")}


def _scalar(node: yaml.Node, name: str) -> Any:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise ScenarioError(f"{name}:{line}: a key must be a word")
    if node.tag in _READ_AS_TEXT:
        return node.value
    if node.tag not in _READ:
        raise ScenarioError(f"{name}:{line}: {node.tag} is not read here")
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except ValueError as error:
        raise ScenarioError(f"{name}:{line}: {node.value!r}: {error}") from None
    finally:
        loader.dispose()


def _first_wrong(error: ValidationError, root: yaml.Node, name: str) -> ScenarioError:
    # Deepest in the file: of a value that may be of several kinds, the kind that it is like.
    first = max(error.errors(), key=lambda one: len(_known(root, one["loc"])))
    path = _known(root, first["loc"])
    if first["type"] == "missing":
        path = (*path, first["loc"][-1])
    where = f"{_written(path)}: " if path else ""
    return ScenarioError(f"{name}:{_line(root, path)}: {where}{_told(first)}")


def _told(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        known = {
            field.alias or field_name
            for part in vars(model).values()
            if isinstance(part, type) and issubclass(part, Part)
            for field_name, field in part.model_fields.items()
        }
        close = difflib.get_close_matches(str(error["loc"][-1]), known, 1, 0.7)
        return "no such key here" + (f"; do you mean {close[0]}?" if close else "")
    if error["type"] == "missing":
        return "it is missing"
    given = error["input"]
    told = error["msg"].removeprefix("Value error, ")
    told = told[0].lower() + told[1:]
    return f"{told}, not {given!r}" if isinstance(given, str | int | float) else told


Path_ = tuple[str | int, ...]


def _steps(root: yaml.Node, path: Path_) -> Iterator[tuple[str | int, yaml.Node]]:
    """The parts of `path` that are in the file, each with its node."""
    node = root
    for part in path:
        found = _child(node, part)
        if found is None:
            continue  # the name of one of several kinds that a value may be of
        node = found
        yield part, node


def _child(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None


def _known(root: yaml.Node, path: Path_) -> Path_:
    return tuple(part for part, _ in _steps(root, path))


def _line(root: yaml.Node, path: Path_) -> int:
    line: int = root.start_mark.line
    for _, node in _steps(root, path):
        line = node.start_mark.line
    return line + 1


def _written(path: Path_) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
