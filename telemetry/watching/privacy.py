"""Who may not record now: whoever has a camera is to ask here before it is switched on."""

from __future__ import annotations

import numpy as np

from fleet.columns import Rows
from fleet.geofences.fences import Fences
from fleet.geofences.pictured import positions_of

LISTED_MOST = 1000


def unrecorded(fences: Fences, rows: Rows, now: np.datetime64) -> tuple[str, ...]:
    """Identities of those in PICTURE rows that may not record where they were last seen, in order.

    These are all that are in a privacy fence that is in force at `now`, or not known to be outside;
    at most LISTED_MOST, the first by name. Without a privacy fence there are none.
    """
    if not fences.compiled.privacy.any():
        return ()
    positions = positions_of(rows)
    positions["fix_time"][~np.isnat(positions["fix_time"])] = (
        now  # where it stands, it stands still
    )
    private = ~fences.recordable(positions)
    names = [name.decode("utf-8", "replace") for name in rows["identity"][private].tolist()]
    return tuple(sorted(names)[:LISTED_MOST])
