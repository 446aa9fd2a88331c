import os
import random
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.codec import Decoder, Message, StreamDecoder
from telemetry.mavlink.framing import LONGEST
from tests import recordings
from tests.telemetry.mavlink.oracle import assert_same, new_parser, parse
from tests.telemetry.mavlink.sending import KEY, Sender, decode, utc

NOW = utc(1.8e9)

GOOD = [
    Sender(7).heartbeat(4),
    Sender(7).position(1000),
    Sender(8, version=1).position(2000),
    Sender(9)("STATUSTEXT", text=b"hello"),
    Sender(10, key=KEY).heartbeat(5),
    Sender(11)("FILE_TRANSFER_PROTOCOL", payload=[*range(250), 1]),
]

UNKNOWN = bytes([0xFD, 2, 0, 0, 1, 1, 1, 0x60, 0xEA, 0, 7, 7, 0, 0])

broken_frames = st.tuples(st.sampled_from(GOOD), st.integers(0, 300), st.integers(0, 255)).map(
    lambda t: t[0][: t[1]] + bytes([t[2]]) + t[0][t[1] + 1 :]
)
start_bytes = st.lists(st.sampled_from([0xFD, 0xFE, 0, 1, 8]), max_size=300).map(bytes)
parts = st.lists(
    st.one_of(
        st.binary(max_size=400),
        st.sampled_from([*GOOD, UNKNOWN]),
        st.lists(st.sampled_from(GOOD), min_size=60, max_size=200).map(b"".join),
        broken_frames,
        start_bytes,
    ),
    max_size=8,
)


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
    assert list(decoded.raw) == GOOD[:3]
    positions = decoded.tables[Message.GLOBAL_POSITION_INT]
    assert positions.frames.tolist() == [1, 2]
    assert positions.rows["time_boot"].astype(int).tolist() == [1_000_000, 2_000_000]


def test_a_frame_tells_whether_it_is_signed() -> None:
    assert decode(*GOOD).frames["signed"].tolist() == [False, False, False, False, True, False]


@given(parts, st.booleans())
def test_whatever_bytes_come_the_frames_are_those_pymavlink_takes(
    parts: list[bytes], joined: bool
) -> None:
    chunks = [b"".join(parts)] if joined else parts
    assert_same(decode(*chunks), [parse(chunk) for chunk in chunks])


@given(parts, st.lists(st.integers(0, 3000), max_size=12))
def test_a_stream_may_be_cut_anywhere(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    decoder, parser = StreamDecoder(), new_parser()
    for start, end in pairwise(edges):
        assert_same(decoder.feed(stream[start:end], NOW), [parse(stream[start:end], parser)])
        assert decoder.waiting == parser.buf_len() < LONGEST


def test_a_stream_byte_by_byte_gives_its_frames() -> None:
    decoder = StreamDecoder()
    stream = b"junk" + b"".join(GOOD) + b"junk"
    decoded = [decoder.feed(stream[place : place + 1], NOW) for place in range(len(stream))]
    assert [frame for each in decoded for frame in each.raw] == GOOD


@given(st.lists(st.binary(min_size=1, max_size=600), min_size=6, max_size=6))
def test_random_datagrams_between_good_ones_take_none_of_them_away(junk: list[bytes]) -> None:
    chunks = [chunk for pair in zip(junk, GOOD, strict=True) for chunk in pair]
    decoded = decode(*chunks)
    assert [frame for frame in decoded.raw if frame in GOOD] == GOOD
    assert not decoded.bad[1::2].any()


def test_a_torn_frame_is_bad_and_does_not_swallow_the_datagram_of_another_vehicle() -> None:
    for cut in range(1, len(GOOD[1])):
        decoded = decode(GOOD[0] + GOOD[1][:cut], GOOD[2])
        assert list(decoded.raw) == [GOOD[0], GOOD[2]]
        assert decoded.bad.tolist() == [1, 0]


def test_a_frame_that_would_end_in_the_next_datagram_is_torn() -> None:
    for frame in GOOD:
        for cut in range(1, len(frame)):
            chunks = [GOOD[0], frame[:cut], frame[cut:], GOOD[1]]
            assert_same(decode(*chunks), [parse(chunk) for chunk in chunks])


def test_a_frame_of_a_message_that_the_dialect_lacks_is_counted_as_unknown() -> None:
    decoded = decode(GOOD[0] + UNKNOWN + GOOD[1], UNKNOWN)
    assert decoded.unknown.tolist() == [1, 1]
    assert list(decoded.raw) == [GOOD[0], GOOD[1]]


def test_a_frame_with_a_flag_that_is_not_known_is_dropped() -> None:
    frame = bytearray(GOOD[0])
    frame[2] = 2
    frame[-2:] = dialect.x25crc(bytes(frame[1:-2]) + b"\x32").crc.to_bytes(2, "little")
    assert_same(decode(bytes(frame)), [parse(bytes(frame))])
    assert decode(bytes(frame)).bad.tolist() == [1]


def test_no_bytes_and_no_chunks_are_no_frames() -> None:
    assert len(decode().frames) == 0
    assert len(decode(b"").frames) == 0
    assert list(decode(b"", GOOD[0], b"", GOOD[1], b"").raw) == GOOD[:2]
    assert len(StreamDecoder().feed(b"", NOW).frames) == 0


def test_only_some_of_the_frames_have_only_their_columns() -> None:
    decoded = decode(*GOOD).only(np.array([True, False, True, False, True, False]))
    assert list(decoded.raw) == [GOOD[0], GOOD[2], GOOD[4]]
    assert sorted(decoded.tables) == [Message.HEARTBEAT, Message.GLOBAL_POSITION_INT]
    heartbeats = decoded.tables[Message.HEARTBEAT]
    assert heartbeats.frames.tolist() == [0, 2]
    assert heartbeats.rows["custom_mode"].tolist() == [4, 5]
    assert Message.STATUSTEXT not in decoded.tables


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


@pytest.mark.parametrize("message", sorted(dialect.mavlink_map))
def test_every_message_of_the_dialect_comes_as_pymavlink_reads_it(message: int) -> None:
    """Three of each: full of figures, cut short, and as MAVLink 1 where it has an id for it."""
    kind = dialect.mavlink_map[message]
    chance = random.Random(message)
    chunks = []
    for length in (kind.unpacker.size, chance.randrange(1, kind.unpacker.size + 1)):
        payload = chance.randbytes(length)
        head = bytes([length, 0, 0, 9, 1, 1]) + message.to_bytes(3, "little")
        chunks.append(with_checksum(0xFD, head + payload, kind.crc_extra))
    if message < 256:
        head = bytes([kind.unpacker.size, 9, 1, 1, message])
        payload = chance.randbytes(kind.unpacker.size)
        chunks.append(with_checksum(0xFE, head + payload, kind.crc_extra))
    decoded = decode(*chunks)
    assert list(decoded.raw) == chunks
    assert_same(decoded, [parse(chunk) for chunk in chunks])
    assert len(decoded.tables[message].rows) == len(chunks)


def with_checksum(start: int, body: bytes, extra: int) -> bytes:
    checksum: int = dialect.x25crc(body + bytes([extra])).crc
    return bytes([start]) + body + checksum.to_bytes(2, "little")


@pytest.mark.parametrize("name", recordings.ALL)
def test_a_recording_decodes_as_pymavlink_reads_it(name: str) -> None:
    theirs = recordings.messages(name)
    chunks = [recordings.frame(message) for message in theirs]
    times = [utc(message._timestamp) for message in theirs]
    decoded = Decoder().decode(chunks, np.array(times))
    assert not decoded.bad.any()
    assert not decoded.unknown.any()
    assert_same(decoded, [parse(chunk) for chunk in chunks])
    np.testing.assert_array_equal(decoded.frames["received_time"], times)
    stream = StreamDecoder().feed(b"".join(chunks), NOW)
    np.testing.assert_array_equal(stream.frames["message"], decoded.frames["message"])
    assert (stream.bad.tolist(), stream.unknown.tolist()) == ([0], [0])


def test_a_damaged_stream_keeps_the_frames_that_pymavlink_keeps() -> None:
    chance = random.Random(300)
    stream = bytearray(b"".join(map(recordings.frame, recordings.messages("copter-mission"))))
    for _ in range(300):
        stream[chance.randrange(len(stream))] ^= 1 << chance.randrange(8)
    stream[100_000:100_000] = chance.randbytes(3000)
    del stream[200_000:200_017]
    theirs = parse(bytes(stream), new_parser())
    assert theirs.bad > 100
    assert_same(StreamDecoder().feed(bytes(stream), NOW), [theirs])


@pytest.mark.parametrize(
    "pattern",
    [b"\xfd", b"\xfe", b"\xfe\0", b"\xfd\0\0", b"\xfd\0\0\0", b"\0\xfe", b"\0", b"\xfe\0\xfd\1\1"],
)
def test_start_bytes_without_end_mislead_nobody(pattern: bytes) -> None:
    chunk = (pattern * 65_536)[:65_500] + GOOD[0]
    assert_same(decode(chunk), [parse(chunk)])
