"""What the cameras of assets see of the ground now, as the map draws it.

The collector tells where cameras look (`live.views`), the register what nobody tells: the angles of
view of a lens, how a camera is fixed to a vehicle, and where fixed ones look. What was told too long
ago is not shown; the page sees by its time how old the rest is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dashboard.keyed import Keyed
from dashboard.situation import Situation
from fleet.cameras import Lenses, Mounted
from fleet.columns import Rows, blank
from fleet.footprints import centres, distinct, outlines, sectors, shifted
from fleet.views import VIEW
from missions import library
from missions.camera import field_of_view
from missions.errors import PlanningError

log = logging.getLogger(__name__)

FOOTPRINTS_MOST = 5_000
"""Footprints that are told; those beyond are not."""

FARTHEST = 1_500.0
"""Metres from below a camera at which its footprint is cut, where the register does not say."""

KEPT = np.timedelta64(60, "s")
"""How long the word of a camera is shown."""

TIME_STEP = 2_000
"""Milliseconds: a footprint that stays where it is is told anew so often at most."""

DECIMALS = 5
"""Of degrees: a metre."""

Now = Callable[[], np.datetime64]


def known_lenses(extra: Path | None) -> Lenses:
    """The angles of view of the planner's cameras, by name; `extra` is a folder of our own ones."""
    try:
        cameras = library.cameras(extra)
    except PlanningError as error:
        log.warning("only the cameras that come along are known: %s", error)
        cameras = library.cameras()
    return {name: field_of_view(camera) for name, camera in cameras.items()}


class Footprinting:
    """Footprints by asset. `version` grows with each change; `reckon` makes them anew."""

    def __init__(self, situation: Situation, now: Now) -> None:
        self._situation = situation
        self._now = now
        self._told = Keyed(FOOTPRINTS_MOST)
        self._views = blank(VIEW, 0)  # by asset
        self._mounted: dict[int, Mounted] = {}  # those that are fixed to vehicles
        self._fixed: dict[int, Mounted] = {}
        self._shown: dict[str, set[str]] = {"fixed": set(), "moving": set()}
        self._placed: tuple[int, bytes] | None = None  # of what the fixed ones were reckoned
        self._registered = 0

    @property
    def version(self) -> int:
        """Grows with each change; 0: there was never any."""
        return self._told.version

    def take(self, views: Rows) -> None:
        """Take VIEW rows; of each asset the newest counts."""
        if not len(views):
            return
        both = np.concatenate([self._views, views])
        both = both[np.lexsort((both["time"], both["asset"]))]
        last = np.append(both["asset"][1:] != both["asset"][:-1], True)
        self._views = both[last & (self._now() - both["time"] <= KEPT)]

    def register(self, cameras: Mapping[int, Mounted]) -> None:
        """Have these cameras in the register, by asset."""
        if cameras == self._mounted | self._fixed:
            return
        self._fixed = {key: camera for key, camera in cameras.items() if camera.is_fixed}
        self._mounted = {key: camera for key, camera in cameras.items() if not camera.is_fixed}
        self._registered += 1

    def reckon(self) -> None:
        """Make the footprints of now."""
        if len(self._views) or self._mounted or self._shown["moving"]:
            self._show("moving", self._moving())
        if self._fixed or self._shown["fixed"]:
            found = self._standing()
            if found is not None:
                self._show("fixed", found)

    def message(self, since: int) -> bytes:
        """The `footprints` message for who was last told at a version, 0: never."""
        whole, items, gone = self._told.since(since)
        told = {"type": "footprints", "whole": whole, "footprints": items, "gone": gone}
        return orjson.dumps(told)

    def all(self) -> list[Mapping[str, Any]]:
        """All footprints."""
        return list(self._told)

    def _show(self, which: str, items: Mapping[str, Mapping[str, Any]]) -> None:
        for key in self._shown[which] - items.keys():
            self._told.drop(key)
        for key, item in items.items():
            self._told.put(key, item)
        self._shown[which] = set(items)

    def _moving(self) -> dict[str, dict[str, Any]]:
        """Of cameras of vehicles."""
        views = self._all_views()
        views = views[self._now() - views["time"] <= KEPT]
        rows = self._rows(views["asset"])
        nose = np.where(np.isnan(rows["heading"]), rows["yaw"], rows["heading"])
        yaw = views["yaw"] + np.where(views["from_nose"], nose, 0)
        above = views["altitude"] - views["ground"]
        mounted = [self._mounted.get(key, Mounted()) for key in views["asset"].tolist()]
        reach = _filled(np.array([camera.reach for camera in mounted]), FARTHEST)
        height = _filled(above, rows["height"])
        place = np.stack(
            [_filled(views[name], rows[name]) for name in ("longitude", "latitude")], axis=-1
        )
        found = outlines(
            height,
            views["pitch"],
            yaw,
            _filled(views["across"], np.array([camera.across for camera in mounted])),
            _filled(views["upwards"], np.array([camera.upwards for camera in mounted])),
            farthest=reach,
            roll=views["roll"],
        )
        middle = centres(height, views["pitch"], yaw)
        middle[np.hypot(*middle.T) > reach] = np.nan
        times = np.fmin(views["time"], rows["position_time"])
        return _told(views["asset"], place, found, middle, times)

    def _all_views(self) -> Rows:
        """What was told, and cameras that are fixed to vehicles which tell nothing of them."""
        told = self._views[self._now() - self._views["time"] <= KEPT]
        known = set(told["asset"].tolist())
        silent = [
            (key, camera)
            for key, camera in self._mounted.items()
            if key not in known and key in self._situation.picture and not np.isnan(camera.pitch)
        ]
        rigid = blank(VIEW, len(silent))
        if silent:
            rigid["asset"] = [key for key, _ in silent]
            rigid["time"] = self._rows(rigid["asset"])["position_time"]
            rigid["pitch"] = [camera.pitch for _, camera in silent]
            rigid["yaw"] = [np.nan_to_num(camera.heading) for _, camera in silent]
            rigid["roll"], rigid["from_nose"] = 0, True
        views = np.concatenate([told, rigid])
        return views[[key in self._situation.picture for key in views["asset"].tolist()]]

    def _standing(self) -> dict[str, dict[str, Any]] | None:
        """Of fixed cameras; None if all is as it was reckoned last."""
        picture = self._situation.picture
        keys = np.array(list(self._fixed), np.int64)
        cameras = list(self._fixed.values())
        place = np.array([(camera.longitude, camera.latitude) for camera in cameras])
        place = place.reshape(len(cameras), 2)
        seen = np.array([key in picture for key in self._fixed], bool)
        if seen.any():
            rows = self._rows(keys[seen])
            there = np.stack([rows["longitude"], rows["latitude"]], axis=-1)
            place[seen] = _filled(place[seen], there)
        state = (self._registered, place.tobytes())
        if state == self._placed:
            return None
        self._placed = state
        columns = np.array([(c.heading, c.across, c.reach) for c in cameras]).reshape(-1, 3).T
        return _told(keys, place, sectors(*columns), None, None)

    def _rows(self, keys: NDArray[np.int64]) -> Rows:
        return self._situation.picture.rows[self._situation.picture.slots(keys)]


def _filled(values: NDArray[Any], others: Any) -> NDArray[np.float64]:
    """Values, and others where they are unknown."""
    filled: NDArray[np.float64] = np.where(np.isnan(values), others, values)
    return filled


def _told(
    keys: NDArray[np.int64],
    place: NDArray[np.float64],
    outline: NDArray[np.float64],
    middle: NDArray[np.float64] | None,
    times: NDArray[np.datetime64] | None,
) -> dict[str, dict[str, Any]]:
    """Footprints as the page is told of them; those that are not known are left out."""
    rings = shifted(place[:, None], outline).round(DECIMALS)
    known = np.isfinite(rings).all(axis=(1, 2))
    if times is not None:
        known &= ~np.isnat(times)
    kept = distinct(rings)
    items: dict[str, dict[str, Any]] = {}
    for number in np.flatnonzero(known).tolist():
        item: dict[str, Any] = {"key": str(keys[number]), "fixed": times is None}
        item["camera"] = place[number].round(DECIMALS).tolist()
        item["ring"] = rings[number][kept[number]].tolist()
        if len(item["ring"]) < 3:
            continue
        if times is not None and middle is not None:
            ms = int(times[number].astype("M8[ms]").astype(np.int64))
            item["time"] = ms // TIME_STEP * TIME_STEP
            there = shifted(place[number], middle[number])
            item["image"] = there.round(DECIMALS).tolist() if np.isfinite(there).all() else None
        items[item["key"]] = item
    return items
