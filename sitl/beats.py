"""Who the simulated patrol cars are: a station's call sign each, and the beat it keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

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


class Protocol(Enum):
    """How a car reports."""

    OWNTRACKS = "owntracks"
    OSMAND = "osmand"


@dataclass(frozen=True)
class Beat:
    """One car: its call sign, how it reports, and where it patrols."""

    call_sign: str
    protocol: Protocol
    centre: tuple[float, float]  # metres east and north of the city's centre
    radius: float


def beat(number: int) -> Beat:
    """The beat of car `number` (from 0). Stations take turns, and so do the protocols."""
    station, latitude, longitude, radius = _STATIONS[number % len(_STATIONS)]
    east, north = to_metres(latitude, longitude)
    return Beat(
        call_sign=f"{station}-{number // len(_STATIONS) + 1:02d}",
        protocol=Protocol.OWNTRACKS if number % 2 == 0 else Protocol.OSMAND,
        centre=(float(east), float(north)),
        radius=float(radius),
    )
