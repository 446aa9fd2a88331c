"""The addresses of links as they stand in the settings."""

from __future__ import annotations

import re
from dataclasses import dataclass

FORMS = "udpin:HOST:PORT, udpout:HOST:PORT, tcpin:HOST:PORT, tcp:HOST:PORT, serial:DEVICE:BAUD"

_ADDRESS = re.compile(r"(udpin|udpout|tcpin|tcp):([^:\s]+):(\d{1,5})")
_SERIAL = re.compile(r"(serial):(/[^\s:]+|[A-Z]+\d+):(\d{3,7})")


@dataclass(frozen=True, slots=True)
class LinkAddress:
    """The parts of a link's address."""

    kind: str
    """`udpin`, `udpout`, `tcpin`, `tcp` or `serial`."""

    place: str
    """A host, or a device."""

    number: int
    """A port, or baud."""


def read_url(url: str) -> LinkAddress:
    """The parts of an address. Raises ValueError if it is of no form that a link has."""
    parts = _SERIAL.fullmatch(url) or _ADDRESS.fullmatch(url)
    if parts is None or (parts[1] != "serial" and not 0 < int(parts[3]) <= 65_535):
        raise ValueError(f"link {url!r} is of none of the forms {FORMS}")
    return LinkAddress(parts[1], parts[2], int(parts[3]))


def check_url(url: str) -> str:
    """The address itself. Raises ValueError if it is of no form that a link has."""
    read_url(url)
    return url
