"""The HTTP client of the devices: kept connections, bounded in number, and no answer is an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.cars import http
from sitl.cars.http import MAX_ANSWER, HttpPool, Server, _Connection, address
from sitl.errors import SimulationError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


class Answering:
    """A server that gives each request the next of its answers, and hangs up after an empty one."""

    def __init__(self, answers: Callable[[], bytes]) -> None:
        self.answers = answers
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
                self.requests.append(head + await reader.readexactly(int(length or 0)))
                if not (answer := self.answers()):
                    break
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    answers: Callable[[], bytes], connections: int = 4
) -> AsyncIterator[tuple[Answering, HttpPool]]:
    answering = Answering(answers)
    server = await asyncio.start_server(answering.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pool = HttpPool(Server("127.0.0.1", port, "/in", tls=False), connections)
    try:
        yield answering, pool
    finally:
        pool.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)


@pytest.mark.integration
async def test_a_connection_is_used_again_and_no_more_are_opened_than_allowed() -> None:
    async with serving(lambda: OK) as (server, pool):
        ask = pool.server.get("id=town-01&lat=34.0")
        assert {await pool.ask(ask) for _ in range(20)} == {200}
        assert server.connections == 1
        assert set(await asyncio.gather(*(pool.ask(ask) for _ in range(100)))) == {200}
        assert server.connections <= 4
        assert server.requests[0].startswith(b"GET /in?id=town-01&lat=34.0 HTTP/1.1\r\nHost: ")


@pytest.mark.integration
async def test_a_body_is_posted_with_its_length() -> None:
    async with serving(lambda: b"HTTP/1.1 204 x\r\n\r\n") as (server, pool):
        assert await pool.ask(pool.server.post(b'{"a":1}', "application/json")) == 204
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /in HTTP/1.1\r\n")
    assert b"Content-Type: application/json" in head
    assert body == b'{"a":1}'


@pytest.mark.integration
async def test_a_connection_that_ended_is_not_used_again() -> None:
    answers = iter([OK, b"", OK, OK.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), OK])
    async with serving(lambda: next(answers)) as (server, pool):
        ask = pool.server.get("a=1")
        assert await pool.ask(ask) == 200
        with pytest.raises(ConnectionError, match="closed the connection"):
            await pool.ask(ask)
        assert [await pool.ask(ask) for _ in range(3)] == [200] * 3
        assert server.connections == 3


@pytest.mark.integration
@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + bytes(MAX_ANSWER),
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
)
async def test_an_answer_that_is_none_is_an_error(answer: bytes) -> None:
    async with serving(lambda: answer) as (_, pool):
        with pytest.raises(ConnectionError):
            await pool.ask(pool.server.get("a=1"))


@pytest.mark.integration
async def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", 0.05)
    async with serving(lambda: b"HTTP/1.1 100 Continue\r\n\r\n") as (_, pool):
        with pytest.raises(TimeoutError):
            await pool.ask(pool.server.get("a=1"))


@pytest.mark.integration
async def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="Connect"):
        await HttpPool(Server("127.0.0.1", 1, "/", tls=False)).ask(b"x")


class Transport(asyncio.Transport):
    aborted = False

    def write(self, data: Any) -> None:
        pass

    def abort(self) -> None:
        self.aborted = True


@given(pieces=st.lists(st.binary(max_size=60) | st.sampled_from([OK, OK[:20], OK[20:]])))
def test_whatever_comes_is_an_answer_or_the_end_of_the_connection(pieces: list[bytes]) -> None:
    async def ask() -> None:
        connection, transport = _Connection(), Transport()
        connection.connection_made(transport)
        asking = asyncio.ensure_future(connection.ask(b"GET"))
        await asyncio.sleep(0)
        for piece in pieces:
            connection.data_received(piece)
        connection.connection_lost(None)
        (told,) = await asyncio.gather(asking, return_exceptions=True)
        assert isinstance(told, ConnectionError) or told >= 200  # type: ignore[operator]  # a status
        assert transport.aborted

    asyncio.run(ask())


def test_an_address_has_its_parts() -> None:
    assert address("http://h/", "x") == Server("h", 80, "/", tls=False)
    assert address("https://h:8443/a", "x") == Server("h", 8443, "/a", tls=True)
    assert address("http://[::1]:5055", "x").name == "[::1]:5055"
    for wrong in ("ftp://h/", "http://", "http://h:x/", "http://h/a b", "http://h/é", ""):
        with pytest.raises(SimulationError, match="Camera address"):
            address(wrong, "Camera")
