"""Remote ID in Wi-Fi beacons: the vendor element FA:0B:BC of type 0D (ASTM F3411-22a, 5.4.9).

Frames as radiotap captures hold them (https://www.radiotap.org), management frames of IEEE 802.11.
"""

from __future__ import annotations

RADIOTAP = 127
PLAIN = 105
"""Link types of captures: with a radiotap header, and without one (LINKTYPE_IEEE802_11)."""

VENDOR = b"\xfa\x0b\xbc\x0d"
"""The organisation's identifier and the type of its element."""

_BEACON = 0x80  # version 0, management, subtype 8
_HEADER, _FIXED = 24, 12
_SENDER = slice(10, 16)
_VENDOR_ELEMENT = 221


def broadcast(link: int, data: bytes) -> tuple[str, bytes] | None:
    """The sender's address and the message pack of a beacon; None for any other frame."""
    if link == RADIOTAP:
        if len(data) < 4:
            return None
        data = data[int.from_bytes(data[2:4], "little") :]
    elif link != PLAIN:
        return None
    if len(data) < _HEADER + _FIXED or data[0] != _BEACON:
        return None
    at = _HEADER + _FIXED
    while at + 2 <= len(data):
        kind, size = data[at], data[at + 1]
        body = data[at + 2 : at + 2 + size]
        if kind == _VENDOR_ELEMENT and body[:4] == VENDOR and len(body) == size:
            return data[_SENDER].hex(":"), body[5:]  # after them a counter
        at += 2 + size
    return None
