"""The machine's apt sources, in both formats, rewritten for another release."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from telemetry.store import aptsources

DEB822 = """\
# The usual ones
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
# a comment between the fields
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main
signed-by:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://elsewhere.example/debian
Suites: bookworm
Enabled: no
Components: main
"""

ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # the usual
deb [ signed-by=/usr/share/keyrings/a.gpg,/usr/share/keyrings/b.gpg trusted=yes arch=amd64 ] \
http://security.example/debian-security bookworm-security main
deb https://vendor.example/apt stable main
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def _stanzas(text: str) -> list[dict[str, str]]:
    return [
        dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line)
        for stanza in text.split("\n\n")
    ]


def test_deb822_sources_of_the_machines_release_are_renamed_to_another(folder: Path) -> None:
    (folder / "sources.list.d/debian.sources").write_text(DEB822)
    text = aptsources.for_suite("trixie", folder=folder, release="bookworm")
    assert _stanzas(text)[0] == {
        "Types": "deb",
        "URIs": "http://mirror.example/debian",
        "Suites": "trixie trixie-updates",
        "Components": "main contrib",
        "Signed-By": "/usr/share/keyrings/debian-archive-keyring.gpg",
    }
    assert _stanzas(text)[1]["Suites"] == "trixie-security"
    assert "elsewhere.example" not in text


def test_an_embedded_key_keeps_its_lines(folder: Path) -> None:
    (folder / "sources.list.d/debian.sources").write_text(DEB822)
    text = aptsources.for_suite("trixie", folder=folder, release="bookworm")
    key = (
        "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----"
    )
    assert f"Signed-By: {key}\n" in text


def test_one_line_sources_are_read_with_their_options(folder: Path) -> None:
    (folder / "sources.list").write_text(ONE_LINE)
    first, second = _stanzas(aptsources.for_suite("trixie", folder=folder, release="bookworm"))
    assert first == {
        "Types": "deb",
        "URIs": "http://mirror.example/debian",
        "Suites": "trixie",
        "Components": "main contrib",
    }
    assert second == {
        "Types": "deb",
        "URIs": "http://security.example/debian-security",
        "Suites": "trixie-security",
        "Components": "main",
        "Signed-By": "/usr/share/keyrings/a.gpg /usr/share/keyrings/b.gpg",
        "Trusted": "yes",
    }


def test_the_machines_own_release_is_the_default(folder: Path) -> None:
    (folder / "sources.list.d/more.list").write_text(ONE_LINE)
    text = aptsources.for_suite(None, folder=folder, release="bookworm")
    assert [stanza["Suites"] for stanza in _stanzas(text)] == ["bookworm", "bookworm-security"]


def test_a_machine_without_a_source_of_its_own_release_is_told_so(folder: Path) -> None:
    (folder / "sources.list").write_text(ONE_LINE)
    with pytest.raises(aptsources.SourcesError, match=r"no apt source in .* release 'noble'"):
        aptsources.for_suite("trixie", folder=folder, release="noble")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"ID": "ubuntu", "VERSION_CODENAME": "noble"}, "is ubuntu: its mirrors have no Debian"),
        ({"ID": "debian"}, "names no release"),
    ],
)
def test_a_machine_that_cannot_serve_debians_releases_is_told_so(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, str], said: str
) -> None:
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: facts)
    with pytest.raises(aptsources.SourcesError, match=said):
        aptsources.for_suite("trixie")


def test_a_machine_without_apt_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(aptsources.SourcesError, match="no apt source"):
        aptsources.for_suite("trixie", folder=tmp_path, release="bookworm")
