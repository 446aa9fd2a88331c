import json
import logging
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.codec import Command, Decoded
from telemetry.mavlink.encoder import Encoder
from telemetry.mavlink.signing import (
    AHEAD,
    BEHIND,
    SAVE_WAIT,
    Keys,
    Signing,
    Unsigned,
)
from telemetry.mavlink.timestamps import TimestampsError
from tests import recordings
from tests.telemetry.mavlink.sending import KEY, SIGNING_EPOCH, Sender, decode, utc

NOW = 1.8e9
OTHER_KEY = bytes(32)


class Clock:
    """Seconds since 1970 as the test says."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signing" / "north.json"


def save(signing: Signing, now: float) -> None:
    """As the network does, in a thread of its own."""
    if (timestamps := signing.unsaved(now)) is not None:
        signing.save(timestamps)


def reasons(signing: Signing, *frames: bytes) -> list[str]:
    """Of each frame why it is refused; empty if it is taken."""
    decoded = decode(*frames)
    assert len(decoded.frames) == len(frames)
    checked = signing.check(decoded)
    refused = {number: error.reason for number, error in checked.refused}
    assert sorted(refused) == np.flatnonzero(~checked.accepted).tolist()
    return [refused.get(number, "") for number in range(len(frames))]


def test_a_signed_frame_of_a_vehicle_with_the_key_is_taken(path: Path) -> None:
    vehicle = Sender(3, key=KEY, at=NOW - 5)
    signing = Signing(Keys(KEY), path, Clock())
    assert reasons(signing, vehicle.heartbeat(), vehicle.position(1)) == ["", ""]


def test_frames_are_refused_with_their_reason_and_counted(path: Path) -> None:
    signing = Signing(Keys(systems={3: KEY}), path, Clock())
    vehicle = Sender(3, key=KEY, at=NOW)
    first, second = vehicle.heartbeat(), vehicle.heartbeat()
    expected = {
        first: "",
        Sender(3).heartbeat(): "unsigned",
        Sender(3, version=1).heartbeat(): "unsigned",
        Sender(4, key=KEY, at=NOW).heartbeat(): "no_key",
        Sender(3, key=OTHER_KEY, at=NOW + 9).heartbeat(): "bad_signature",
        Sender(3, key=KEY, at=NOW - 1).heartbeat(): "old_timestamp",
        Sender(3, key=KEY, at=NOW - BEHIND - 1, link=7).heartbeat(): "new_stream_too_old",
        Sender(3, key=KEY, at=NOW + AHEAD + 1).heartbeat(): "future_timestamp",
        second: "",
    }
    assert reasons(signing, *expected) == list(expected.values())
    assert signing.counts == Counter(filter(None, expected.values()))


def test_a_refusal_says_who_sent_what(path: Path) -> None:
    checked = Signing(Keys(KEY), path, Clock()).check(decode(Sender(3, component=5).position(1)))
    ((number, error),) = checked.refused
    assert number == 0
    assert str(error).startswith("unsigned: message 33 of system 3, component 5: it is not signed")


def test_a_frame_played_again_is_old_in_the_same_batch_and_in_a_later_one(path: Path) -> None:
    signing = Signing(Keys(KEY), path, Clock())
    frame = Sender(key=KEY, at=NOW).heartbeat()
    assert reasons(signing, frame, frame) == ["", "old_timestamp"]
    assert reasons(signing, frame) == ["old_timestamp"]


def test_each_component_and_each_link_is_a_stream_of_its_own(path: Path) -> None:
    signing = Signing(Keys(KEY), path, Clock())
    senders = [
        Sender(1, 1, key=KEY, at=NOW, link=0),
        Sender(1, 1, key=KEY, at=NOW - 20, link=1),
        Sender(1, 154, key=KEY, at=NOW - 30, link=1),
        Sender(2, 1, key=KEY, at=NOW - 40, link=1),
    ]
    assert reasons(signing, *[sender.heartbeat() for sender in senders]) == [""] * 4


def test_a_known_stream_may_stand_still_for_as_long_as_it_likes(path: Path) -> None:
    """An ArduPilot without GPS counts up one tick a frame until it hears of a later time."""
    clock = Clock()
    signing = Signing(Keys(KEY), path, clock)
    vehicle = Sender(key=KEY, at=NOW)
    assert reasons(signing, vehicle.heartbeat()) == [""]
    clock.now += 7 * 86_400
    assert reasons(signing, vehicle.heartbeat()) == [""]


def test_one_frame_from_far_in_the_future_does_not_lock_the_vehicle_out(path: Path) -> None:
    signing = Signing(Keys(KEY), path, Clock())
    vehicle = Sender(key=KEY, at=NOW)
    frames = [vehicle.heartbeat()]
    vehicle.at = NOW + 3600
    frames.append(vehicle.heartbeat())
    vehicle.at = NOW + 1
    frames.append(vehicle.heartbeat())
    assert reasons(signing, *frames) == ["", "future_timestamp", ""]


def test_a_forged_frame_with_a_late_timestamp_moves_nothing(path: Path) -> None:
    signing = Signing(Keys(KEY), path, Clock())
    vehicle = Sender(key=KEY, at=NOW)
    forged = Sender(key=OTHER_KEY, at=NOW + 50).heartbeat()
    assert reasons(signing, forged, vehicle.heartbeat()) == ["bad_signature", ""]


def test_a_vehicle_that_is_ahead_does_not_make_the_others_too_old(path: Path) -> None:
    signing = Signing(Keys(KEY), path, Clock())
    ahead, behind = Sender(1, key=KEY, at=NOW + AHEAD), Sender(2, key=KEY, at=NOW - BEHIND)
    assert reasons(signing, ahead.heartbeat(), behind.heartbeat()) == ["", ""]


def test_radio_status_and_excepted_systems_need_no_signature(path: Path) -> None:
    signing = Signing(
        Keys(systems={3: KEY}), path, Clock(), unsigned=Unsigned(systems=frozenset({9}))
    )
    frames = [
        Sender(3)("RADIO_STATUS", rssi=100),
        Sender(9).heartbeat(),
        Sender(9, key=OTHER_KEY, at=NOW).heartbeat(),  # nothing to check it with
        Sender(8).heartbeat(),
    ]
    assert reasons(signing, *frames) == ["", "", "", "unsigned"]


def test_an_excepted_system_with_a_key_cannot_be_forged_with_another(path: Path) -> None:
    signing = Signing(Keys(KEY), path, Clock(), unsigned=Unsigned(systems=frozenset({9})))
    assert reasons(signing, Sender(9, key=OTHER_KEY, at=NOW).heartbeat()) == ["bad_signature"]


def test_a_vehicle_s_own_key_goes_before_that_of_the_network(path: Path) -> None:
    signing = Signing(Keys(KEY, {3: OTHER_KEY}), path, Clock())
    frames = [
        Sender(3, key=KEY, at=NOW).heartbeat(),
        Sender(3, key=OTHER_KEY, at=NOW).heartbeat(),
        Sender(4, key=KEY, at=NOW).heartbeat(),
    ]
    assert reasons(signing, *frames) == ["bad_signature", "", ""]


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="key of system 3 has 31 bytes; give it 32"):
        Keys(KEY, {3: KEY[1:]})
    assert KEY.hex() not in repr(Keys(KEY))
    assert str(KEY) not in repr(Keys(KEY, {1: KEY}))


def recorded_key() -> bytes:
    recordings.recording("copter-signed")
    saved = json.loads((recordings.RECORDINGS / "copter-signed.key.json").read_text())
    return bytes.fromhex(saved["key_hex"])


def recorded() -> tuple[list[bytes], list[float]]:
    """Frames of the signed recording and when they came."""
    messages = recordings.messages("copter-signed")
    return [recordings.frame(m) for m in messages], [m._timestamp for m in messages]


def test_a_signed_flight_verifies_with_its_key(path: Path) -> None:
    frames, times = recorded()
    clock = Clock()
    signing = Signing(Keys(recorded_key()), path, clock)
    refused = []
    for start in range(0, len(frames), 10):
        clock.now = times[start]
        refused += reasons(signing, *frames[start : start + 10])
    assert Counter(refused) == {"": 2403, "unsigned": 37}
    assert refused[:37] == ["unsigned"] * 37  # before the vehicle was told the key


def test_with_another_key_nothing_of_it_does(path: Path) -> None:
    frames, times = recorded()
    signing = Signing(Keys(KEY[::-1]), path, Clock(times[-1]))
    assert Counter(reasons(signing, *frames)) == {"bad_signature": 2403, "unsigned": 37}


def test_every_altered_byte_of_a_signed_flight_is_refused(path: Path) -> None:
    frames, times = recorded()
    signed, clock = frames[37:], Clock(times[37])
    signing = Signing(Keys(recorded_key()), path, clock)
    for frame in signed:
        altered = [altered_at(frame, place) for place in range(len(frame))]
        # Where the checksum itself was altered it is as it was before.
        mended = [each for each in map(with_checksum, altered) if each != frame]
        assert not signing.check(decode(*altered, *mended)).accepted.any()
    assert signing.counts["bad_signature"] > 40 * len(signed)
    assert reasons(signing, *signed) == [""] * 2403  # none of them has moved a timestamp


def altered_at(frame: bytes, place: int) -> bytes:
    return frame[:place] + bytes([frame[place] ^ 0x41]) + frame[place + 1 :]


def with_checksum(frame: bytes) -> bytes:
    """As one who has no key but knows the protocol would send it."""
    mended = bytearray(frame)
    message = dialect.mavlink_map.get(int.from_bytes(frame[7:10], "little"))
    if message is not None:
        body = bytes(frame[1:-15]) + bytes([message.crc_extra])
        mended[-15:-13] = dialect.x25crc(body).crc.to_bytes(2, "little")
    return bytes(mended)


@given(st.binary(max_size=40), st.integers(0, 12))
def test_whatever_stands_in_a_signature_it_is_refused(
    tmp_path_factory: pytest.TempPathFactory, signature: bytes, place: int
) -> None:
    signing = Signing(Keys(KEY), tmp_path_factory.getbasetemp() / "none.json", Clock())
    frame = bytearray(Sender(key=OTHER_KEY, at=NOW).heartbeat())
    written = signature[: 13 - place]
    frame[len(frame) - 13 + place : len(frame) - 13 + place + len(written)] = written
    assert reasons(signing, bytes(frame)) == ["bad_signature"]


def test_after_a_restart_what_was_taken_is_old(path: Path) -> None:
    clock = Clock()
    signing = Signing(Keys(KEY), path, clock)
    vehicle = Sender(3, key=KEY, at=NOW)
    frame = vehicle.heartbeat()
    assert reasons(signing, frame) == [""]
    signing.close()
    again = Signing(Keys(KEY), path, clock)
    assert reasons(again, frame, vehicle.heartbeat()) == ["old_timestamp", ""]


def test_timestamps_are_written_every_few_seconds_and_only_when_there_are_new_ones(
    path: Path,
) -> None:
    signing = Signing(Keys(KEY), path, Clock())
    vehicle = Sender(key=KEY, at=NOW)
    save(signing, 0)
    assert not path.exists()
    reasons(signing, vehicle.heartbeat())
    save(signing, SAVE_WAIT - 0.1)
    assert not path.exists()
    save(signing, SAVE_WAIT)
    first = path.read_bytes()
    save(signing, 2 * SAVE_WAIT)
    path.write_bytes(b"")  # would be replaced if it were written
    save(signing, 3 * SAVE_WAIT)
    assert path.read_bytes() == b""
    reasons(signing, vehicle.heartbeat())
    signing.close()
    assert path.read_bytes() > first


def test_timestamps_that_cannot_be_written_are_said_once_and_tried_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    signing = Signing(Keys(KEY), path, Clock())
    path.parent.write_text("in the way")
    reasons(signing, Sender(key=KEY, at=NOW).heartbeat())
    save(signing, 0)
    save(signing, SAVE_WAIT)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "north.json: cannot write the timestamps of signing: " in record.getMessage()
    path.parent.unlink()
    save(signing, 2 * SAVE_WAIT)
    assert path.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "x",
        "[]",
        '{"sent": -1, "streams": []}',
        '{"sent": 1, "streams": [[1, 2]]}',
        "9" * (2 << 20),
    ],
)
def test_a_file_that_holds_no_timestamps_stops_the_start(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(TimestampsError, match=r"north\.json: these are no timestamps of signing"):
        Signing(Keys(KEY), path, Clock())


def parser_with(key: bytes) -> dialect.MAVLink:
    parser = dialect.MAVLink(None)
    parser.robust_parsing = True
    parser.signing.secret_key = key
    return parser


def test_what_we_send_is_signed_and_a_vehicle_takes_it(path: Path) -> None:
    encoder = Encoder(255, 190, Signing(Keys(KEY), path, Clock(), link=4))
    vehicle = parser_with(KEY)
    frames = [
        encoder.ground_station_heartbeat(),
        encoder.command(3, 1, Command.REQUEST_MESSAGE, 242),
        encoder.ground_station_heartbeat(),
    ]
    messages = [vehicle.parse_buffer(frame)[0] for frame in frames]
    assert [m.get_type() for m in messages] == ["HEARTBEAT", "COMMAND_LONG", "HEARTBEAT"]
    assert all(m.get_signed() and m.get_link_id() == 4 for m in messages)
    assert decode(*frames).frames["signed"].all()


def test_each_vehicle_is_spoken_to_with_its_key_and_others_unsigned(path: Path) -> None:
    encoder = Encoder(255, 190, Signing(Keys(systems={3: KEY}), path, Clock()))
    (to_3,) = parser_with(KEY).parse_buffer(encoder.ground_station_heartbeat(3))
    assert to_3.get_signed()
    frames = decode(encoder.ground_station_heartbeat(), encoder.ground_station_heartbeat(4)).frames
    assert not frames["signed"].any()


def sent_at(frame: bytes) -> float:
    """The timestamp of a signed frame, in seconds since 1970."""
    return SIGNING_EPOCH + int.from_bytes(frame[-12:-6], "little") / 1e5


def test_our_timestamps_follow_the_clock_and_never_go_back(path: Path) -> None:
    clock = Clock()
    signing = Signing(Keys(KEY), path, clock)
    encoder = Encoder(255, 190, signing)
    assert sent_at(encoder.ground_station_heartbeat()) == pytest.approx(NOW, abs=1e-4)
    clock.now += 10
    times = [sent_at(encoder.ground_station_heartbeat()) for _ in range(3)]
    assert times[0] == pytest.approx(NOW + 10, abs=1e-4)
    clock.now -= 3600
    times += [sent_at(encoder.ground_station_heartbeat()) for _ in range(3)]
    signing.close()
    again = Encoder(255, 190, Signing(Keys(KEY), path, clock))
    times.append(sent_at(again.ground_station_heartbeat()))
    assert times == sorted(set(times))


def test_a_vehicle_that_is_ahead_after_a_reboot_takes_what_we_send(path: Path) -> None:
    """An ArduPilot is a minute ahead then, and refuses a stream that is more than one behind."""
    signing = Signing(Keys(KEY), path, Clock())
    reasons(signing, Sender(key=KEY, at=NOW + 59.6).heartbeat())
    assert sent_at(Encoder(255, 190, signing).ground_station_heartbeat()) >= NOW + 59.6


def test_a_vehicle_far_ahead_does_not_take_us_more_than_a_minute_with_it(path: Path) -> None:
    signing = Signing(Keys(KEY), path, Clock())
    assert reasons(signing, Sender(key=KEY, at=NOW + AHEAD).heartbeat()) == [""]
    sent = sent_at(Encoder(255, 190, signing).ground_station_heartbeat())
    assert sent == pytest.approx(NOW + BEHIND, abs=1e-3)


def test_what_is_refused_has_no_columns_left(path: Path) -> None:
    decoded: Decoded = decode(Sender(3).heartbeat(1), Sender(4, key=KEY, at=NOW).heartbeat(2))
    taken = decoded.only(Signing(Keys(KEY), path, Clock()).check(decoded).accepted)
    assert taken.frames["system"].tolist() == [4]
    assert taken.tables[0].rows["custom_mode"].tolist() == [2]
    assert taken.frames["received_time"].tolist() == [utc(1.8e9).item()]
