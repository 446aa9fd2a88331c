"""What the page asks of the planner is what the command line asks of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from dashboard.planning.forms import FORMS, CommonForm
from nigehban.planning import commands, texts
from nigehban.planning.options import FleetOptions

OTHERWISE = {
    "feature",  # a form holds the one area itself
    "authority",  # one object with its order
    "order",
    "valid_from",
    "valid_to",
    "heights",
    "fleet",
}
"""Options that have no field of their own."""

COMMANDS: dict[str, Callable[..., Any]] = {
    "coverage": commands.coverage,
    "corridor": commands.corridor,
    "orbit": commands.orbit,
    "search": commands.search,
    "crowd": commands.crowd,
    "border": commands.border,
}

SHARED = ("height", "speed", "camera", "temperature", "height_most", "goal", "start")


@pytest.mark.parametrize("kind", COMMANDS)
def test_the_fields_of_a_form_have_the_command_lines_defaults(kind: str) -> None:
    form = FORMS[kind].model_fields
    options = inspect.signature(inspect.unwrap(COMMANDS[kind])).parameters
    for name, option in options.items():
        if name in OTHERWISE:
            continue
        default = option.default
        if isinstance(default, str) and name in {"begin", "last", "revisit"}:
            default = texts.seconds(default, name)
        expected = None if default is inspect.Parameter.empty else default
        field = form[name]
        told = None if field.is_required() else field.default
        assert told == expected, name


def test_the_shared_fields_have_the_command_lines_defaults() -> None:
    defaults = {field.name: field.default for field in fields(FleetOptions)}
    for name in SHARED:
        assert CommonForm.model_fields[name].default == defaults[name], name


def test_every_kind_of_the_command_line_has_a_form_and_every_field_its_words() -> None:
    assert set(FORMS) == set(COMMANDS)
    for kind, form in FORMS.items():
        for name, field in form.model_fields.items():
            told = field.description or name in {"kind", "drones", "area", "name"}
            assert told, f"{kind}.{name}"
