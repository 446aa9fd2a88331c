from pathlib import Path

import pytest

from nigehban.settings import Settings, WrongSettingError, load


def test_defaults_bind_every_listener_to_loopback() -> None:
    settings = load(environ={}).settings
    assert settings.dashboard.host == settings.osmand.host == settings.broker.host == "127.0.0.1"
    assert all(
        "127.0.0.1" in link
        for network in settings.mavlink.networks.values()
        for link in network.links
    )


def test_the_environment_stands_above_the_file_and_each_value_tells_its_origin(
    tmp_path: Path,
) -> None:
    file = tmp_path / "nigehban.toml"
    file.write_text("[dashboard]\nport = 9000\nupdate_hz = 1\n[osmand]\nport = 6000\n")
    loaded = load(file, {"NIGEHBAN_DASHBOARD__PORT": "9001"})
    assert (loaded.settings.dashboard.port, loaded.settings.dashboard.update_hz) == (9001, 1)
    origins = {name: origin for name, _, origin, _ in loaded.rows()}
    assert origins["dashboard.port"] == "environment"
    assert origins["dashboard.update_hz"] == str(file)
    assert origins["osmand.host"] == "default"


def test_secrets_are_masked_where_settings_are_shown(tmp_path: Path) -> None:
    loaded = load(None, {"NIGEHBAN_DATABASE__DSN": "postgresql://u:hush@h/d"})
    assert all("hush" not in value for _, value, _, _ in loaded.rows())
    assert "hush" not in repr(loaded.settings)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"NIGEHBAN_DASHBOARD__PORT": "eighty"}, "dashboard.port (variable NIGEHBAN_DASHBOARD__PO"),
        ({"NIGEHBAN_DASHBOARD__PORT": "70000"}, "less than or equal to 65535"),
        ({"NIGEHBAN_DASHBOARD__HOST": "0.0.0.0"}, "is not loopback, and the page has no log-in"),
        ({"NIGEHBAN_DASHBOARD__PROT": "1"}, "dashboard.prot (variable NIGEHBAN_DASHBOARD__PROT)"),
        ({"NIGEHBAN_DASHBOARD__TERRAIN": "a.tif"}, "it is terrain now"),
        ({"NIGEHBAN_PORT": "1"}, "variable NIGEHBAN_PORT names no setting"),
        ({"NIGEHBAN_MAVLINK__NETWORKS": "{"}, "mavlink"),
        ({"NIGEHBAN_MAVLINK__NETWORKS": '{"a": "tcp:1"}'}, "udpin:HOST:PORT"),
        ({"NIGEHBAN_MAVLINK__NETWORKS": '{"a": "udpin:h:70000"}'}, "udpin:HOST:PORT"),
        ({"NIGEHBAN_LOG__LEVEL": "LOUD"}, "log.level"),
        ({"NIGEHBAN_DASHBOARD__SERVICES": '{"car": {"km": 5}}'}, "dashboard.services.car.km"),
        ({"NIGEHBAN_SETTINGS": "/nowhere/n.toml"}, "/nowhere/n.toml: No such file"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(environ: dict[str, str], told: str) -> None:
    with pytest.raises(WrongSettingError) as caught:
        load(None, environ)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_file_is_one_line_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "n.toml"
    for text, told in [
        ("[dashboard\n", "line 1"),
        ("[dashboard]\nport = 0\n", "dashboard.port"),
        ("[dash]\nport = 1\n", "setting dash "),
        ("[geofences]\nground = 'a.tif'\n", "or NIGEHBAN_TERRAIN"),
        ("[database]\ndsn = 5\n", "database.dsn"),
    ]:
        file.write_text(text)
        with pytest.raises(WrongSettingError, match=r"^[^\n]+$") as caught:
            load(file, {})
        assert told in str(caught.value)
        assert str(file) in str(caught.value)


def test_a_wrong_secret_is_not_repeated_in_the_error(tmp_path: Path) -> None:
    file = tmp_path / "n.toml"
    file.write_text('[owntracks]\npassword = ["hush"]\n')
    with pytest.raises(WrongSettingError) as caught:
        load(file, {})
    assert "hush" not in str(caught.value)


def test_every_setting_has_a_description() -> None:
    assert [name for name, _, _, told in load(None, {}).rows() if not told] == []
    assert Settings.model_fields["data_dir"].description
