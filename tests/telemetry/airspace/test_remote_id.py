"""What drones broadcast, joined by their senders, from beacons, advertisements and captures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.airspace.columns import Datum, Flag, Means
from fleet.airspace.conditions import located_operators
from fleet.airspace.tracks import Tracks
from telemetry.airspace import bluetooth, remote_id, wifi
from telemetry.airspace.capture import CaptureError, CaptureReader, Frame, frames
from telemetry.airspace.heard import merged, moment
from telemetry.airspace.remote_id import Broadcasts, messages_of, time_of
from telemetry.remote_id.messages import (
    BasicId,
    Location,
    OperatorId,
    RemoteIdError,
    System,
    encode,
)
from telemetry.remote_id.pack import pack
from telemetry.sink import RefusedError
from tests.recordings import DATA
from tests.telemetry.airspace.radio import (
    ALL,
    HERE,
    RECEIVED,
    SENDER,
    SERIAL,
    beacon,
    extended,
    legacy,
    pcap,
    reported,
    reported_extended,
)

PARROT = DATA / "remote-id" / "parrot_anafi4_real.pcapng"
HOUR = 3_600_000_000


def test_a_position_carries_what_its_sender_says_in_the_same_broadcast() -> None:
    (row,) = Broadcasts().take("scout:a", "02", ALL, RECEIVED)
    assert (row["sensor"], row["key"], row["means"]) == (b"scout:a", b"02", Means.COOPERATIVE)
    assert row["identity"] == f"rid:{SERIAL}".encode()
    assert row["time"] == moment(RECEIVED - 200_000)
    assert (row["latitude"], row["longitude"]) == (34.0151, 71.5249)
    assert (row["altitude"], row["datum"], row["height"]) == (400, Datum.WGS84, 80)
    assert [row["east"], row["north"], row["up"]] == pytest.approx([10, 0, 1], abs=1e-5)
    assert row["error"] == pytest.approx(10 / 2.45)
    assert row["speed_error"] == pytest.approx(3 / 2.45)
    assert (row["operator_latitude"], row["operator_longitude"]) == (34.02, 71.53)
    assert row["operator_id"] == b"PAK-1"
    assert row["flags"] == Flag.OPERATOR_LIVE


def test_what_was_said_before_goes_with_later_positions_of_that_sender_only() -> None:
    broadcasts = Broadcasts()
    broadcasts.take("s", "one", ALL[1:], RECEIVED)
    assert broadcasts.take("s", "one", [HERE], RECEIVED + 1)["identity"][0] != b""
    assert broadcasts.take("s", "two", [HERE], RECEIVED + 1)["identity"][0] == b""
    later = RECEIVED + remote_id.FORGOTTEN_AFTER + 2
    assert broadcasts.take("s", "one", [HERE], later)["identity"][0] == b""


def test_a_serial_number_is_preferred_to_other_ids() -> None:
    broadcasts = Broadcasts()
    rows = broadcasts.take("s", "one", [HERE, BasicId("SESSION", id_type=4)], RECEIVED)
    assert rows["identity"][0] == b"rid:SESSION"
    rows = broadcasts.take("s", "one", [BasicId(SERIAL), BasicId("S2", id_type=4), HERE], RECEIVED)
    assert rows["identity"][0] == f"rid:{SERIAL}".encode()


def test_made_up_senders_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_id, "SENDERS_MOST", 10)
    broadcasts = Broadcasts()
    for number in range(50):
        broadcasts.take("s", str(number), [], RECEIVED)
    assert len(broadcasts._senders) == 10


@pytest.mark.parametrize("place", [(None, None), (95.0, 71.0), (34.0, 200.0)])
def test_a_location_that_is_nowhere_on_earth_is_no_detection(
    place: tuple[float | None, float | None],
) -> None:
    assert not len(Broadcasts().take("s", "one", [Location(*place)], RECEIVED))


@given(st.integers(0, 10**16), st.integers(-29_000_000, 29_000_000))
def test_the_hour_is_the_one_that_puts_a_position_nearest_to_its_receipt(
    received: int, off: int
) -> None:
    true = max(received + off, 0) // 100_000 * 100_000
    time, dated = time_of(true % HOUR / 1e6, received)
    assert dated
    assert abs(time - true) <= 1


def test_a_wrong_or_absent_clock_gives_the_time_of_receipt() -> None:
    for second in (None, 1800.0):
        assert time_of(second, RECEIVED) == (RECEIVED, False)


@given(st.binary(max_size=300))
def test_bytes_from_the_air_are_messages_or_refused(data: bytes) -> None:
    try:
        messages = messages_of(data)
    except RemoteIdError:
        return
    rows = Broadcasts().take("s", "one", messages, RECEIVED)
    assert (np.abs(rows["latitude"]) <= 90).all()
    operators = rows["operator_latitude"]
    assert ((np.abs(operators) <= 90) | np.isnan(operators)).all()


def test_a_beacon_is_read_with_and_without_radiotap() -> None:
    told = pack(ALL)
    for link, frame in (
        (wifi.RADIOTAP, beacon(told)),
        (wifi.PLAIN, beacon(told, radiotap=False)),
    ):
        assert wifi.broadcast(link, frame) == (SENDER.hex(":"), told)
    assert wifi.broadcast(wifi.PLAIN, b"\x40" + beacon(told, radiotap=False)[1:]) is None
    assert wifi.broadcast(1, beacon(told)) is None
    assert wifi.broadcast(wifi.RADIOTAP, beacon(told)[:-1]) is None  # the element is cut


@pytest.mark.parametrize(
    ("link", "frame", "told"),
    [
        (bluetooth.LINK_LAYER, legacy(encode(HERE)), encode(HERE)),
        (bluetooth.LINK_LAYER_PHDR, bytes(10) + legacy(encode(HERE)), encode(HERE)),
        (bluetooth.LINK_LAYER, extended(pack(ALL)), pack(ALL)),
        (bluetooth.HCI, reported(encode(HERE)), encode(HERE)),
        (bluetooth.HCI_PHDR, bytes(4) + reported(encode(HERE)), encode(HERE)),
        (bluetooth.HCI, reported_extended(pack(ALL)), pack(ALL)),
    ],
)
def test_advertisements_are_read(link: int, frame: bytes, told: bytes) -> None:
    assert bluetooth.broadcasts(link, frame) == [(SENDER.hex(":"), told)]


@given(
    st.sampled_from([wifi.RADIOTAP, wifi.PLAIN, 187, 201, 251, 256]),
    st.binary(max_size=120),
    st.sampled_from([b"", beacon(pack(ALL)), legacy(encode(HERE)), reported_extended(pack(ALL))]),
    st.integers(0, 300),
)
def test_no_frame_breaks_the_readers(link: int, data: bytes, good: bytes, at: int) -> None:
    spoilt = good[:at] + data + good[at + len(data) :]
    reader = CaptureReader("a")
    for frame in (data, spoilt):
        try:
            reader.take(Frame(RECEIVED, link, frame))
        except RefusedError as error:
            assert error.reason == "malformed"  # noqa: PT017 – most frames are not refused


def test_a_capture_of_beacons_and_one_of_advertisements_are_read(tmp_path: Path) -> None:
    pytest.importorskip("dpkt")
    seconds = RECEIVED / 1e6
    for link, frame, count in (
        (wifi.RADIOTAP, beacon(pack(ALL)), 1),
        (bluetooth.LINK_LAYER, extended(pack(ALL)), 1),
        (bluetooth.LINK_LAYER, b"\xd6\xbe\x89\x8e", 0),
    ):
        path = pcap(tmp_path / f"{link}-{count}.pcap", link, [(seconds, frame)])
        reader = CaptureReader("roof")
        heard = merged([reader.take(each) for each in frames(path)])
        assert len(heard.detections) == len(heard.said) == count
        if count:
            assert heard.said[0].raw == frame
            assert heard.said[0].received_time == heard.detections["received_time"][0]
            assert heard.detections["sensor"][0] == b"capture:roof"


def test_a_file_that_is_no_capture_or_is_cut_is_told(tmp_path: Path) -> None:
    pytest.importorskip("dpkt")
    path = tmp_path / "cut.pcap"
    with pytest.raises(CaptureError, match=r"cut\.pcap"):
        list(frames(path))
    path.write_bytes(b"no capture at all, but long enough for a header")
    with pytest.raises(CaptureError, match="is no capture"):
        list(frames(path))


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader_of_captures(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    pytest.importorskip("dpkt")
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    heads = pcap(path, wifi.RADIOTAP, []).read_bytes(), b"\x0a\x0d\x0d\x0a"
    for head in heads:
        path.write_bytes(head + data)
        try:
            list(frames(path))
        except CaptureError:
            continue


def test_the_real_capture_of_a_parrot_is_one_contact_with_its_operator() -> None:
    pytest.importorskip("dpkt")
    if not PARROT.exists():
        pytest.skip("the capture is not in ../shared/data/remote-id")
    reader, tracks, kinds = CaptureReader("field"), Tracks(), Counter[str]()
    count = packs = 0
    places, contacts = set(), set()
    for frame in frames(PARROT):
        count += 1
        told = wifi.broadcast(frame.link, frame.data)
        if told is None:
            continue
        packs += 1
        kinds.update(type(message).__name__ for message in messages_of(told[1]))
        heard = reader.take(frame)
        places.update(heard.detections[["latitude", "longitude"]].tolist())
        tracks.step(moment(frame.time), heard.detections)
        contacts.update(tracks.contacts["contact"].tolist())
    assert (count, packs) == (5091, 1140)
    named = {"Location": 1140, "BasicId": 385, "System": 385, "OperatorId": 385}
    assert dict(kinds) == named
    assert {each.__name__ for each in (Location, BasicId, System, OperatorId)} == set(named)
    assert len(places) == 117
    assert len(contacts) == 1
    (contact,) = tracks.contacts
    assert contact["identity"] == b"rid:1588E040445AC004418"
    (operator,) = located_operators(tracks.contacts)
    assert (operator.latitude, operator.longitude) == pytest.approx((47.19866, 8.73022), abs=1e-4)
    assert not contact["doubts"]
