import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.assets import (
    IDENTITY_MAX_BYTES,
    KEY_BITS,
    Asset,
    IdentityError,
    Kind,
    mavlink_asset,
    osmand_asset,
    owntracks_asset,
)


def test_the_key_of_an_identity_never_changes() -> None:
    # Rows in databases are kept under these: a changed hash would orphan them.
    assert mavlink_asset("default", 1).key == 1842966950126779
    assert osmand_asset("gulbahar-03").key == 4364656289333854


def test_the_same_system_id_in_another_network_is_another_vehicle() -> None:
    assert mavlink_asset("north", 1).key != mavlink_asset("south", 1).key


@given(st.text(max_size=40))
def test_a_key_fits_a_javascript_number_and_a_bad_identity_is_refused(text: str) -> None:
    try:
        key = Asset(f"osmand:{text}", Kind.CAR).key
    except IdentityError:
        assert not text.isprintable() or len(text.encode()) > IDENTITY_MAX_BYTES - 7
    else:
        assert 0 <= key < 1 << KEY_BITS


@pytest.mark.parametrize("bad", ["", "x" * 65, "ن" * 33, "a\nb", "a\0b", "\ud800"])
def test_an_identity_that_cannot_be_kept_is_refused(bad: str) -> None:
    with pytest.raises(IdentityError):
        Asset(bad, Kind.CAR)


@pytest.mark.parametrize("long", ["x" * 5000, "\0" * 5000])
def test_what_is_said_of_an_endless_identity_is_short(long: str) -> None:
    with pytest.raises(IdentityError) as refused:
        Asset(long, Kind.CAR)
    assert len(str(refused.value)) < 400


def test_an_unnamed_asset_is_called_by_what_its_protocol_calls_it() -> None:
    assert owntracks_asset("police", "car-7").default_name == "police/car-7"
    assert osmand_asset("gulbahar-03").default_name == "gulbahar-03"
    assert mavlink_asset("default", 7).default_name == "drone 7"
    assert mavlink_asset("north", 7).default_name == "north 7"
