"""The documents tell of commands, options, settings and files that there are."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer

from fleet.airspace.telling import SENSOR_LOST, SKY_RULES
from nigehban.cli import app
from nigehban.settings import Settings, load
from sitl.scenarios import model
from sitl.scenarios.model import CONDITIONS, HAPPENINGS, Part, Scenario
from sitl.scenarios.reading import read
from tests.integration.flying_drone import flying_drone

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))

_LINK = re.compile(r"\]\(([^)#\s]+)")
_COMMAND = re.compile(r"nigehban ((?:[a-z]+ ?)+)((?:[^\n`]*\\\n)*[^\n`]*)")
_SETTING = re.compile(r"`([a-z_]+)\.([a-z_]+|\*)`")
_TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
_YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)

SITL = ROOT / "docs/sitl.md"
NOT_SHOWN = {"start", "boot_scale"}
"""Keys of a scenario that its example does better without."""

SPEED = 6.0
"""How much faster than the clock a drone flies that an example speaks to."""


@pages
def test_links_lead_to_files(page: Path) -> None:
    for target in _LINK.findall(page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pages
def test_commands_have_the_options_that_are_told(page: Path) -> None:
    commands = typer.main.get_command(app)
    for words, rest in _COMMAND.findall(page.read_text()):
        command = commands
        for word in words.split():
            if (below := getattr(command, "commands", {}).get(word)) is None:
                break
            command = below
        if command is commands or getattr(command, "name", "") == "plan":
            continue  # prose, or the planner's, which are loaded when they are asked for
        known = {name for parameter in command.params for name in parameter.opts}
        for option in re.findall(r"(?<=\s)--[a-z-]+", rest.partition("#")[0]):
            assert option in known, f"nigehban {words.strip()} {option}"


@pages
def test_settings_that_are_told_are_there(page: Path) -> None:
    sections = {name: getattr(Settings(), name) for name in Settings.model_fields}
    for section, name in _SETTING.findall(page.read_text()):
        is_module = section in sections and find_spec(section) and find_spec(f"{section}.{name}")
        if section in sections and name != "*" and not is_module:
            assert hasattr(sections[section], name), f"{section}.{name}"


def test_the_settings_files_that_are_shown_are_taken(tmp_path: Path) -> None:
    names = (
        "README.md",
        *(f"docs/{name}.md" for name in ("trackers", "alerts", "airspace", "sitl")),
    )
    for page in (ROOT / name for name in (*names, "docs/control-room.md")):
        for number, text in enumerate(_TOML.findall(page.read_text())):
            file = tmp_path / f"{page.stem}-{number}.toml"
            file.write_text(text)
            assert tomllib.loads(text)
            load(file, {})


def example_scenario() -> Scenario:
    (text,) = _YAML.findall(SITL.read_text())
    return read(text, SITL.name)


def test_the_scenario_that_is_shown_has_all_that_may_be_there() -> None:
    assert example_scenario().model_fields_set >= set(Scenario.model_fields) - NOT_SHOWN


@pytest.mark.parametrize("name", ["run", "ardupilot"])
def test_each_option_of_the_simulation_is_told_of(name: str) -> None:
    page = SITL.read_text()
    simulation: Any = typer.main.get_command(app)
    for parameter in simulation.commands["sim"].commands[name].params:
        for option in parameter.opts:
            assert option in page


def test_each_key_of_a_scenario_is_told_of() -> None:
    page = SITL.read_text()
    parts = [part for part in vars(model).values() if isinstance(part, type)]
    keys = {
        field.alias or name
        for part in parts
        if issubclass(part, Part)
        for name, field in part.model_fields.items()
    }
    for key in keys | set(HAPPENINGS) | set(CONDITIONS):
        assert re.search(rf"`{key}\b|\b{key}: ", page), key


@pytest.mark.integration
@pytest.mark.parametrize("number", range(2))
def test_an_example_flies_a_drone(number: int) -> None:
    text = _PYTHON.findall(SITL.read_text())[number]
    if "dronekit" in text:
        pytest.importorskip("dronekit", reason="dependency group gcs is not installed")
    with flying_drone(speed=SPEED) as (fleet, port):
        exec(text.replace("5760", str(port)), {})
        autopilot = fleet.world.squadron.autopilots[0]
        assert autopilot.armed
        assert autopilot.kind.modes[autopilot.mode] == ("GUIDED", "LAND")[number]


def test_each_alert_of_the_airspace_is_told_of_with_its_priority() -> None:
    page = (ROOT / "docs/airspace.md").read_text()
    for rule in (*SKY_RULES.values(), SENSOR_LOST):
        assert f"| `{rule.name}` | {rule.priority.name.lower()} |" in page
