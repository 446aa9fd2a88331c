"""The files that can be taken in: what each of them is called and who reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from telemetry.history.errors import HistoryError
from telemetry.history.imports.csv_reader import read_csv
from telemetry.history.imports.gpx_reader import read_gpx
from telemetry.history.imports.piece import Judge, Piece
from telemetry.history.imports.tlog_reader import read_tlog
from telemetry.mavlink.network import VALUE_AGE
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.mavlink.vehicles import Vehicles

FORMATS = ("csv", "gpx", "tlog")

_NETWORK = re.compile("[a-z0-9-]{1,20}")
_OUR_TLOG = re.compile(r"([a-z0-9-]+)-\d{8}T\d{12}Z\.tlog")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read."""

    path: Path
    format: str
    asset: str | None
    """Whose positions they are, of a CSV or GPX file."""

    network: str
    """The MAVLink network of a recording."""

    def pieces(self, received: float, judge: Judge, mavlink: MavlinkSettings) -> Iterator[Piece]:
        """What is in it; `judge` marks positions that are suspect. Raises HistoryError, OSError.

        `received` is our clock in seconds since 1970.
        """
        match self.format:
            case "csv":
                return read_csv(self.path, self.asset, received, judge)
            case "gpx":
                return read_gpx(self.path, self.asset, received, judge)
            case _:
                return read_tlog(self.path, _vehicles(self.network, mavlink), judge)


def reading(
    path: Path,
    format_name: str | None = None,
    *,
    asset: str | None = None,
    network: str | None = None,
) -> Reading:
    """How to read a file, by its name where nothing else is said.

    A recording of ours names its network; without a name it is the `default` one. Raises
    HistoryError for options that do not fit the file.
    """
    called = (format_name or path.suffix.removeprefix(".")).lower()
    if called not in FORMATS:
        told = called or "a name without a suffix"
        raise HistoryError(
            f"{path}: {told!r} is no format that can be replayed; take one of {', '.join(FORMATS)}"
        )
    if called == "tlog" and asset is not None:
        raise HistoryError(f"{path}: a recording tells its vehicles itself; leave --asset out")
    if called != "tlog" and network is not None:
        raise HistoryError(f"{path}: only a recording is of a --network")
    if network is not None and not _NETWORK.fullmatch(network):
        raise HistoryError(f"network name {network!r}: use 1–20 of a–z, 0–9 and -")
    ours = _OUR_TLOG.fullmatch(path.name)
    return Reading(path, called, asset, network or (ours[1] if ours else "default"))


def _vehicles(network: str, settings: MavlinkSettings) -> Vehicles:
    """Those that `Network` would begin with."""
    rates = settings.of_network(network) if network in settings.networks else settings
    return Vehicles(network, settings.system_id, max(VALUE_AGE, 5 / rates.status_hz))
