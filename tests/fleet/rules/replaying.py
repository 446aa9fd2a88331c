"""A recording through the picture and the rules, as a collector would run them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.moments import as_datetime
from fleet.picture import Picture
from fleet.rules.registry import Happening
from fleet.rules.settings import RuleSettings
from fleet.rules.watch import Watch
from telemetry.batch import Batch, merged
from telemetry.history.imports.formats import Reading
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.trackers.plausibility import Plausibility
from telemetry.trackers.settings import PlausibilitySettings
from tests.recordings import recording

STEP = np.timedelta64(500, "ms")


@dataclass
class Replay:
    """A flight and what came of it; times are seconds since the first heartbeat."""

    start: np.datetime64
    end: np.datetime64
    book: Book
    events: list[AlertEvent] = field(default_factory=list)

    def told(self) -> list[tuple[float, str, str]]:
        """When, what and of which alert, without updates and what groups do."""
        started = as_datetime(self.start)
        return [
            (round((event.time - started) / timedelta(seconds=1), 1), event.what.value, event.alert)
            for event in self.events
            if event.what in {"activate", "return"} and not event.alert.startswith("group/")
        ]


def read(name: str) -> Batch:
    """All rows of a recording, by the reader that `nigehban replay` uses."""
    judge = Plausibility(PlausibilitySettings()).mark
    pieces = Reading(recording(name), "tlog", None, "default").pieces(0, judge, MavlinkSettings())
    return merged([Batch(), *(piece.batch for piece in pieces)])


def replay(name: str, settings: RuleSettings | None = None) -> Replay:
    """Fly a recording, with a look at it each STEP."""
    batch = read(name)
    positions = np.sort(batch.positions, order="received_time", kind="stable")
    statuses = np.sort(batch.statuses, order="received_time", kind="stable")
    identities = {asset.key: asset.identity for asset in batch.assets}
    texts = sorted(batch.texts, key=lambda text: text.received_time)
    picture, book = Picture(), Book()
    picture.add(batch.assets)
    watch = Watch(settings or RuleSettings(), book)
    start = min(positions["received_time"].min(), statuses["received_time"].min())
    end = max(positions["received_time"].max(), statuses["received_time"].max())
    flown = Replay(start, end, book)
    before = datetime(1970, 1, 1, tzinfo=UTC)
    for now in np.arange(start, end, STEP):
        for rows, update in (
            (positions, picture.update_positions),
            (statuses, picture.update_statuses),
        ):
            received = rows["received_time"]
            update(rows[(received > now - STEP) & (received <= now)])
        moment = as_datetime(now)
        flown.events += watch.look(picture.rows, now)
        flown.events += watch.hear(
            [
                Happening(
                    text.asset,
                    identities[text.asset],
                    text.received_time,
                    "text",
                    {"severity": text.severity, "text": text.text},
                )
                for text in texts
                if before < text.received_time <= moment
            ],
            moment,
        )
        flown.events += book.tick(moment)
        before = moment
    return flown
