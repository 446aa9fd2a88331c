"""What every bus keeps, in one process or over a real NATS server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telemetry.bus import (
    MAX_PAYLOAD,
    QUEUE_LIMIT,
    Bus,
    BusError,
    Message,
    NoAnswerError,
    Subscription,
)
from telemetry.bus.memory import MemoryBus
from telemetry.bus.nats import connect_bus
from telemetry.bus.responder import HANDLER_LIMIT
from tests.brokers import running_broker
from tests.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture(params=["memory", "nats"])
async def bus(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bus]:
    if request.param == "memory":
        memory = MemoryBus()
        yield memory
        await memory.close()
    else:
        async with running_broker(tmp_path) as broker:
            connected = await connect_bus(broker.url)
            yield connected
            await connected.close()


async def receive(subscription: Subscription, count: int) -> list[Message]:
    messages: list[Message] = []
    async with asyncio.timeout(10):
        async for message in subscription:
            messages.append(message)
            if len(messages) == count:
                break
    return messages


async def echo(message: Message) -> bytes:
    return message.payload


async def test_messages_come_in_the_order_they_were_published(bus: Bus) -> None:
    async with bus.subscribe("live.picture") as subscription:
        for number in range(500):
            await bus.publish("live.picture", b"%d" % number)
        messages = await receive(subscription, 500)
    assert messages == [Message("live.picture", b"%d" % number) for number in range(500)]
    assert subscription.dropped == 0


async def test_every_subscriber_gets_every_message(bus: Bus) -> None:
    async with (
        bus.subscribe("a.b") as one,
        bus.subscribe("a.b") as two,
        bus.subscribe("c") as other,
    ):
        await bus.publish("a.b", b"1")
        await bus.publish("c", b"2")
        assert await receive(one, 1) == await receive(two, 1) == [Message("a.b", b"1")]
        assert await receive(other, 1) == [Message("c", b"2")]


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("a.*", ["a.b", "a.c"]),
        ("*.b", ["a.b"]),
        ("a.>", ["a.b", "a.c", "a.b.c"]),
        ("a.*.c", ["a.b.c"]),
        (">", ["a", "a.b", "a.c", "a.b.c", "b", "end"]),
        ("a", ["a"]),
    ],
)
async def test_wildcards(bus: Bus, pattern: str, taken: list[str]) -> None:
    async with bus.subscribe(pattern) as subscription, bus.subscribe("end") as end:
        for subject in ("a", "a.b", "a.c", "a.b.c", "b", "end"):
            await bus.publish(subject, b"")
        await receive(end, 1)  # what came before it has arrived too
        assert [message.subject for message in await receive(subscription, len(taken))] == taken


async def test_slow_subscriber_loses_the_oldest_and_can_tell_how_many(bus: Bus) -> None:
    async with bus.subscribe("fast") as slow, bus.subscribe("end") as end:
        for number in range(QUEUE_LIMIT + 100):
            await bus.publish("fast", b"%d" % number)
        await bus.publish("end", b"")
        await receive(end, 1)
        assert slow.dropped == 100
        kept = await receive(slow, QUEUE_LIMIT)
    assert [int(message.payload) for message in kept] == list(range(100, QUEUE_LIMIT + 100))


async def test_slow_subscriber_costs_the_others_nothing(bus: Bus) -> None:
    async with bus.subscribe("fast") as slow, bus.subscribe("fast") as quick:
        for batch in range(4):
            for _ in range(QUEUE_LIMIT // 2):
                await bus.publish("fast", b"%d" % batch)
            assert len(await receive(quick, QUEUE_LIMIT // 2)) == QUEUE_LIMIT // 2
        assert quick.dropped == 0
        assert slow.dropped == QUEUE_LIMIT


async def test_nothing_comes_from_before_the_block_or_after_it(bus: Bus) -> None:
    await bus.publish("a", b"before")
    async with bus.subscribe("a") as subscription:
        await bus.publish("a", b"within")
        assert await receive(subscription, 1) == [Message("a", b"within")]
    await bus.publish("a", b"after")
    assert await receive(subscription, 1) == []


async def test_request_is_answered(bus: Bus) -> None:
    async def double(message: Message) -> bytes:
        return message.subject.encode() + message.payload * 2

    async with bus.respond("question", double):
        assert await bus.request("question", b"x", timeout=5) == b"questionxx"


async def test_many_requests_at_once_get_their_own_answers(bus: Bus) -> None:
    async with bus.respond("echo", echo):
        numbers = [b"%d" % number for number in range(HANDLER_LIMIT)]
        answers = await asyncio.gather(*(bus.request("echo", n, timeout=10) for n in numbers))
    assert answers == numbers


async def test_of_several_responders_one_gets_each_request(bus: Bus) -> None:
    asked: list[bytes] = []

    async def note(message: Message) -> bytes:
        asked.append(message.payload)
        return b""

    async with bus.respond("work", note), bus.respond("work", note):
        for number in range(20):
            await bus.request("work", b"%d" % number, timeout=5)
    assert asked == [b"%d" % number for number in range(20)]


async def test_nobody_responds(bus: Bus) -> None:
    with pytest.raises(NoAnswerError, match=r"nobody responds on lonely\.subject"):
        await bus.request("lonely.subject", b"", timeout=5)


async def test_nobody_responds_any_more(bus: Bus) -> None:
    async with bus.respond("short", echo):
        await bus.request("short", b"", timeout=5)
    with pytest.raises(NoAnswerError, match="nobody responds"):
        await bus.request("short", b"", timeout=5)


async def test_answer_that_does_not_come_in_time(bus: Bus) -> None:
    async def never(_message: Message) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    async with bus.respond("slow", never):
        with pytest.raises(NoAnswerError, match=r"no answer on slow within 0\.05 s"):
            await bus.request("slow", b"", timeout=0.05)


async def test_slow_request_holds_up_no_other(bus: Bus) -> None:
    release = asyncio.Event()

    async def first_waits(message: Message) -> bytes:
        if message.payload == b"first":
            await release.wait()
        return message.payload

    async with bus.respond("work", first_waits):
        first = asyncio.ensure_future(bus.request("work", b"first", timeout=10))
        assert await bus.request("work", b"second", timeout=5) == b"second"
        assert not first.done()
        release.set()
        assert await first == b"first"


async def test_failing_handler_is_told_to_the_requester_and_responds_on(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    async def divide(message: Message) -> bytes:
        return b"%d" % (100 // int(message.payload))

    async with bus.respond("divide", divide):
        with pytest.raises(BusError, match=r"the responder failed.*ZeroDivisionError"):
            await bus.request("divide", b"0", timeout=5)
        assert await bus.request("divide", b"4", timeout=5) == b"25"
    assert "the responder of divide failed" in caplog.text


async def test_answer_that_is_too_large_is_told_to_the_requester(bus: Bus) -> None:
    async def too_much(_message: Message) -> bytes:
        return bytes(MAX_PAYLOAD + 1)

    async with bus.respond("big", too_much):
        with pytest.raises(BusError, match=r"the responder failed.*payload of 1000001 bytes"):
            await bus.request("big", b"", timeout=5)


async def test_responder_works_on_a_bounded_number_of_requests(bus: Bus) -> None:
    release = asyncio.Event()
    working = 0

    async def work(_message: Message) -> bytes:
        nonlocal working
        working += 1
        await release.wait()
        return b"done"

    async with bus.respond("work", work):
        taken = [
            asyncio.ensure_future(bus.request("work", b"", timeout=10))
            for _ in range(HANDLER_LIMIT)
        ]
        await until(lambda: working == HANDLER_LIMIT)
        with pytest.raises(BusError, match="busy with 64 requests"):
            await bus.request("work", b"", timeout=5)
        release.set()
        assert await asyncio.gather(*taken) == [b"done"] * HANDLER_LIMIT


async def test_responder_that_leaves_lets_nobody_hang(bus: Bus) -> None:
    asked = asyncio.Event()

    async def never(_message: Message) -> bytes:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with bus.respond("work", never):
        request = asyncio.ensure_future(bus.request("work", b"", timeout=10))
        await asked.wait()
    with pytest.raises(BusError, match="went away"):
        await asyncio.wait_for(request, 5)


async def test_largest_payload_passes_and_a_larger_one_does_not(bus: Bus) -> None:
    async with bus.subscribe("big") as subscription:
        await bus.publish("big", bytes(MAX_PAYLOAD))
        with pytest.raises(BusError, match="payload of 1000001 bytes"):
            await bus.publish("big", bytes(MAX_PAYLOAD + 1))
        with pytest.raises(BusError, match="payload of 1000001 bytes"):
            await bus.request("big", bytes(MAX_PAYLOAD + 1), timeout=1)
        assert [len(message.payload) for message in await receive(subscription, 1)] == [MAX_PAYLOAD]


@pytest.mark.parametrize("subject", ["", "a b", "a..b", ".a", "a.", "a\r\nPUB x 0", "ä", "a" * 256])
async def test_what_is_no_subject_is_refused(bus: Bus, subject: str) -> None:
    with pytest.raises(BusError, match="is no subject"):
        await bus.publish(subject, b"")
    with pytest.raises(BusError, match="is no subject"):
        await bus.request(subject, b"", timeout=1)
    with pytest.raises(BusError, match="is no pattern"):
        async with bus.subscribe(subject):
            pass
    with pytest.raises(BusError, match="is no pattern"):
        async with bus.respond(subject, echo):
            pass


@pytest.mark.parametrize("pattern", ["a.*", ">", "a.>"])
async def test_nothing_is_published_to_a_pattern(bus: Bus, pattern: str) -> None:
    with pytest.raises(BusError, match="is no subject"):
        await bus.publish(pattern, b"")


async def test_close_ends_subscriptions_and_refuses_everything(bus: Bus) -> None:
    before = bus.connected
    async with bus.subscribe("a") as subscription, bus.respond("b", echo):
        await bus.publish("a", b"last")
        assert await receive(subscription, 1) == [Message("a", b"last")]
        await bus.close()
        assert await receive(subscription, 1) == []
    await bus.close()
    assert (before, bus.connected) == (True, False)
    with pytest.raises(BusError, match="closed"):
        await bus.publish("a", b"")
    with pytest.raises(BusError, match="closed"):
        await bus.request("a", b"", timeout=1)
    with pytest.raises(BusError, match="closed"):
        async with bus.subscribe("a"):
            pass
