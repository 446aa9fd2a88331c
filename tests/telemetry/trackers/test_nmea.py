"""NMEA 0183: sentences as pynmeagps reads them, joined to fixes, said by somebody."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynmeagps import NMEAReader

from fleet.columns import Source
from telemetry.sink import RefusedError
from telemetry.trackers import nmea_talk
from telemetry.trackers.gate import Gate
from telemetry.trackers.gathering import Gathering
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Intake
from telemetry.trackers.nmea import NmeaSession
from telemetry.trackers.nmea_epochs import Epochs
from telemetry.trackers.nmea_sentences import KNOT, MAX_LINE, Sentence, sentence_of
from telemetry.trackers.nmea_talk import EPOCH_LONGEST, EPOCH_PAUSE, MAX_WRONG, Talk
from telemetry.trackers.report import Report, batch_of
from telemetry.trackers.settings import GateSettings
from tests.telemetry.trackers.sinks import RecordingSink

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
ASSET = tracker_asset("nmea", "car-7")


def line(body: str) -> bytes:
    checksum = reduce(lambda left, right: left ^ right, body.encode())
    return f"${body}*{checksum:02X}".encode()


def rmc(moment: datetime, *, talker: str = "GP", status: str = "A", course: str = "271.5") -> bytes:
    at, day = moment.strftime("%H%M%S.00"), moment.strftime("%d%m%y")
    return line(f"{talker}RMC,{at},{status},3400.906,N,07131.494,E,19.438,{course},{day},,,A")


def gga(moment: datetime, quality: int = 1) -> bytes:
    at = moment.strftime("%H%M%S.00")
    return line(f"GPGGA,{at},3400.906,N,07131.494,E,{quality},08,0.9,359.0,M,-38.2,M,,")


VTG = line("GPVTG,271.5,T,268.9,M,19.438,N,36.0,K,A")
THEN = NOON - timedelta(seconds=10)

# From the manuals of receivers, with the checksums that are printed there.
REAL = [
    b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
    b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47",
    b"$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48",
    b"$GPGLL,4916.45,N,12311.12,W,225444,A,*1D",
    b"$GPZDA,201530.00,04,07,2002,00,00*60",
]


def sentence(raw: bytes) -> Sentence:
    told = sentence_of(raw)
    assert told is not None
    return told


def test_sentences_of_the_manuals() -> None:
    fix = sentence(REAL[0])
    assert fix.fixed
    assert fix.time == (12 * 3600 + 35 * 60 + 19) * 1_000_000
    assert fix.latitude == pytest.approx(48.1173, abs=1e-9)
    assert fix.longitude == pytest.approx(11 + 31 / 60, abs=1e-9)
    assert fix.speed == pytest.approx(22.4 * KNOT)
    assert fix.heading == 84.4
    assert sentence(REAL[1]).altitude == 545.4
    assert sentence(REAL[2]).heading == 54.7
    assert sentence(REAL[3]).longitude == pytest.approx(-123.185333, abs=1e-6)
    assert sentence(REAL[4]).day == (date(2002, 7, 4) - date(1970, 1, 1)).days


latitudes = st.tuples(st.integers(0, 89), st.integers(0, 59_999_999), st.sampled_from("NS"))
longitudes = st.tuples(st.integers(0, 179), st.integers(0, 59_999_999), st.sampled_from("EW"))


@settings(deadline=None)
@given(
    st.times(),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    latitudes,
    longitudes,
    st.decimals(0, 1900, places=3),
    st.decimals(0, 359, places=2),
    st.sampled_from(["GP", "GN", "GL", "GA"]),
)
def test_rmc_gga_and_vtg_say_what_pynmeagps_reads(
    at: time,
    day: date,
    lat: tuple[int, int, str],
    lon: tuple[int, int, str],
    speed: float,
    course: float,
    talker: str,
) -> None:
    if not lat[0] and not lat[1] and not lon[0] and not lon[1]:
        return  # no position
    clock = at.strftime("%H%M%S.") + f"{at.microsecond:06d}"
    north = f"{lat[0]:02d}{lat[1] // 1_000_000:02d}.{lat[1] % 1_000_000:06d},{lat[2]}"
    east = f"{lon[0]:03d}{lon[1] // 1_000_000:02d}.{lon[1] % 1_000_000:06d},{lon[2]}"
    for body in (
        f"{talker}RMC,{clock},A,{north},{east},{speed},{course},{day:%d%m%y},,,A",
        f"{talker}GGA,{clock},{north},{east},1,08,0.9,{speed},M,46.9,M,,",
        f"{talker}VTG,{course},T,,M,{speed},N,,K,A",
    ):
        ours, theirs = sentence(line(body)), NMEAReader.parse(line(body))
        if "VTG" not in body:
            assert ours.latitude == pytest.approx(theirs.lat, abs=2e-10)  # it rounds to 10 places
            assert ours.longitude == pytest.approx(theirs.lon, abs=2e-10)
            assert (
                ours.time
                == (at.hour * 3600 + at.minute * 60 + at.second) * 1_000_000 + at.microsecond
            )
        if "GGA" in body:
            assert ours.altitude == theirs.alt
        if "RMC" in body:
            assert ours.day == (day - date(1970, 1, 1)).days
            assert ours.speed == pytest.approx(theirs.spd * KNOT)
            assert ours.heading == theirs.cog
        if "VTG" in body:
            assert ours.speed == pytest.approx(theirs.sogn * KNOT)
            assert ours.heading == theirs.cogt


@pytest.mark.parametrize(
    "raw",
    [
        line("GPGSV,3,1,11,03,03,111,00,04,15,270,00,06,01,010,00,13,06,292,00"),
        line("GPTXT,01,01,02,ANTSTATUS=OK"),
        b"$PMTK001,604,3*32",
        b"$GPRMCX,1*00",
        b"$",
        b"$GPG",
    ],
)
def test_other_sentences_tell_nothing(raw: bytes) -> None:
    assert sentence_of(raw) is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6B", "checksum"),
        (b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W", "malformed"),
        (b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*", "checksum"),
        (b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6", "checksum"),
        (line("GPRMC,123519,A,4807.038"), "malformed"),
        (line("GPRMC,123519,A,,,,,,,230394,,"), "bad_position"),
        (line("GPRMC,123519,A,9107.038,N,01131.000,E,,,230394,,"), "bad_position"),
        (line("GPRMC,123519,A,4860.5,N,01131.000,E,,,230394,,"), "out_of_range"),
        (line("GPRMC,123519,A,4807.038,X,01131.000,E,,,230394,,"), "bad_position"),
        (line("GPRMC,253519,A,4807.038,N,01131.000,E,,,230394,,"), "bad_time"),
        (line("GPRMC,12351٩,A,4807.038,N,01131.000,E,,,230394,,"), "bad_time"),
        (line("GPRMC,123519,A,4807.038,N,01131.000,E,,,300299,,"), "bad_time"),
        (line("GPRMC,123519,A,4807.038,N,01131.000,E,fast,,230394,,"), "bad_number"),
        (line("GPGGA,123519,0000.000,N,00000.000,E,1,08,0.9,545.4,M,46.9,M,,"), "no_fix"),
        (line("GPZDA,201530.00,31,02,2026,00,00"), "bad_time"),
        (line("GPGLL,north,N,12311.12,W,225444,A,"), "no_position"),
        (line("GPZDA,A,A"), "malformed"),
        (b"$GPRMC," + b"1" * MAX_LINE, "malformed"),
    ],
)
def test_sentences_that_cannot_be_taken(raw: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        sentence_of(raw)
    assert error.value.reason == reason
    assert "\n" not in str(error.value)


def fix_of(*lines: bytes, now: datetime = NOON) -> Report | None:
    epochs = Epochs()
    for each in lines:
        epochs.add(sentence(each), round(now.timestamp() * 1e6))
    return epochs.finish(ASSET)


@pytest.mark.parametrize(
    "lines",
    [
        (rmc(THEN), gga(THEN), VTG),
        (gga(THEN), VTG, rmc(THEN)),
        (gga(THEN), rmc(THEN, course=""), VTG),
        (rmc(THEN, talker="GN"), gga(THEN), gga(THEN)),
    ],
)
def test_sentences_of_one_moment_are_one_fix(lines: tuple[bytes, ...]) -> None:
    report = fix_of(*lines)
    assert report is not None
    (position,) = batch_of([report]).positions
    assert position["source"] == Source.NMEA
    assert position["fix_time"] == np.datetime64("2026-03-14T11:59:50", "us")
    assert position["received_time"] == np.datetime64("2026-03-14T12:00:00", "us")
    assert position["latitude"] == pytest.approx(34.0151, abs=1e-9)
    assert position["longitude"] == pytest.approx(71.5249, abs=1e-9)
    assert position["speed"] == pytest.approx(10, abs=1e-3)
    assert (position["heading"], position["altitude"]) == (271.5, 359)


@pytest.mark.parametrize(
    "lines",
    [
        (rmc(THEN, status="V"),),
        (gga(THEN, quality=0),),
        (rmc(THEN, status="V"), gga(THEN)),
        (VTG,),
        (),
    ],
)
def test_moment_without_a_fix(lines: tuple[bytes, ...]) -> None:
    assert fix_of(*lines) is None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-14 12:00:00", "2026-03-14 11:59:59"),
        ("2026-03-14 00:00:01", "2026-03-13 23:59:59"),
        ("2026-03-13 23:59:59", "2026-03-14 00:00:01"),
        ("2026-01-01 00:00:05", "2025-12-31 23:00:00"),
    ],
)
def test_time_without_a_date_is_of_the_day_on_which_it_is_nearest(now: str, expected: str) -> None:
    moment = datetime.fromisoformat(expected + "Z")
    report = fix_of(gga(moment), now=datetime.fromisoformat(now + "Z"))
    assert report is not None
    assert report.time == round(moment.timestamp() * 1e6)


def test_midnight_between_a_date_and_a_time_without_one() -> None:
    """The receiver's clock is a day behind ours: its own dates count, not our day."""
    epochs = Epochs()
    before = datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC)
    times = []
    for seconds in range(4):
        moment = before + timedelta(seconds=seconds)
        told = rmc(moment) if seconds % 2 == 0 else gga(moment)
        epochs.add(sentence(told), round((moment + timedelta(days=1)).timestamp() * 1e6))
        report = epochs.finish(ASSET)
        assert report is not None
        times.append(report.time - round(before.timestamp() * 1e6))
    assert times == [0, 1_000_000, 2_000_000, 3_000_000]


class Clock:
    def __init__(self) -> None:
        self.now = NOON.timestamp()

    def __call__(self) -> float:
        return self.now


class Said:
    """A talk with a sink that is flushed at once."""

    def __init__(self, peer: str = "192.0.2.7:4711", **gate: object) -> None:
        self.sink = RecordingSink()
        self.clock = Clock()
        self.gathering = Gathering(self.sink)
        gate_ = Gate(GateSettings.model_validate(gate))
        self.intake = Intake("nmea", self.sink, self.clock, gate_, self.gathering)
        self.talk = Talk(self.intake, peer)

    def fixes(self) -> list[tuple[str, str]]:
        """Whose fixes were offered, and when they were."""
        self.gathering.flush()
        return [
            (asset.identity, str(row["fix_time"].astype("M8[s]"))[11:])
            for batch in self.sink.offered
            for row in batch.positions
            for asset in batch.assets
            if asset.key == row["asset"]
        ]


async def test_moment_is_complete_when_the_next_one_begins_or_nothing_more_comes() -> None:
    said = Said()
    said.talk.say([rmc(THEN), gga(THEN), VTG])
    assert said.fixes() == []
    said.talk.say([rmc(THEN + timedelta(seconds=1))])
    assert said.fixes() == [("nmea:192.0.2.7", "11:59:50")]
    assert not said.talk.due(said.clock.now + EPOCH_PAUSE / 2)
    assert said.talk.due(said.clock.now + EPOCH_PAUSE * 1.1)
    said.talk.flush()
    assert not said.talk.open
    assert [at for _, at in said.fixes()] == ["11:59:50", "11:59:51"]


async def test_moment_does_not_stay_open_for_ever_and_keeps_little_of_what_was_said() -> None:
    said = Said(unknown="quarantine")
    for _ in range(200):
        said.talk.say([gga(THEN)] * 10)
        said.clock.now += 0.01
    assert said.talk.due(said.clock.now)
    assert said.clock.now - NOON.timestamp() > EPOCH_LONGEST
    said.talk.flush()
    ((reason, raw, _),) = said.sink.letters
    assert reason == "quarantine"
    assert len(raw) < nmea_talk.MAX_RAW + MAX_LINE


@pytest.mark.parametrize("name", [b"ID:car-7", b"id:car-7", b"car-7", b" ID:car-7\r"])
async def test_line_without_a_dollar_says_who_speaks_from_there_on(name: bytes) -> None:
    said = Said()
    said.talk.say([rmc(THEN), name, rmc(THEN), b"", b"ID:car-8", rmc(THEN)])
    said.talk.flush()
    assert [who for who, _ in said.fixes()] == ["nmea:192.0.2.7", "nmea:car-7", "nmea:car-8"]


async def test_token_stands_behind_the_name() -> None:
    devices = {"nmea:car-7": {"token": "t0p,s3cret"}}
    said = Said(devices=devices)
    said.talk.say([b"ID:car-7,t0p,s3cret", rmc(THEN)])
    said.talk.flush()
    assert said.fixes() == [("nmea:car-7", "11:59:50")]
    for name in (b"ID:car-7", b"ID:car-7,other"):
        wrong = Said(devices=devices)
        wrong.talk.say([name, rmc(THEN)])
        wrong.talk.flush()
        assert wrong.fixes() == []
        assert wrong.sink.refused == {"wrong_secret": 1}
        assert wrong.talk.over


async def test_a_token_in_a_line_that_cannot_be_read_is_told_to_nobody() -> None:
    said = Said()
    said.talk.say([b"ID:car 7,t0ps3cret", b"ID:car-7, t0ps3cret"])
    assert [raw for _, raw, _ in said.sink.letters] == [b"ID:car 7,***", b"ID:car-7,***"]
    assert "t0ps3cret" not in said.sink.refusals.latest["nmea", "malformed"]


async def test_lines_that_are_neither_are_refused_and_counted() -> None:
    said = Said()
    said.talk.say([b"GET / HTTP/1.1", b"$GPRMC,1*00", b"!AIVDM,1,1,,A,x,0*26", b"\xff\xfe"])
    assert said.sink.refused == {"malformed": 2, "checksum": 1}
    assert said.sink.letters[0] == ("malformed", b"GET / HTTP/1.1", "192.0.2.7:4711")
    said.talk.say([rmc(THEN)])
    assert said.talk._wrong == 0


async def test_session_ends_with_endless_lines_and_after_many_wrong_ones() -> None:
    said = Said()
    session = NmeaSession(said.talk, lambda _: None)
    await session.take(b"$GPRMC,")
    assert session.unfinished
    with pytest.raises(RefusedError, match="too_large"):
        await session.take(b"1" * 2 * MAX_LINE)
    session = NmeaSession(said.talk, lambda _: None)
    assert not session.over
    await session.take(b"a b c\r\n" * MAX_WRONG)
    assert session.over


@settings(deadline=None)
@given(st.binary(max_size=150))
def test_fuzz_lines(raw: bytes) -> None:
    for some in (raw, b"$GP" + raw, b"$GPRMC," + raw, b"$GPGNS," + raw):
        try:
            told = sentence_of(some)
        except RefusedError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either is right
        else:
            assert told is None or plausible(told)


words = st.one_of(
    st.sampled_from(["A", "V", "N", "S", "E", "W", "1", "", "3400.906", "07131.494", "123519"]),
    st.text(st.characters(codec="latin-1", exclude_characters=",*\n"), max_size=8),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-999, max_value=99999).map(str),
)


@settings(deadline=None)
@given(st.sampled_from(["RMC", "GGA", "VTG", "GLL", "GNS", "ZDA"]), st.lists(words, max_size=16))
def test_fuzz_sentences_with_a_good_checksum(kind: str, fields: list[str]) -> None:
    body = ",".join([f"GP{kind}", *fields]).encode("latin-1")
    raw = b"$%b*%02X" % (body, reduce(lambda left, right: left ^ right, body))
    try:
        told = sentence_of(raw)
    except RefusedError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
        return
    assert told is None or plausible(told)
    if told is not None:
        epochs = Epochs()
        epochs.add(told, round(NOON.timestamp() * 1e6))
        try:
            epochs.finish(ASSET)
        except RefusedError as error:
            assert error.reason == "absurd_time"  # noqa: PT017 - either is right


def plausible(told: Sentence) -> bool:
    return (
        -1 <= told.time <= 86_400_000_000
        and (math.isnan(told.latitude) or -90 <= told.latitude <= 90)
        and (math.isnan(told.longitude) or -180 <= told.longitude <= 180)
        and (math.isnan(told.heading) or 0 <= told.heading < 360)
        and (math.isnan(told.speed) or 0 <= told.speed <= 1000.001)
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=300), max_size=6))
async def test_fuzz_session(chunks: list[bytes]) -> None:
    said = Said()
    session = NmeaSession(said.talk, lambda _: None)
    try:
        for chunk in chunks:
            await session.take(rmc(THEN) + b"\r\n" + chunk)
    except RefusedError:
        pass
    said.talk.flush()
    said.gathering.flush()
