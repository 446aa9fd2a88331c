"""Who patrols: cars and officers on foot, a call sign each, and the beat that it keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from fleet.assets import Asset, Kind, osmand_asset, owntracks_asset
from fleet.peshawar import to_metres

# Station, latitude, longitude, radius of its beat in metres.
_STATIONS = (
    ("gulbahar", 34.0110, 71.5960, 1800),
    ("kotwali", 34.0105, 71.5760, 1500),
    ("saddar", 34.0015, 71.5440, 1800),
    ("hayatabad", 33.9830, 71.4350, 2200),
    ("faqirabad", 34.0250, 71.5850, 2200),
    ("university", 34.0060, 71.4880, 2200),
    ("chamkani", 34.0050, 71.6380, 3000),
    ("tehkal", 34.0130, 71.5170, 2000),
    ("yakatoot", 34.0010, 71.5820, 2000),
    ("pishtakhara", 33.9760, 71.5150, 3000),
    ("khazana", 34.0450, 71.5950, 3000),
    ("regi", 34.0220, 71.4500, 3000),
    ("bhanamari", 33.9900, 71.5680, 2200),
    ("mathra", 34.0600, 71.5000, 3500),
    ("town", 34.0010, 71.5020, 1800),
)


OWNTRACKS_USER = "patrol"
"""The MQTT user that all phones of the department publish as."""

FOOT_RADIUS = 500.0
"""Metres around its station that an officer on foot keeps to."""


class Protocol(StrEnum):
    """How a device reports."""

    OWNTRACKS = "owntracks"
    OSMAND = "osmand"
    NMEA = "nmea"
    TELTONIKA = "teltonika"


class CarKind(StrEnum):
    """How somebody patrols."""

    CAR = "car"
    OFFICER = "officer"  # on foot


@dataclass(frozen=True)
class CarSpec:
    """One car, or one officer on foot: its call sign, how it reports, and where it patrols."""

    call_sign: str
    protocol: Protocol
    centre: tuple[float, float]  # metres east and north of the city's centre
    radius: float
    kind: CarKind = CarKind.CAR

    @property
    def device(self) -> str:
        """What its device calls itself: the call sign, or the IMEI of a Teltonika."""
        return device_of(self.protocol, self.call_sign)


def device_of(protocol: Protocol, call_sign: str) -> str:
    """What the device of `call_sign` calls itself."""
    return imei(call_sign) if protocol is Protocol.TELTONIKA else call_sign


def asset_of(protocol: Protocol, device: str) -> Asset:
    """What the collector calls the device."""
    match protocol:
        case Protocol.OWNTRACKS:
            return owntracks_asset(OWNTRACKS_USER, device)
        case Protocol.OSMAND:
            return osmand_asset(device)
        case _:
            return Asset(f"{protocol}:{device}", Kind.CAR)


def imei(call_sign: str) -> str:
    """The IMEI of the Teltonika in a car: from its call sign alone, with a check digit.

    3GPP TS 23.003, annex B: 14 digits, and one that makes the Luhn sum a multiple of 10. Two of
    10,000 cars share one once in 20,000 fleets.
    """
    number = int.from_bytes(blake2b(call_sign.encode(), digest_size=8).digest(), "big")
    digits = f"86{number % 10**12:012d}"
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(digits)]
    return digits + str(-sum(number // 10 + number % 10 for number in doubled) % 10)


def beat(number: int) -> CarSpec:
    """Car `number` (from 0) as it is unless somebody says otherwise.

    Stations take turns, and so do the two apps.
    """
    station, centre, radius = _station(number)
    return CarSpec(
        call_sign=f"{station}-{number // len(_STATIONS) + 1:02d}",
        protocol=Protocol.OWNTRACKS if number % 2 == 0 else Protocol.OSMAND,
        centre=centre,
        radius=radius,
    )


def foot_beat(number: int) -> CarSpec:
    """Officer `number` (from 0) on foot, as she is unless somebody says otherwise."""
    station, centre, _ = _station(number)
    return CarSpec(
        call_sign=f"{station}-foot-{number // len(_STATIONS) + 1:02d}",
        protocol=Protocol.OWNTRACKS if number % 2 == 0 else Protocol.OSMAND,
        centre=centre,
        radius=FOOT_RADIUS,
        kind=CarKind.OFFICER,
    )


def _station(number: int) -> tuple[str, tuple[float, float], float]:
    station, latitude, longitude, radius = _STATIONS[number % len(_STATIONS)]
    east, north = to_metres(latitude, longitude)
    return station, (float(east), float(north)), float(radius)
