"""NMEA of the simulated receivers, read by the collector's parser and by pynmeagps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from pynmeagps import NMEAReader

from fleet.assets import Asset, Kind
from sitl.cars.car import KNOT, Report
from sitl.cars.nmea import greeting, sentences
from telemetry.trackers.nmea_epochs import Epochs
from telemetry.trackers.nmea_sentences import sentence_of
from tests.sitl.cars.reports import REPORT, reports

ASSET = Asset("nmea:town-01", Kind.CAR)


def test_the_sentences_of_a_fix_are_those_of_a_receiver() -> None:
    assert sentences(REPORT) == (
        b"$GPRMC,194000.99,A,3400.74074,N,07134.07341,E,19.44,359.70,211126,,,A*62\r\n"
        b"$GPGGA,194000.99,3400.74074,N,07134.07341,E,1,11,0.9,333.3,M,-37.0,M,,*47\r\n"
    )
    assert greeting("town-01") == b"ID:town-01\r\n"


def test_a_minute_never_becomes_sixty() -> None:
    report = Report(0, -33.99999999999, -0.00000000001, 0, 0, 0, 5, 50)
    assert b",3400.00000,S,00000.00000,W," in sentences(report)


@given(report=reports)
def test_pynmeagps_reads_what_was_meant(report: Report) -> None:
    rmc, gga = (NMEAReader.parse(line + b"\r\n") for line in sentences(report).split(b"\r\n")[:2])
    for told in (rmc, gga):
        assert told.lat == pytest.approx(report.latitude, abs=2e-7)
        assert told.lon == pytest.approx(report.longitude, abs=2e-7)
    assert rmc.spd * KNOT == pytest.approx(report.speed, abs=0.01)
    assert gga.alt == pytest.approx(report.altitude, abs=0.06)
    moment = datetime.combine(rmc.date, rmc.time, UTC).timestamp()
    assert moment == pytest.approx(report.time_us / 1e6, abs=0.011)


@given(report=reports)
def test_the_collector_reads_what_was_meant(report: Report) -> None:
    epochs, now = Epochs(), report.time_us + 500_000
    for line in sentences(report).split():
        sentence = sentence_of(line)
        assert sentence is not None
        assert len(line) <= 80  # 82 with its end, by the standard
        assert not epochs.begins_another(sentence)
        epochs.add(sentence, now)
    told = epochs.finish(ASSET)
    assert told is not None
    assert told.time == report.time_us // 10_000 * 10_000
    assert told.latitude == pytest.approx(report.latitude, abs=2e-7)
    assert told.longitude == pytest.approx(report.longitude, abs=2e-7)
    assert told.speed == pytest.approx(report.speed, abs=0.01)
    assert abs((told.heading - report.course + 180) % 360 - 180) < 0.01
