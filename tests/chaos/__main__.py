"""`python -m tests.chaos [--minutes M] [--seed N]`: the exit code is 1 if a row is lost or doubled."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys

from tests.chaos.run import Plan, disturb


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long is killed (default 10)")
    parser.add_argument("--seed", type=int, help="repeats the kills and fixes of an earlier run")
    parser.add_argument(
        "--embedded", action="store_true", help="database and broker are the collector's own"
    )
    arguments = parser.parse_args()
    seed = secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed
    plan = Plan(seed, seconds=60 * arguments.minutes, embedded=arguments.embedded)
    print(f"seed {seed}: {len(plan.kills())} kills", flush=True)
    summary = asyncio.run(disturb(plan, lambda line: print(line, flush=True)))
    for line in summary.lines():
        print(line)
    print("good" if summary.good else f"NOT GOOD; again with --seed {seed}")
    return 0 if summary.good else 1


if __name__ == "__main__":
    sys.exit(main())
