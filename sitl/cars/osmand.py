"""OsmAnd over HTTP: each device sends its reports one after another, each until it gets 200."""

from __future__ import annotations

from typing import NoReturn

from sitl.cars.device import Device
from sitl.cars.http import HttpPool

_OK = 200


async def report(device: Device[str], pool: HttpPool) -> NoReturn:
    """Send the device's reports, each a query string, for ever."""
    while True:
        query = await device.next()
        try:
            status = await pool.ask(pool.server.get(query))
        except OSError:  # TimeoutError is one
            await device.retry.wait()
            continue
        if status == _OK:
            device.outbox.done(query)
            device.retry.succeeded()
        else:
            await device.retry.wait()
