"""Files in and out: reading is bounded, writing is whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from missions.errors import PlanningError

FILE_MOST = 16 * 1024 * 1024
"""Bytes of a file that is read: 400,000 corners of an area."""


def read_bytes(path: str | Path, most: int = FILE_MOST) -> bytes:
    """The bytes of a file. Raises PlanningError if it cannot be read or has more than `most`."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise PlanningError(f"{path} cannot be read: {_reason(error)}") from None
    if len(data) > most:
        raise PlanningError(f"{path} has more than {most // 1024 // 1024} MB; give a smaller file")
    return data


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file so that at any moment it is the old one or the new one, whole and on the disk.

    Raises PlanningError if it cannot be written; the old one stays then.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except (OSError, ValueError) as error:
        temporary.unlink(missing_ok=True)
        raise PlanningError(f"{path} cannot be written: {_reason(error)}") from None


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
