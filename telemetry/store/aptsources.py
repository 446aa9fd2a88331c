"""The machine's own apt sources, rewritten to name another release of the same distribution.

Reads both formats: deb822 (`*.sources`) and the one-line one (`sources.list`, `*.list`); see
sources.list(5). Only sources that serve the machine's own release are taken, so third parties'
archives and their keys stay out of it.
"""

from __future__ import annotations

import platform
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

APT_FOLDER = Path("/etc/apt")

_SUFFIXES = ("", "-updates", "-security")
"""The suites of a release beside its main one that bring corrections."""

_KEPT = ("Signed-By", "Trusted", "Check-Valid-Until", "Allow-Insecure")
"""Options of a source that hold for each release it serves."""

_DEBIANS = ("debian", "raspbian")
"""What os-release calls a distribution whose mirrors serve Debian's releases."""

Source = dict[str, str]
"""The fields of one deb822 stanza; several words in one field are separated by spaces."""


class SourcesError(Exception):
    """The machine's sources cannot serve; the message says why in one line."""


def for_suite(suite: str | None, *, folder: Path = APT_FOLDER, release: str | None = None) -> str:
    """The text of a `.sources` file that serves release `suite` (None: the machine's own).

    `release` is the machine's own release (None: as /etc/os-release says), whose mirrors are
    taken. Raises SourcesError if the machine has no apt, no source of its own release, or is of
    another distribution than the one whose release is asked for.
    """
    if release is None:
        release = _machine_release(suite)
    stanzas = []
    for source in read(folder):
        here = [f"{release}{suffix}" for suffix in _SUFFIXES]
        suites = [name for name in source.get("Suites", "").split() if name in here]
        if not suites or "deb" not in source.get("Types", "").split():
            continue
        renamed = [name.replace(release, suite or release, 1) for name in suites]
        fields = {
            "Types": "deb",
            "URIs": source["URIs"],
            "Suites": " ".join(renamed),
            "Components": source.get("Components", "main"),
            **{name: source[name] for name in _KEPT if name in source},
        }
        stanzas.append("".join(f"{name}: {value}\n" for name, value in fields.items()))
    if not stanzas:
        raise SourcesError(f"no apt source in {folder} serves this machine's release {release!r}")
    return "\n".join(stanzas)


def read(folder: Path) -> Iterator[Source]:
    """All enabled sources that apt's folder `folder` names, as deb822 fields."""
    one_line = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))]
    for path in one_line:
        if path.is_file():
            for line in path.read_text(errors="replace").splitlines():
                yield from _parse_line(line)
    for path in sorted((folder / "sources.list.d").glob("*.sources")):
        yield from _parse_stanzas(path.read_text(errors="replace"))


def _parse_stanzas(text: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        source: Source = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():  # a continuation: a list of words, or an embedded key
                source[name] = f"{source.get(name, '')}\n {line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = _field(name.strip())
                source[name] = value.strip()
        if "URIs" in source and source.get("Enabled", "yes").lower() not in {"no", "false", "0"}:
            yield source


def _parse_line(line: str) -> Iterator[Source]:
    match = re.match(r"\s*(deb)\s+(?:\[([^]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
    if not match or match[3].startswith("cdrom:"):
        return
    options = dict(word.partition("=")[::2] for word in shlex.split(match[2] or ""))
    yield {
        "Types": "deb",
        "URIs": match[3],
        "Suites": match[4],
        "Components": match[5].strip(),
    } | {_field(name): value.replace(",", " ") for name, value in options.items()}


def _field(name: str) -> str:
    """The usual spelling of a field's name, which apt takes in any case."""
    usual = {field.lower(): field for field in ("Types", "URIs", "Suites", "Components", *_KEPT)}
    return usual.get(name.lower(), name.capitalize())


def _machine_release(suite: str | None) -> str:
    try:
        facts = platform.freedesktop_os_release()
    except OSError as error:
        raise SourcesError("this machine has no /etc/os-release: it is no Debian") from error
    if suite is not None and facts["ID"] not in _DEBIANS:
        raise SourcesError(f"this machine is {facts['ID']}: its mirrors have no Debian {suite}")
    release = facts.get("VERSION_CODENAME")
    if not release:
        raise SourcesError("/etc/os-release names no release (VERSION_CODENAME)")
    return release
