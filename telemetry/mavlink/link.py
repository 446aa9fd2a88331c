"""A UDP socket on which vehicles of one network talk to us, and where each was last heard."""

from __future__ import annotations

import errno
import socket
import struct
import sys
from dataclasses import dataclass

from telemetry.settings import udp_address

Address = tuple[str, int]

RECEIVE_BUFFER_BYTES = 8 << 20
"""Asked of the kernel, which must hold what arrives between two ticks."""

DATAGRAM_BYTES = 65_535

DATAGRAMS_PER_TICK = 2000
BYTES_PER_TICK = 128 << 10
"""What one call of `receive` takes at most; the rest waits in the kernel."""

_SO_MEMINFO = 55  # linux/asm-generic/socket.h; Python has no name for it
_MEMINFO = struct.Struct("=9I")
_MEMINFO_DROPS = 8


class LinkError(Exception):
    """A link that cannot be opened; the message says which, why and what to do."""


@dataclass(slots=True)
class LinkStatistics:
    """What a link has done since it was opened."""

    datagrams: int = 0
    bytes: int = 0
    receive_errors: int = 0
    """Reads that failed; the next tick tries again."""

    sent: int = 0
    """Datagrams that we sent."""

    send_errors: int = 0
    """Datagrams that we could not send."""

    kernel_drops: int | None = None
    """Datagrams that the kernel dropped before we read them; None where it does not say."""

    receive_buffer_bytes: int = 0
    """What the kernel granted."""


class UdpLink:
    """`udpin:HOST:PORT`: listens there, answers each system where it was last heard.

    Raises LinkError if `url` is of another form.
    """

    def __init__(self, url: str) -> None:
        try:
            self._host, self._port = udp_address(url)
        except ValueError as error:
            raise LinkError(str(error)) from None
        self.url = url
        self._socket: socket.socket | None = None
        self._peers: dict[int, Address] = {}  # at most one of each of 255 systems
        self._statistics = LinkStatistics()

    def open(self) -> None:
        """Bind the socket. Raises LinkError."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.settimeout(0)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            opened.bind((self._host, self._port))
        except OSError as error:
            opened.close()
            raise LinkError(self._why(error)) from error
        granted = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        self._statistics = LinkStatistics(receive_buffer_bytes=granted)
        self._socket = opened

    def close(self) -> None:
        """Close the socket; closing twice is harmless."""
        if self._socket is not None:
            self._statistics.kernel_drops = self._kernel_drops()
            self._socket.close()
            self._socket = None

    @property
    def address(self) -> Address:
        """Host and port that it listens on. The link must be open."""
        assert self._socket is not None
        host, port = self._socket.getsockname()
        return host, port

    @property
    def statistics(self) -> LinkStatistics:
        """What it has done so far."""
        if self._socket is not None:
            self._statistics.kernel_drops = self._kernel_drops()
        return self._statistics

    @property
    def peers(self) -> dict[int, Address]:
        """Where each system was last heard."""
        return dict(self._peers)

    def receive(self) -> tuple[list[bytes], list[Address]]:
        """The datagrams that have come, within the limits of a tick, and who sent each."""
        assert self._socket is not None
        datagrams: list[bytes] = []
        addresses: list[Address] = []
        size = 0
        while len(datagrams) < DATAGRAMS_PER_TICK and size < BYTES_PER_TICK:
            try:
                datagram, address = self._socket.recvfrom(DATAGRAM_BYTES)
            except BlockingIOError:
                break
            except ConnectionError:
                continue  # an ICMP error about something we sent to a peer that has gone
            except OSError:
                self._statistics.receive_errors += 1
                break
            datagrams.append(datagram)
            addresses.append(address)
            size += len(datagram)
        self._statistics.datagrams += len(datagrams)
        self._statistics.bytes += size
        return datagrams, addresses

    def heard(self, system: int, address: Address) -> None:
        """Note from where a system was heard: it is answered there."""
        self._peers[system] = address

    def send(self, system: int, frame: bytes) -> bool:
        """Send to where a system was last heard; false if it never was, or it could not be sent."""
        address = self._peers.get(system)
        return address is not None and self._send(address, frame)

    def send_to_all(self, frame: bytes) -> int:
        """Send once to each address from which a system was heard; to how many it went."""
        return sum(self._send(address, frame) for address in set(self._peers.values()))

    def _send(self, address: Address, frame: bytes) -> bool:
        assert self._socket is not None
        try:
            self._socket.sendto(frame, address)
        except OSError:  # the buffer is full, the peer refuses, its network has gone: radio life
            self._statistics.send_errors += 1
            return False
        self._statistics.sent += 1
        return True

    def _kernel_drops(self) -> int | None:
        if not sys.platform.startswith("linux"):
            return None
        assert self._socket is not None
        try:
            info = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:  # kernels before 4.12
            return None
        drops: int = _MEMINFO.unpack(info)[_MEMINFO_DROPS]
        return drops

    def _why(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return (
                f"{self.url}: UDP port {self._port} is in use; stop the program that has it "
                "(another ground station?) or give this network another port"
            )
        if error.errno == errno.EACCES:
            return f"{self.url}: UDP port {self._port} needs privileges; take one above 1023"
        return (
            f"{self.url}: cannot listen on {self._host} ({error.strerror or error}); "
            "give this network an address of this machine"
        )
