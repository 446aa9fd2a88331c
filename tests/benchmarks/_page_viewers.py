"""Many viewers of the live feed in a process of their own, one JSON line of what they saw.

`python -m tests.benchmarks._page_viewers URL COUNT SECONDS STUCK`: COUNT that read, and STUCK more
that stop reading after the first message.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from dashboard.live import MARKS, parse_frame

WARM_UP = 2.0
"""Seconds that do not count."""

BUFFER = 4096
"""Bytes that the kernel keeps for a viewer that does not read."""


async def read(viewer: ClientConnection, late: list[float], begin: float) -> None:
    """Note how old the newest position of each frame is when it is here, in ms."""
    async for message in viewer:
        if isinstance(message, str):
            continue
        now = time.time()
        header, marks = parse_frame(message)
        if header["kind"] != MARKS or not len(marks) or now < begin:
            continue
        sent = float(header["time"]) - int(marks["position_age"].min())
        late.append(1000 * now - sent)


async def main(url: str, count: int, seconds: float, stuck: int) -> None:
    """Connect all, read for a while, tell."""
    address = urlsplit(url)
    late: list[float] = []
    async with AsyncExitStack() as stack:

        async def viewer(**options: Any) -> ClientConnection:
            opening = connect(
                f"ws://{address.netloc}/live",
                origin=Origin(url),
                max_size=None,
                proxy=None,
                **options,
            )
            opened: ClientConnection = await stack.enter_async_context(opening)
            return opened

        for _ in range(stuck):
            narrow = socket.socket()
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            narrow.connect((address.hostname, address.port))
            await (await viewer(sock=narrow, max_queue=1, close_timeout=0.1)).recv()
        begin = time.time() + WARM_UP
        readers = [asyncio.create_task(read(await viewer(), late, begin)) for _ in range(count)]
        print("ready", flush=True)
        await asyncio.sleep(WARM_UP + seconds)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        print(json.dumps(late), flush=True)


if __name__ == "__main__":
    where, how_many, how_long, not_reading = sys.argv[1:]
    asyncio.run(main(where, int(how_many), float(how_long), int(not_reading)))
