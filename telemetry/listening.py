"""What our HTTP servers share: a socket to listen on, and a uvicorn inside our own program."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator

import uvicorn


class ListenError(Exception):
    """A port cannot be listened on; `port` and `setting` say which."""

    def __init__(self, host: str, port: int, setting: str, why: str) -> None:
        super().__init__(f"cannot listen on {host}:{port} ({setting}): {why}")
        self.port = port
        self.setting = setting


def bind(host: str, port: int, section: str) -> socket.socket:
    """A socket bound to the address that the settings of `section` name. Raises ListenError."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except OSError as error:
        why = error.strerror or str(error)
        raise ListenError(host, port, f"{section}.host", why) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            why = "another program listens there; stop it or change the setting"
            raise ListenError(host, port, f"{section}.port", why) from error
        why = error.strerror or str(error)
        raise ListenError(host, port, f"{section}.host", why) from error
    return listener


class Server(uvicorn.Server):
    """A uvicorn that leaves the process's signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
