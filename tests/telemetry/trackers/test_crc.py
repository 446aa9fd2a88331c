from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from telemetry.trackers.crc import crc16_ibm, crc16_itu
from tests.telemetry.trackers.checksums import crc_16_arc, crc_16_x25


def test_check_values_of_the_catalogue() -> None:
    # https://reveng.sourceforge.io/crc-catalogue/16.htm: CRC-16/ARC and CRC-16/IBM-SDLC
    assert crc16_ibm(b"123456789") == 0xBB3D
    assert crc16_itu(b"123456789") == 0x906E


@given(st.binary(max_size=300))
def test_two_bytes_a_step_are_the_same_as_bit_by_bit(data: bytes) -> None:
    assert crc16_ibm(data) == crc_16_arc(data)
    assert crc16_itu(data) == crc_16_x25(data)
