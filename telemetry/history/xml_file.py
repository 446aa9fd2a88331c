"""An XML file that is written from front to back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from telemetry.history.values import opened

_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets)."""

_INSTEAD = "\ufffd"


class XmlFile:
    """Elements are opened and closed in order; what they hold is escaped."""

    def __init__(self, to: Path | BinaryIO, root: str, attributes: Mapping[str, str]) -> None:
        self._file = TextIOWrapper(opened(to), "utf-8", newline="\n", write_through=True)
        self._open: list[str] = []
        self._file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        self.begin(root, attributes)

    def begin(self, tag: str, attributes: Mapping[str, str] | None = None) -> None:
        """Open an element."""
        told = "".join(f" {name}={quoteattr(value)}" for name, value in (attributes or {}).items())
        self._file.write(f"<{tag}{told}>\n")
        self._open.append(tag)

    def text(self, tag: str, value: str) -> None:
        """One element with text in it; what XML cannot write becomes U+FFFD."""
        told = escape(_NO_CHARACTER.sub(_INSTEAD, value))
        self._file.write(f"<{tag}>{told}</{tag}>\n")

    def lines(self, lines: Iterable[str]) -> None:
        """Whole elements as they are: of numbers and times, which need no escaping."""
        self._file.writelines(f"{line}\n" for line in lines)

    def end(self, down_to: int = 0) -> None:
        """Close the open elements until `down_to` of them are left."""
        while len(self._open) > down_to:
            self._file.write(f"</{self._open.pop()}>\n")

    def close(self) -> None:
        """Close all that is open, and the file."""
        self.end()
        self._file.close()
