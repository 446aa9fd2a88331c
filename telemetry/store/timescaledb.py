"""The programs of an embedded TimescaleDB, from Debian's packages, in a private folder.

They bring their own libc, since Debian 13's is newer than that of the machines we run on: each
program becomes a small shell wrapper that starts the original through the folder's own dynamic
linker. `initdb` starts `postgres` by its name, so the wrapper takes the original's place.
"""

from __future__ import annotations

from pathlib import Path

from telemetry.store import debs
from telemetry.store.programs import DatabaseError, Programs, version_of

SUITE = "trixie"
"""The only stable Debian release that has the package."""

PACKAGE = "postgresql-17-timescaledb"
FOLDER = "timescaledb-17"

_BIN = "usr/lib/postgresql/17/bin"
_CONTROL = "usr/share/postgresql/17/extension/timescaledb.control"
_PROGRAMS = ("initdb", "postgres", "psql")

_LEAVE_OUT = (
    "*-perl", "adduser", "base-passwd", "debconf", "gcc-*-base", "init-system-helpers",
    "libaudit-common", "libc-bin", "libc-l10n", "libdebconfclient0", "libgdbm*", "libllvm*",
    "libpam-modules*", "libperl*", "libproc2-*", "libsasl2-modules*", "libsemanage*", "libz3-*",
    "locales", "login.defs", "netbase", "openssl", "passwd", "perl*", "postgresql-*common*",
    "procps", "readline-common", "sensible-utils", "ssl-cert", "sysvinit-utils", "tzdata", "ucf",
)  # fmt: skip
"""What the server never loads: scripts of the packages, and LLVM, since `jit` is off."""

_WRAPPER = """\
#!/bin/sh
here=${{0%/*}}
root=$here/{up}
exec "$root/{linker}" --argv0 "$0" --library-path "$root/{libraries}" \\
    "$here/original/{program}" "$@"
"""


def programs(folder: Path, report: debs.Report) -> Programs:
    """The programs in `folder`/FOLDER, fetched if they are not there. Raises DatabaseError."""
    try:
        tree = debs.fetch(
            [PACKAGE],
            folder / FOLDER,
            suite=SUITE,
            leave_out=_LEAVE_OUT,
            finish=_wrap,
            report=report,
        )
    except debs.DebsError as error:
        raise DatabaseError(f"TimescaleDB's packages cannot be had: {error}") from error
    return Programs(
        name=f"TimescaleDB {_extension_version(tree)} on PostgreSQL 17",
        folder=tree / _BIN,
        version=17,
        settings={
            "shared_preload_libraries": "timescaledb",
            "timescaledb.telemetry_level": "off",
            "timescaledb.max_background_workers": "4",
        },
    )


def _wrap(tree: Path) -> None:
    linker = next(iter(sorted(tree.glob("usr/lib/*/ld-linux*.so.*"))), None)
    if linker is None:
        raise DatabaseError("TimescaleDB's packages came without a dynamic linker")
    folder = tree / _BIN
    originals = folder / "original"
    originals.mkdir()
    originals.chmod(0o755)
    for program in _PROGRAMS:
        (folder / program).rename(originals / program)
        wrapper = folder / program
        wrapper.write_text(
            _WRAPPER.format(
                up="/".join(".." for _ in Path(_BIN).parts),
                linker=linker.relative_to(tree),
                libraries=linker.parent.relative_to(tree),
                program=program,
            )
        )
        wrapper.chmod(0o755)
    version_of(folder / "postgres")  # all libraries that it needs are there


def _extension_version(tree: Path) -> str:
    for line in (tree / _CONTROL).read_text().splitlines():
        if line.startswith("default_version"):
            return line.partition("=")[2].strip(" '\"")
    return "of unknown version"
