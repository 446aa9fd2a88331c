"""A connection that cannot hang: what takes too long ends in an error."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

CONNECT_LIMIT = 5
"""Seconds in which the server has to answer a new connection."""


async def connect(dsn: str, limit: float) -> psycopg.AsyncConnection:
    """A connection in autocommit whose statements the server ends after `limit` seconds.

    A server that hangs does not end anything: put what you ask of it into `cut_after`. Raises
    psycopg.Error.
    """
    connection = await psycopg.AsyncConnection.connect(
        dsn,
        autocommit=True,
        connect_timeout=CONNECT_LIMIT,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=int(limit * 1000),
    )
    try:
        with cut_after(connection, limit):
            await connection.execute(
                "SELECT set_config('timezone', 'UTC', false),"
                " set_config('statement_timeout', %s, false)",
                [str(int(limit * 1000))],
            )
    except BaseException:
        await connection.close()
        raise
    return connection


@contextmanager
def cut_after(connection: psycopg.AsyncConnection, seconds: float) -> Iterator[None]:
    """Cut the connection's line if the block takes longer: then it ends in OperationalError.

    Cancelling would not do: psycopg then asks the server to cancel and waits for its answer,
    which a hung server never gives.
    """
    cut = False

    def cut_line() -> None:
        nonlocal cut
        if not connection.closed:
            cut = True
            with socket.socket(fileno=os.dup(connection.fileno())) as line, suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)  # an OSError: it is down already

    timer = asyncio.get_running_loop().call_later(seconds, cut_line)
    try:
        yield
    except psycopg.Error as error:
        if cut:
            raise psycopg.OperationalError(f"no answer within {seconds:g} s") from error
        raise
    finally:
        timer.cancel()
