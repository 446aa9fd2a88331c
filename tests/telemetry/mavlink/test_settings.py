"""Networks as they stand in the settings."""

from __future__ import annotations

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from nigehban.settings import WrongSettingError, load
from telemetry.mavlink.settings import MavlinkSettings, NetworkSettings, key_bytes

HEX = bytes(range(32)).hex()
VARIABLE = "NIGEHBAN_MAVLINK__NETWORKS"


def read(text: str) -> dict[str, NetworkSettings]:
    return MavlinkSettings.model_validate(tomllib.loads(text)).networks


def test_a_network_is_an_address_a_list_of_them_or_a_table() -> None:
    networks = read(
        """
        [networks]
        one = "udpin:127.0.0.1:14550"
        two = ["udpin:127.0.0.1:14551", "serial:/dev/ttyUSB0:57600"]
        three = { links = "tcp:router.lan:5760", shared = true, position_hz = 10 }
        """
    )
    assert networks["one"] == NetworkSettings(links=("udpin:127.0.0.1:14550",))
    assert networks["two"].links == ("udpin:127.0.0.1:14551", "serial:/dev/ttyUSB0:57600")
    assert networks["three"].links == ("tcp:router.lan:5760",)
    assert networks["three"].shared


def test_a_network_has_rates_of_its_own_or_those_of_all() -> None:
    settings = MavlinkSettings.model_validate(
        {
            "position_hz": 5,
            "networks": {
                "slow": {"links": "tcp:radio.lan:1", "position_hz": 1, "status_hz": 0.2},
                "usual": "udpin:127.0.0.1:14550",
            },
        }
    )
    rates = {
        name: (settings.of_network(name).position_hz, settings.of_network(name).status_hz)
        for name in settings.networks
    }
    assert rates == {"slow": (1, 0.2), "usual": (5, 1)}


def test_a_key_is_hexadecimal_or_the_hash_of_a_passphrase() -> None:
    assert key_bytes(SecretStr(HEX)) == bytes(range(32))
    assert key_bytes(SecretStr(HEX.upper())) == bytes(range(32))
    assert key_bytes(SecretStr("correct horse")) == sha256(b"correct horse").digest()


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ('"udp:127.0.0.1:14550"', "of none of the forms udpin:HOST:PORT"),
        ("[]", "at least 1 item"),
        ("{ shared = true }", "Field required"),
        ('["tcp:h:1", "tcp:h:1"]', "link 'tcp:h:1' is there twice"),
        ('{ links = "tcp:h:1", signing = {} }', "signing needs a key"),
        ('{ links = "tcp:h:1", signing = { key = "short" } }', "passphrase of 8 characters"),
        (f'{{ links = "tcp:h:1", signing = {{ key = "{HEX[1:]}" }} }}', "64 hexadecimal digits"),
        (
            f'{{ links = "tcp:h:1", signing = {{ systems = {{ 256 = "{HEX}" }} }} }}',
            "less than or equal to 255",
        ),
        ('{ links = "tcp:h:1", position_hz = 0 }', "greater than 0"),
    ],
)
def test_what_is_wrong_with_a_network_is_said(network: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        read(f"networks.x = {network}")


def test_two_networks_cannot_have_the_same_link() -> None:
    with pytest.raises(ValidationError, match="network b: link 'tcp:h:1' is there twice"):
        read('networks = { a = "tcp:h:1", b = "tcp:h:1" }')


SIGNED = {"links": "udpin:127.0.0.1:14550", "signing": {"key": "hush hush", "systems": {7: HEX}}}


def test_keys_are_shown_to_nobody(tmp_path: Path) -> None:
    loaded = load(None, {VARIABLE: json.dumps({"north": SIGNED})})
    (shown,) = [value for name, value, _, _ in loaded.rows() if name == "mavlink.networks"]
    assert shown == (
        "north = {links = udpin:127.0.0.1:14550, "
        "signing = {key = ********, systems = 7 = ********}}"
    )
    for text in (repr(loaded.settings), str(loaded.settings.mavlink), loaded.settings.model_dump()):
        assert "hush" not in str(text)
        assert HEX not in str(text)


@pytest.mark.parametrize(
    "network",
    [
        {"signing": {"key": "hush hush"}},
        {"links": "x", "signing": {"key": "hush hush"}},
        {"links": "tcp:h:1", "signing": {"key": ["hush hush"]}},
        {"links": "tcp:h:1", "signing": {"key": "hush hush", "systems": {0: "hush hush"}}},
        {"links": "tcp:h:1", "signing": "hush hush"},
        {"links": "tcp:h:1", "sining": {"key": "hush hush"}},
        {"links": "tcp:h:1", "signing": {"kee": "hush hush"}},
        {"links": "tcp:h:1", "signing": {"key": "hush"}},
    ],
)
def test_a_wrong_network_with_a_key_is_one_line_without_it(network: object, tmp_path: Path) -> None:
    with pytest.raises(WrongSettingError) as caught:
        load(None, {VARIABLE: json.dumps({"north": network})})
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "mavlink.networks.north" in str(caught.value)
    assert f"(variable {VARIABLE})" in str(caught.value)
