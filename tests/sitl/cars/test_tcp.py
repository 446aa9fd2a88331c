"""Devices on TCP against servers that refuse, miscount and hang up: nothing is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

import aiomqtt
import pytest

from sitl.cars import owntracks, tcp
from sitl.cars.beats import imei
from sitl.cars.device import Device
from sitl.cars.owntracks import Broker, Message
from sitl.cars.tcp import Talk, Turns, carry, say_nmea, say_teltonika
from sitl.cars.teltonika import login, packet, record
from tests.sitl.cars.reports import REPORT
from tests.waiting import until

IMEI = imei("town-01")
RECORDS = [record(replace(REPORT, time_us=REPORT.time_us + n)) for n in range(0, 20_000_000, 10**6)]


class Listening:
    """A server that on each connection takes so many bytes and gives its answer, time and again."""

    def __init__(self, script: list[list[tuple[int, bytes]]], *, hangs_up: bool) -> None:
        self.script = script
        self.hangs_up = hangs_up
        self.heard: list[list[bytes]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said: list[bytes] = []
        self.heard.append(said)
        try:
            for length, answer in self.script[len(self.heard) - 1]:
                said.append(await reader.readexactly(length))
                writer.write(answer)
            if not self.hangs_up:
                await reader.read()  # until the device does
        except (OSError, asyncio.IncompleteReadError):
            pass  # the device hung up
        finally:
            writer.close()


@asynccontextmanager
async def carrying(
    device: Device[bytes],
    talk: Talk,
    script: list[list[tuple[int, bytes]]],
    *,
    hangs_up: bool = False,
) -> AsyncIterator[Listening]:
    listening = Listening(script, hangs_up=hangs_up)
    server = await asyncio.start_server(listening.serve, "127.0.0.1", 0)
    to = server.sockets[0].getsockname()
    task = asyncio.ensure_future(carry(device, talk, (to[0], to[1]), Turns(1)))
    try:
        yield listening
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()
        await server.wait_closed()
        await until(lambda: len(asyncio.all_tasks()) == 1)


def device(name: str) -> Device[bytes]:
    made: Device[bytes] = Device(name, Random(1))
    made.retry._first = made.retry._next = made.retry._longest = 0.001
    return made


@pytest.mark.integration
async def test_a_packet_is_said_again_until_its_count_comes_back() -> None:
    tracker = device(IMEI)
    for said in RECORDS:
        tracker.outbox.put(said)
    first, rest = packet(RECORDS[:16]), packet(RECORDS[16:])
    hello = (17, b"\x01")
    refusing = [(17, b"\x00")]
    miscounting = [hello, (len(first), bytes(4)), (len(first), b"\0\0\0\x0f"), (len(first), b"\0")]
    script = [
        refusing,
        miscounting,
        [hello, (len(first), b"\0\0\0\x10"), (len(rest), b"\0\0\0\x04")],
    ]
    async with carrying(tracker, say_teltonika, script) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tcp, "TIMEOUT", 0.2)
            await until(lambda: tracker.outbox.acknowledged == 20)
    assert server.heard[0] == [login(IMEI)]
    assert server.heard[1] == [login(IMEI), first, first, first]
    assert server.heard[2] == [login(IMEI), first, rest]
    assert len(tracker.outbox) == 0
    assert tracker.retry.failures == 4


@pytest.mark.integration
async def test_a_receiver_comes_again_when_its_server_has_gone_and_says_who_it_is() -> None:
    receiver = device("town-01")
    hello = b"ID:town-01\r\n"
    once = [(len(hello), b""), (7, b"")]  # then the server hangs up
    made = 0

    def heard_twice() -> bool:
        nonlocal made
        made += 1
        receiver.outbox.put(b"%05d\r\n" % made)
        return sum(len(said) == 2 for said in server.heard) == 2

    async with carrying(receiver, say_nmea, [once] * 50, hangs_up=True) as server:
        await until(heard_twice)
        (greeted, first), (again, second) = server.heard[:2]
    assert greeted == again == hello
    assert first == b"00001\r\n"
    assert int(first) < int(second) <= made  # the kernel may have taken some that nobody read


def phones(count: int) -> list[Device[Message]]:
    return [Device(f"town-{n:02d}", Random(n)) for n in range(count)]


def test_phones_share_connections_only_when_there_are_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owntracks, "CONNECTIONS", 4)
    assert [len(some) for some in owntracks.sharing(phones(3))] == [1, 1, 1]
    shared = owntracks.sharing(devices := phones(10))
    assert sorted(map(len, shared)) == [2, 2, 3, 3]
    assert {id(one) for some in shared for one in some} == {id(one) for one in devices}
    assert owntracks.sharing([]) == []


async def test_only_a_phone_with_a_connection_of_its_own_leaves_a_last_will(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wills: list[aiomqtt.Will | None] = []

    async def note(_devices: object, _to: object, _name: str, will: object) -> None:
        wills.append(will())  # type: ignore[operator]  # as `carry` takes it

    monkeypatch.setattr(owntracks, "carry", note)
    nowhere = Broker("127.0.0.1", 1, None, None)
    for count in (1, 2):
        await owntracks.publish(phones(count), nowhere, lambda: 1_800_000_000.9)
    assert wills[0] == aiomqtt.Will(
        "owntracks/patrol/town-00", b'{"_type": "lwt", "tst": 1800000000}', qos=1
    )
    assert wills[1] is None
