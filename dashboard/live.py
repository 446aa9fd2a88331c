"""What the browser is sent over `/live`, and how it is packed. Version 1, little-endian.

Binary messages carry what moves. Each begins with 16 bytes:

    0  u8   version        1
    1  u8   kind           1 marks, 2 trails
    2  u16  flags          bit 0: these are all marks, not only those that changed
    4  u32  count          records that follow; 0 is a heartbeat
    8  f64  time           the server's clock, milliseconds since 1970 in UTC

A mark is 32 bytes (`MARK`), what is unknown is the marker beside it:

    0  u32  slot           the asset, by its place in the directory
    4  i32  longitude      degrees × 10⁷                  MIN: never had a position
    8  i32  latitude       degrees × 10⁷                  MIN
   12  u32  position_age   ms before `time`               MAX: never
   16  u32  status_age     ms before `time`               MAX: never
   20  u16  heading        degrees × 100                  MAX
   22  u16  speed          m/s × 100                      MAX
   24  i16  height         m × 10 above home              MIN
   26  u8   battery        percent                        MAX
   27  u8   mode           place in the list of modes     MAX
   28  u8   armed          0 no, 1 yes                    MAX
   29  u8   airborne       0 no, 1 yes                    MAX
   30  u16  reserved       0

A trail point is 16 bytes (`TRAIL_POINT`): slot u32, longitude i32, latitude i32, age u32 in ms.
The points of one asset follow each other, the oldest first.

Text messages are JSON objects with a `type`: `hello` first of all (the rules of freshness among
them), `assets` (what stands at which slot) and `modes` before the marks that need them, `health`
each second, and `detail` of the asset that this viewer asked to watch. A viewer sends one thing:
`{"watch": "<key>"}`, or `{"watch": null}`. Keys travel as strings.

Some subjects are told when they change, only what changed; `whole` says that what is not in the
message is gone:

    {"type": "alerts", "whole": …, "alerts": […], "gone": [key, …]}
        alerts as `dashboard.alerting.as_told` has them: without members and acts
    {"type": "figures", "desks": {desk: {…}}, "detail": …}
        of `fleet.alerts.figures.Report`; `detail` says why alerts may be missing
    {"type": "contacts", "whole": …, "time": ms, "contacts": […], "gone": [contact, …], "sensors": […]}
        as `telemetry.feed` tells them; `time` is when the collector last did, `sensors` (all) only
        if they changed
    {"type": "fences", "version": n}
        the geofences to draw are others: to be had at /map/fences.json
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Kind
from fleet.columns import Rows
from fleet.freshness import LATE_AFTER, LOST_AFTER

VERSION = 1
MARKS = 1
TRAILS = 2
WHOLE_PICTURE = 1

HEADER = np.dtype(
    [("version", "u1"), ("kind", "u1"), ("flags", "<u2"), ("count", "<u4"), ("time", "<f8")]
)

MARK = np.dtype(
    [
        ("slot", "<u4"),
        ("longitude", "<i4"),
        ("latitude", "<i4"),
        ("position_age", "<u4"),
        ("status_age", "<u4"),
        ("heading", "<u2"),
        ("speed", "<u2"),
        ("height", "<i2"),
        ("battery", "u1"),
        ("mode", "u1"),
        ("armed", "u1"),
        ("airborne", "u1"),
        ("reserved", "<u2"),
    ]
)

TRAIL_POINT = np.dtype([("slot", "<u4"), ("longitude", "<i4"), ("latitude", "<i4"), ("age", "<u4")])

UNKNOWN_U8 = 0xFF
MAX_MODES = 255

_LANDED_AIRBORNE = (2, 3, 4)  # MAV_LANDED_STATE: in air, taking off, landing
_LANDED_UNKNOWN = (-1, 0)
_ACTIVE = (4, 5, 6)  # MAV_STATE: active, critical, emergency


class DirectoryEntry(NamedTuple):
    """What stands at a slot, in the order of the `assets` message."""

    slot: int
    key: int
    identity: str
    name: str
    kind: int
    """Kind."""

    group: str | None


class FrameError(ValueError):
    """Bytes that are no frame of this version."""


class Modes:
    """The names of the modes that were seen, each by its place in the list."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._places: dict[bytes, int] = {b"": UNKNOWN_U8}

    def places(self, modes: NDArray[np.bytes_]) -> NDArray[np.uint8]:
        """The place of each mode; after MAX_MODES different ones the rest are unknown."""
        named = modes.tolist()
        for mode in dict.fromkeys(named):
            if mode not in self._places and len(self.names) < MAX_MODES:
                self._places[mode] = len(self.names)
                self.names.append(mode.decode(errors="replace"))
        return np.array([self._places.get(mode, UNKNOWN_U8) for mode in named], np.uint8)


def airborne(rows: Rows) -> NDArray[np.uint8]:
    """Whether each of PICTURE rows flies: 1, 0, or UNKNOWN_U8 where nothing tells.

    MAV_LANDED_STATE decides; a vehicle that doesn't send it flies when it is armed and its
    MAV_STATE is active.
    """
    landed = rows["landed_state"]
    flies = np.isin(landed, _LANDED_AIRBORNE)
    untold = np.isin(landed, _LANDED_UNKNOWN)
    by_state = (rows["armed"] == 1) & np.isin(rows["system_status"], _ACTIVE)
    flies |= untold & by_state
    result = flies.astype(np.uint8)
    result[untold & (rows["armed"] == -1)] = UNKNOWN_U8
    return result


def has_place(rows: Rows) -> NDArray[np.bool_]:
    """Whether each of rows with latitude and longitude is somewhere on Earth."""
    inside: NDArray[np.bool_] = (np.abs(rows["latitude"]) <= 90) & (
        np.abs(rows["longitude"]) <= 180
    )
    return inside


def marks(rows: Rows, slots: NDArray[np.intp], now: np.datetime64, modes: Modes) -> Rows:
    """MARK records of PICTURE rows, whose assets stand at `slots`, as they are at `now`."""
    out = np.zeros(len(rows), MARK)
    out["slot"] = slots
    out["longitude"] = _scaled(rows["longitude"], 1e7, np.iinfo(np.int32), "min")
    out["latitude"] = _scaled(rows["latitude"], 1e7, np.iinfo(np.int32), "min")
    nowhere = ~has_place(rows)
    for name in ("longitude", "latitude"):
        out[name][nowhere] = np.iinfo(np.int32).min
    out["position_age"] = _age(rows["position_time"], now)
    out["position_age"][nowhere] = np.iinfo(np.uint32).max
    out["status_age"] = _age(rows["status_time"], now)
    heading = np.where(np.isfinite(rows["heading"]), rows["heading"], np.nan) % 360
    out["heading"] = _scaled(heading, 100, np.iinfo(np.uint16), "max")
    out["speed"] = _scaled(rows["speed"], 100, np.iinfo(np.uint16), "max")
    out["height"] = _scaled(rows["height"], 10, np.iinfo(np.int16), "min")
    out["battery"] = _scaled(rows["battery_percent"], 1, np.iinfo(np.uint8), "max")
    out["mode"] = modes.places(rows["mode"])
    out["armed"] = np.where(rows["armed"] < 0, UNKNOWN_U8, rows["armed"])
    out["airborne"] = airborne(rows)
    return out


def frame(records: Rows, now: np.datetime64, *, kind: int = MARKS, whole: bool = False) -> bytes:
    """A binary message: the header, then the records' own bytes."""
    header = np.zeros(1, HEADER)
    header["version"] = VERSION
    header["kind"] = kind
    header["flags"] = WHOLE_PICTURE if whole else 0
    header["count"] = len(records)
    header["time"] = milliseconds(now)
    return header.tobytes() + records.tobytes()


def parse_frame(message: bytes) -> tuple[np.void, Rows]:
    """Header and records of a binary message. Raises FrameError if it is torn or unknown."""
    if len(message) < HEADER.itemsize:
        raise FrameError(f"{len(message)} bytes are too few for a frame")
    header = np.frombuffer(message, HEADER, 1)[0]
    if header["version"] != VERSION or header["kind"] not in {MARKS, TRAILS}:
        raise FrameError(f"version {header['version']}, kind {header['kind']} is unknown")
    dtype = MARK if header["kind"] == MARKS else TRAIL_POINT
    if len(message) != HEADER.itemsize + int(header["count"]) * dtype.itemsize:
        raise FrameError(f"{len(message)} bytes do not hold {header['count']} records")
    return header, np.frombuffer(message, dtype, offset=HEADER.itemsize)


def hello(
    session: str, *, update_hz: float, heartbeat: float, trail: float, zone: str
) -> dict[str, Any]:
    """The first message: what a viewer needs to know of this server.

    `session` names this run of the server: slots of another session mean nothing in this one.
    `heartbeat` and `trail` are seconds.
    """
    return {
        "type": "hello",
        "version": VERSION,
        "session": session,
        "update_hz": update_hz,
        "heartbeat": heartbeat,
        "trail": trail,
        "time_zone": zone,
        "kinds": [kind.name.lower() for kind in Kind],
        "late_after": [LATE_AFTER[kind] for kind in Kind],
        "lost_after": [LOST_AFTER[kind] for kind in Kind],
    }


def milliseconds(time: np.datetime64) -> float:
    """Milliseconds since 1970 in UTC."""
    return float(time.astype("M8[us]").astype(np.int64)) / 1000


def _age(times: NDArray[np.datetime64], now: np.datetime64) -> NDArray[np.uint32]:
    """Milliseconds from each of `times` to `now`; what is ahead of `now` has age 0."""
    limit = np.iinfo(np.uint32).max
    age = (now - times).astype("m8[ms]")
    never = np.isnat(age)
    ages = np.where(never, limit, np.clip(age.astype(np.int64), 0, limit - 1))
    return ages.astype(np.uint32)


def _scaled(
    values: NDArray[np.floating[Any]], scale: float, range_: Any, unknown: str
) -> NDArray[np.int64]:
    """`values` × `scale` as integers within `range_`, whose end `unknown` stands for no number."""
    lowest, highest = range_.min + (unknown == "min"), range_.max - (unknown == "max")
    known = np.isfinite(values)
    scaled = np.rint(np.where(known, values, 0).astype(np.float64) * scale)
    return np.where(known, np.clip(scaled, lowest, highest), getattr(range_, unknown)).astype(
        np.int64
    )


def directory_message(entries: Iterable[DirectoryEntry]) -> dict[str, Any]:
    """The `assets` message: the fields of each entry in their order."""
    return {
        "type": "assets",
        "assets": [[each.slot, str(each.key), *each[2:]] for each in entries],
    }
