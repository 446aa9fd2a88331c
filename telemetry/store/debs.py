"""Debian packages in a private folder: no root, nothing of the system is touched.

The machine's own apt fetches and verifies them, from the mirrors that the machine's own sources
name and with their keys, but with a configuration, lists and a package status of its own. So a
program that the machine's release does not have can come from another release, beside its own
libc, and an ordinary user can have it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote

from telemetry.store import aptsources
from telemetry.store.programs import open_to_all

Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""

COMMAND_LIMIT = 900.0
"""Seconds that one run of apt or dpkg may take."""

UPDATE_LIMIT = 240.0
"""Seconds for the mirror's lists (10 MB): a network that swallows packets is noticed by then."""

_CONFIGURATION = """\
#clear APT::Update;
#clear DPkg;
Dir::State "{work}";
Dir::State::lists "{work}/lists";
{status}
Dir::Cache "{work}/cache";
Dir::Etc::sourcelist "{work}/none";
Dir::Etc::sourceparts "{work}/sources";
Dir::Etc::preferences "{work}/none";
Dir::Etc::preferencesparts "{work}/empty";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
Debug::NoLocking "true";
quiet "1";
"""


class DebsError(Exception):
    """The packages cannot be had; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package to fetch, as apt lists it; `bytes` is the size of its .deb."""

    name: str
    file: str
    bytes: int


def fetch(
    packages: Sequence[str],
    folder: Path,
    *,
    suite: str | None = None,
    upon_system: bool = False,
    leave_out: Sequence[str] = (),
    finish: Callable[[Path], None] = lambda _: None,
    apt_folder: Path = aptsources.APT_FOLDER,
    report: Report = lambda _: None,
) -> Path:
    """Unpack `packages` and what they depend on into `folder`, if it is not there yet.

    `suite` is the release to take them from (None: the machine's own). With `upon_system` only
    what the machine lacks is fetched, else everything down to libc. Names that match a pattern
    of `leave_out` are not fetched. `finish` is called with the unpacked folder, which then is
    renamed to `folder`: it is there whole or not at all, and the folder that `finish` sees is
    not its last place. `apt_folder` holds the sources whose mirrors are asked. Two processes may call this at once: one waits for the other.

    Returns `folder`. Raises DebsError.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_name(f"{folder.name}.lock"), report):
        if folder.is_dir():
            return folder
        for leftover in folder.parent.glob(f"{folder.name}.part-*"):
            shutil.rmtree(leftover)
        part = Path(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=folder.parent))
        try:
            tree = part / "tree"
            tree.mkdir()
            _configure(part, suite, apt_folder, upon_system=upon_system)
            _fetch_into(tree, part, packages, suite, leave_out, report)
            finish(tree)
            tree.chmod(0o755)
            tree.rename(folder)
        finally:
            shutil.rmtree(part)
    return folder


def _configure(work: Path, suite: str | None, apt_folder: Path, *, upon_system: bool) -> None:
    """Lay out apt's private folders in `work`."""
    try:
        sources = aptsources.for_suite(suite, folder=apt_folder)
    except aptsources.SourcesError as error:
        raise DebsError(str(error)) from error
    for name in ("lists/partial", "cache/archives/partial", "sources", "empty", "debs"):
        (work / name).mkdir(parents=True)
    (work / "none").touch()
    (work / "sources/private.sources").write_text(sources)
    status = "" if upon_system else f'Dir::State::status "{work}/none";'
    (work / "apt.conf").write_text(_CONFIGURATION.format(work=work, status=status))


def _fetch_into(
    tree: Path,
    work: Path,
    packages: Sequence[str],
    suite: str | None,
    leave_out: Sequence[str],
    report: Report,
) -> None:
    where = suite or "the machine's own release"
    report(f"asking the machine's package mirror for {', '.join(packages)} of {where}")
    _apt(work, "update", limit=UPDATE_LIMIT)
    wanted = [
        package
        for package in parse_uris(_apt(work, "install", "--print-uris", *packages))
        if not any(fnmatch(package.name, pattern) for pattern in leave_out)
    ]
    _download(work, wanted, report)
    report(f"unpacking {len(wanted)} packages")
    for package in wanted:
        _run(["dpkg-deb", "-x", str(work / "debs" / package.file), str(tree)])
    open_to_all(tree)  # and no private copy of a program is setuid


def parse_uris(output: str) -> list[Package]:
    """The packages that `apt-get install --print-uris` lists."""
    found = re.findall(r"^'[^']+' (([^_\s]+)_[^_\s]+_[^_\s]+\.deb) (\d+)", output, re.MULTILINE)
    return [Package(name, file, int(size)) for file, name, size in found]


def _download(work: Path, wanted: Sequence[Package], report: Report) -> None:
    total = sum(package.bytes for package in wanted) / 1e6
    report(f"fetching {len(wanted)} packages, {total:.0f} MB")
    if not wanted:
        return
    _apt(work, "download", *(package.name for package in wanted), folder=work / "debs")
    arrived = {unquote(path.name): path for path in (work / "debs").glob("*.deb")}
    for package in wanted:
        if unquote(package.file) not in arrived:
            raise DebsError(f"package {package.name} did not arrive; try again")
        arrived[unquote(package.file)].rename(work / "debs" / package.file)


def _apt(
    work: Path, *arguments: str, folder: Path | None = None, limit: float = COMMAND_LIMIT
) -> str:
    return _run(["apt-get", "-c", str(work / "apt.conf"), *arguments], folder, limit)


def _run(command: list[str], folder: Path | None = None, limit: float = COMMAND_LIMIT) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "APT_CONFIG"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=limit,
            cwd=folder,
            env=environment | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )
    except FileNotFoundError as error:
        raise DebsError(f"{command[0]} is not on this machine: it is no Debian") from error
    except subprocess.TimeoutExpired as error:
        raise DebsError(f"{command[0]} took longer than {limit:.0f} s") from error
    # `update` exits 0 when a mirror does not answer, and leaves lists that lack it
    failed = re.findall(r"^(?:E|W: Failed to fetch.*?|Err): *(.*)", done.stderr, re.MULTILINE)
    unfetched = re.findall(r"^W: (Failed to fetch .*)", done.stderr, re.MULTILINE)
    if done.returncode or unfetched:
        reason = (unfetched or failed or done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise DebsError(f"{command[0]} failed: {reason.strip()}")
    return done.stdout


@contextmanager
def _locked(path: Path, report: Report) -> Iterator[None]:
    """Hold the lock file for the block; wait for another process that holds it."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("waiting for another process that is fetching the same packages")
            started = time.monotonic()
            fcntl.flock(file, fcntl.LOCK_EX)
            report(f"the other process is done after {time.monotonic() - started:.0f} s")
        yield
