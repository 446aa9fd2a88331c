"""The one tree of settings: `nigehban.toml`, then `NIGEHBAN_*` variables on top of it.

Each room declares its own section; here they become a tree, and each value can tell where it came
from. A variable names its place in the tree: `NIGEHBAN_DASHBOARD__PORT=8051` is `dashboard.port`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from dashboard.settings import DashboardSettings
from nigehban.masking import without_password
from sitl.settings import SimulationSettings
from telemetry.airspace.settings import AirspaceSettings
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.observing.settings import ObservingSettings
from telemetry.settings import (
    BrokerSettings,
    CollectorSettings,
    DatabaseSettings,
    Section,
)
from telemetry.store.settings import HistorySettings
from telemetry.trackers.settings import TrackerSections
from telemetry.watching.settings import GeofenceSettings, RulesSettings

DEFAULT_FILE = Path("nigehban.toml")
FILE_VARIABLE = "NIGEHBAN_SETTINGS"
_PREFIX = "NIGEHBAN_"
_TEST_PREFIX = "NIGEHBAN_TEST_"

_MOVED: dict[tuple[str, ...], str] = {
    ("geofences", "ground"): "terrain",
    ("dashboard", "terrain"): "terrain",
}
"""What settings of earlier versions are called now."""

Tree = dict[str, Any]


class WrongSettingError(Exception):
    """A setting that cannot be used; the message is one line that names it and its place."""


def default_data_dir() -> Path:
    """Where an embedded system keeps its data: of the machine for root, else of the user."""
    if os.geteuid() == 0:
        return Path("/var/lib/nigehban")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(base) / "nigehban"


class LogSettings(Section):
    """What the programs say of themselves."""

    level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe.")
    file: Path | None = Field(None, description="A rotating file instead of standard error.")
    format: Literal["text", "json"] = Field(
        "text", description="For people, or one JSON object a line for a log store."
    )


class Settings(TrackerSections, BaseSettings):
    """All settings of all programs; those of trackers are theirs to list."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Embedded database and broker, .tlog files, logs.",
    )
    terrain: Path | None = Field(
        None,
        description="Height grid of plans and of geofences' limits above ground, which do not count "
        "without it: a GeoTIFF or HGT file, or a folder of them.",
    )
    database: DatabaseSettings = DatabaseSettings()
    broker: BrokerSettings = BrokerSettings()
    mavlink: MavlinkSettings = MavlinkSettings()
    collector: CollectorSettings = CollectorSettings()
    history: HistorySettings = HistorySettings()
    rules: RulesSettings = RulesSettings()
    geofences: GeofenceSettings = GeofenceSettings()
    airspace: AirspaceSettings = AirspaceSettings()
    observing: ObservingSettings = ObservingSettings()
    dashboard: DashboardSettings = DashboardSettings()
    simulation: SimulationSettings = SimulationSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing by itself: `load` passes in what it has read and attributed."""
        return (init_settings,)


class Loaded:
    """The effective settings, and where each value came from."""

    def __init__(self, settings: Settings, file: Path | None, file_tree: Tree, env: Tree) -> None:
        self.settings = settings
        self.file = file
        self._trees = ((env, "environment"), (file_tree, str(file)))

    def origin(self, path: tuple[str, ...]) -> str:
        """Where the value at `path` came from: `environment`, the file's name, or `default`."""
        return next((name for tree, name in self._trees if _has(tree, path)), "default")

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """(dotted name, value with secrets masked, origin, description) of every setting."""
        for path, value, field in _leaves(self.settings, ()):
            yield ".".join(path), _shown(value), self.origin(path), field.description or ""


def load(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Loaded:
    """Read the settings of `file` (default: $NIGEHBAN_SETTINGS, else ./nigehban.toml if there).

    Raises WrongSettingError with one line that names the setting, its value's place and the
    mend.
    """
    if file is None:
        named = environ.get(FILE_VARIABLE)
        file = Path(named) if named else DEFAULT_FILE if DEFAULT_FILE.exists() else None
    file_tree = _read_file(file) if file else {}
    env = _read_environment(environ)
    try:
        settings = Settings(**_merged(file_tree, env))
    except ValidationError as error:
        raise _first_wrong(error, file, env, environ) from None
    return Loaded(settings, file, file_tree, env)


def _read_file(file: Path) -> Tree:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise WrongSettingError(f"settings file {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSettingError(f"settings file {file}: {error}") from None


def _read_environment(environ: Mapping[str, str]) -> Tree:
    tops = {f"{_PREFIX}{name}".upper() for name in Settings.model_fields}
    for name in environ:
        if not name.startswith(_PREFIX) or name == FILE_VARIABLE or name.startswith(_TEST_PREFIX):
            continue
        if name.partition("__")[0] not in tops:
            raise WrongSettingError(
                f"variable {name} names no setting; `nigehban settings` lists them"
            )
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environ.items()}
    try:
        return source()
    except SettingsError as error:
        raise WrongSettingError(f"environment: {error}") from None


def _merged(below: Tree, above: Tree) -> Tree:
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        both = isinstance(under, dict) and isinstance(value, dict)
        merged[name] = _merged(cast("Tree", under), value) if both else value
    return merged


def _first_wrong(
    error: ValidationError, file: Path | None, env: Tree, environ: Mapping[str, str]
) -> WrongSettingError:
    first = error.errors()[0]
    path = tuple(str(part) for part in first["loc"])
    at = path[:-1] if first["type"] == "missing" else path
    place = f"settings file {file}"
    if _has(env, at):
        place = f"variable {_variable(at, environ)}"
    # An unknown name's input is its whole value, and that of a missing one what stands around it:
    # there may be a secret in it, and it is not repeated.
    told = first["msg"].removeprefix("Value error, ")
    given = first["input"]
    if first["type"] == "extra_forbidden":
        told = "no such setting; `nigehban settings` lists them"
        if (now := _MOVED.get(path)) is not None:
            told = f"it is {now} now, above all sections of the file, or {_PREFIX}{now.upper()}"
    elif not _is_secret(path) and "ctx" not in first and isinstance(given, str | int | float):
        told += f", not {given!r}"
    return WrongSettingError(f"setting {'.'.join(path)} ({place}): {told}")


def _variable(path: tuple[str, ...], environ: Mapping[str, str]) -> str:
    """The variable that sets the value at `path`, or as JSON something that it is in."""
    set_ones = {name.upper() for name in environ}
    names = [f"{_PREFIX}{'__'.join(path[:length]).upper()}" for length in range(1, len(path) + 1)]
    return next((name for name in reversed(names) if name in set_ones), names[-1])


def _is_secret(path: tuple[str, ...]) -> bool:
    return not {"dsn", "password", "devices", "signing"}.isdisjoint(path)


def _has(tree: Any, path: tuple[str, ...]) -> bool:
    """Whether there is something at `path`, or a value that stands for all that it is in."""
    for name in path:
        if not isinstance(tree, dict):
            return True
        if name not in tree:
            return False
        tree = tree[name]
    return True


def _leaves(
    section: BaseModel, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any, FieldInfo]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value, field


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, BaseModel):  # one of several in a table: what was set of it
        told = {name: getattr(value, name) for name in sorted(value.model_fields_set)}
        return f"{{{_shown(told)}}}"
    if isinstance(value, tuple | list | frozenset):
        return " ".join(map(_shown, value))
    return without_password(str(value))
