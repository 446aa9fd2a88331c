"""Who an asset is: its natural identity outside, its integer key inside.

The key is a hash of the identity, not a number handed out by the database: any collector, alone
and with the database away, gives the same vehicle the same key, so rows can be spooled, shown and
merged without asking anybody (docs/decisions/0002-asset-keys.md).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

IDENTITY_MAX_BYTES = 64
"""Longest identity in UTF-8 bytes: the width of the picture's `identity` column."""

KEY_BITS = 52
"""A key fits a JavaScript number exactly (2**53); two of 10,000 assets collide once in 10**8."""


class Kind(IntEnum):
    """What kind of thing an asset is."""

    UNKNOWN = 0
    DRONE = 1
    CAR = 2
    OFFICER = 3  # on foot, with a phone
    POST = 4  # a panic button with a camera, fixed
    CAMERA = 5


class IdentityError(ValueError):
    """An identity that cannot be kept: empty, too long, or with control characters in it."""


@dataclass(frozen=True)
class Asset:
    """One vehicle, or camera, known by the identity that its protocol gives it.

    `identity` begins with the protocol, and goes on with what tells vehicles apart in it:

    - `mavlink:<network>/<system id>`
    - `osmand:<id>`
    - `owntracks:<user>/<device>`, over MQTT and HTTP alike
    - `nmea:<id it sends before its sentences, else its address>`
    - `gpsd:<server's name in the settings><device>`: `gpsd:local/dev/ttyUSB0`
    - `teltonika:<IMEI>`, `gt06:<IMEI>`
    - `camera:<name>`
    - `imported:<name>` for a track of a file that names no such identity

    Raises IdentityError if it is empty, longer than IDENTITY_MAX_BYTES or not printable.
    """

    identity: str
    kind: Kind

    def __post_init__(self) -> None:
        if not self.identity.isprintable() or not self.identity:
            raise IdentityError(f"identity {self.identity[:80]!r} is empty or not printable")
        if len(self.identity.encode()) > IDENTITY_MAX_BYTES:
            raise IdentityError(f"identity {self.identity[:80]!r} is longer than 64 bytes")

    @cached_property
    def key(self) -> int:
        """The key inside: the first 52 bits of BLAKE2b of the identity."""
        digest = hashlib.blake2b(self.identity.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> (64 - KEY_BITS)

    @property
    def default_name(self) -> str:
        """What it is called while nobody has named it."""
        return default_name(self.identity)


def default_name(identity: str) -> str:
    """What an asset that nobody has named is called: `gulbahar-03`, `drone 7`, `north 7`.

    It is what the protocol calls it; a vehicle of the default network is a `drone`.
    """
    protocol, _, called = identity.partition(":")
    if protocol == "mavlink":
        network, _, system = called.rpartition("/")
        return f"{'drone' if network == 'default' else network} {system}"
    return called or identity


def mavlink_asset(network: str, system: int) -> Asset:
    """The vehicle with MAVLink system id `system` (1–255) in a named network."""
    return Asset(f"mavlink:{network}/{system}", Kind.DRONE)


def owntracks_asset(user: str, device: str) -> Asset:
    """The phone or tracker that publishes to `owntracks/<user>/<device>`."""
    return Asset(f"owntracks:{user}/{device}", Kind.CAR)


def osmand_asset(device_id: str) -> Asset:
    """The tracker that calls itself `id=<device_id>`."""
    return Asset(f"osmand:{device_id}", Kind.CAR)
