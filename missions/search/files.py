"""Reading and writing of files: bounded, checked, and written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from missions.errors import PlanningError

Content = TypeVar("Content")


def read(path: Path, form: TypeAdapter[Content], most: int) -> Content:
    """The content of a JSON file. Raises PlanningError if it cannot be read or is another thing."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise PlanningError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise PlanningError(f"{path} is larger than {most} bytes: that is no file of ours")
    return parsed(data, form, str(path))


def parsed(data: bytes, form: TypeAdapter[Content], name: str) -> Content:
    """The content of JSON bytes. Raises PlanningError with the first fault and where it is."""
    try:
        return form.validate_python(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise PlanningError(f"{name} is no JSON: {error}") from None
    except ValidationError as error:
        raise PlanningError(f"{name}: {first_fault(error)}") from None


def write(path: Path, data: bytes) -> None:
    """Write a file so that at every moment the path holds the old content or the new one, whole.

    Raises PlanningError if it cannot be written; the old content is then left.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise PlanningError(f"{path} cannot be written: {error.strerror}") from None


def _sync_folder(folder: Path) -> None:
    """The new name is on disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def first_fault(error: ValidationError) -> str:
    """Where the first fault is and what it is, in one line."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"]) or "the whole"
    return f"{place}: {' '.join(fault['msg'].split())}"
