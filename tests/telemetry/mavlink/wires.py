"""The vehicles' ends of links: what is sent, and what was heard of us."""

from __future__ import annotations

import os
import pty
import socket
import tty
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as dialect


class End(ABC):
    """One end of a link. `read` takes what has come; nothing happens by itself."""

    def __init__(self, key: bytes | None = None) -> None:
        self.heard: list[Any] = []
        """Messages in the order in which they came, all intact; signed with `key` if there is one."""
        self._parser = dialect.MAVLink(None)
        self._parser.signing.secret_key = key

    @abstractmethod
    def send(self, data: bytes) -> None: ...

    @abstractmethod
    def _receive(self) -> bytes: ...

    def read(self) -> list[Any]:
        """All that was heard so far."""
        while data := self._receive():
            self.heard += self._parser.parse_buffer(data) or []
        return self.heard

    def asked(self, system: int) -> set[int]:
        """The messages that a system was asked for by COMMAND_LONG here."""
        return {
            int(message.param1)
            for message in self.read()
            if message.get_type() == "COMMAND_LONG" and message.target_system == system
        }

    def of_type(self, name: str) -> list[Any]:
        """What was heard of one type."""
        return [message for message in self.read() if message.get_type() == name]


class SocketEnd(End):
    """A UDP or TCP socket that is connected."""

    def __init__(self, sock: socket.socket, key: bytes | None = None) -> None:
        super().__init__(key)
        self.sock = sock
        self.name = "{}:{}".format(*sock.getsockname())
        """As we call it: `127.0.0.1:4711`."""
        sock.setblocking(False)

    def send(self, data: bytes) -> None:
        self.sock.send(data)

    def _receive(self) -> bytes:
        try:
            return self.sock.recv(65_535)
        except (BlockingIOError, ConnectionError):
            return b""


class SerialEnd(End):
    """The far end of a pseudo-terminal."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)

    def send(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def _receive(self) -> bytes:
        try:
            return os.read(self._descriptor, 4096)
        except BlockingIOError:
            return b""


@contextmanager
def udp_to(address: tuple[str, int], key: bytes | None = None) -> Iterator[SocketEnd]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(address)
        yield SocketEnd(sock, key)


@contextmanager
def tcp_to(address: tuple[str, int]) -> Iterator[SocketEnd]:
    with socket.create_connection(address) as sock:
        yield SocketEnd(sock)


@contextmanager
def serial_line() -> Iterator[tuple[SerialEnd, str]]:
    """The vehicle's end, and the name of the device at ours."""
    radio, line = pty.openpty()
    tty.setraw(line)
    try:
        yield SerialEnd(radio), os.ttyname(line)
    finally:
        os.close(radio)
        os.close(line)
