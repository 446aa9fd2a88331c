"""The drones and cameras that come with it are plausible; files of one's own are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from missions import library
from missions.drones import DroneKind
from missions.energy import EnergyModel
from missions.errors import PlanningError

OWN = """
[[camera]]
name = "own eye"
sensor_width = 10
sensor_height = 8
focal_length = 20
image_width = 1000
image_height = 800

[[drone]]
name = "Own Quad"
mass = 2
battery = 100
hover_power = 200
cruise_power = 190
cruise_speed = 10
speed_most = 18
climb_speed = 4
descent_speed = 3
acceleration = 2
lateral_acceleration = 2
wind_most = 10
cameras = ["own eye", "DJI M3E wide"]
"""


def test_the_library_knows_the_common_drones() -> None:
    kinds = library.kinds()
    assert len(kinds) >= 8
    assert {kind.wing for kind in kinds.values()} == {"rotary", "fixed"}
    assert all(name == kind.name for name, kind in kinds.items())


@pytest.mark.parametrize("kind", library.kinds().values(), ids=lambda kind: kind.name)
def test_each_drone_is_plausible_and_says_where_its_figures_come_from(kind: DroneKind) -> None:
    assert "stimated" in kind.source
    assert kind.cameras
    assert kind.speed_least < kind.cruise_speed <= kind.speed_most
    assert kind.wind_most <= kind.speed_most
    minutes = kind.battery / kind.cruise_power * 60
    assert 20 <= minutes <= 180
    if kind.wing == "rotary":
        assert 20 <= kind.battery / kind.hover_power * 60 <= 60
        # Induced power of its weight, and nothing flies on less: above 15 W/kg for such rotors.
        assert kind.hover_power / kind.mass > 60
    model = EnergyModel(kind)
    assert model.power(kind.cruise_speed) == pytest.approx(kind.cruise_power)


def test_a_published_flight_time_comes_out_of_the_model() -> None:
    """DJI: the Matrice 30T hovers 36 minutes; the Mavic 3 Enterprise 38."""
    for name, minutes in (("DJI Matrice 30T", 36), ("DJI Mavic 3 Enterprise", 38)):
        kind = library.find(name)
        assert kind.battery / EnergyModel(kind).hover(60).energy == pytest.approx(minutes, rel=0.01)


def test_a_name_is_found_in_any_case_and_a_wrong_one_gets_suggestions() -> None:
    assert library.find("dji matrice 30t").name == "DJI Matrice 30T"
    with pytest.raises(PlanningError, match="did you mean DJI Matrice 30T"):
        library.find("Matrice 30 T")


def test_a_folder_of_ones_own_adds_and_replaces(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "z.toml").write_text(OWN.replace('"Own Quad"', '"DJI Matrice 30T"'))
    found = library.find("own quad", tmp_path)
    assert [camera.name for camera in found.cameras] == ["own eye", "DJI M3E wide"]
    assert library.find("DJI Matrice 30T", tmp_path).mass == 2
    assert library.find("DJI Matrice 30T").mass == pytest.approx(3.77)
    assert "own eye" in library.cameras(tmp_path)
    assert "own eye" not in library.cameras()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN.replace("mass = 2", "mass = -2"), "own.toml: drone 'Own Quad': mass: "),
        (OWN.replace("mass = 2", "weight = 2"), "own.toml: drone 'Own Quad': mass: field required"),
        (OWN.replace("focal_length = 20", ""), "own.toml: camera 'own eye': focal_length: "),
        (OWN.replace('"DJI M3E wide"', '"DJI M3E wode"'), "did you mean 'DJI M3E wide'"),
        (OWN.replace('"DJI M3E wide"', "[1]"), "no camera"),
        (OWN.replace('["own eye", "DJI M3E wide"]', "3"), "own.toml: drone"),
        ("[drone]\nname = 1", "own.toml: drone: only"),
        ("engine = 3", "own.toml: engine: only"),
        ("drone = [3]", "own.toml: drone: a table"),
        ("camera = [3]", "own.toml: camera None: the table: "),
        ("[[drone", "own.toml is no TOML"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_with_file_and_key(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(PlanningError) as error:
        library.kinds(tmp_path)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanningError, match="is not a folder"):
        library.kinds(tmp_path / "none")
    (tmp_path / "big.toml").write_text("#" * (library.FILE_MOST + 1))
    with pytest.raises(PlanningError, match="larger than"):
        library.kinds(tmp_path)
    (tmp_path / "big.toml").unlink()
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(PlanningError, match=r"folder\.toml cannot be read"):
        library.kinds(tmp_path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "any.toml").write_bytes(content)
    said = "any.toml"
    try:
        library.kinds(tmp_path)
    except PlanningError as error:
        said = str(error)
    assert "any.toml" in said
