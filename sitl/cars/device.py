"""What a car or an officer carries: what it calls itself, its outbox, its radio."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Generic, TypeVar

from sitl.cars.outbox import Outbox, Retry

T = TypeVar("T")


class Device(Generic[T]):
    """What the wire of a protocol sends from. With the radio off, reports wait in the outbox."""

    def __init__(self, call_sign: str, random: Random) -> None:
        self.call_sign = call_sign
        self.outbox: Outbox[T] = Outbox()
        self.retry = Retry(random)
        self._radio = asyncio.Event()
        self._radio.set()

    def switch_radio(self, *, on: bool) -> None:
        """Enter a tunnel, or leave it."""
        if on:
            self._radio.set()
        else:
            self._radio.clear()

    async def next(self) -> T:
        """The oldest report, when there is one and the radio is on."""
        while True:
            await self._radio.wait()
            report = await self.outbox.oldest()
            if self._radio.is_set():
                return report
