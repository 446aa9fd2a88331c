"""One object raises one alert, however late, bunched or interrupted the words of its sensors are."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from fleet.airspace.columns import DETECTION
from fleet.airspace.threat import Protected
from fleet.alerts.book import Book
from fleet.columns import PICTURE, Rows, blank
from fleet.rules.settings import RuleSettings
from telemetry.airspace import shown
from telemetry.airspace.sky import Sight, Sky
from telemetry.watching.flying import formerly
from telemetry.watching.sky_alerts import SkyAlerts, SkyNow
from tests.fleet.airspace.making import at, seen, told
from tests.telemetry.airspace.test_sky import square

NOBODY = blank(PICTURE, 0)
ZONE = Protected("Gulbahar", square(0, 0, 600), 300)
STEPS = 5  # a second


class Room:
    """A sky and the alerts made of it, stepped five times a second."""

    def __init__(self) -> None:
        self.book = Book()
        self.sky, self.alerts = Sky(), SkyAlerts(self.book, RuleSettings())
        self.told: list[tuple[str, str]] = []
        self.sight: Sight | None = None

    def restart(self) -> None:
        self.book = Book.restored(self.book.snapshot())
        self.sky, self.alerts = Sky(), SkyAlerts(self.book, RuleSettings())

    def run(self, begin: float, end: float, *words: Rows) -> None:
        """Each word is heard when it was received."""
        heard = np.concatenate(words) if words else blank(DETECTION, 0)
        for tick in range(round(begin * STEPS), round(end * STEPS)):
            now, last = at(tick / STEPS), at((tick - 1) / STEPS)
            received = heard["received_time"]
            self.sky.hear(heard[(received > last) & (received <= now)])
            self.step(now)

    def step(self, now: np.datetime64) -> None:
        self.sight = self.sky.step(now, NOBODY, {}, [ZONE])
        matters = shown.matters(self.sight, NOBODY, now)
        moment = datetime.fromtimestamp(now.astype(np.int64) / 1e6, UTC)
        for event in self.alerts.take(SkyNow(tuple(matters)), moment):
            rule, _, about = event.alert.partition("/")
            if rule == "drone_in_zone":
                self.told.append((event.what.value, about.partition(":")[0]))


def radar(begin: int, end: int, east: float = -300) -> list[Rows]:
    """A drone that flies east at 6 m/s, seen each second."""
    return [seen(second, east + 6 * second, 0) for second in range(begin, end)]


def broadcast(begin: int, end: int, off: float = 0.0, late: float = 0.0) -> list[Rows]:
    """The same, as it says itself; `off` metres to the north, received so many seconds later."""
    words = []
    for second in range(begin, end):
        row = told(second + 0.5, -300 + 6 * (second + 0.5), off)
        row["received_time"] = at(second + 0.5 + late)
        words.append(row)
    return words


def test_two_tracks_that_may_be_one_drone_raise_one_alert_before_that_is_known() -> None:
    room = Room()
    apart = broadcast(6, 7, off=90)  # stale: it is not there any more
    room.run(0, 25, *radar(0, 25), *apart, *broadcast(7, 25))
    assert room.sight is not None
    assert len(room.sight.contacts) == 1
    assert room.told == [("activate", "contact")]


def test_both_alerts_of_two_that_turn_out_to_be_one_are_one_and_nobody_has_to_do_anything() -> None:
    room = Room()
    room.run(0, 40, *radar(0, 40), *broadcast(0, 12, off=200), *broadcast(16, 40))
    assert [what for what, _ in room.told] == ["activate", "activate", "return", "acknowledge"]
    (alert,) = [a for a in room.book.alerts.values() if a.rule == "drone_in_zone"]
    assert alert.active


def test_two_drones_that_part_again_are_two_alerts() -> None:
    room = Room()
    beside = broadcast(0, 3, off=30) + broadcast(3, 25, off=150)
    room.run(0, 25, *radar(0, 25), *beside)
    assert [what for what, _ in room.told] == ["activate", "activate"]


def test_a_contact_that_said_who_it_is_after_the_alert_keeps_it_over_a_late_restoration() -> None:
    room = Room()
    room.run(0, 15, *radar(0, 15), *broadcast(4, 15))
    assert room.sight is not None
    kept = room.sight.contacts
    room.restart()
    words = [*broadcast(20, 40), *radar(21, 40)]
    heard = np.concatenate(words)
    for tick in range(20 * STEPS, 25 * STEPS):  # the database is away: no alert is raised yet
        now, last = at(tick / STEPS), at((tick - 1) / STEPS)
        received = heard["received_time"]
        room.sky.hear(heard[(received > last) & (received <= now)])
        room.sky.step(now, NOBODY, {}, [ZONE])
    room.sky.restore(kept, at(25))
    room.run(25, 70, *words, *radar(40, 70), *broadcast(40, 70))
    assert room.told == [("activate", "contact")]
    assert room.sight.contacts["contact"].tolist() == kept["contact"].tolist()


def test_sensors_that_come_back_long_after_a_restart_find_their_contact() -> None:
    room = Room()
    room.run(0, 10, *radar(0, 10))
    assert room.sight is not None
    kept = room.sight.contacts
    room.restart()
    room.sky.restore(kept, at(13))
    room.run(13, 45, *radar(30, 45, east=-240))
    assert room.told == [("activate", "contact")]
    assert room.sight.contacts["contact"].tolist() == kept["contact"].tolist()


def test_who_did_not_listen_ends_no_contact() -> None:
    room = Room()
    room.run(0, 10, *radar(0, 10))
    room.run(28, 45, *radar(29, 45, east=-290))
    assert room.told == [("activate", "contact")]


def test_an_alert_under_the_name_of_a_merged_contact_goes_on_after_a_restart() -> None:
    room = Room()
    room.run(0, 10, *broadcast(0, 10))
    assert room.told == [("activate", "rid")]
    assert room.sight is not None
    (contact,) = kept = room.sight.contacts
    contact["identity"] = b""
    merged = Room()
    merged.run(0, 10, *radar(0, 10))
    assert merged.sight is not None
    (gone,) = merged.sight.contacts["contact"].tolist()
    merged.restart()
    heir = int(kept["contact"][0])
    merged.sky.restore(kept, at(11), formerly([heir], [(gone, heir)]))
    merged.run(11, 40, *broadcast(11, 40))
    assert merged.told == [("activate", "contact")]


def test_mergers_are_followed_to_the_contact_that_lives() -> None:
    assert formerly([1], [(2, 1), (3, 2), (5, 4), (4, 3)]) == {1: (4, 3, 2)}
    assert formerly([7], [(7, 8), (8, 7)]) == {7: (8,)}
