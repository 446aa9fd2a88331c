"""The picture's rows as fixes: what is known now of where everybody is."""

from __future__ import annotations

from fleet.columns import FIX_FIELDS, POSITION, Rows, blank


def positions_of(rows: Rows) -> Rows:
    """POSITION rows of PICTURE rows, one of each; the time of receipt is that of the position."""
    positions = blank(POSITION, len(rows))
    positions["asset"], positions["received_time"] = rows["asset"], rows["position_time"]
    for name in FIX_FIELDS:
        positions[name] = rows[name]
    return positions
