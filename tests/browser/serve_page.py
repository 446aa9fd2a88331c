"""The page as a process of its own, for tests that restart or freeze it.

python -m tests.browser.serve_page PORT BUS-URL DSN [UPDATE-HZ]
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys

from dashboard.app import create_app
from dashboard.serving import serve
from dashboard.settings import DashboardSettings
from telemetry.bus.nats import connect_bus


async def main(port: str, bus_url: str, dsn: str, update_hz: str = "2") -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.WARNING)
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    bus = await connect_bus(bus_url)
    settings = DashboardSettings(port=int(port), update_hz=float(update_hz))
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await serve(create_app(settings, bus=bus, dsn=dsn), settings)
    finally:
        await bus.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
