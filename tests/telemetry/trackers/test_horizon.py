"""How old a report may be: within the horizon in any order, beyond it a dead letter."""

from __future__ import annotations

import random

import pytest

from fleet.assets import Asset, Kind
from fleet.columns import Source
from telemetry.sink import NotStoredError
from telemetry.trackers.gathering import Gathering
from telemetry.trackers.intake import Intake
from telemetry.trackers.report import Report
from telemetry.trackers.settings import GateSettings
from tests.telemetry.trackers.sinks import RecordingSink

NOW = 1_790_000_000.0
SECOND, DAY = 1_000_000, 86_400_000_000
CAR = Asset("osmand:gulbahar-03", Kind.CAR)
HORIZON = 30


def report(age: int, *, panic: bool = False) -> Report:
    """Of `age` microseconds ago."""
    received = round(NOW * 1e6)
    told = Report(CAR, Source.OSMAND, received - age, received, 34.01, 71.52, battery_percent=80)
    if panic:
        told.events = (told.event("panic", alarm="sos"),)
    return told


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
def intake(sink: RecordingSink) -> Intake:
    return Intake("osmand", sink, lambda: NOW, gathering=Gathering(sink), horizon_days=HORIZON)


async def test_a_report_beyond_the_horizon_is_kept_as_a_dead_letter_and_not_as_history(
    sink: RecordingSink, intake: Intake
) -> None:
    await intake.accept(CAR, [report(HORIZON * DAY + SECOND)], raw=b"old", peer="1.2.3.4:5")
    assert not sink.accepted
    assert sink.aside == [(b"old", "1.2.3.4:5")]
    assert sink.refused == {"too_old": 1}
    told = sink.refusals.latest["osmand", "too_old"]
    assert told == (
        "1 of 1 reports of osmand:gulbahar-03 are more than 30 days old,"
        " the oldest of 2026-08-22 14:13 UTC"
    )
    assert intake.statistics.refused == 1
    assert intake.statistics.ignored == intake.statistics.stored == 0


async def test_it_is_not_acknowledged_before_its_dead_letter_is_kept(
    sink: RecordingSink, intake: Intake
) -> None:
    sink.failing = True
    with pytest.raises(NotStoredError):
        await intake.accept(CAR, [report(HORIZON * DAY + SECOND)], raw=b"old", peer="")
    assert intake.statistics.not_stored == 1
    assert not sink.letters
    sink.failing = False
    await intake.accept(CAR, [report(HORIZON * DAY + SECOND)], raw=b"old", peer="")
    assert [reason for reason, _, _ in sink.letters] == ["too_old"]


async def test_late_and_shuffled_reports_within_the_horizon_are_all_kept(
    sink: RecordingSink, intake: Intake
) -> None:
    ages = [0, SECOND, 3600 * SECOND, DAY, 7 * DAY, HORIZON * DAY]
    random.Random(5).shuffle(ages)
    for age in ages:
        await intake.accept(CAR, [report(age)], raw=b"", peer="")
    assert not sink.letters
    kept = sink.positions["received_time"] - sink.positions["fix_time"]
    assert kept.astype(int).tolist() == ages


async def test_of_a_packet_the_old_reports_are_set_aside_and_the_others_kept(
    sink: RecordingSink, intake: Intake
) -> None:
    packet = [report(40 * DAY), report(SECOND), report(50 * DAY), report(0)]
    await intake.accept(CAR, packet, raw=b"packet", peer="")
    assert len(sink.positions) == 2
    assert sink.aside == [(b"packet", "")]
    assert "2 of 4 reports" in sink.refusals.latest["osmand", "too_old"]
    assert intake.statistics.stored == 2


async def test_a_call_for_help_is_kept_however_old_it_claims_to_be(
    sink: RecordingSink, intake: Intake
) -> None:
    await intake.accept(CAR, [report(2000 * DAY, panic=True)], raw=b"help", peer="")
    assert [event.kind for event in sink.events] == ["panic"]
    assert not len(sink.positions)
    assert sink.aside == [(b"help", "")]


def test_what_nobody_waits_for_is_refused_when_it_is_too_old(
    sink: RecordingSink, intake: Intake
) -> None:
    intake.offer(CAR, [report(31 * DAY)], raw=b"old", peer="1.2.3.4:5")
    assert sink.letters == [("too_old", b"old", "1.2.3.4:5")]
    assert not sink.offered


async def test_without_a_horizon_nothing_is_too_old(sink: RecordingSink) -> None:
    endless = GateSettings(horizon_days=float("inf")).horizon_days
    intake = Intake("osmand", sink, lambda: NOW, horizon_days=endless)
    await intake.accept(CAR, [report(9000 * DAY)], raw=b"", peer="")
    assert len(sink.positions) == 1


def test_the_horizon_is_thirty_days_unless_it_is_set() -> None:
    assert GateSettings().horizon_days == HORIZON
