"""MAVLink over UDP: a socket that vehicles send to, or one that we send from."""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections import OrderedDict

from telemetry.mavlink.links.base import PEERS_MOST, Arrived, Link, LinkError, LinkStatistics, Peer
from telemetry.mavlink.links.batch_receive import Receiver, best_receiver

RECEIVE_BUFFER_BYTES = 8 << 20
"""Asked of the kernel, which must hold what arrives between two ticks."""

DATAGRAM_ROOM = 2304
"""Bytes of the buffer that a datagram of MAVLink takes at most: network cards' drivers hand each over
in half a page, the loopback takes a third of that."""

_SO_MEMINFO = 55  # linux/asm-generic/socket.h; Python has no name for it
_MEMINFO = struct.Struct("=9I")
_MEMINFO_DROPS = 8

_SO_RCVBUFFORCE = 33
"""As SO_RCVBUF, beyond the limit net.core.rmem_max: for root."""


class UdpServer(Link):
    """`udpin:HOST:PORT`: listens there, answers each peer where it was last heard.

    `shared` lets several processes listen on the port; the kernel gives each sender to one of them
    (SO_REUSEPORT).
    """

    def __init__(
        self,
        url: str,
        host: str,
        port: int,
        *,
        shared: bool = False,
        receiver: Receiver | None = None,
    ) -> None:
        super().__init__(url)
        self._host, self._port = host, port
        self._shared = shared
        self._receiver = receiver or best_receiver()
        self._socket: socket.socket | None = None
        self._peers: OrderedDict[object, Peer] = OrderedDict()

    def open(self) -> None:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.settimeout(0)
            _ask_for_room(opened)
            if self._shared:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._bind(opened)
        except OSError as error:
            opened.close()
            raise LinkError(self._why(error)) from error
        granted = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        self._statistics = LinkStatistics(
            self.url, connected=True, connections=1, receive_buffer_bytes=granted
        )
        self.room = granted // DATAGRAM_ROOM
        self._socket = opened

    def _bind(self, opened: socket.socket) -> None:
        opened.bind((self._host, self._port))

    def close(self) -> None:
        if self._socket is not None:
            self._statistics.kernel_drops = _kernel_drops(self._socket)
            self._statistics.connected = False
            self._socket.close()
            self._socket = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of our end. The link must be open."""
        assert self._socket is not None
        host, port = self._socket.getsockname()
        return host, port

    @property
    def statistics(self) -> LinkStatistics:
        if self._socket is not None:
            self._statistics.kernel_drops = _kernel_drops(self._socket)
        self._statistics.peers = len(self._peers)
        return self._statistics

    def receive(self, now: float) -> Arrived:  # noqa: ARG002 - other links connect again by it
        assert self._socket is not None
        try:
            datagrams, senders = self._receiver.receive(self._socket)
        except OSError as error:  # the network went down; the next tick tries again
            self._statistics.receive_errors += 1
            self._statistics.last_error = error.strerror or str(error)
            return Arrived()
        peers = [self._peers.get(sender) or self._new_peer(sender) for sender in senders]
        self._statistics.chunks += len(datagrams)
        self._statistics.bytes += sum(map(len, datagrams))
        return Arrived(datagrams, peers)

    def send(self, peer: Peer, frame: bytes) -> bool:
        assert self._socket is not None
        try:
            self._send(self._socket, peer, frame)
        except OSError:  # the buffer is full, the peer refuses, its network has gone: radio life
            return self._count_sent(sent=False)
        return self._count_sent(sent=True)

    def _send(self, opened: socket.socket, peer: Peer, frame: bytes) -> None:
        assert peer.address is not None
        opened.sendto(frame, peer.address)

    def _new_peer(self, sender: object) -> Peer:
        host, port = address = self._receiver.address(sender)
        peer = self._peers[sender] = Peer(f"{host}:{port}", address)
        if len(self._peers) > PEERS_MOST:
            self._peers.popitem(last=False)
        return peer

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


class UdpClient(UdpServer):
    """`udpout:HOST:PORT`: sends there, and hears nobody else.

    Nobody answers before we have sent: `target` gets our heartbeats from the beginning.
    """

    def __init__(self, url: str, host: str, port: int, *, receiver: Receiver | None = None) -> None:
        super().__init__(url, host, port, receiver=receiver)
        self.target = Peer(f"{host}:{port}", (host, port))

    @property
    def targets(self) -> tuple[Peer, ...]:
        return (self.target,)

    def _bind(self, opened: socket.socket) -> None:
        opened.connect((self._host, self._port))

    def _send(self, opened: socket.socket, peer: Peer, frame: bytes) -> None:  # noqa: ARG002 - one
        opened.send(frame)

    def _new_peer(self, sender: object) -> Peer:
        self._peers[sender] = self.target
        return self.target

    def _why(self, error: OSError) -> str:
        return f"{self.url}: cannot send to {self._host} ({error.strerror or error}); is it right?"


def _ask_for_room(opened: socket.socket) -> None:
    """A big buffer: beyond the system's limit where we may, else up to it."""
    if sys.platform.startswith("linux"):
        try:
            opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
        except PermissionError:
            pass  # not root: what follows takes as much as anyone may have
        else:
            return
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)


def _kernel_drops(opened: socket.socket) -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        info = opened.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    except OSError:  # kernels before 4.12
        return None
    drops: int = _MEMINFO.unpack(info)[_MEMINFO_DROPS]
    return drops
