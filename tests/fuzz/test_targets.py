"""The targets themselves work, so that `make fuzz` finds faults of the readers only."""

import random

import pytest

from tests.fuzz.__main__ import TARGETS
from tests.fuzz.target import function, seeds


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_target_takes_its_seeds_and_what_comes_of_them(target: str) -> None:
    chance = random.Random(1)
    one = function(target)
    one(b"")
    for seed in [*seeds(target), chance.randbytes(300)]:
        one(seed)
        for _ in range(10):
            altered = bytearray(seed)
            for _ in range(chance.randrange(4)):
                altered[chance.randrange(len(altered))] = chance.randrange(256)
            one(bytes(altered[: chance.randrange(1, len(altered) + 1)]))
