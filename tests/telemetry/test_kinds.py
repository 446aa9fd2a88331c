"""Assets get the kind that the settings say."""

from __future__ import annotations

from fleet.assets import Asset, Kind, mavlink_asset, osmand_asset
from telemetry.batch import Batch
from telemetry.kinds import Kinds


def test_the_first_pattern_that_fits_gives_the_kind() -> None:
    kinds = Kinds({"osmand:post-*": Kind.POST, "osmand:*": Kind.OFFICER})
    post, walker, drone = osmand_asset("post-007"), osmand_asset("7"), mavlink_asset("north", 7)
    told = kinds.told(Batch((post, walker, drone)))
    assert [asset.kind for asset in told.assets] == [Kind.POST, Kind.OFFICER, Kind.DRONE]
    assert [asset.key for asset in told.assets] == [post.key, walker.key, drone.key]


def test_a_pattern_is_of_the_whole_identity_and_of_its_case() -> None:
    kinds = Kinds({"post-*": Kind.POST, "OSMAND:*": Kind.POST})
    batch = Batch((osmand_asset("post-1"),))
    assert kinds.told(batch) is batch


def test_without_patterns_a_batch_stays_itself() -> None:
    batch = Batch((Asset("osmand:1", Kind.CAR),))
    assert Kinds({}).told(batch) is batch
