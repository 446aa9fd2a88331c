"""A target by its name `module:function`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence


def function(target: str) -> Callable[[bytes], None]:
    """The function of a target."""
    module, _, name = target.partition(":")
    found: Callable[[bytes], None] = getattr(importlib.import_module(module), name)
    return found


def seeds(target: str) -> Sequence[bytes]:
    """What its module suggests to begin with."""
    module = importlib.import_module(target.partition(":")[0])
    suggested: Sequence[bytes] = getattr(module, "SEEDS", ())
    return suggested
