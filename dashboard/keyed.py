"""Things by key as JSON, and which of them changed after a version: what viewers are told from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

GONE_MOST = 4096
"""Keys that are remembered to be gone. Who last looked before that is told everything."""


class Changed(NamedTuple):
    """What is different since a version."""

    whole: bool
    """Whether `items` is all there is, so that whatever is not in it is gone."""

    items: list[Mapping[str, Any]]
    gone: list[str]


class Keyed:
    """Items by key. `version` grows with each change and is 0 before the first."""

    def __init__(self, most: int) -> None:
        self.version = 0
        self.refused = 0
        """Items beyond `most`."""
        self._most = most
        self._items: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self._gone: deque[tuple[int, str]] = deque()
        self._forgotten = 0  # the latest version of which a key that went is not remembered

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return (item for _, item in self._items.values())

    def touch(self) -> None:
        """Let the version grow though no item has changed."""
        self.version += 1

    def put(self, key: str, item: Mapping[str, Any]) -> None:
        """Have it so; nothing changes if it is so already, or if there is no room."""
        known = self._items.get(key)
        if known is None and len(self._items) >= self._most:
            self.refused += 1
            return
        if known is None or known[1] != item:
            self.version += 1
            self._items[key] = self.version, item

    def drop(self, key: str) -> None:
        """Have it no more."""
        if self._items.pop(key, None) is None:
            return
        self.version += 1
        self._gone.append((self.version, key))
        if len(self._gone) > GONE_MOST:
            self._forgotten, _ = self._gone.popleft()

    def replace(self, items: Mapping[str, Mapping[str, Any]]) -> None:
        """Have these and no others."""
        for key in self._items.keys() - items.keys():
            self.drop(key)
        for key, item in items.items():
            self.put(key, item)

    def since(self, version: int) -> Changed:
        """What changed after a version; everything for who knows nothing (0) or too little."""
        if version <= 0 or version < self._forgotten:
            return Changed(whole=True, items=[item for _, item in self._items.values()], gone=[])
        items = [item for changed, item in self._items.values() if changed > version]
        gone = {key for changed, key in self._gone if changed > version} - self._items.keys()
        return Changed(whole=False, items=items, gone=sorted(gone))
