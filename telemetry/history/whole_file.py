"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from telemetry.history.errors import HistoryError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of `path` at the end, and is gone if that fails.

    Raises HistoryError if it cannot be written.
    """
    part = path.with_name(f".{path.name[:50]}.{uuid4().hex[:8]}.part")
    try:
        try:
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)  # it is there if it was not renamed
    except OSError as error:
        raise HistoryError(f"{path}: {error.strerror or error}") from error
