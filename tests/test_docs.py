"""The documents tell of commands, options, settings and files that there are."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer

from nigehban.cli import app
from nigehban.settings import Settings, load

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))

_LINK = re.compile(r"\]\(([^)#\s]+)")
_COMMAND = re.compile(r"nigehban ((?:[a-z]+ ?)+)((?:[^\n`]*\\\n)*[^\n`]*)")
_SETTING = re.compile(r"`([a-z_]+)\.([a-z_]+|\*)`")
_TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)


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


def test_the_settings_files_of_readme_and_trackers_are_taken(tmp_path: Path) -> None:
    for page in (ROOT / "README.md", ROOT / "docs/trackers.md"):
        for number, text in enumerate(_TOML.findall(page.read_text())):
            file = tmp_path / f"{page.stem}-{number}.toml"
            file.write_text(text)
            assert tomllib.loads(text)
            load(file, {})
