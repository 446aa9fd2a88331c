"""How often Python looks for garbage that goes in circles.

Ten thousand devices with a connection each are some million objects, and each of their messages
makes a dozen more that live until COMMIT. With Python's own thresholds that is a look at all of
them several times a second, which took a quarter of the collector's time and 0.2 s at a stretch.
What we make goes in no circles but for an exception now and then, and is freed when it is left.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 200_000
"""Objects more than there were at the last look, until the next; some 20 MB."""


_blocks = 0
_before: tuple[int, int, int] = (0, 0, 0)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look seldom while the block lasts, and not at what is there already (modules, settings).

    Of several blocks, in whatever order they end, the first sets it and the last one takes it back.
    """
    global _blocks, _before  # noqa: PLW0603 – the collector of garbage is the process's, so is this
    if not _blocks:
        _before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS, *_before[1:])
    _blocks += 1
    try:
        yield
    finally:
        _blocks -= 1
        if not _blocks:
            gc.set_threshold(*_before)
            gc.unfreeze()
