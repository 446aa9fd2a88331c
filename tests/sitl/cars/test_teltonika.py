"""Packets of the simulated Teltonikas, read by the collector's decoder."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.assets import Asset, Kind
from sitl.cars.beats import imei
from sitl.cars.car import Report
from sitl.cars.teltonika import MOST_RECORDS, login, packet, record, taken
from telemetry.trackers.teltonika_codec import packet_length, parse
from tests.sitl.cars.reports import REPORT, reports
from tests.telemetry.trackers import teltonika_wire as description

NOW = 1_800_000_000.0
ASSET = Asset("teltonika:863000000000007", Kind.CAR)


@given(told=st.lists(reports, min_size=1, max_size=3))
def test_the_collector_reads_what_was_meant(told: list[Report]) -> None:
    data = packet([record(report) for report in told])
    assert packet_length(data[:8]) == len(data)
    read = parse(data, ASSET, NOW)
    assert (read.records, read.refused) == (len(told), [])
    for meant, report in zip(told, read.reports, strict=True):
        assert report.time == meant.time_us // 1000 * 1000
        assert report.latitude == pytest.approx(meant.latitude, abs=6e-8)
        assert report.longitude == pytest.approx(meant.longitude, abs=6e-8)
        assert report.speed == pytest.approx(meant.speed, abs=0.15)  # whole km/h
        assert report.battery_percent == meant.battery_percent
        assert report.battery_voltage == (14.1 if meant.ignition else 12.5)
        assert report.satellites >= 5
        assert [event.kind for event in report.events] == ["panic"] * meant.panic


def test_the_longest_packet_is_one_that_the_devices_send() -> None:
    data = packet([record(REPORT)] * MOST_RECORDS)
    assert len(data) <= 1280
    assert parse(data, ASSET, NOW).records == MOST_RECORDS


def test_the_bytes_are_those_of_the_description() -> None:
    report = replace(REPORT, panic=True)
    elements = {2: (1, 1), 113: (1, 81), 239: (1, 1), 240: (1, 1), 66: (2, 14_100), 182: (2, 9)}
    expected = description.Record(
        seconds=1_795_290_000.990,
        latitude=34.0123457,
        longitude=71.5678901,
        altitude=333,
        angle=0,
        satellites=11,
        kilometres_per_hour=36,
        priority=2,
        cause=2,
        elements=elements,
    )
    assert packet([record(report)]) == description.packet([expected], extended=True)
    assert login("863000000000007") == description.login("863000000000007")
    assert taken(b"\0\0\0\x10") == 16


def test_an_imei_has_fifteen_digits_and_ends_with_its_check_digit() -> None:
    assert imei("gulbahar-01") == imei("gulbahar-01")
    for call_sign in ("gulbahar-01", "gulbahar-02", "x"):
        digits = [int(digit) for digit in imei(call_sign)]
        assert len(digits) == 15
        odd, even = digits[-1::-2], digits[-2::-2]
        assert (sum(odd) + sum(sum(divmod(2 * digit, 10)) for digit in even)) % 10 == 0


def test_ten_thousand_cars_have_as_many_imeis() -> None:
    assert len({imei(f"city-{number}") for number in range(10_000)}) == 10_000
