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


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look seldom while the block lasts, and not at what is there already (modules, settings)."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
