"""Debian packages into a private folder, from a small archive made here, by the real apt."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from telemetry.store import debs
from tests.databases import temporary_folder

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not shutil.which("apt-get"), reason="this machine has no apt"),
]

SUITE = "testing-suite"


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


@pytest.fixture
def apt_folder(folder: Path) -> Path:
    """An apt folder whose one source serves the machine's release, and SUITE beside it."""
    archive = folder / "archive"
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    packages = [
        _package(archive, "tool", "libneeded, libunneeded, base-files", architecture),
        _package(archive, "libneeded", "", architecture),
        _package(archive, "libunneeded", "", architecture),
        _package(archive, "base-files", "", architecture, version="0.1"),
    ]
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    for suite in (release, SUITE):
        lists = archive / "dists" / suite / "main" / f"binary-{architecture}"
        lists.mkdir(parents=True)
        (lists / "Packages").write_text("\n".join(packages))
        digest = hashlib.sha256((lists / "Packages").read_bytes()).hexdigest()
        size = (lists / "Packages").stat().st_size
        (archive / "dists" / suite / "Release").write_text(
            f"Codename: {suite}\nSuite: {suite}\nComponents: main\nArchitectures: {architecture}\n"
            f"SHA256:\n {digest} {size} main/binary-{architecture}/Packages\n"
        )
    apt_folder = folder / "apt"
    (apt_folder / "sources.list.d").mkdir(parents=True)
    (apt_folder / "sources.list").write_text(f"deb [trusted=yes] file:{archive} {release} main\n")
    return apt_folder


def _package(
    archive: Path, name: str, depends: str, architecture: str, version: str = "1:1.0"
) -> str:
    """Build a package that has one program of its name; its entry in Packages."""
    tree = archive / "build" / name
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/bin").mkdir(parents=True)
    program = tree / "usr/bin" / name
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o4755)
    control = (
        f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n"
        f"Maintainer: Nobody <nobody@localhost>\nDescription: {name}\n"
        + (f"Depends: {depends}\n" if depends else "")
    )
    (tree / "DEBIAN/control").write_text(control)
    file = archive / f"{name}.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", tree, file], check=True, capture_output=True
    )
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return f"{control}Filename: {file.name}\nSize: {len(content)}\nSHA256: {digest}\n"


def _programs(folder: Path) -> set[str]:
    return {path.name for path in (folder / "usr/bin").iterdir()}


def test_a_package_comes_with_all_that_it_needs_but_what_is_left_out(
    folder: Path, apt_folder: Path
) -> None:
    said: list[str] = []
    target = debs.fetch(
        ["tool"],
        folder / "programs",
        suite=SUITE,
        leave_out=["libun*"],
        apt_folder=apt_folder,
        report=said.append,
    )
    assert _programs(target) == {"tool", "libneeded", "base-files"}
    assert subprocess.check_output([target / "usr/bin/tool"], text=True) == "hello\n"
    assert said[0] == f"asking the machine's package mirror for tool of {SUITE}"
    assert said[1:] == ["fetching 3 packages, 0 MB", "unpacking 3 packages"]


def test_upon_the_system_only_what_it_lacks_is_fetched(folder: Path, apt_folder: Path) -> None:
    target = debs.fetch(["tool"], folder / "programs", upon_system=True, apt_folder=apt_folder)
    assert _programs(target) == {"tool", "libneeded", "libunneeded"}  # every Debian has base-files


def test_no_program_keeps_a_privilege_and_every_user_can_run_it(
    folder: Path, apt_folder: Path
) -> None:
    before = os.umask(0o077)
    try:
        target = debs.fetch(["libneeded"], folder / "programs", suite=SUITE, apt_folder=apt_folder)
    finally:
        os.umask(before)
    assert (target / "usr/bin/libneeded").stat().st_mode & 0o7777 == 0o755
    assert target.stat().st_mode & 0o7777 == 0o755


def test_what_is_there_is_not_fetched_again(folder: Path, apt_folder: Path) -> None:
    target = debs.fetch(["libneeded"], folder / "programs", suite=SUITE, apt_folder=apt_folder)
    shutil.rmtree(apt_folder)
    assert debs.fetch(["libneeded"], target, suite=SUITE, apt_folder=apt_folder) == target


def test_a_broken_off_attempt_leaves_nothing_and_is_cleaned_up(
    folder: Path, apt_folder: Path
) -> None:
    leftover = folder / "programs.part-killed"
    leftover.mkdir()

    def fail(_: Path) -> None:
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        debs.fetch(
            ["libneeded"], folder / "programs", suite=SUITE, finish=fail, apt_folder=apt_folder
        )
    assert not leftover.exists()
    assert {path.name for path in folder.iterdir()} == {"archive", "apt", "programs.lock"}


def test_two_processes_at_once_fetch_once(folder: Path, apt_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from telemetry.store import debs\n"
        "debs.fetch(['tool'], Path(sys.argv[1]), suite=sys.argv[2],"
        " apt_folder=Path(sys.argv[3]), report=print)"
    )
    arguments = [sys.executable, "-c", code, str(folder / "programs"), SUITE, str(apt_folder)]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("unpacking" in lines for lines in said) == 1
    assert "tool" in _programs(folder / "programs")


def test_an_unknown_suite_is_one_clear_line(folder: Path, apt_folder: Path) -> None:
    with pytest.raises(debs.DebsError, match=r"^apt-get failed: .*no-such-suite.*$"):
        debs.fetch(["tool"], folder / "programs", suite="no-such-suite", apt_folder=apt_folder)


def test_an_unknown_package_is_one_clear_line(folder: Path, apt_folder: Path) -> None:
    with pytest.raises(debs.DebsError, match=r"^apt-get failed: .*no-such-package$"):
        debs.fetch(["no-such-package"], folder / "programs", suite=SUITE, apt_folder=apt_folder)


def test_a_mirror_that_does_not_answer_is_one_clear_line(folder: Path, apt_folder: Path) -> None:
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    (apt_folder / "sources.list").write_text(
        f"deb [trusted=yes] http://127.0.0.1:9/debian {release} main\n"
    )
    with pytest.raises(debs.DebsError, match=r"^apt-get failed: .*127\.0\.0\.1.*$"):
        debs.fetch(["tool"], folder / "programs", suite=SUITE, apt_folder=apt_folder)


def test_a_machine_that_is_no_debian_is_told_so(folder: Path) -> None:
    with pytest.raises(debs.DebsError, match="no apt source"):
        debs.fetch(["tool"], folder / "programs", suite=SUITE, apt_folder=folder / "none")


def test_a_damaged_package_is_not_unpacked(folder: Path, apt_folder: Path) -> None:
    package = folder / "archive/libneeded.deb"
    package.write_bytes(package.read_bytes()[:-1] + b"!")
    with pytest.raises(debs.DebsError):
        debs.fetch(["libneeded"], folder / "programs", suite=SUITE, apt_folder=apt_folder)
    assert not (folder / "programs").exists()
