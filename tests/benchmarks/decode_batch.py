"""Batches of 1,750 datagrams, what 1,000 vehicles send in 35 ms, one frame each.

As `decode`, but a batch is small: what it costs to call numpy weighs.
"""

from __future__ import annotations

import gc
import time
from statistics import median

import numpy as np

from telemetry.mavlink.codec import Decoder
from tests.benchmarks import Result, Say
from tests.benchmarks._equal import assert_equal_columns
from tests.benchmarks._traffic import frames
from tests.benchmarks.decode import count_columns
from tests.telemetry.mavlink.oracle import new_parser

BATCH = 1750
BATCHES = 160
PARTS = 4
REPEATS = 5

_TIMES = np.full(BATCH, 1_800_000_000_000_000).astype("M8[us]")

Batches = list[list[bytes]]


def run(say: Say) -> Result:
    say(f"making {BATCHES} batches of {BATCH:,} datagrams")
    sent = frames(BATCH * BATCHES)
    batches = [sent[start : start + BATCH] for start in range(0, len(sent), BATCH)]
    _ours(batches[:1])
    ours = theirs = 0.0
    for number in range(PARTS):
        say(f"part {number + 1} of {PARTS}")
        part = batches[number::PARTS]
        theirs += _theirs(part)
        ours += median(_ours(part) for _ in range(REPEATS))
    say("comparing all figures")
    compared = sum(_compare(batch) for batch in batches)
    return Result(
        ours=len(sent) / ours,
        peer=len(sent) / theirs,
        ratio=theirs / ours,
        unit="messages per CPU-second",
        peer_name="pymavlink parse_buffer",
        aim="≥ 10",
        ran=f"{BATCHES} batches of {BATCH:,} datagrams, one frame each",
        details={"milliseconds_per_batch": ours / BATCHES * 1e3, "figures_compared": compared},
    )


def _ours(batches: Batches) -> float:
    gc.collect()
    decoder = Decoder()
    began = time.process_time()
    count = sum(count_columns(decoder.decode(batch, _TIMES)) for batch in batches)
    spent = time.process_time() - began
    assert count == BATCH * len(batches), count
    return spent


def _theirs(batches: Batches) -> float:
    gc.collect()
    parser = new_parser()
    began = time.process_time()
    count = sum(len(parser.parse_buffer(datagram)) for batch in batches for datagram in batch)
    spent = time.process_time() - began
    assert count == BATCH * len(batches), count
    return spent


def _compare(batch: list[bytes]) -> int:
    parser = new_parser()
    messages = [message for datagram in batch for message in parser.parse_buffer(datagram)]
    return assert_equal_columns(Decoder().decode(batch, _TIMES), messages)
