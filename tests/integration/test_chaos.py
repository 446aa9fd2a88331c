"""What was acknowledged is kept once, whatever is killed and in whatever order it came.

`python -m tests.chaos` does the same for as long as one likes.
"""

from __future__ import annotations

import itertools

import pytest

from telemetry.bus import server_config
from tests.chaos.devices import OsmandDevice
from tests.chaos.fixes import BLOCK, DELAY_BLOCKS, Journey
from tests.chaos.history import difference, expected
from tests.chaos.run import Plan, Summary, deliver, disturb

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

SHORT = Plan(seed=3, seconds=12, between=(2.5, 3.5), away=(0.2, 3.0))
BLOCKS = 12


def told(summary: Summary) -> str:
    return "\n".join(summary.lines())


async def test_killing_database_broker_and_collector_loses_and_doubles_no_acknowledged_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_config, "ACK_WAIT_SECONDS", 5)  # what was under way comes sooner
    print(f"seed {SHORT.seed}")
    summary = await disturb(SHORT, print)
    assert set(summary.kills) == {"database", "broker", "collector"}
    assert summary.acknowledged > 1000
    assert summary.sent > summary.acknowledged
    assert summary.good, told(summary)


async def test_a_shuffled_doubled_and_delayed_stream_makes_the_history_of_the_ordered_one() -> None:
    plan = Plan(seed=4, seconds=0, pause=0)
    ordered, disturbed = await deliver(plan, BLOCKS, print)
    assert disturbed.acknowledged == ordered.acknowledged == 9 * BLOCKS * BLOCK
    assert disturbed.sent > 1.1 * ordered.sent
    assert ordered.good, told(ordered)
    assert disturbed.good, told(disturbed)


def test_the_disturbed_stream_has_the_fixes_of_the_ordered_one_in_another_order() -> None:
    journey = Journey(1, "x", 0)
    ordered = list(itertools.chain(*journey.ordered(BLOCKS)))
    blocks = list(journey.disturbed(BLOCKS))
    disturbed = list(itertools.chain(*blocks))
    assert sorted(set(disturbed)) == ordered
    assert len(disturbed) > len(ordered)
    assert any(max(block) // BLOCK - min(block) // BLOCK > 1 for block in blocks)
    assert len(blocks) == BLOCKS + DELAY_BLOCKS
    assert blocks == list(Journey(1, "x", 0).disturbed(BLOCKS))


def test_the_kills_of_a_seed_are_the_same_and_each_round_has_all_three() -> None:
    kills = Plan(seed=7, seconds=60).kills()
    assert kills == Plan(seed=7, seconds=60).kills() != Plan(seed=8, seconds=60).kills()
    victims = [kill.victim for kill in kills]
    assert all(set(victims[i : i + 3]) == {0, 1, 2} for i in range(0, len(victims), 3))


def test_the_comparison_finds_what_is_lost_doubled_and_altered() -> None:
    device = OsmandDevice("car", Journey(1, "x", 1_700_000_000), 1)
    device.acknowledged = {0, 1}
    wanted = expected([device])
    position = next(row for row in wanted if row[0] == "position")
    assert difference(wanted, wanted.copy()).none
    lost = wanted.copy()
    del lost[position]
    assert difference(wanted, lost).lost == [position]
    twice = wanted.copy()
    twice[position] += 1
    assert difference(wanted, twice).doubled == [position]
    altered = lost.copy()
    other = (*position[:-1], 1)  # suspect
    altered[other] += 1
    found = difference(wanted, altered)
    assert (found.lost, found.strange) == ([position], [other])
    altered[position] += 1
    assert set(difference(wanted, altered).doubled) == {position, other}
