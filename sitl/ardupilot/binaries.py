"""Where an ArduPilot SITL program is, and how it is to be started for each kind of vehicle."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from sitl.errors import SimulationError

HOME_VARIABLE = "ARDUPILOT_HOME"
"""Names a clone of ArduPilot, or the folder that its programs lie in."""

_BUILT = Path("build") / "sitl" / "bin"  # where `waf` leaves its programs
_DEFAULTS = Path("Tools") / "autotest" / "default_params"


class _Program(NamedTuple):
    name: str
    model: str
    """What `--model` is given: the frame that the physics simulate."""


class Vehicle(Enum):
    """The kinds of vehicle that SITL simulates here."""

    COPTER = "copter"
    PLANE = "plane"
    ROVER = "rover"

    @property
    def program(self) -> str:
        """The name of its program."""
        return _PROGRAMS[self].name

    @property
    def model(self) -> str:
        """The frame that its physics simulate."""
        return _PROGRAMS[self].model


_PROGRAMS = {
    Vehicle.COPTER: _Program("arducopter", "+"),
    Vehicle.PLANE: _Program("arduplane", "plane"),
    Vehicle.ROVER: _Program("ardurover", "rover"),
}


def find_binary(
    vehicle: Vehicle, given: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Path:
    """The program of `vehicle`: `given`, else in ARDUPILOT_HOME, a build folder, or on PATH.

    Raises SimulationError: no such program, with how to get one.
    """
    if given is not None:
        found = given / vehicle.program if given.is_dir() else given
        if not _runs(found):
            raise SimulationError(f"{found}: no program that can be started; give one by --binary")
        return found.absolute()
    for candidate in _candidates(vehicle.program, environ):
        if _runs(candidate):
            return candidate.absolute()
    on_path = shutil.which(vehicle.program, path=environ.get("PATH", os.defpath))
    if on_path:
        return Path(on_path).absolute()
    raise SimulationError(
        f"no {vehicle.program} in ${HOME_VARIABLE}, {_BUILT}, ~/ardupilot/{_BUILT} or on PATH: build"
        f" it (`./waf configure --board sitl && ./waf {vehicle.value}`, in the container image"
        " ardupilot/ardupilot-dev-base or as"
        " https://ardupilot.org/dev/docs/building-setup-linux.html says), or name it by --binary"
    )


def find_defaults(binary: Path, vehicle: Vehicle) -> Path | None:
    """The default parameters that ArduPilot's clone holds for `vehicle`, if `binary` lies in one."""
    for folder in binary.parents:
        defaults = folder / _DEFAULTS / f"{vehicle.value}.parm"
        if defaults.is_file():
            return defaults
    return None


def _candidates(program: str, environ: Mapping[str, str]) -> Iterator[Path]:
    home = environ.get(HOME_VARIABLE)
    if home:
        yield Path(home) / _BUILT / program
        yield Path(home) / program
    yield _BUILT / program
    if "HOME" in environ:
        yield Path(environ["HOME"]) / "ardupilot" / _BUILT / program


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
