"""Remote ID in Bluetooth advertisements: service data of FFFA, application code 0D.

Legacy advertisements hold one message, extended ones a pack (ASTM F3411-22a, 5.4.6 and 5.4.7). Frames
of the link layer as sniffers capture them, and events of a host's controller (Bluetooth Core 5.4,
volume 6 part B 2.3, volume 4 part E 7.7.65).
"""

from __future__ import annotations

from collections.abc import Iterator

LINK_LAYER = 251
LINK_LAYER_PHDR = 256
HCI = 187
HCI_PHDR = 201
"""Link types of captures: link layer, the same after ten bytes about the radio; events of a
controller, the same after four bytes of direction."""

SERVICE = b"\xfa\xff"
APPLICATION = 0x0D

_ADVERTISING_ACCESS = b"\xd6\xbe\x89\x8e"
_LEGACY = frozenset({0, 2, 6})  # ADV_IND, ADV_NONCONN_IND, ADV_SCAN_IND
_EXTENDED = 7
_SERVICE_DATA = 0x16

# Parts of an extended header in their order, and their sizes; the first is the sender's address.
_PARTS = (6, 6, 1, 2, 3, 18, 1)

_EVENT, _LE_META, _REPORT, _EXTENDED_REPORT = 4, 0x3E, 0x02, 0x0D


def broadcasts(link: int, data: bytes) -> list[tuple[str, bytes]]:
    """Address of the sender and message or pack of each Remote ID advertisement in a frame."""
    if link in {LINK_LAYER, LINK_LAYER_PHDR}:
        found = _link_layer(data[10:] if link == LINK_LAYER_PHDR else data)
    elif link in {HCI, HCI_PHDR}:
        found = _events(data[4:] if link == HCI_PHDR else data)
    else:
        return []
    told = []
    for address, advertised in found:
        remote_id = _remote_id(advertised)
        if remote_id:
            told.append((address[::-1].hex(":"), remote_id))
    return told


def _link_layer(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(data) < 6 or data[:4] != _ADVERTISING_ACCESS:
        return
    kind, size = data[4] & 0x0F, data[5]
    body = data[6 : 6 + size]
    if len(body) < size:
        return
    if kind in _LEGACY and size >= 6:
        yield body[:6], body[6:]
    elif kind == _EXTENDED and size >= 2:
        length = body[0] & 0x3F
        flags = body[1] if length else 0
        sizes = sum(size for bit, size in enumerate(_PARTS) if flags >> bit & 1)
        if flags & 1 and 1 + sizes <= length < size:
            yield body[2:8], body[1 + length :]


def _events(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(data) < 5 or data[0] != _EVENT or data[1] != _LE_META or len(data) < 3 + data[2]:
        return
    kind, count, at = data[3], data[4], 5
    head, address_at = (8, 2) if kind == _REPORT else (23, 3)
    if kind not in {_REPORT, _EXTENDED_REPORT}:
        return
    for _ in range(count):
        size = data[at + head] if at + head < len(data) else 0
        body = data[at + head + 1 : at + head + 1 + size]
        if not size or len(body) < size:
            return
        yield data[at + address_at : at + address_at + 6], body
        at += head + 1 + size + (kind == _REPORT)  # a legacy report ends with its strength


def _remote_id(advertised: bytes) -> bytes:
    at = 0
    while at + 1 < len(advertised):
        size = advertised[at]
        body = advertised[at + 1 : at + 1 + size]
        told = body[:1] == bytes([_SERVICE_DATA]) and body[1:3] == SERVICE
        if told and body[3:4] == bytes([APPLICATION]) and len(body) == size:
            return body[5:]  # after them a counter
        at += 1 + max(size, 1)
    return b""
