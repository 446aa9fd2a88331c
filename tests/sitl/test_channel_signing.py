"""A simulated drone signs, and takes and refuses signed frames, as the recorded ArduPilot does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.signing import MAX_STREAMS, Signing
from tests.recordings import GROUND_STATION, RECORDINGS, frame, messages, recording
from tests.sitl.wire import BEGIN, Station, by_type

KEY = bytes(range(1, 33))
SECOND = 100_000
"""Ticks of a timestamp."""

NOW = (BEGIN // 10) - 1_420_070_400 * SECOND
"""The timestamp of the moment at which the simulations of the tests begin."""

LINK = 7
SIGNED = 1


class Signer:
    """A ground station that signs with `key`, on link `link`, from `timestamp` on."""

    def __init__(self, key: bytes = KEY, *, link: int = LINK, timestamp: int = NOW) -> None:
        self.out = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
        self.out.signing.secret_key = key
        self.out.signing.sign_outgoing = True
        self.out.signing.link_id = link
        self.out.signing.timestamp = timestamp

    def question(self) -> bytes:
        """A command that is always acknowledged."""
        command = mavlink.MAVLink_command_long_message(1, 1, 511, 0, 33, 1e5, 0, 0, 0, 0, 0)
        packed: bytes = command.pack(self.out)
        return packed


def is_heard(station: Station, data: bytes) -> bool:
    station.drone.receive(data, station.channel)
    return "COMMAND_ACK" in by_type(station.run(0.05))


@pytest.fixture
def station() -> Station:
    """A drone with a key, on a channel that wants signatures."""
    station = Station(channel=1)
    station.drone.signing.set_up(KEY, 0)
    station.run(1.0)
    return station


def test_after_setup_all_links_send_signed_frames_and_only_signed_ones_are_taken() -> None:
    station = Station(channel=1, airborne=0.0)
    station.until(lambda: bool(station.heard))
    unsigned = Signer()
    unsigned.out.signing.sign_outgoing = False
    assert is_heard(station, unsigned.question())
    station.say(mavlink.MAVLink_setup_signing_message(1, 1, KEY, NOW))
    station.step()
    station.frames.clear()
    assert not is_heard(station, unsigned.question())
    assert is_heard(station, Signer(timestamp=NOW + SECOND).question())
    station.run(2.0)
    assert all(sent[2] & SIGNED for sent in station.frames)
    assert station.drone.signing.refused == 1


def test_what_it_signs_pymavlink_takes(station: Station) -> None:
    parser = mavlink.MAVLink(None)
    parser.signing.secret_key = KEY
    station.frames.clear()
    station.run(3.0)
    for sent in station.frames:
        assert parser.parse_buffer(sent) is not None
        assert sent[-13] == station.channel
    assert parser.signing.goodsig_count == len(station.frames) > 2


def test_an_armed_vehicle_takes_no_key() -> None:
    station = Station(channel=1)
    station.run(0.1)
    station.say(mavlink.MAVLink_setup_signing_message(1, 1, KEY, NOW))
    texts = [message.text for message in by_type(station.run(0.1))["STATUSTEXT"]]
    assert "ERROR: Won't setup signing when armed" in texts
    assert station.drone.signing.key is None


def test_a_key_for_another_vehicle_is_none_of_its() -> None:
    station = Station(channel=1, airborne=0.0)
    station.until(lambda: bool(station.heard))
    station.say(mavlink.MAVLink_setup_signing_message(2, 1, KEY, NOW))
    station.step()
    assert station.drone.signing.key is None


def test_a_key_of_zeros_ends_signing(station: Station) -> None:
    station.drone.signing.set_up(bytes(32), 0)
    station.frames.clear()
    station.run(2.0)
    assert station.frames
    assert not any(sent[2] & SIGNED for sent in station.frames)


def test_its_first_serial_port_takes_unsigned_commands() -> None:
    station = Station()
    station.drone.signing.set_up(KEY, 0)
    unsigned = Signer()
    unsigned.out.signing.sign_outgoing = False
    assert is_heard(station, unsigned.question())
    assert station.frames[-1][2] & SIGNED


def test_the_reports_of_radios_need_no_signature(station: Station) -> None:
    radio = mavlink.MAVLink(None, srcSystem=51, srcComponent=68)
    report = mavlink.MAVLink_radio_status_message(200, 200, 100, 50, 50, 0, 0)
    before = station.drone.channels[1].statistics.messages_understood
    station.drone.receive(report.pack(radio), 1)
    station.step()
    assert station.drone.channels[1].statistics.messages_understood == before + 1
    assert station.drone.signing.refused == 0


def test_a_wrong_key_is_refused_and_moves_no_timestamp(station: Station) -> None:
    assert not is_heard(station, Signer(bytes(32), timestamp=NOW + 1000 * SECOND).question())
    assert is_heard(station, Signer().question())


def test_a_frame_played_again_is_refused(station: Station) -> None:
    question = Signer().question()
    assert is_heard(station, question)
    assert not is_heard(station, question)


def test_an_older_timestamp_is_refused_on_its_link_and_taken_on_a_new_one(
    station: Station,
) -> None:
    assert is_heard(station, Signer(timestamp=NOW + 5 * SECOND).question())
    assert not is_heard(station, Signer(timestamp=NOW).question())
    assert is_heard(station, Signer(timestamp=NOW, link=8).question())


@pytest.mark.parametrize(("behind", "taken"), [(5, True), (50, True), (70, False), (120, False)])
def test_a_new_link_may_be_a_minute_behind(station: Station, behind: int, taken: bool) -> None:
    station.run(20.0)  # GPS has told the time
    now = NOW + round(station.seconds * SECOND)
    assert is_heard(station, Signer(timestamp=now - behind * SECOND).question()) is taken


def test_a_frame_from_the_future_is_taken_and_locks_out_the_present(station: Station) -> None:
    assert is_heard(station, Signer(timestamp=NOW + 3600 * SECOND).question())
    assert not is_heard(station, Signer(timestamp=NOW + SECOND).question())
    assert not is_heard(station, Signer(timestamp=NOW + SECOND, link=8).question())


def test_after_a_reboot_the_key_is_there_and_its_clock_a_minute_ahead() -> None:
    signing = Signing(KEY)
    out = mavlink.MAVLink(None)
    signing.set_time(BEGIN)
    signing.prepare(out, 0)
    before = out.signing.timestamp
    signing.reboot()
    signing.prepare(out, 0)
    assert out.signing.sign_outgoing
    assert 60 * SECOND <= out.signing.timestamp - before < 61 * SECOND


def test_it_keeps_so_many_streams_and_no_more(station: Station) -> None:
    for link in range(MAX_STREAMS):
        assert is_heard(station, Signer(link=link).question())
    assert not is_heard(station, Signer(link=MAX_STREAMS).question())
    assert is_heard(station, Signer(link=0, timestamp=NOW + SECOND).question())


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_told(length: int) -> None:
    with pytest.raises(ValueError, match=f"a signing key of {length} bytes; give it 32"):
        Signing(bytes(length))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_changed_byte_of_a_signed_frame_gets_through(data: Any) -> None:
    """The checksum may be made right again by whoever changes a frame, the signature not."""
    question = bytearray(Signer(timestamp=NOW + SECOND).question())
    crc_at = len(question) - 15
    place = data.draw(
        st.integers(4, len(question) - 1).filter(lambda n: n < crc_at or n > crc_at + 1)
    )
    question[place] ^= data.draw(st.integers(1, 255))
    crc = mavlink.x25crc(bytes(question[1:crc_at]))
    crc.accumulate(bytes([mavlink.MAVLink_command_long_message.crc_extra]))
    question[crc_at : crc_at + 2] = crc.crc.to_bytes(2, "little")
    parser = mavlink.MAVLink(None)
    parser.robust_parsing = True
    signing = Signing(KEY)
    for message in parser.parse_buffer(bytes(question)):
        assert message.get_msgId() < 0 or not signing.accepts(message, 1)


def test_every_frame_that_the_recorded_vehicle_signed_is_proved_with_its_key() -> None:
    recording("copter-signed")
    key = bytes.fromhex(json.loads((RECORDINGS / "copter-signed.key.json").read_text())["key_hex"])
    sent = [m for m in messages("copter-signed") if frame(m)[2] & SIGNED]
    right, wrong = Signing(key), Signing(KEY[::-1])
    assert all(right.accepts(message, 1) for message in sent)
    assert not any(wrong.accepts(message, 1) for message in sent)
    assert len(sent) > 2000


def test_told_the_recorded_key_it_begins_as_the_recorded_vehicle_did() -> None:
    """Link id and timestamp of the first signed frame: a minute after what it was given."""
    recording("copter-signed")
    recorded = messages("copter-signed")
    vehicle = next(
        frame(m) for m in recorded if m.get_srcSystem() != GROUND_STATION and frame(m)[2] & SIGNED
    )
    ground = [m for m in recorded if m.get_srcSystem() == GROUND_STATION]
    (setup,) = [m for m in ground if m.get_type() == "SETUP_SIGNING"]
    station = Station(channel=1, airborne=0.0)
    station.until(lambda: bool(station.heard))
    station.frames.clear()
    station.drone.receive(frame(setup), 1)
    station.until(lambda: bool(station.frames))
    ours = station.frames[0]
    assert ours[-13] == vehicle[-13] == 1
    first, theirs = (int.from_bytes(sent[-12:-6], "little") for sent in (ours, vehicle))
    assert abs(first - theirs) < SECOND
