"""Nothing that is secret is shown: not by a command, not in a log, not in a message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nigehban.masking import without_password
from nigehban.settings import WrongSettingError, load
from tests.brokers import free_port
from tests.commands import Ports, run, running

SECRETS = {
    "database": "dsn-hush",
    "broker": "bus-hush",
    "mqtt": "mqtt-hush",
    "owntracks": "own-hush",
    "token": "token-hush",
    "key": "key-hush",
    "network": "network-hush",
    "vehicle": "vehicle-hush",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Every setting that can hold a secret, with nothing that answers at the addresses."""
    ports, nobody = Ports(), free_port()
    devices = {
        "osmand:car-7": {"name": "Gulbahar 7", "token": SECRETS["token"]},
        "owntracks:police/8": {"key": SECRETS["key"]},
    }
    signing = {"key": SECRETS["network"], "systems": {"7": SECRETS["vehicle"]}}
    network = {"links": [f"udpin:127.0.0.1:{ports.mavlink}"], "signing": signing}
    return ports.environment(
        tmp_path,
        {
            "COLUMNS": "400",
            "NIGEHBAN_LOG__LEVEL": "DEBUG",
            "NIGEHBAN_DATABASE__DSN": f"postgresql://u:{SECRETS['database']}@127.0.0.1:{nobody}/x",
            "NIGEHBAN_BROKER__URL": f"nats://u:{SECRETS['broker']}@127.0.0.1:{nobody}",
            "NIGEHBAN_OWNTRACKS__BROKER": f"mqtt://u:{SECRETS['mqtt']}@127.0.0.1:{nobody}",
            "NIGEHBAN_OWNTRACKS__PASSWORD": SECRETS["owntracks"],
            "NIGEHBAN_TRACKERS__DEVICES": json.dumps(devices),
            "NIGEHBAN_MAVLINK__NETWORKS": json.dumps({"default": network}),
        },
    )


def shown(text: str) -> list[str]:
    return [secret for secret in SECRETS.values() if secret in text]


def test_settings_show_all_but_the_secrets(environment: dict[str, str]) -> None:
    ended = run(["settings"], environment)
    assert ended.returncode == 0, ended.stderr
    assert shown(ended.stdout + ended.stderr) == []
    rows = {line.split()[0]: line for line in ended.stdout.splitlines()}
    assert "********" in rows["database.dsn"]
    assert "mqtt://u:****@127.0.0.1" in rows["owntracks.broker"]
    assert "nats://u:****@127.0.0.1" in rows["broker.url"]
    assert "token = ********" in rows["trackers.devices"]
    assert "Gulbahar 7" in rows["trackers.devices"]
    assert "key = ********" in rows["mavlink.networks"]
    assert "7 = ********" in rows["mavlink.networks"]


@pytest.mark.integration
@pytest.mark.parametrize("words", [["doctor"], ["collect"], ["dashboard"], ["db", "status"]])
def test_no_program_tells_a_secret(words: list[str], environment: dict[str, str]) -> None:
    ended = run(words, environment)
    assert ended.returncode == 1
    assert ended.stdout + ended.stderr
    assert shown(ended.stdout + ended.stderr) == []


@pytest.mark.integration
def test_no_log_of_a_collector_tells_a_secret(
    environment: dict[str, str], timescale_database: str, tmp_path: Path
) -> None:
    for name in ("NIGEHBAN_BROKER__URL", "NIGEHBAN_DATABASE__DSN"):
        del environment[name]
    environment["NIGEHBAN_DATABASE__DSN"] = timescale_database
    with running(["collect"], environment, tmp_path / "said") as command:
        command.wait_for("owntracks: cannot reach")
        assert shown(command.said) == []


@pytest.mark.parametrize(
    "setting",
    [
        ("NIGEHBAN_TRACKERS__DEVICES", '{"osmand:car-7": {"token": ["token-hush"]}}'),
        ("NIGEHBAN_TRACKERS__DEVICES", '{"osmand:car-7": "token-hush"}'),
        ("NIGEHBAN_TRACKERS__DEVICES", '{"osmand:car-7": {"secret": "token-hush"}}'),
        ("NIGEHBAN_TRACKERS__DEVICES", '{"gt06:1": {"token": "token-hush"}}'),
        ("NIGEHBAN_MAVLINK__NETWORKS", '{"a": {"links": [], "signing": {"key": "key-hush"}}}'),
        ("NIGEHBAN_MAVLINK__NETWORKS", '{"a": {"signing": {"key": 5, "systems": "key-hush"}}}'),
    ],
)
def test_what_is_wrong_with_a_setting_is_told_without_its_secret(
    setting: tuple[str, str],
) -> None:
    with pytest.raises(WrongSettingError) as wrong:
        load(None, dict([setting]))
    assert setting[0] in str(wrong.value)
    assert shown(str(wrong.value)) == []


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("nats://u:hush@h:4222", "nats://u:****@h:4222"),
        ("mqtt://u:h/u:s@h@host", "mqtt://u:****@host"),
        ("mqtt://:hush@host", "mqtt://:****@host"),
        ("at nats://u:hush@h, and mqtt://v:hush@i", "at nats://u:****@h, and mqtt://v:****@i"),
        ("nats://127.0.0.1:4222", "nats://127.0.0.1:4222"),
        ("mqtt://user@host:1883", "mqtt://user@host:1883"),
        ("udpin:127.0.0.1:14550", "udpin:127.0.0.1:14550"),
    ],
)
def test_of_an_address_only_the_password_is_masked(address: str, masked: str) -> None:
    assert without_password(address) == masked
