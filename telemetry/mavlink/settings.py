"""The settings of MAVLink: named networks, their links, keys and rates.

A network is most often one address, `north = "udpin:0.0.0.0:14550"`; it may be a list of them, or a
table with all that `NetworkSettings` has.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from telemetry.mavlink.links.urls import check_url
from telemetry.settings import Section

LINKS_MOST = 32
"""Links of one network."""

PASSPHRASE_LEAST = 8
"""Characters of a passphrase."""

RADIO_STATUS = 109
"""Sent by radios, which have no key."""

System = Annotated[int, Field(ge=1, le=255)]
Rate = Annotated[float, Field(gt=0, le=50)]


_HEX = re.compile("[0-9a-fA-F]+")
_HEX_DIGITS = 64


def _checked_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if len(text) < PASSPHRASE_LEAST:
        raise ValueError(
            f"a key is {_HEX_DIGITS} hexadecimal digits, or a passphrase of {PASSPHRASE_LEAST} "
            "characters and more"
        )
    if _HEX.fullmatch(text) and _HEX_DIGITS // 2 <= len(text) != _HEX_DIGITS:
        raise ValueError(f"a key has {_HEX_DIGITS} hexadecimal digits, this one {len(text)}")
    return key


Key = Annotated[SecretStr, AfterValidator(_checked_key)]
"""64 hexadecimal digits, or a passphrase."""


def key_bytes(key: SecretStr) -> bytes:
    """The 32 bytes of a key; of a passphrase its SHA-256, as MAVProxy and Mission Planner do."""
    text = key.get_secret_value()
    if len(text) == _HEX_DIGITS and _HEX.fullmatch(text):
        return bytes.fromhex(text)
    return sha256(text.encode()).digest()


class SigningSettings(Section):
    """Which frames are taken, and how ours are signed."""

    key: Key | None = Field(
        None, description="Key of the network: 64 hexadecimal digits, or a passphrase."
    )
    systems: dict[System, Key] = Field(
        {}, description="Keys of single vehicles by system id, instead of the network's."
    )
    unsigned_messages: tuple[Annotated[int, Field(ge=0, lt=1 << 24)], ...] = Field(
        (RADIO_STATUS,), description="Ids of messages that are taken unsigned."
    )
    unsigned_systems: tuple[System, ...] = Field(
        (), description="System ids of which unsigned messages are taken."
    )
    link_id: int = Field(
        0, ge=0, le=255, description="Link id of what we sign; each program needs its own."
    )

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if self.key is None and not self.systems:
            raise ValueError("signing needs a key, of the network or of systems")
        return self


def _as_links(links: Any) -> Any:
    return (links,) if isinstance(links, str) else links


class NetworkSettings(Section):
    """One network of vehicles, which are known by their system ids in it."""

    links: Annotated[
        tuple[Annotated[str, AfterValidator(check_url)], ...],
        BeforeValidator(_as_links),
        Field(min_length=1, max_length=LINKS_MOST),
    ] = Field(description="Address or addresses by which its vehicles are reached.")
    shared: bool = Field(
        default=False,
        description="Whether other collectors may listen on the same UDP ports beside this one.",
    )
    signing: SigningSettings | None = Field(
        None, description="Keys; with them only signed messages are taken."
    )
    position_hz: Rate | None = Field(None, description="As mavlink.position_hz, of this network.")
    status_hz: Rate | None = Field(None, description="As mavlink.status_hz, of this network.")

    @model_validator(mode="before")
    @classmethod
    def _from_addresses(cls, given: Any) -> Any:
        """The short forms: an address, or a list of them."""
        return {"links": given} if isinstance(given, (str, list, tuple)) else given


def _checked_networks(networks: dict[str, NetworkSettings]) -> dict[str, NetworkSettings]:
    taken: dict[str, str] = {}
    for name, network in networks.items():
        if not re.fullmatch(r"[a-z0-9-]{1,20}", name):
            raise ValueError(f"network name {name!r}: use 1–20 of a–z, 0–9 and -")
        for url in network.links:
            other = taken.setdefault(url, name)
            if other != name or network.links.count(url) > 1:
                raise ValueError(f"network {name}: link {url!r} is there twice; leave one out")
    return networks


class MavlinkSettings(Section):
    """Drones."""

    networks: Annotated[dict[str, NetworkSettings], AfterValidator(_checked_networks)] = Field(
        {"default": NetworkSettings(links=("udpin:127.0.0.1:14550",))},
        description="Named MAVLink networks: the address or addresses of each, keys and rates.",
    )
    system_id: System = Field(255, description="Our system id as a ground station.")
    position_hz: Rate = Field(4, description="Position rate asked of each vehicle.")
    status_hz: Rate = Field(1, description="Rate asked of battery, GPS, EKF, home.")
    tlog_file_bytes: int = Field(64 << 20, ge=4096, description="Size at which a .tlog is closed.")
    tlog_file_age: float = Field(3600, gt=0, description="Seconds after which a .tlog is closed.")
    tlog_keep_bytes: int = Field(4 << 30, ge=4096, description="Size of all .tlog files together.")
    tlog_keep_age: float = Field(30 * 86400, gt=0, description="Seconds that a .tlog is kept.")

    def of_network(self, name: str) -> MavlinkSettings:
        """The same with the rates of one network."""
        network = self.networks[name]
        own = {"position_hz": network.position_hz, "status_hz": network.status_hz}
        return self.model_copy(
            update={rate: hertz for rate, hertz in own.items() if hertz is not None}
        )
