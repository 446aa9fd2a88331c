"""OsmAnd over real sockets: what a device gets, and what a client that misbehaves cannot do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from fleet.assets import osmand_asset
from telemetry.listening import ListenError
from telemetry.settings import OsmandSettings
from telemetry.trackers import http, http_tracker, stream
from telemetry.trackers.http_tracker import MAX_BODY
from telemetry.trackers.intake import Intake
from telemetry.trackers.osmand import OsmandServer
from tests.brokers import free_port
from tests.integration.tracking import serving
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

pytestmark = pytest.mark.integration

REPORT = {"id": "car", "lat": "34.0151", "lon": "71.5249", "speed": "10", "batt": "87"}
HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nid=car"


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@pytest.fixture
async def port(sink: RecordingSink) -> AsyncIterator[int]:
    number = free_port()
    server = OsmandServer(OsmandSettings(port=number), Intake("osmand", sink, time.time))
    serving = asyncio.ensure_future(server.run())
    await until(lambda: server.listening or serving.done())
    yield number
    sink.open.set()
    await server.close()
    await serving


@pytest.fixture
async def client(port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as connected:
        yield connected


async def talk(port: int, *parts: bytes) -> bytes:
    """Send the parts one by one; returns all that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_every_form_is_stored_and_then_acknowledged(
    client: httpx.AsyncClient, sink: RecordingSink
) -> None:
    location = {"coords": {"latitude": 34.0151, "longitude": 71.5249}}
    answers = [
        await client.get("/", params=REPORT),
        await client.post("/", params=REPORT),
        await client.post("/", data=REPORT),
        await client.post("/", json={"device_id": "car", "location": location}),
        await client.get("/any/path", params=REPORT),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert sink.positions["asset"].tolist() == [osmand_asset("car").key] * 5
    assert set(sink.positions["latitude"]) == {34.0151}


async def test_200_comes_only_after_commit(client: httpx.AsyncClient, sink: RecordingSink) -> None:
    sink.open.clear()
    request = asyncio.ensure_future(client.get("/", params=REPORT))
    await until(lambda: sink.waiting == 1)
    done, _ = await asyncio.wait({request}, timeout=0.2)
    assert not done
    sink.open.set()
    assert (await request).status_code == 200


async def test_not_stored_is_503_and_come_again(
    client: httpx.AsyncClient, sink: RecordingSink
) -> None:
    sink.failing = True
    answer = await client.get("/", params=REPORT)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert not sink.accepted
    sink.failing = False
    assert (await client.get("/", params=REPORT)).status_code == 200


async def test_what_the_store_refuses_is_400_and_counted(
    client: httpx.AsyncClient, sink: RecordingSink
) -> None:
    sink.refusing = True
    answer = await client.get("/", params=REPORT)
    assert answer.status_code == 400
    assert sink.refused == {"refused-by-database": 1}


async def test_many_wait_for_the_same_commit(
    client: httpx.AsyncClient, sink: RecordingSink
) -> None:
    sink.open.clear()
    requests = [
        asyncio.ensure_future(client.get("/", params=REPORT | {"id": f"car-{number}"}))
        for number in range(60)
    ]
    await until(lambda: sink.waiting == 60)
    sink.open.set()
    assert {answer.status_code for answer in await asyncio.gather(*requests)} == {200}
    assert len(set(sink.positions["asset"])) == 60
    assert len(sink.accepted) < 60


async def test_too_many_waiting_requests_are_told_to_come_again(
    client: httpx.AsyncClient, sink: RecordingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_tracker, "WAITING_LIMIT", 5)
    sink.open.clear()
    requests = [asyncio.ensure_future(client.get("/", params=REPORT)) for _ in range(5)]
    await until(lambda: sink.waiting == 5)
    answer = await client.get("/", params=REPORT)
    assert (answer.status_code, answer.text) == (503, "busy, come again\n")
    assert "retry-after" in answer.headers
    sink.open.set()
    assert {answer.status_code for answer in await asyncio.gather(*requests)} == {200}
    assert sink.refused == {"busy": 1}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"id": ""}, "no_id: no id: the request does not say which device it is from"),
        ({"lat": "200"}, "bad_position: lat=200 is not within -90 … 90"),
        ({"timestamp": "soon"}, "bad_time: timestamp 'soon' is no time"),
        ({"speed": "a\r\nb"}, r"bad_number: speed='a\r\nb' is no number"),
    ],
)
async def test_refused_is_400_with_one_line_and_counted(
    client: httpx.AsyncClient, sink: RecordingSink, change: dict[str, str], line: str
) -> None:
    answer = await client.get("/", params=REPORT | change)
    assert (answer.status_code, answer.text) == (400, line + "\n")
    assert sink.refused == {line.partition(":")[0]: 1}
    assert not sink.accepted
    assert (await client.get("/", params=REPORT)).status_code == 200


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_other_methods_are_405(
    client: httpx.AsyncClient, sink: RecordingSink, method: str
) -> None:
    answer = await client.request(method, "/", params=REPORT)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert sink.refused == {"method": 1}
    assert not sink.accepted


async def test_body_at_the_limit_is_read_and_one_beyond_is_413(
    client: httpx.AsyncClient, sink: RecordingSink
) -> None:
    form = b"id=car&lat=34&lon=71&filler="
    headers = {"content-type": "application/x-www-form-urlencoded"}
    fits = await client.post("/", content=form.ljust(MAX_BODY, b"x"), headers=headers)
    assert fits.status_code == 200
    beyond = await client.post("/", content=form.ljust(MAX_BODY + 1, b"x"), headers=headers)
    assert (beyond.status_code, beyond.text) == (
        413,
        "too_large: a body of more than 65536 bytes\n",
    )
    assert sink.refused == {"too_large": 1}


async def test_device_that_is_not_listed_is_404_or_set_aside() -> None:
    sink = RecordingSink()
    devices: dict[str, object] = {"osmand:car-1": {}}
    query = {"id": "car", "lat": "34.0151", "lon": "71.5249"}
    for unknown, status in (("refuse", 404), ("quarantine", 200)):
        gate = {"unknown": unknown, "devices": devices}
        async with (
            serving(OsmandServer, OsmandSettings, sink, **gate) as (server, port),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            assert (await client.get("/", params=query)).status_code == status
            assert (await client.get("/", params={**query, "id": "car-1"})).status_code == 200
            sink.failing = True
            away = await client.get("/", params=query)
            assert away.status_code == (404 if unknown == "refuse" else 503)
            sink.failing = False
            assert server.statistics.quarantined == (unknown == "quarantine")
    assert sink.refused == {"unknown_device": 2, "quarantine": 1}
    ((raw, peer),) = sink.aside
    assert raw == b"id=car&lat=34.0151&lon=71.5249"
    assert peer.startswith("127.0.0.1:")
    assert set(sink.positions["asset"]) == {osmand_asset("car-1").key}


async def test_wrong_token_is_403_and_no_token_is_kept_in_a_dead_letter() -> None:
    sink = RecordingSink()
    gate = {"unknown": "quarantine", "devices": {"osmand:car": {"token": "t0ps3cret"}}}
    async with (
        serving(OsmandServer, OsmandSettings, sink, **gate) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        for token, status in (("guess", 403), ("", 403), ("t0ps3cret", 200)):
            answer = await client.post("/", params=REPORT | {"token": token})
            assert answer.status_code == status
        assert (await client.post("/", data=REPORT | {"key": "t0ps3cret"})).status_code == 200
        bad = REPORT | {"key": "t0ps3cret", "lat": "95"}
        assert (await client.post("/", data=bad)).status_code == 400
    assert sink.refused == {"wrong_secret": 2, "bad_position": 1}
    assert not sink.aside
    assert len(sink.positions) == 2
    assert all(b"guess" not in raw and b"t0ps3cret" not in raw for _, raw, _ in sink.letters)
    assert b"key=***" in sink.letters[-1][1]


async def chunks(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 65536):
        yield bytes(65536)


async def test_100_megabytes_are_413_and_not_kept(port: int, sink: RecordingSink) -> None:
    size = 100 * 1024 * 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        announced = await client.post(
            "/", content=chunks(size), headers={"content-length": str(size)}
        )
        assert announced.status_code == 413
        chunked = await client.post("/", content=chunks(size))
        assert chunked.status_code == 413
        assert (await client.get("/", params=REPORT)).status_code == 200
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 20 * 1024  # KiB; the client's share included
    assert sink.refused == {"too_large": 2}


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\nnonsense\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /?id=car HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02id",
    ],
)
async def test_malformed_http_is_400_and_counted(
    port: int, client: httpx.AsyncClient, sink: RecordingSink, request_: bytes
) -> None:
    answer = await talk(port, request_)
    assert answer.startswith(b"HTTP/1.1 400 ") or not answer  # reset while it still sent
    await until(lambda: sink.refused.get("malformed_http") or sink.refused.get("incomplete"))
    assert (await client.get("/", params=REPORT)).status_code == 200


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (b"GET / HTTP/9.9", 400),
        (b"CONNECT example.org:443 HTTP/1.1", 405),
        (b"GET http://elsewhere/?id=car&lat=95&lon=1 HTTP/1.1", 400),
        (b"GET /?id=car&lat=34&lon=71&x=" + b"x" * 20_000 + b" HTTP/1.1", 413),
        (b"GET /?" + b"&" * 5_000 + b" HTTP/1.1", 400),
        (b"GET /?id=%ff%fe&lat=1&lon=1 HTTP/1.1", 400),
    ],
)
async def test_strange_requests_are_refused_and_counted(
    port: int, sink: RecordingSink, start: bytes, status: int
) -> None:
    answer = await talk(port, start + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert sum(sink.refused.values()) == 1
    assert not sink.accepted


async def test_random_bytes_stop_nothing(
    port: int, client: httpx.AsyncClient, sink: RecordingSink
) -> None:
    generator = random.Random(3)
    for length in (1, 10, 100, 1000, 10_000, 100_000):
        await talk(port, generator.randbytes(length), b"\r\n\r\n")
    assert sink.refused.get("malformed_http", 0) >= 5
    assert (await client.get("/", params=REPORT)).status_code == 200


async def test_connection_is_used_again(port: int, sink: RecordingSink) -> None:
    request = b"GET /?id=car&lat=34&lon=71 HTTP/1.1\r\nHost: x\r\n\r\n"
    last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answer = await talk(port, request * 3 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 4
    assert len(sink.positions) == 4


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"GET / HTT",
        HALF_A_BODY,
        b"GET /?id=car&lat=34&lon=71 HTTP/1.1\r\nHost: x\r\n\r\n" + HALF_A_BODY,
    ],
    ids=["nothing", "half a head", "half a body", "half a body behind a whole request"],
)
async def test_slow_client_is_cut_off_and_counted(
    port: int, sink: RecordingSink, monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    monkeypatch.setattr(http, "REQUEST_TIMEOUT", 0.2)
    answer = await talk(port, part)
    assert answer.count(b"HTTP/1.1 200") == part.count(b"GET /?id")
    await until(lambda: sink.refused)
    assert set(sink.refused) <= {"slow", "incomplete"}
    assert len(sink.positions) == part.count(b"GET /?id")


async def test_drip_of_bytes_does_not_extend_the_deadline(
    port: int, sink: RecordingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "REQUEST_TIMEOUT", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nDrip: ")

    async def drip() -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"X")
                await writer.drain()
                await asyncio.sleep(0.02)

    dripping = asyncio.ensure_future(drip())
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(5):
            assert await reader.read() == b""
    assert sink.refused == {"slow": 1}
    dripping.cancel()
    writer.close()


async def test_requests_that_nobody_waits_for_are_bounded(port: int, sink: RecordingSink) -> None:
    sink.open.clear()
    answer = asyncio.ensure_future(
        talk(port, b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 500)
    )
    await until(lambda: sink.refused.get("busy"))
    assert b"503" in await answer


async def test_expect_100_continue_is_answered(port: int, sink: RecordingSink) -> None:
    form = b"id=car&lat=34&lon=71"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"
    head += b"Content-Type: application/x-www-form-urlencoded\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"Content-Length: %d\r\n\r\n" % len(form))
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(form)
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    writer.close()


async def test_client_that_closes_its_half_is_answered(port: int, sink: RecordingSink) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /?id=car&lat=34&lon=71 HTTP/1.1\r\nHost: x\r\n\r\n")
    writer.write_eof()
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    writer.close()


@pytest.mark.parametrize("tail", [b"X: y\r\n" * 20_000, b"1;" + b"x" * 200_000])
async def test_trailers_and_extensions_of_chunks_without_an_end_are_cut_off(
    port: int, sink: RecordingSink, tail: bytes
) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    if tail.startswith(b"X"):
        head += b"0\r\n"
    parts = [tail[start : start + 10_000] for start in range(0, len(tail), 10_000)]
    answer = await talk(port, head, *parts * 4)
    assert not answer or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))
    await until(lambda: sink.refused)
    assert set(sink.refused) <= {"malformed_http", "too_large"}


async def test_idle_connections_beyond_the_limit_are_closed_at_once(
    port: int, sink: RecordingSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CONNECTION_LIMIT", 3)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    assert await talk(port) == b""
    assert sink.refused == {"busy": 1}
    reader, writer = held[0]
    writer.write(b"GET /?id=car&lat=34&lon=71 HTTP/1.0\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    for _, writer in held:
        writer.close()


async def test_client_that_leaves_before_commit_is_stored_all_the_same(
    port: int, sink: RecordingSink
) -> None:
    sink.open.clear()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /?id=car&lat=34&lon=71 HTTP/1.1\r\nHost: x\r\n\r\n")
    await until(lambda: sink.waiting == 1)
    writer.transport.abort()
    sink.open.set()
    await until(lambda: len(sink.accepted) == 1)


async def test_port_in_use_names_port_and_setting(sink: RecordingSink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = OsmandServer(OsmandSettings(port=port), Intake("osmand", sink, time.time))
        with pytest.raises(
            ListenError, match=rf"127\.0\.0\.1:{port} \(osmand\.port\): .+"
        ) as error:
            await server.run()
    assert (error.value.port, error.value.setting) == (port, "osmand.port")


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
async def test_address_that_is_not_ours(sink: RecordingSink, host: str) -> None:
    server = OsmandServer(
        OsmandSettings(host=host, port=free_port()), Intake("osmand", sink, time.time)
    )
    with pytest.raises(ListenError, match=r"\(osmand\.host\)"):
        await server.run()


async def test_cancelling_answers_those_who_wait_and_frees_the_port(sink: RecordingSink) -> None:
    port = free_port()
    server = OsmandServer(OsmandSettings(port=port), Intake("osmand", sink, time.time))
    serving = asyncio.ensure_future(server.run())
    await until(lambda: server.listening)
    sink.open.clear()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        request = asyncio.ensure_future(client.get("/", params=REPORT))
        await until(lambda: sink.waiting == 1)
        serving.cancel()
        await asyncio.sleep(0)
        sink.open.set()
        assert (await request).status_code == 200
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert not server.listening
    with socket.create_server(("127.0.0.1", port)):
        pass


async def test_signals_stay_with_the_program(port: int) -> None:
    caught: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: caught.append(number))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            os.kill(os.getpid(), signal.SIGTERM)
            await until(lambda: caught)
            assert (await client.get("/", params=REPORT)).status_code == 200
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_a_report_beyond_the_horizon_is_acknowledged_once_its_dead_letter_is_kept(
    sink: RecordingSink,
) -> None:
    old = REPORT | {"timestamp": str(int(time.time()) - 40 * 86_400)}
    late = REPORT | {"timestamp": str(int(time.time()) - 20 * 86_400)}
    async with (
        serving(OsmandServer, OsmandSettings, sink) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        sink.failing = True
        assert (await client.get("/", params=old)).status_code == 503
        sink.failing = False
        assert (await client.get("/", params=old)).status_code == 200
        assert (await client.get("/", params=late)).status_code == 200
    assert sink.refused == {"too_old": 1}
    assert len(sink.positions) == 1


@pytest.mark.parametrize("timestamp", ["4000000000", "86400", "0001-01-01T00:00:00Z"])
async def test_a_device_whose_clock_is_wrong_is_set_aside_and_does_not_send_it_for_ever(
    sink: RecordingSink, timestamp: str
) -> None:
    devices = {"osmand:car": {"token": "t0ps3cret"}}
    wrong = REPORT | {"timestamp": timestamp, "token": "t0ps3cret"}
    async with (
        serving(OsmandServer, OsmandSettings, sink, devices=devices) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        assert (await client.get("/", params=wrong | {"token": "other"})).status_code == 403
        assert not sink.aside
        sink.failing = True
        assert (await client.get("/", params=wrong)).status_code == 503
        sink.failing = False
        assert (await client.get("/", params=wrong)).status_code == 200
    assert sink.refused == {"wrong_secret": 1, "absurd_time": 1}
    assert b"t0ps3cret" not in sink.aside[0][0]
    assert not sink.accepted
