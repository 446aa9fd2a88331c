"""OsmAnd over HTTP: each car sends its reports one after another, each until it gets 200."""

from __future__ import annotations

from typing import NoReturn

import httpx

from sitl.device import Device
from sitl.errors import SimulationError

TIMEOUT = 15.0
"""Seconds to wait for an answer; the server answers after its database has committed."""

CONNECTIONS = 64
"""Connections that all cars share; as many requests at most wait for a commit at once."""

_OK = 200


def client() -> httpx.AsyncClient:
    """The HTTP client that all cars share. No proxy of the environment is used."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(TIMEOUT, pool=None),
        limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        trust_env=False,
    )


def address(url: str) -> httpx.URL:
    """The checked address of the server. Raises SimulationError."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SimulationError(f"OsmAnd address {url!r}: {error}") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SimulationError(f"OsmAnd address {url!r}: use http://HOST:PORT/")
    return parsed


async def report(device: Device[str], server: httpx.AsyncClient, to: httpx.URL) -> NoReturn:
    """Send the device's reports, each a query string, for ever."""
    while True:
        query = await device.next()
        try:
            answer = await server.get(to.copy_with(query=query.encode()))
        except httpx.TransportError:
            await device.retry.wait()
            continue
        if answer.status_code == _OK:
            device.outbox.done(query)
            device.retry.succeeded()
        else:
            await device.retry.wait()
