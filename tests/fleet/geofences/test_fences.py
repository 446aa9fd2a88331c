"""Who entered and left what, when, where, and how certainly."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from fleet.assets import Asset, Kind
from fleet.columns import Rows, Source, Suspect
from fleet.forms import FormError
from fleet.geofences.events import Changes, FenceEvent
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Level, Margin, Scope
from fleet.geofences.members import Member
from fleet.geofences.shapes import Corridor
from fleet.peshawar import to_metres
from fleet.schedules import Period
from fleet.zones import Circle
from tests.fleet.geofences.scenes import NIGHT, Told, at, box, fence, fixes, place, told, words


def test_a_crossing_is_told_with_its_time_its_place_and_the_fixes_beside_it() -> None:
    jail = fence()
    entered, left = told(Fences([jail]), fixes([(0, -150, 30), (10, -50, 30), (20, 150, 30)]))
    assert (entered.what, entered.fence, entered.version, entered.cause) == (
        "entered",
        jail.id,
        1,
        "crossing",
    )
    assert entered.time == at(5)
    assert (entered.before, entered.after, entered.seen) == (at(0), at(10), at(10))
    assert to_metres(entered.latitude, entered.longitude) == pytest.approx((-100, 30), abs=1e-6)
    assert left.time == at(17.5)
    assert entered.begins
    assert not left.begins
    assert FenceEvent.from_json(entered.to_json()) == entered


def test_a_keep_in_is_breached_by_leaving() -> None:
    left, entered = told(
        Fences([fence(kind="keep-in")]), fixes([(0, 0, 0), (10, 200, 0), (20, 0, 0)])
    )
    assert (left.what, left.begins, left.time) == ("left", True, at(5))
    assert (entered.what, entered.begins) == ("entered", False)


def test_a_fast_drone_does_not_jump_over_a_narrow_fence() -> None:
    line = Corridor((place(0, -500), place(0, 500)), 5.0)
    rows = fixes([(0, -100, 0), (4, 100, 0)])
    entered, left = told(Fences([fence(line)]), rows)
    assert (left.time - entered.time).total_seconds() == pytest.approx(0.2, abs=1e-3)
    rows["accuracy"] = 500  # the worst of fixes crosses it all the same
    assert words(told(Fences([fence(line, margin=Margin())]), rows)) == ["entered", "left"]


def test_a_hole_that_is_crossed_between_two_fixes_is_left_and_entered() -> None:
    holed = shapely.Polygon(
        box(-300, -300, 300, 300).exterior.coords, [box(-50, -50, 50, 50).exterior.coords]
    )
    events = told(Fences([fence(holed)]), fixes([(0, -200, 0), (40, 200, 0)]))
    assert [(event.what, event.time) for event in events] == [
        ("entered", at(0)),
        ("left", at(15)),
        ("entered", at(25)),
    ]


def test_a_gap_is_not_bridged() -> None:
    fences = Fences([fence()], bridge=60)
    assert not told(fences, fixes([(0, -500, 0), (61, 500, 0)]))
    (entered,) = told(fences, fixes([(200, 0, 0)]))
    assert (entered.cause, entered.time, entered.before) == ("gap", at(200), at(61))


def parked(depth: float, seed: int) -> Rows:
    """A night of 3,000 fixes with 5 m of noise, so far inside the edge."""
    noise = np.random.default_rng(seed).normal((100 - depth, 0), 5, (3000, 2))
    return fixes(np.column_stack([np.arange(3000) * 10.0, noise]), asset=seed, accuracy=5)


def test_a_car_parked_at_the_edge_raises_one_event_and_not_a_thousand() -> None:
    nights = np.concatenate([parked(0.0, seed) for seed in range(10)])
    assert len(told(Fences([fence()]), nights)) > 10_000
    events = told(Fences([fence(margin=Margin(), hysteresis=10.0)]), nights)
    # Five entered at their first fix, five when they seemed to be 10 m within; of 30,000 fixes one
    # or two err by the 20 m that leave.
    assert 10 <= len(events) <= 14


def test_a_car_parked_near_the_edge_is_on_its_own_side() -> None:
    careful = fence(margin=Margin(), hysteresis=10.0)
    assert told(Fences([careful]), parked(-30.0, 1)) == []
    assert words(told(Fences([careful]), parked(15.0, 1))) == ["entered"]


def test_the_crossing_is_told_once_it_is_certain_and_with_its_own_time() -> None:
    rows = fixes([(t, -105 + t, 0) for t in range(0, 60, 2)], accuracy=5)
    (entered,) = told(Fences([fence(margin=Margin())]), rows)
    assert entered.time == at(5)
    assert (entered.before, entered.after) == (at(4), at(6))
    assert entered.seen == at(16)  # more than 10 m within


def test_the_way_back_is_longer_by_the_hysteresis() -> None:
    rows = fixes([(0, 0, 0), (10, 108, 0), (20, 0, 0), (30, 112, 0)])
    events = told(Fences([fence(hysteresis=10.0)]), rows)
    assert [(event.what, event.seen) for event in events] == [("entered", at(0)), ("left", at(30))]
    rows = fixes([(0, 0, 0), (10, 101, 0), (20, 95, 0), (30, 85, 0)])
    events = told(Fences([fence(kind="keep-in", hysteresis=10.0)]), rows)
    assert [(event.what, event.seen) for event in events] == [
        ("left", at(10)),
        ("entered", at(30)),
    ]


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [((1, 1), ["entered", "left"]), ((30, 1), []), ((1, 30), [])],
)
def test_between_two_fixes_the_worse_of_them_counts(
    accuracies: tuple[float, float], expected: list[str]
) -> None:
    """The way cuts a corner, 4 m deep at the middle of its 11 m."""
    corner = fence(box(-100, -300, 300, 88), margin=Margin(2.0, 60.0))
    rows = fixes([(0, -140, 40), (4, -20, 160)], accuracy=accuracies)
    assert words(told(Fences([corner]), rows)) == expected


def test_when_a_fence_comes_into_force_whoever_seems_inside_is() -> None:
    soon = fence(periods=(Period(at(50), at(500)),), margin=Margin())
    parked_inside = fixes([(t, 95, 0) for t in range(0, 100, 5)], accuracy=5)
    (entered,) = told(Fences([soon]), parked_inside)
    assert (entered.cause, entered.time) == ("schedule", at(50))


def test_dwelling_is_told_once_and_only_of_those_who_stay() -> None:
    yard = fence(dwell=30.0)
    stays = fixes([(t, -105 + min(t, 60), 0) for t in range(0, 200, 5)])
    passes = fixes([(0, -200, 0), (20, 0, 0), (25, 0, 0), (40, 300, 0)], asset=2)
    events = told(Fences([yard]), np.concatenate([stays, passes]))
    assert [(event.asset, event.what, event.time) for event in events if event.asset == 1] == [
        (1, "entered", at(5)),
        (1, "dwelt", at(35)),
    ]
    assert words([event for event in events if event.asset == 2]) == ["entered", "left"]


def test_dwelling_is_told_even_where_the_next_fix_is_outside() -> None:
    events = told(Fences([fence(dwell=10.1)]), fixes([(0, 0, 0), (50, 500, 0)]))
    assert words(events) == ["entered", "left"]  # 10 of the 50 s
    events = told(Fences([fence(dwell=5.0)]), fixes([(0, 0, 0), (50, 500, 0)]))
    assert [(event.what, event.time) for event in events] == [
        ("entered", at(0)),
        ("dwelt", at(5)),
        ("left", at(10)),
    ]


def test_whoever_is_first_seen_inside_has_entered_then() -> None:
    (entered,) = told(Fences([fence()]), fixes([(0, 0, 0)]))
    assert (entered.cause, entered.before, entered.time) == ("first", None, at(0))


def heights(*rows: tuple[float, float]) -> Rows:
    return fixes([(t, 0, 0) for t, _ in rows], height=[h for _, h in rows])


def test_floor_and_ceiling_are_crossed_between_fixes_too() -> None:
    deck = fence(floor=Level(50, "HOME"), ceiling=Level(120, "HOME"))
    events = told(Fences([deck]), heights((0, 0), (10, 100), (20, 200)))
    assert [(event.what, event.cause, event.time) for event in events] == [
        ("entered", "height", at(5)),
        ("left", "height", at(12)),
    ]
    assert words(told(Fences([deck]), heights((0, 0), (10, 200)))) == ["entered", "left"]


def test_the_way_back_under_a_ceiling_is_longer_by_the_hysteresis() -> None:
    lid = fence(kind="keep-in", ceiling=Level(120, "HOME"), hysteresis=10.0)
    rows = heights((0, 100), (10, 121), (20, 115), (30, 121), (40, 109))
    assert [(event.what, event.seen) for event in told(Fences([lid]), rows)] == [
        ("left", at(10)),
        ("entered", at(40)),
    ]
    deck = fence(ceiling=Level(120, "HOME"), hysteresis=10.0)
    rows = heights((0, 140), (10, 119), (20, 129), (30, 119), (40, 131))
    assert [(event.what, event.seen) for event in told(Fences([deck]), rows)] == [
        ("entered", at(10)),
        ("left", at(40)),
    ]


def test_heights_above_the_sea_and_the_ground_are_told_apart() -> None:
    low = fence(ceiling=Level(100, "AGL"))
    rows = fixes([(0, -300, 0), (10, 0, 0), (20, 300, 0)], altitude=[420.0, 420.0, 420.0])
    assert told(Fences([fence(ceiling=Level(400, "AMSL"))]), rows) == []
    assert len(told(Fences([fence(ceiling=Level(450, "AMSL"))]), rows)) == 2
    plain = Fences([low], ground=lambda latitudes, longitudes: np.full(len(latitudes), 300.0))
    hill = Fences([low], ground=lambda latitudes, longitudes: np.full(len(latitudes), 330.0))
    assert (words(told(plain, rows)), words(told(hill, rows))) == ([], ["entered", "left"])


def test_an_unknown_height_counts_as_between_floor_and_ceiling() -> None:
    rows = fixes([(0, -300, 0), (10, 0, 0), (20, 300, 0)])
    for level in (Level(100, "AGL"), Level(100, "AMSL"), Level(100, "HOME")):
        assert words(told(Fences([fence(ceiling=level)]), rows)) == ["entered", "left"]
    keep_in = fence(box(-400, -400, 400, 400), "keep-in", ceiling=Level(100, "HOME"))
    assert told(Fences([keep_in]), rows) == []


def test_hours_begin_and_end_a_breach_at_their_own_time() -> None:
    """In force from 22:00 to 22:01 in Peshawar, which is 60 to 120 s after the start."""
    rows = fixes([(t, 0, 0) for t in range(7, 200, 25)])
    entered, left = told(Fences([fence(periods=(NIGHT,))]), rows)
    assert (entered.time, entered.cause) == (at(60), "schedule")
    assert (left.time, left.cause) == (at(120), "schedule")
    keep_in = fence(box(500, 500, 600, 600), "keep-in", periods=(NIGHT,))
    left, entered = told(Fences([keep_in]), rows)
    assert (left.what, left.time, entered.what, entered.time) == (
        "left",
        at(60),
        "entered",
        at(120),
    )


def test_a_pass_counts_only_while_the_fence_is_in_force() -> None:
    short = fence(periods=(Period(at(10), at(12)),))
    entered, left = told(Fences([short]), fixes([(0, -220, 0), (22, 220, 0)]))
    assert (entered.time, left.time) == (at(10), at(12))
    late = fence(periods=(Period(at(20), at(30)),))
    assert told(Fences([late]), fixes([(0, -220, 0), (22, 220, 0)])) == []


def test_fences_are_for_those_whom_their_scope_means() -> None:
    car = Asset("osmand:42", Kind.CAR)
    fences = Fences(
        [
            fence(name="named", scope=Scope(assets=frozenset({car.identity}))),
            fence(name="drones", scope=Scope(kinds=frozenset({Kind.DRONE}))),
            fence(name="east", scope=Scope(groups=frozenset({"east"}))),
        ]
    )
    names = {each.id: each.name for each in fences.compiled.fences}
    events = Told()
    events.take(fences.enrol([Member(car.key, Kind.CAR), Member(5, Kind.DRONE)]))
    events.take(fences.observe(np.concatenate([fixes([(0, 0, 0)], a) for a in (car.key, 5, 6)])))
    assert {(e.asset, names[e.fence]) for e in events.events.values()} == {
        (car.key, "named"),
        (5, "drones"),
    }
    events.take(fences.enrol([Member(5, Kind.DRONE, frozenset({"east"})), Member(car.key)]))
    assert {(e.asset, names[e.fence]) for e in events.events.values()} == {
        (car.key, "named"),
        (5, "drones"),
        (5, "east"),
    }
    events.take(fences.enrol([Member(5, Kind.CAR)]))  # it never was a drone
    assert {e.asset for e in events.events.values()} == {car.key}
    assert not fences.enrol([Member(5, Kind.CAR)])


def test_raw_fixes_of_an_autopilot_do_not_count_beside_its_fused_ones() -> None:
    fused = fixes([(t, 95, 0) for t in range(20)], source=Source.GLOBAL_POSITION_INT)
    raw = fixes([(t + 0.5, 105, 0) for t in range(20)], source=Source.GPS_RAW_INT)
    for order in (np.concatenate([fused, raw]), np.concatenate([raw, fused])):
        fences, events = Fences([fence()]), Told()
        for row in order:
            events.take(fences.observe(np.array([row])))
        assert words(list(events.events.values())) == ["entered"]
        assert (fences.counts.taken, fences.counts.raw) == (20, 20)
    assert words(told(Fences([fence()]), raw[:1], fixes([(5, 0, 0)], source=2))) == ["entered"]


def test_what_cannot_be_believed_or_judged_is_counted() -> None:
    rows = fixes([(0, 0, 0)] * 5)
    rows["suspect"][0] = Suspect.SPEED
    rows["latitude"][1] = np.nan
    rows["fix_time"][2] = np.datetime64("NaT")
    rows["fix_time"][3] = np.datetime64("2500-01-01")
    fences = Fences([fence()])
    assert len(told(fences, rows)) == 1
    assert fences.counts._asdict() == {
        "taken": 1,
        "doubled": 0,
        "late": 0,
        "raw": 0,
        "suspect": 1,
        "unusable": 3,
        "forgotten": 0,
    }


def test_breaches_that_last_can_be_asked_for() -> None:
    jail = fence()
    fences = Fences([jail])
    fences.observe(np.concatenate([fixes([(0, -200, 0), (20, 0, 0)], 1), fixes([(0, 900, 0)], 2)]))
    (lasting,) = fences.open()
    assert (lasting.asset, lasting.fence, lasting.since) == (1, jail, at(10))
    fences.update([])
    assert fences.open() == []


def test_versions_that_contradict_each_other_change_nothing() -> None:
    jail = fence()
    fences = Fences([jail])
    with pytest.raises(FormError):
        fences.update([jail, jail])
    assert fences.compiled.fences == (jail,)


def test_no_fences_and_no_fixes_make_no_events() -> None:
    fences = Fences()
    assert fences.observe(fixes([(0, 0, 0)])) == Changes()
    assert not fences.observe(fixes([]))
    assert not fences.ahead(fixes([(0, 0, 0)], speed=5, heading=0), 60)


def test_across_the_antimeridian_no_way_goes_round_the_earth() -> None:
    rows = fixes([(0, 0, 0), (10, 0, 0)])
    rows["longitude"] = [179.9, -179.9]
    rows["latitude"] = 34.0151
    assert told(Fences([fence()]), rows) == []


def test_each_asset_is_judged_by_itself_in_one_batch() -> None:
    east = np.linspace(-300, 300, 50)
    rows = np.concatenate(
        [fixes([(0, -300, 0), (30, where, 0)], asset) for asset, where in enumerate(east)]
    )
    np.random.default_rng(1).shuffle(rows)
    events = told(Fences([fence()]), rows)
    inside = np.abs(east) < 100
    beyond = east > 100
    assert {e.asset for e in events if e.what == "entered"} == set(np.flatnonzero(inside | beyond))
    assert {e.asset for e in events if e.what == "left"} == set(np.flatnonzero(beyond))


def test_circle_and_position_agree_with_the_ellipsoid() -> None:
    jail = fence(Circle(34.0151, 71.5249, 100.0))
    entered, left = told(Fences([jail]), fixes([(0, -200, 0), (40, 200, 0)]))
    assert (entered.time - at(10)).total_seconds() == pytest.approx(0, abs=0.01)
    assert (left.time - at(30)).total_seconds() == pytest.approx(0, abs=0.01)
