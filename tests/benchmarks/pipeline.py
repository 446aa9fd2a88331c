"""UDP datagram and TCP packet to committed row: a real `nigehban collect` on one machine with all.

A process plays ArduCopters that send 50 messages a second each, as their recordings do, and cars
that send a fix a second each and wait for its acknowledgement: Teltonika's trackers, since those are
what is built into cars, and a packet for each fix, which is the most work. The collector writes to
a TimescaleDB beside it that syncs to the disk at each COMMIT.

What is lost is counted three times: frames that were sent and not received, rows that should be in
the database and are not, fixes of cars that were not acknowledged. If any is, or COMMIT takes too
long, the highest load is looked for that the machine carries. There is no peer: the load that was
asked for stands in its place. What else the machine is doing decides as well: a collector that does
not get its turn finds what came in the kernel's buffers, and only then is it received. How long that
was stands in `p95_fix_to_acknowledgement`, who had the turns in `cores`.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from tests.benchmarks import Result, Say
from tests.benchmarks._attempt import Attempt, attempt
from tests.benchmarks._flying import RATE

VEHICLES, CARS = 1000, 10_000
SECONDS = 60.0

LIMIT = 1.0
"""Seconds from receive to COMMIT, of 95 rows of 100."""

CORES = 1.0
"""Of the collector."""

GROWTH = 5.0
"""MiB a minute by which the collector, which has some 250, may grow in the second half of the flight:
the noise of what waits at the moment."""

STEPS = 4
"""Loads that are tried between all of it and nothing, each in the middle of what is left."""


def run(say: Say, seconds: float = SECONDS) -> Result:
    """Measure the whole load, and look for the highest that is carried if it is not."""
    attempts = [_attempt(say, 1.0, seconds)]
    if not carried(attempts[0]):
        low, high = 0.0, 1.0
        for _ in range(STEPS):
            attempts.append(_attempt(say, (low + high) / 2, seconds))
            if carried(attempts[-1]):
                low = attempts[-1].share
            else:
                high = attempts[-1].share
    best = max((one for one in attempts if carried(one)), key=lambda one: one.share, default=None)
    share = 0.0 if best is None else best.share
    asked = VEHICLES * RATE + CARS
    lossless = max((one.share for one in attempts if not one.lost), default=0.0)
    return Result(
        ours=asked * share,
        peer=asked,
        ratio=share,
        unit="messages per second, carried",
        peer_name="what was asked for",
        aim=f"1: lost 0, p95 < {LIMIT:g} s, ≤ {CORES:g} core, memory flat",
        ran=(
            f"{VEHICLES:,} vehicles × {RATE} msg/s + {CARS:,} cars × 1 Hz for {seconds:g} s, "
            f"database and broker on the same machine: {_verdict(attempts[0], share, lossless)}"
        ),
        details={
            "share_without_loss": lossless,
            "whole_load": _figures(attempts[0]),
            "carried_load": None if best is None else _figures(best),
            "attempts": [asdict(one) for one in attempts],
        },
    )


def carried(one: Attempt) -> bool:
    """Whether nothing was lost, and COMMIT kept up."""
    met = _met(one)
    return met["lost"] and met["p95"]


def _met(one: Attempt) -> dict[str, bool]:
    return {
        "lost": not one.lost,
        "p95": one.late < LIMIT,
        "cpu": one.collector_cores <= CORES,
        "memory": one.growth < GROWTH,
    }


def _figures(one: Attempt) -> dict[str, object]:
    return {
        "lost": one.lost,
        "p95_receive_to_commit": one.late,
        "p95_fix_to_acknowledgement": one.sent["acknowledged_after"],
        "collector_cores": one.collector_cores,
        "memory_growth_mib_per_minute": one.growth,
        "cores_taken_by_other_programs": one.cores["rest of the machine"],
        "met": _met(one),
    }


def _verdict(whole: Attempt, share: float, lossless: float) -> str:
    if share == 1:
        return "carried, nothing lost"
    failed = f"{whole.lost:,} lost" if whole.lost else f"nothing lost, but p95 {whole.late:.1f} s"
    busy = whole.cores["rest of the machine"]
    lower = f"carried at {share:.0%} of it" if share else "no lower load that was tried was"
    return (
        f"NOT carried ({failed}, while other programs took {busy:.1f} cores); {lower}; "
        f"nothing lost at {lossless:.0%}"
    )


def _attempt(say: Say, share: float, seconds: float) -> Attempt:
    vehicles, cars = round(VEHICLES * share), round(CARS * share)
    say(f"{vehicles:,} vehicles, {cars:,} cars for {seconds:g} s")
    made = asyncio.run(attempt(share, vehicles, cars, seconds))
    cores = ", ".join(f"{name} {each:.2f}" for name, each in made.cores.items())
    say(
        f"lost {made.lost:,} of {made.frames_sent + made.sent['fixes']:,}; {made.rows:,} rows, "
        f"95 % of them {made.late:.3f} s after receive; cores: {cores}; "
        f"{made.memory[0]:.0f} to {made.memory[-1]:.0f} MiB, {made.growth:+.1f} a minute"
    )
    return made
