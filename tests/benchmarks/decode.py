"""A stream of a million MAVLink 2 frames: our columns against pymavlink's messages.

Equal work: frames found, checksums verified, every field of every message there; ours as columns
in the project's units, theirs as attributes of message objects in the units of the wire. That all
figures are the same is checked outside the time.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from telemetry.mavlink.codec import Decoded, StreamDecoder
from tests.benchmarks import Result, Say
from tests.benchmarks._equal import assert_equal_columns
from tests.benchmarks._traffic import frames
from tests.telemetry.mavlink.oracle import new_parser

FRAMES = 1_000_000
READ = 1 << 20
"""Bytes that are decoded at a time."""

PARTS = 4
"""The stream is measured in parts, one after the other by both, since a shared machine drifts."""

REPEATS = 5
"""Of our runs of each part the median counts: they are short."""

_TIME = np.datetime64(1_800_000_000_000_000, "us")


def run(say: Say) -> Result:
    say(f"making {FRAMES:,} frames")
    sent = frames(FRAMES)
    parts = [
        b"".join(sent[FRAMES * part // PARTS : FRAMES * (part + 1) // PARTS])
        for part in range(PARTS)
    ]
    _ours(parts[0][:READ])  # what is made once and kept is made here
    ours = theirs = 0.0
    for number, part in enumerate(parts, 1):
        say(f"part {number} of {PARTS}")
        theirs += _cpu(_theirs, part)
        ours += median(_cpu(_ours, part) for _ in range(REPEATS))
    say("comparing all figures")
    compared = sum(_compare(part) for part in parts)
    return Result(
        ours=FRAMES / ours,
        peer=FRAMES / theirs,
        ratio=theirs / ours,
        unit="messages per CPU-second",
        peer_name="pymavlink parse_buffer",
        aim="≥ 25",
        ran=f"{FRAMES:,} frames of {len({f[7:10] for f in sent})} messages in reads of {READ:,} bytes",
        details={"bytes": sum(map(len, parts)), "figures_compared": compared},
    )


def _reads(data: bytes) -> list[bytes]:
    return [data[start : start + READ] for start in range(0, len(data), READ)]


def _ours(data: bytes) -> int:
    decoder = StreamDecoder()
    return sum(count_columns(decoder.feed(read, _TIME)) for read in _reads(data))


def count_columns(decoded: Decoded) -> int:
    """Make the columns of every message; how many messages there are."""
    return sum(len(table.rows) for table in decoded.tables.values())


def _theirs(data: bytes) -> int:
    parser = new_parser()
    return sum(len(parser.parse_buffer(read) or []) for read in _reads(data))


def _cpu(decode: Callable[[bytes], int], data: bytes) -> float:
    """CPU seconds of this process; every frame must have been decoded."""
    gc.collect()
    began = time.process_time()
    count = decode(data)
    spent = time.process_time() - began
    assert count == FRAMES // PARTS, count
    return spent


def _compare(data: bytes) -> int:
    """Figures of a part that were compared."""
    decoder, parser = StreamDecoder(), new_parser()
    figures = 0
    for read in _reads(data):
        messages: list[Any] = parser.parse_buffer(read)
        figures += assert_equal_columns(decoder.feed(read, _TIME), messages)
    return figures
