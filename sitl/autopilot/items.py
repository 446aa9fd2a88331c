"""Items of a mission, a fence or a rally list, as an ArduPilot keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One MISSION_ITEM_INT without its addresses and its number.

    `x` and `y` are latitude and longitude in 1e-7 degrees where the command has a place, `z` is
    metres in the frame (MAV_FRAME).
    """

    command: int  # MAV_CMD
    frame: int
    param1: float = 0.0
    param2: float = 0.0
    param3: float = 0.0
    param4: float = 0.0
    x: int = 0
    y: int = 0
    z: float = 0.0
    autocontinue: int = 1


class Store:
    """The items of one MAV_MISSION_TYPE. `changed` is called after each change."""

    def __init__(self, mission_type: int, changed: Callable[[], None] = lambda: None) -> None:
        self.mission_type = mission_type
        self.items: tuple[Item, ...] = ()
        self._watchers = [changed]

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each change as well."""
        self._watchers.append(changed)

    def replace(self, items: Iterable[Item]) -> None:
        """Hold `items` and nothing else."""
        self._hold(tuple(items))

    def put(self, number: int, item: Item) -> None:
        """Hold `item` at `number` (0 to the count): uploads are not atomic.

        Raises IndexError for a number that would leave a gap.
        """
        if not 0 <= number <= len(self.items):
            raise IndexError(f"item {number} of {len(self.items)}")
        self._hold((*self.items[:number], item, *self.items[number + 1 :]))

    def _hold(self, items: tuple[Item, ...]) -> None:
        self.items = items
        for changed in self._watchers:
            changed()
