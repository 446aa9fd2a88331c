"""Who a tracker is. Devices come again each second, so what was made once is kept."""

from __future__ import annotations

from functools import lru_cache

from fleet.assets import Asset, IdentityError, Kind
from telemetry.sink import RefusedError

ASSETS_KEPT = 1 << 15
"""Assets that are not made anew for each report; some 300 bytes each."""


@lru_cache(ASSETS_KEPT)
def tracker_asset(protocol: str, called: str) -> Asset:
    """The device that calls itself `called` in `protocol`: `teltonika:356307042441013`.

    Raises RefusedError (`bad_id`) if that cannot be an identity.
    """
    try:
        return Asset(f"{protocol}:{called}", Kind.CAR)
    except IdentityError as error:
        raise RefusedError("bad_id", str(error)) from None
