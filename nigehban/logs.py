"""How the programs say what they do: one line an event, to standard error or a rotating file."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import time
from datetime import UTC, datetime

import orjson

from nigehban.settings import LogSettings

FILE_BYTES = 10 << 20
FILES_KEPT = 3


class _Json(logging.Formatter):
    """One object a line: time, level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        time_of_it = datetime.fromtimestamp(record.created, UTC)
        told = {
            "time": time_of_it.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(told).decode()


def _text() -> logging.Formatter:
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    return formatter


def configure(settings: LogSettings) -> None:
    """Send the log where the settings say, with UTC times."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if settings.file is not None:
        settings.file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            settings.file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
    handler.setFormatter(_Json() if settings.format == "json" else _text())
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    # These tell of each request, and gmqtt of each write to a lost connection: ours say it once.
    for name, level in (
        ("httpx", logging.WARNING),
        ("nats", logging.WARNING),
        ("uvicorn", logging.WARNING),
        ("psycopg.pool", logging.ERROR),
        ("gmqtt", logging.CRITICAL),
    ):
        logging.getLogger(name).setLevel(level)
