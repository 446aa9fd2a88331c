"""XML from outside, without what makes XML dangerous.

Document types are refused, and with them every entity, inner and outer; nesting is bounded. The
standard library's expat does all that KML and GPX need; it fetches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from missions.errors import PlanningError

DEPTH_MOST = 100
"""Elements within each other."""

ELEMENTS_MOST = 300_000
"""Elements in all: some 100,000 points of a GPX track."""

_CHUNK = 64 * 1024


class _Builder(ET.TreeBuilder):
    """A tree without a document type, not too deep."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def doctype(self, *_: str | None) -> None:
        """Called by the parser before the entities that are declared in it."""
        raise PlanningError("has a document type (<!DOCTYPE …>), which is refused; remove it")

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._depth += 1
        self._count += 1
        if self._count > ELEMENTS_MOST:
            raise PlanningError(f"has more than {ELEMENTS_MOST} elements; give a smaller file")
        if self._depth > DEPTH_MOST:
            raise PlanningError(f"has more than {DEPTH_MOST} elements within each other")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def parse(data: bytes) -> ET.Element:
    """The root element. Raises PlanningError (without the file's name) for what is refused."""
    parser = ET.XMLParser(target=_Builder())  # noqa: S314  # no document type gets through _Builder
    try:
        for begin in range(0, len(data), _CHUNK):
            parser.feed(data[begin : begin + _CHUNK])
        root = parser.close()
    except ET.ParseError as error:
        raise PlanningError(f"is no XML: {error}") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, PlanningError):
            raise
        raise PlanningError(f"is no XML that can be read: {error}") from None  # of its encoding
    assert isinstance(root, ET.Element)
    return root


def printable(text: str) -> str:
    """A text without the characters that XML has no place for."""
    return "".join(c for c in text if c.isprintable())


def local(element: ET.Element) -> str:
    """An element's name without its namespace: files come with any, or with none."""
    return element.tag.rpartition("}")[2]


def children(element: ET.Element, *names: str) -> Iterator[ET.Element]:
    """The direct children of these local names."""
    return (child for child in element if local(child) in names)


def text(element: ET.Element, name: str) -> str:
    """The text of the first child of that local name, on one line; empty without one."""
    child = next(children(element, name), None)
    return "" if child is None or child.text is None else " ".join(child.text.split())[:200]
