"""Whether our columns hold the figures of pymavlink's messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.codec import Decoded
from tests.telemetry.mavlink.oracle import assert_same_columns, columns

_OURS_IN_THEIRS = {
    "degE7": 1e7, "cdeg": 1e2, "mm": 1e3, "cm": 1e2, "cm/s": 1e2, "mV": 1e3, "cA": 1e2,
    "mG": 1e3 / 9.80665, "mrad/s": np.pi / 180 * 1e3, "rad": np.pi / 180, "rad/s": np.pi / 180,
    "hPa": 1e-2, "cdegC": 1e2, "hJ": 1e-2, "d%": 1e1,
}  # fmt: skip
"""How many of the wire's unit make one of ours, of the units in the traffic of the benchmarks."""


def assert_equal_columns(decoded: Decoded, messages: Iterable[Any]) -> int:
    """All fields of all messages, as they were sent and in our units; how many figures there are.

    A figure that means "unknown" on the wire is unknown in our units.
    """
    theirs = columns(messages)
    assert_same_columns(decoded, theirs)
    figures = 0
    for number, rows in theirs.items():
        units = dialect.mavlink_map[number].fieldunits_by_name
        for name in rows.dtype.names or ():
            figures += rows[name].size
            divisor = _OURS_IN_THEIRS.get(units.get(name, ""))
            if divisor is not None:
                ours = decoded.tables[number].rows[name]
                known = ~np.isnan(ours)
                expected = rows[name] / np.float64(divisor)
                np.testing.assert_array_equal(ours[known], expected[known], err_msg=name)
    return figures
