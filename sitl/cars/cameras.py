"""Fixed cameras that tell what they see: events by themselves, now and then, and on demand.

What they say is JSON, as `telemetry.trackers.camera_events` describes it, published to
`cameras/<name>/event` or posted over HTTP.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sitl.cars.places import places
from sitl.noise import Stream, generator

CAMERAS = 711
"""Cameras of the city."""

MEAN_INTERVAL = 7200.0
"""Seconds between two events of one camera, on average: with 711 cameras one in ten seconds."""

KINDS = {"vehicle_match": 0.60, "crowd": 0.25, "person_down": 0.12, "fire": 0.03}
"""What cameras see by themselves, and how often."""

_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CONFIDENCE = (0.55, 0.99)
_CROWD = (25, 400)  # people
_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
_RANDOM_PART = 3  # of the generators of SENSOR, those of cameras
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Camera:
    """One camera."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one camera saw."""

    time_us: int  # µs UTC
    kind: str
    confidence: float
    count: int | None = None  # people, of a crowd
    plate: str | None = None


class Cameras:
    """The cameras of a simulation, by number from 0, each from a generator of its own."""

    def __init__(
        self, seed: int, count: int = CAMERAS, *, mean_interval: float = MEAN_INTERVAL
    ) -> None:
        self.cameras = [
            Camera(name, *place)
            for name, place in zip(camera_names(count), places(count), strict=True)
        ]
        self._mean = mean_interval * 1e6
        self._random = [generator(seed, Stream.SENSOR, n, _RANDOM_PART) for n in range(count)]
        self._next = [random.exponential(self._mean) for random in self._random]
        self._soonest = min(self._next, default=0.0)
        self._asked: list[tuple[int, str, float]] = []

    def see(self, number: int, kind: str, confidence: float = 0.9) -> None:
        """Let camera `number` see something: it says so in the next step.

        Raises ValueError for a camera that there is not, a kind that is no word, or a confidence
        outside 0 to 1.
        """
        if not 0 <= number < len(self.cameras):
            raise ValueError(f"no camera has number {number}: there are {len(self.cameras)}")
        if not _KIND.fullmatch(kind):
            raise ValueError(f"camera event {kind!r}: use a word of a–z, 0–9 and _")
        if not 0 <= confidence <= 1:
            raise ValueError(f"camera event: confidence is {confidence}, not from 0 to 1")
        self._asked.append((number, kind, confidence))

    def step(self, time: int, unix_us: int) -> list[tuple[int, Sighting]]:
        """Go on to `time` (µs of the simulation) and `unix_us` (µs UTC).

        Returns what is seen as (number of the camera, sighting).
        """
        told = [
            (number, Sighting(unix_us, kind, confidence))
            for number, kind, confidence in self._asked
        ]
        self._asked.clear()
        if not self._next or time < self._soonest:
            return told
        for number, due in enumerate(self._next):
            if time >= due:
                told.append((number, self._seen(number, unix_us)))
                self._next[number] = time + self._random[number].exponential(self._mean)
        self._soonest = min(self._next)
        return told

    def _seen(self, number: int, unix_us: int) -> Sighting:
        random = self._random[number]
        kind = str(random.choice(list(KINDS), p=list(KINDS.values())))
        confidence = round(float(random.uniform(*_CONFIDENCE)), 2)
        count = int(random.integers(*_CROWD)) if kind == "crowd" else None
        plate = None
        if kind == "vehicle_match":
            letters = "".join(_LETTERS[n] for n in random.integers(0, len(_LETTERS), 2))
            plate = f"{letters}-{int(random.integers(1, 10_000)):04d}"
        return Sighting(unix_us, kind, confidence, count, plate)


def camera_names(count: int) -> list[str]:
    """What the first `count` cameras are called."""
    return [f"cam-{number + 1:04d}" for number in range(count)]


def topic(camera: Camera) -> str:
    """The topic that the camera publishes to."""
    return f"cameras/{camera.name}/event"


def payload(camera: Camera, sighting: Sighting) -> bytes:
    """The JSON of one event."""
    moment = _EPOCH + timedelta(microseconds=sighting.time_us)
    message: dict[str, object] = {
        "camera": camera.name,
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "kind": sighting.kind,
        "confidence": sighting.confidence,
        "latitude": camera.latitude,
        "longitude": camera.longitude,
    }
    if sighting.count is not None:
        message["count"] = sighting.count
    if sighting.plate is not None:
        message["plate"] = sighting.plate
    return json.dumps(message, separators=(",", ":")).encode()
