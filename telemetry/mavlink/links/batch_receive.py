"""Many datagrams with one system call, where the kernel can (recvmmsg of Linux).

Python offers no recvmmsg; through ctypes it takes a fifth of the time of a `recvfrom` for each
datagram. Elsewhere `PortableReceiver` does the same with a loop.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
from typing import Protocol

import numpy as np

from telemetry.mavlink.links.base import BYTES_PER_TICK

DATAGRAM_BYTES = 65_535

_SLOTS = 128
"""Datagrams of one call. Their room, 8 MiB, is touched only as far as it is filled."""

_SOCKADDR_BYTES = 16  # struct sockaddr_in: family u16, port u16 big-endian, address u32 …
_SOCKADDR = struct.Struct("=H2s4s")


class Receiver(Protocol):
    """Takes what waits in a socket."""

    def receive(self, sock: socket.socket) -> tuple[list[bytes], list[object]]:
        """Datagrams, at most some BYTES_PER_TICK, and a key for each sender. Raises OSError."""

    def address(self, key: object) -> tuple[str, int]:
        """Host and port of a sender's key."""


class PortableReceiver:
    """One `recvfrom` a datagram."""

    def receive(self, sock: socket.socket) -> tuple[list[bytes], list[object]]:
        datagrams: list[bytes] = []
        senders: list[object] = []
        size = 0
        while size < BYTES_PER_TICK:
            try:
                datagram, sender = sock.recvfrom(DATAGRAM_BYTES)
            except BlockingIOError:
                break
            except ConnectionError:
                continue  # an ICMP error about something we sent to a peer that has gone
            datagrams.append(datagram)
            senders.append(sender)
            size += len(datagram) + 1  # empty ones count too, or a flood of them holds us here
        return datagrams, senders

    def address(self, key: object) -> tuple[str, int]:
        assert isinstance(key, tuple)
        return key[0], key[1]


class _IoVec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _MsgHdr(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(_IoVec)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _MMsgHdr(ctypes.Structure):
    _fields_ = (("header", _MsgHdr), ("length", ctypes.c_uint))


class BatchReceiver:
    """One recvmmsg for many. Raises OSError when made where there is none."""

    def __init__(self) -> None:
        try:
            self._call = ctypes.CDLL(None, use_errno=True).recvmmsg
        except AttributeError:
            raise OSError(errno.ENOSYS, "this system has no recvmmsg") from None
        self._room = bytearray(_SLOTS * DATAGRAM_BYTES)
        self._names = bytearray(_SLOTS * _SOCKADDR_BYTES)
        self._messages = (_MMsgHdr * _SLOTS)()
        room = ctypes.addressof(ctypes.c_char.from_buffer(self._room))
        names = ctypes.addressof(ctypes.c_char.from_buffer(self._names))
        self._vectors = (_IoVec * _SLOTS)()
        for slot in range(_SLOTS):
            self._vectors[slot] = _IoVec(room + slot * DATAGRAM_BYTES, DATAGRAM_BYTES)
            header = self._messages[slot].header
            header.name = names + slot * _SOCKADDR_BYTES
            header.name_length = _SOCKADDR_BYTES
            header.vectors = ctypes.pointer(self._vectors[slot])
            header.vector_count = 1
        self._view = memoryview(self._room)
        # The same memory as columns: what the kernel wrote of all slots is read at once.
        self._lengths = np.ndarray(
            (_SLOTS,),
            np.uint32,
            memoryview(self._messages).cast("B"),
            offset=_MMsgHdr.length.offset,
            strides=(ctypes.sizeof(_MMsgHdr),),
        )
        self._senders = np.ndarray((_SLOTS,), np.uint64, self._names, strides=(_SOCKADDR_BYTES,))

    def receive(self, sock: socket.socket) -> tuple[list[bytes], list[object]]:
        datagrams: list[bytes] = []
        senders: list[object] = []
        size = 0
        while size < BYTES_PER_TICK:
            count = self._call(sock.fileno(), self._messages, _SLOTS, socket.MSG_DONTWAIT, None)
            if count < 0:
                number = ctypes.get_errno()
                if number in {errno.EAGAIN, errno.EWOULDBLOCK}:
                    break
                if number in {errno.ECONNREFUSED, errno.ECONNRESET, errno.EINTR}:
                    continue  # an ICMP error about something we sent to a peer that has gone
                raise OSError(number, os.strerror(number))
            start = 0
            for length in self._lengths[:count].tolist():
                datagrams.append(bytes(self._view[start : start + length]))
                start += DATAGRAM_BYTES
                size += length + 1
            senders += self._senders[:count].tolist()
            if count < _SLOTS:
                break
        return datagrams, senders

    def address(self, key: object) -> tuple[str, int]:
        assert isinstance(key, int)
        _, port, host = _SOCKADDR.unpack(key.to_bytes(8, sys.byteorder))
        return socket.inet_ntoa(host), int.from_bytes(port, "big")


def best_receiver() -> Receiver:
    """The quickest that this system has: recvmmsg on Linux."""
    return BatchReceiver() if sys.platform.startswith("linux") else PortableReceiver()
