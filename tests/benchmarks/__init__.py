"""Measurements against a named peer in the same run, as ratios of CPU time.

`pipeline` has no peer: its ratio is the load that was carried by the load that was asked for.

One module a benchmark, with `run(say) -> Result`; `python -m tests.benchmarks NAME --json` runs
one, `make bench` all. They are no tests: a shared machine decides nothing in CI.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Say = Callable[[str], None]
"""Tells the progress; it goes to standard error."""


@dataclass(frozen=True)
class Result:
    """What was measured. `ratio` is ours ÷ theirs, in `unit`; what is good is said in `aim`."""

    ours: float
    peer: float
    ratio: float
    unit: str
    peer_name: str
    aim: str
    ran: str
    """What was run, with its sizes."""

    details: dict[str, Any] = field(default_factory=dict)

    named: dict[str, float] = field(default_factory=dict)
    """Figures that stand in the line of JSON by names of their own."""
