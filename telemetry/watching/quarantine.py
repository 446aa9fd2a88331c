"""What made a guard fail, so that the next one is not given it over and over.

What is held against rules and geofences is made of items: each text, each event, and the fixes of
each asset. When it fails, all of its items are suspects, and are given one at a time from then on. A
suspect that passes is cleared; one that fails by itself is left out for good: a text or an event is,
and an asset's fixes up to the newest of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import numpy as np

from telemetry.batch import Batch, Event, StatusText

ITEMS_MOST = 10_000
"""Suspects, and items left out, that are remembered; the oldest of them go."""

Item = tuple[object, ...]


class Quarantine:
    """Not safe for several threads."""

    def __init__(self) -> None:
        self._suspects: OrderedDict[Item, None] = OrderedDict()
        self._left_out: OrderedDict[Item, np.datetime64 | None] = OrderedDict()

    def __len__(self) -> int:
        """How many items are left out."""
        return len(self._left_out)

    def parts(self, batch: Batch) -> Iterator[Batch]:
        """The positions, texts and events of a batch: suspects one at a time, after all others."""
        if not self._suspects and not self._left_out:
            yield batch
            return
        positions = batch.positions[self._is_let_in(batch)]
        texts = [text for text in batch.texts if _text(text) not in self._left_out]
        events = [event for event in batch.events if _event(event) not in self._left_out]
        known = self._suspects
        suspect = [a for a in np.unique(positions["asset"]).tolist() if _fixes(a) in known]
        yield Batch(
            batch.assets,
            positions[~np.isin(positions["asset"], suspect)],
            texts=tuple(text for text in texts if _text(text) not in known),
            events=tuple(event for event in events if _event(event) not in known),
        )
        for asset in suspect:
            yield Batch(batch.assets, positions[positions["asset"] == asset])
        for text in texts:
            if _text(text) in known:
                yield Batch(batch.assets, texts=(text,))
        for event in events:
            if _event(event) in known:
                yield Batch(batch.assets, events=(event,))

    def passed(self, part: Batch) -> None:
        """Say that a part did not fail."""
        if self._suspects:
            for item in _items(part):
                self._suspects.pop(item, None)

    def failed(self, part: Batch) -> bool:
        """Say that a part failed; whether it is left out from now on."""
        items = _items(part)
        if len(items) != 1:
            for item in items:
                self._suspects[item] = None
                _shorten(self._suspects)
            return False
        self._suspects.pop(items[0], None)
        newest = part.positions["fix_time"].max() if len(part.positions) else None
        self._left_out[items[0]] = newest
        _shorten(self._left_out)
        return True

    def _is_let_in(self, batch: Batch) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which of its positions are not left out."""
        positions = batch.positions
        let_in = np.ones(len(positions), np.bool_)
        for asset in np.unique(positions["asset"]).tolist():
            newest = self._left_out.get(_fixes(asset))
            if newest is not None:
                let_in &= (positions["asset"] != asset) | (positions["fix_time"] > newest)
        return let_in


def _items(part: Batch) -> list[Item]:
    fixes = map(_fixes, np.unique(part.positions["asset"]).tolist())
    return [*fixes, *map(_text, part.texts), *map(_event, part.events)]


def _fixes(asset: int) -> Item:
    return ("fixes", asset)


def _text(text: StatusText) -> Item:
    return ("text", text.asset, text.received_time.timestamp(), text.text)


def _event(event: Event) -> Item:
    return ("event", event.asset, event.time.timestamp(), event.kind)


def _shorten(items: OrderedDict[Item, None] | OrderedDict[Item, np.datetime64 | None]) -> None:
    while len(items) > ITEMS_MOST:
        items.popitem(last=False)
