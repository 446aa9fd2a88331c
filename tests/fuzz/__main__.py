"""`python -m tests.fuzz [NAME …] [--seconds N]`: without a name all targets, one after another."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.target import seeds

TARGETS = {
    "mavlink": "tests.fuzz.mavlink:datagrams",
    "mavlink-stream": "tests.fuzz.mavlink:stream",
    "mavlink-payload": "tests.fuzz.mavlink:payload",
    "osmand": "tests.fuzz.trackers:osmand_request",
    "owntracks": "tests.fuzz.trackers:owntracks_payload",
    "cameras": "tests.fuzz.trackers:camera_event",
    "nmea": "tests.fuzz.trackers:nmea_sentence",
    "gpsd": "tests.fuzz.trackers:gpsd_line",
    "teltonika": "tests.fuzz.trackers:teltonika_packet",
    "gt06": "tests.fuzz.trackers:gt06_frame",
    "sessions": "tests.fuzz.trackers:sessions",
    "spool-records": "tests.fuzz.files:spool_records",
    "spool-batch": "tests.fuzz.files:spool_batch",
    "spool-folder": "tests.fuzz.files:spool_folder",
    "csv": "tests.fuzz.files:csv",
    "gpx": "tests.fuzz.files:gpx",
    "tlog": "tests.fuzz.files:tlog",
    "geofences": "tests.fuzz.geofences:any_form",
    "geofences-geojson": "tests.fuzz.geofences:geojson",
    "geofences-kml": "tests.fuzz.geofences:kml",
    "geofences-ed318": "tests.fuzz.geofences:ed318",
    "geofences-ed269": "tests.fuzz.geofences:ed269",
    "geofences-qgc": "tests.fuzz.geofences:qgc",
    "remote-id": "tests.fuzz.airspace:remote_id",
    "scout": "tests.fuzz.airspace:scout",
    "sbs": "tests.fuzz.airspace:sbs",
    "sapient": "tests.fuzz.airspace:sapient",
    "capture": "tests.fuzz.airspace:capture",
}
"""Module and function of each target."""


def fuzz(name: str, seconds: int) -> bool:
    """Fuzz one target in a process of its own; whether all went well."""
    with TemporaryDirectory(prefix="nigehban-fuzz-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(seeds(TARGETS[name])):
            (corpus / f"seed-{number}").write_bytes(seed)
        command = [sys.executable, "-m", "tests.fuzz.run", TARGETS[name], folder, str(seconds)]
        ran = subprocess.run(command, check=False)
        for found in Path(folder).glob("*-*"):  # crash-…, oom-…, timeout-…
            print(f"{name}: {found.name.partition('-')[0]} with {found.read_bytes()!r}")
    return ran.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if importlib.util.find_spec("atheris") is None:
        parser.error("atheris is not installed; `make fuzz` installs it")
    failed = [name for name in arguments.names or TARGETS if not fuzz(name, arguments.seconds)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
