"""A geofence: where, at what height, when and for whom something is watched. One version of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, get_args

import shapely

from fleet.assets import Asset, IdentityError, Kind
from fleet.forms import TEXT_MOST, FormError
from fleet.geofences.shapes import Shape, outline
from fleet.schedules import Period, Span
from fleet.schedules import in_force as spans_in_force
from fleet.zones import HEIGHT_MOST

FenceKind = Literal["keep-in", "keep-out", "alert-only", "privacy"]
"""keep-in: to be outside is a breach; keep-out: to be inside is. alert-only is told without being
a breach of a rule; in a privacy fence nothing is recorded."""

Above = Literal["AMSL", "AGL", "HOME"]
"""What a height is above: mean sea level, the ground, the vehicle's home position."""

HYSTERESIS_MOST = 10_000.0
DWELL_MOST = 7 * 86_400.0
MARGIN_MOST = 10_000.0

NAME_MOST = 200
"""Characters."""

Key = tuple[str, int]
"""Id and version: what one geofence of a set is told apart by."""


@dataclass(frozen=True)
class Level:
    """A floor or a ceiling: metres above the reference. Raises FormError for no such height."""

    height: float
    above: Above = "AGL"

    def __post_init__(self) -> None:
        if not abs(self.height) <= HEIGHT_MOST:
            raise FormError(f"a level of {self.height:g} m is out of bounds")
        if self.above not in get_args(Above):
            raise FormError(f"a level above {self.above!r}: AMSL, AGL or HOME is expected")


@dataclass(frozen=True)
class Scope:
    """Whom it is for: an asset that one of the three names. All three empty: every asset.

    Raises FormError for what is no identity.
    """

    assets: frozenset[str] = frozenset()
    """Identities, as `fleet.assets` writes them."""
    groups: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()

    def __post_init__(self) -> None:
        try:
            _ = self.keys
        except IdentityError as error:
            raise FormError(f"a scope cannot name this asset: {error}") from None

    @cached_property
    def keys(self) -> frozenset[int]:
        """The keys of `assets`."""
        return frozenset(Asset(identity, Kind.UNKNOWN).key for identity in self.assets)

    def covers(self, asset: int, kind: Kind, groups: frozenset[str]) -> bool:
        """Whether it is for the asset with this key, of this kind and in these groups."""
        if not (self.assets or self.groups or self.kinds):
            return True
        return asset in self.keys or kind in self.kinds or not self.groups.isdisjoint(groups)


@dataclass(frozen=True)
class Margin:
    """How far from the edge a fix must be to count: `factor` times its accuracy, at most `most`.

    Accuracies are one sigma, so the default asks for two. `unknown` metres where a fix does not
    tell its accuracy. Raises FormError for what is negative or out of bounds.
    """

    factor: float = 2.0
    most: float = 30.0
    unknown: float = 0.0

    def __post_init__(self) -> None:
        for value, most in ((self.factor, 10.0), (self.most, MARGIN_MOST)):
            if not 0 <= value <= most:
                raise FormError(f"a margin of {value:g}: 0 to {most:g} is expected")
        if not 0 <= self.unknown <= self.most:
            raise FormError(f"a margin of {self.unknown:g} m: 0 to {self.most:g} m is expected")


@dataclass(frozen=True)
class Geofence:
    """One version of a geofence; it never changes (`revise` makes the next).

    `id` is a UUID as text. It is valid in [`valid_from`, `valid_until`), None: without limit, and
    within that in force in its `periods`, always without any. `floor` and `ceiling` of None are
    none. The way back to what is allowed is `hysteresis` metres longer than the way into a breach,
    through floor and ceiling too;
    `dwell` seconds of a breach are told of once more, 0: never. Raises FormError for what does not
    fit together.
    """

    name: str
    kind: FenceKind
    shape: Shape
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    version: int = 1
    floor: Level | None = None
    ceiling: Level | None = None
    periods: tuple[Period, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    scope: Scope = field(default_factory=Scope)
    hysteresis: float = 10.0
    dwell: float = 0.0
    margin: Margin = field(default_factory=Margin)
    note: str = ""
    """Conditions, authority, source: for those who read it."""

    def __post_init__(self) -> None:
        what = f"geofence {self.name[:80]!r}"
        if not self.name.strip() or len(self.name) > NAME_MOST or not self.name.isprintable():
            raise FormError(f"{what}: a name of 1 to {NAME_MOST} printable characters is needed")
        if len(self.note) > TEXT_MOST:
            raise FormError(f"{what}: its note has more than {TEXT_MOST} characters")
        if not _is_uuid(self.id):
            raise FormError(f"{what}: its id {self.id[:80]!r} is no UUID in lower case")
        if not 1 <= self.version < 2**31:
            raise FormError(f"{what}: its version is {self.version}; versions count from 1")
        if self.kind not in get_args(FenceKind):
            raise FormError(f"{what} is of an unknown kind {self.kind!r}")
        for called, value, most in (
            ("hysteresis", self.hysteresis, HYSTERESIS_MOST),
            ("dwell", self.dwell, DWELL_MOST),
        ):
            if not 0 <= value <= most:
                raise FormError(f"{what}: {called} is {value:g}, expected 0 to {most:g}")
        self._check_times(what)
        self._check_levels(what)
        if isinstance(self.shape, shapely.Polygon | shapely.MultiPolygon):
            # One form of each shape, so that what is stored and read again is equal.
            shape = shapely.orient_polygons(shapely.force_2d(self.shape))
            object.__setattr__(self, "shape", shape)
        try:
            _ = self.outline
        except FormError as error:
            raise FormError(f"{what}: {error}") from None

    def _check_times(self, what: str) -> None:
        for moment in (self.valid_from, self.valid_until):
            if moment is not None and moment.tzinfo is None:
                raise FormError(f"{what}: the time {moment} has no time zone")
        if (
            self.valid_from is not None
            and self.valid_until is not None
            and self.valid_until < self.valid_from
        ):
            raise FormError(f"{what} ends at {self.valid_until}, before {self.valid_from}")

    def _check_levels(self, what: str) -> None:
        floor, ceiling = self.floor, self.ceiling
        same = floor is not None and ceiling is not None and floor.above == ceiling.above
        if same and floor and ceiling and ceiling.height <= floor.height:
            raise FormError(
                f"{what} ends at {ceiling.height:g} m, not above {floor.height:g} m where it begins"
            )

    @property
    def key(self) -> Key:
        """Id and version."""
        return self.id, self.version

    @cached_property
    def outline(self) -> shapely.Polygon | shapely.MultiPolygon:
        """Its shape in degrees, longitude first."""
        return outline(self.shape)

    def valid_at(self, moment: datetime) -> bool:
        """Whether this version was the one that counted at a moment, its hours aside."""
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_until is None or moment < self.valid_until
        )

    def in_force(self, start: datetime, end: datetime) -> list[Span]:
        """When it is in force between two moments: spans in UTC, in order, that do not touch.

        Raises ValueError as `fleet.schedules.in_force` does.
        """
        point = self.outline.representative_point()
        spans = spans_in_force(self.periods or (Period(),), start, end, point.y, point.x)
        first = start if self.valid_from is None else max(start, self.valid_from)
        last = end if self.valid_until is None else min(end, self.valid_until)
        first, last = first.astimezone(UTC), last.astimezone(UTC)
        cut = ((max(begin, first), min(stop, last)) for begin, stop in spans)
        return [(begin, stop) for begin, stop in cut if begin < stop]


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def revise(old: Geofence, at: datetime, **changes: Any) -> tuple[Geofence, Geofence]:
    """The old version, which ends at `at`, and the next one, which begins there.

    `changes` are fields of `Geofence` other than `id`, `version` and `valid_from`. Before `at`
    nothing changes, so the history keeps what was in force. Whoever stays inside leaves the old
    version and enters the new one at that time, both by the cause `validity`. Raises FormError if the old one has
    ended by then, and for changes that do not fit together.
    """
    if at.tzinfo is None:
        raise FormError(f"the time {at} of a revision has no time zone")
    if old.valid_until is not None and old.valid_until <= at:
        raise FormError(f"geofence {old.name!r} has ended at {old.valid_until}; make a new one")
    if refused := {"id", "version", "valid_from"} & changes.keys():
        raise FormError(f"{', '.join(sorted(refused))} of a geofence cannot be revised")
    begin = at if old.valid_from is None else max(at, old.valid_from)
    new = replace(old, version=old.version + 1, valid_from=begin, **changes)
    return replace(old, valid_until=begin), new


def valid_at(versions: Iterable[Geofence], moment: datetime) -> list[Geofence]:
    """Which of many versions counted at a moment: of each id one at most, the latest."""
    found: dict[str, Geofence] = {}
    for fence in versions:
        if fence.valid_at(moment):
            known = found.get(fence.id)
            if known is None or known.version < fence.version:
                found[fence.id] = fence
    return list(found.values())


def check_versions(versions: Iterable[Geofence]) -> None:
    """Raises FormError if two are of the same id and version, or two of an id valid at once."""
    by_id: dict[str, list[Geofence]] = {}
    for fence in versions:
        by_id.setdefault(fence.id, []).append(fence)
    for fences in by_id.values():
        fences.sort(key=lambda fence: fence.version)
        for old, new in pairwise(fences):
            what = f"geofence {new.name!r} ({new.id})"
            if old.version == new.version:
                raise FormError(f"{what} has version {new.version} twice")
            if (
                new.valid_from is None
                or old.valid_until is None
                or old.valid_until > new.valid_from
            ):
                raise FormError(
                    f"{what}: version {new.version} begins before version {old.version} has ended"
                )
