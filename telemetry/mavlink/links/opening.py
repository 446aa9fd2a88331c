"""From an address in the settings to a link."""

from __future__ import annotations

from collections.abc import Callable

from telemetry.mavlink.links.base import Link
from telemetry.mavlink.links.serial import SerialLink
from telemetry.mavlink.links.tcp import TcpClient, TcpServer
from telemetry.mavlink.links.udp import UdpClient, UdpServer
from telemetry.mavlink.links.urls import read_url


def new_link(url: str, *, shared: bool, chance: Callable[[], float]) -> Link:
    """The link of an address, not opened yet. Raises ValueError as `read_url`.

    `shared`: whether several processes may listen on one UDP port; `chance` gives numbers from 0
    to below 1 for the pauses between attempts.
    """
    address = read_url(url)
    place, number = address.place, address.number
    match address.kind:
        case "udpin":
            return UdpServer(url, place, number, shared=shared)
        case "udpout":
            return UdpClient(url, place, number)
        case "tcpin":
            return TcpServer(url, place, number)
        case "tcp":
            return TcpClient(url, place, number, chance)
        case _:
            return SerialLink(url, place, number, chance)
