import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.codec import Command, Decoder, Encoder, Message
from telemetry.mavlink.fields import layout
from tests import recordings
from tests.telemetry.mavlink.sending import Sender, decode, utc

GOOD = [
    Sender(7).heartbeat(4),
    Sender(7).position(1000),
    Sender(8, version=1).position(2000),
    Sender(9)("STATUSTEXT", text=b"hello"),
]


def pymavlink_frames(chunk: bytes) -> tuple[list[bytes], int, int]:
    """Good frames, bad stretches and unknown messages that pymavlink finds in one datagram."""
    parser = dialect.MAVLink(None)
    parser.robust_parsing = True
    good, bad, unknown = [], 0, 0
    for message in parser.parse_buffer(chunk) or []:
        if isinstance(message, dialect.MAVLink_bad_data):
            bad += 1
        elif isinstance(message, dialect.MAVLink_unknown):
            unknown += 1
        else:
            good.append(bytes(message.get_msgbuf()))
    return good, bad + (parser.buf_len() > 0), unknown


def test_a_frame_tells_who_sent_what_and_when() -> None:
    chunks = [GOOD[0] + GOOD[1], GOOD[2]]
    decoded = Decoder().decode(chunks, np.array([utc(1.8e9), utc(1.8e9 + 1)]))
    heads = decoded.frames[["chunk", "system", "component", "sequence", "message"]].tolist()
    assert heads == [(0, 7, 1, 0, 0), (0, 7, 1, 0, 33), (1, 8, 1, 0, 33)]
    assert decoded.frames["received_time"].tolist() == [
        utc(1.8e9).item(),
        utc(1.8e9).item(),
        utc(1.8e9 + 1).item(),
    ]
    assert decoded.raw == GOOD[:3]
    positions = decoded.tables[Message.GLOBAL_POSITION_INT]
    assert positions.frames.tolist() == [1, 2]
    assert positions.rows["time_boot"].astype(int).tolist() == [1_000_000, 2_000_000]


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=400),
            st.sampled_from(GOOD),
            st.tuples(st.sampled_from(GOOD), st.integers(0, 20), st.integers(0, 255)).map(
                lambda t: t[0][: t[1]] + bytes([t[2]]) + t[0][t[1] + 1 :]
            ),
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_whatever_bytes_come_the_frames_are_those_pymavlink_takes(
    parts: list[bytes], joined: bool
) -> None:
    chunks = [b"".join(parts)] if joined else parts
    decoded = decode(*chunks)
    expected = [pymavlink_frames(chunk) for chunk in chunks]
    assert decoded.raw == [frame for good, _, _ in expected for frame in good]
    assert decoded.bad.tolist() == [bad for _, bad, _ in expected]
    assert decoded.unknown.tolist() == [unknown for _, _, unknown in expected]
    assert len(decoded.frames) == len(decoded.raw)


@given(st.lists(st.binary(min_size=1, max_size=600), min_size=4, max_size=4))
def test_random_datagrams_between_good_ones_take_none_of_them_away(junk: list[bytes]) -> None:
    decoder = Decoder()
    chunks = [chunk for pair in zip(junk, GOOD, strict=True) for chunk in pair]
    decoded = decoder.decode(chunks, np.full(len(chunks), utc(1.8e9)))
    assert [frame for frame in decoded.raw if frame in GOOD] == GOOD
    assert not decoded.bad[1::2].any()


def test_a_torn_frame_is_bad_and_does_not_swallow_the_datagram_of_another_vehicle() -> None:
    decoder = Decoder()
    for cut in range(1, len(GOOD[1])):
        decoded = decoder.decode([GOOD[0] + GOOD[1][:cut], GOOD[2]], np.full(2, utc(1.8e9)))
        assert decoded.raw == [GOOD[0], GOOD[2]]
        assert decoded.bad.tolist() == [1, 0]


def test_a_frame_of_a_message_that_the_dialect_lacks_is_counted_as_unknown() -> None:
    frame = bytearray(GOOD[0])
    frame[7:10] = (60_000).to_bytes(3, "little")
    decoded = decode(bytes(frame))
    assert decoded.unknown.tolist() == [1]
    assert decoded.raw == []


def test_no_bytes_and_no_chunks_are_no_frames() -> None:
    assert len(decode().frames) == 0
    assert len(decode(b"").frames) == 0


def test_the_environment_cannot_switch_the_checksum_off() -> None:
    program = (
        "import sys, numpy; from telemetry.mavlink.codec import Decoder;"
        "chunk = bytes.fromhex(sys.argv[1]);"
        "print(len(Decoder().decode([chunk], numpy.zeros(1, 'M8[us]')).raw))"
    )
    bad = GOOD[0][:-1] + bytes([GOOD[0][-1] ^ 1])
    environment = {**os.environ, "MAV_IGNORE_CRC": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", program, bad.hex()],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "0"


@pytest.mark.parametrize("name", recordings.ALL)
def test_a_recording_decodes_as_pymavlink_reads_it(name: str) -> None:
    theirs = recordings.messages(name)
    chunks = [recordings.frame(message) for message in theirs]
    times = [utc(message._timestamp) for message in theirs]
    decoded = Decoder().decode(chunks, np.array(times))
    assert not decoded.bad.any()
    assert not decoded.unknown.any()
    assert decoded.raw == chunks
    heads = decoded.frames[["system", "component", "sequence", "message"]].tolist()
    assert heads == [
        (m.get_srcSystem(), m.get_srcComponent(), m.get_seq(), m.get_msgId()) for m in theirs
    ]
    for message, table in decoded.tables.items():
        of_this = [m for m in theirs if m.get_msgId() == message]
        wire = layout(message).wire
        for field in wire.names or ():
            if field in (table.rows.dtype.names or ()) and table.rows.dtype[field] == wire[field]:
                plain = np.array([_plain(m, field) for m in of_this], wire[field].base)
                np.testing.assert_array_equal(table.rows[field], plain)


def _plain(message: Any, field: str) -> Any:
    value = getattr(message, field)
    return value.encode() if isinstance(value, str) else value


def test_what_we_send_is_mavlink_2_numbered_and_addressed() -> None:
    encoder = Encoder(254, 190)
    chunks = [
        encoder.ground_station_heartbeat(),
        encoder.command(3, 1, Command.SET_MESSAGE_INTERVAL, 33, 250_000, repetition=2),
    ]
    parser = dialect.MAVLink(None)
    heartbeat, command = [parser.parse_buffer(chunk)[0] for chunk in chunks]
    assert [chunk[0] for chunk in chunks] == [0xFD, 0xFD]
    assert (heartbeat.type, heartbeat.autopilot) == (
        dialect.MAV_TYPE_GCS,
        dialect.MAV_AUTOPILOT_INVALID,
    )
    assert (heartbeat.get_srcSystem(), heartbeat.get_srcComponent()) == (254, 190)
    assert [heartbeat.get_seq(), command.get_seq()] == [0, 1]
    assert (command.target_system, command.target_component, command.confirmation) == (3, 1, 2)
    assert (command.command, command.param1, command.param2) == (511, 33, 250_000)


def test_sequence_numbers_of_what_we_send_wrap_at_a_byte() -> None:
    encoder = Encoder(255, 190)
    numbers = [encoder.ground_station_heartbeat()[4] for _ in range(258)]
    assert numbers == [*range(256), 0, 1]
