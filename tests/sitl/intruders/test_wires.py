"""The sensors' words on real sockets: a broker, an SBS reader, a fusion node that goes and comes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from sitl.cars.owntracks import broker
from sitl.errors import SimulationError
from sitl.intruders.wires import Published, SapientNode, SbsServer, SensorDatagrams
from tests.brokers import running_broker
from tests.waiting import until

pytestmark = pytest.mark.integration


@contextlib.asynccontextmanager
async def running(work: object) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_each_sensor_sends_from_an_address_of_its_own() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        wire = SensorDatagrams(listening.getsockname())
        wire.send(0, b"first")
        wire.send(1, b"second")
        wire.send(0, b"third")
        heard = [listening.recvfrom(100) for _ in range(3)]
        wire.close()
    assert [data for data, _ in heard] == [b"first", b"second", b"third"]
    assert heard[0][1] == heard[2][1] != heard[1][1]


async def test_receivers_publish_in_order_also_what_came_before_the_broker(tmp_path: Path) -> None:
    async with running_broker(tmp_path) as server:
        wire = Published(broker(server.tracker_url))
        for number in range(3):
            wire.put("dronescout/one", b"%d" % number)
        heard: list[bytes] = []
        ours = broker(server.mqtt_url)
        async with aiomqtt.Client(
            ours.host, ours.port, username=ours.username, password=ours.password, timeout=10
        ) as client:
            await client.subscribe("dronescout/+", qos=1)

            async def listen() -> None:
                async for message in client.messages:
                    assert isinstance(message.payload, bytes)
                    heard.append(message.payload)

            async with running(listen()), running(wire.run()):
                await until(lambda: len(heard) >= 3)
                wire.put("dronescout/two", b"3")
                await until(lambda: len(heard) >= 4)
    assert heard == [b"0", b"1", b"2", b"3"]


async def test_whoever_connects_reads_sbs_lines_and_may_go() -> None:
    server = SbsServer()
    async with server.listening("127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        _, gone = await asyncio.open_connection("127.0.0.1", port)
        gone.close()
        await until(lambda: len(server._readers) == 1)
        server.send(["MSG,3\r\n", "MSG,4\r\n"])
        assert await reader.readexactly(14) == b"MSG,3\r\nMSG,4\r\n"
        writer.close()


async def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimulationError, match=f"SBS server on 127.0.0.1:{port}"):
            async with SbsServer().listening("127.0.0.1", port):
                pass


class Fusion:
    """The other side: takes connections, keeps what comes, answers each registration."""

    def __init__(self) -> None:
        self.heard: list[SapientMessage] = []
        self.answered: list[SapientMessage] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int.from_bytes(await reader.readexactly(4), "little")
                message = SapientMessage.FromString(await reader.readexactly(size))
                self.heard.append(message)
                if message.HasField("registration"):
                    answer = SapientMessage(node_id="fusion")
                    answer.registration_ack.acceptance = True
                    data = answer.SerializeToString()
                    writer.write(len(data).to_bytes(4, "little") + data)

    def kinds(self) -> list[str | None]:
        return [message.WhichOneof("content") for message in self.heard]


async def test_a_node_registers_on_each_connection_and_says_what_it_kept_meanwhile() -> None:
    fusion, answers = Fusion(), []

    def framed(**fields: object) -> bytes:
        message = SapientMessage(node_id="radar")
        getattr(message, next(iter(fields))).SetInParent()
        data = message.SerializeToString()
        return len(data).to_bytes(4, "little") + data

    def answer(data: bytes) -> None:
        answers.append(SapientMessage.FromString(data))

    server = await asyncio.start_server(fusion.serve, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    node = SapientNode(address, lambda: framed(registration=True), answer)
    async with running(node.run()):
        node.put(framed(status_report=True))
        await until(lambda: len(fusion.heard) == 2 and len(answers) == 1)
        assert fusion.kinds() == ["registration", "status_report"]
        assert answers[0].registration_ack.acceptance
        server.close()
        fusion.writers[0].close()
        await until(fusion.writers[0].is_closing)
        server = await asyncio.start_server(fusion.serve, *address)
        await until(lambda: len(fusion.writers) == 2)
        node.put(framed(detection_report=True))
        await until(lambda: len(fusion.heard) == 4)
        assert fusion.kinds()[2:] == ["registration", "detection_report"]
    server.close()
    for writer in fusion.writers:
        writer.close()
