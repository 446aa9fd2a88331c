"""Alerts of geofences: raised where a breach begins, over when none lasts any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import Book
from fleet.alerts.errors import TooManyAlertsError
from fleet.alerts.events import AlertEvent
from fleet.assets import Asset
from fleet.geofences.events import FenceEvent
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import FenceKind
from fleet.rules.settings import RuleSettings

RULE = "geofence"

RECENT = timedelta(minutes=5)
"""A breach that is over and began longer ago is history, and no alert."""

PRIORITIES: dict[FenceKind, Priority] = {
    "keep-in": Priority.HIGH,
    "keep-out": Priority.HIGH,
    "alert-only": Priority.LOW,
}
"""Those of a privacy fence are for cameras, and are no alert."""

REASONS = {
    "keep-in": {"en": "{name} left {fence}", "ur": "{name} حد {fence} سے باہر نکل گیا"},
    "keep-out": {
        "en": "{name} entered {fence}, where it may not be",
        "ur": "{name} ممنوعہ علاقے {fence} میں داخل ہو گیا",
    },
    "alert-only": {"en": "{name} entered {fence}", "ur": "{name} {fence} میں داخل ہوا"},
}

ACTIONS = {
    "keep-in": {"en": "Bring it back inside.", "ur": "اسے حد کے اندر واپس لائیں۔"},
    "keep-out": {
        "en": "Bring it out by the shortest way, and tell whose area it is.",
        "ur": "اسے قریب ترین راستے سے باہر نکالیں اور علاقے کے ذمہ دار کو بتائیں۔",
    },
    "alert-only": {"en": "Take note.", "ur": "نوٹ کر لیں۔"},
}


class FenceAlerts:
    """Keeps the alerts of `fences` in a book, one of each asset and geofence."""

    def __init__(self, book: Book, fences: Fences, settings: RuleSettings) -> None:
        self._book = book
        self._fences = fences
        self._settings = settings
        self._assets: dict[int, Asset] = {}

    def admit(self, assets: Iterable[Asset]) -> None:
        """Know assets by name."""
        self._assets |= {asset.key: asset for asset in assets}

    def take(self, new: Iterable[FenceEvent], now: datetime) -> list[AlertEvent]:
        """Raise and clear what new events, or events taken back, have changed."""
        names = {fence.key: fence.name for fence in self._fences.compiled.fences}
        lasting = {
            self._key(each.asset, each.fence.id): (each.asset, each.fence.kind, each.fence.name)
            for each in self._fences.open()
            if each.asset in self._assets
        }
        begun = {
            self._key(e.asset, e.fence): (e.asset, e.fence_kind, names.get(e.key, e.fence))
            for e in new
            if e.begins and e.asset in self._assets and now - e.time <= RECENT
        }
        events: list[AlertEvent] = []
        for key, (asset, kind, fence) in (begun | lasting).items():
            if kind in PRIORITIES and not self._book.alert(key).active:
                events += self._raise(key, self._assets[asset], kind, fence, now)
        for alert in list(self._book.alerts.values()):
            if alert.rule == RULE and alert.active and alert.key not in lasting:
                events += self._book.clear(alert.key, now)
        return events

    def _key(self, asset: int, fence: str) -> str:
        known = self._assets.get(asset)
        return f"{RULE}/{fence}/{known.identity if known is not None else asset}"

    def _raise(
        self, key: str, asset: Asset, kind: FenceKind, fence: str, now: datetime
    ) -> list[AlertEvent]:
        told: dict[str, Any] = {"name": asset.default_name, "fence": fence}
        group = self._settings.group_of(asset.identity, asset.kind)
        occurrence = Occurrence(
            PRIORITIES[kind],
            {language: text.format(**told) for language, text in REASONS[kind].items()},
            ACTIONS[kind],
            (asset.key,),
            desk=self._settings.desks.get(group, ""),
        )
        try:
            return self._book.activate(key, occurrence, now)
        except TooManyAlertsError:
            return []  # those of the rules are refused too, and counted there
