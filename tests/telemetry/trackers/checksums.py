"""CRC-16 bit by bit, as its definition says, to check the tables against and to build frames."""

from __future__ import annotations


def crc_16(data: bytes, polynomial: int, register: int, final: int = 0) -> int:
    """A CRC with a reflected polynomial."""
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (polynomial if register & 1 else 0)
    return register ^ final


def crc_16_arc(data: bytes) -> int:
    """What Teltonika calls CRC-16/IBM."""
    return crc_16(data, 0xA001, 0)


def crc_16_x25(data: bytes) -> int:
    """What GT06 calls CRC-ITU."""
    return crc_16(data, 0x8408, 0xFFFF, 0xFFFF)
