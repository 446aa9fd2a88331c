"""From new fixes of many assets to what they change: judged at once, told one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.columns import Rows as Columns
from fleet.geofences.compiled import Bools, Compiled, Indices
from fleet.geofences.judging import Rows, judge
from fleet.geofences.looking import Ground, joined, points
from fleet.geofences.members import Members
from fleet.geofences.telling import told
from fleet.geofences.track import Entry, State, Track


class Work(NamedTuple):
    """A track whose fixes from index `first` on are to be reckoned."""

    asset: int
    track: Track
    first: int


class Steps(NamedTuple):
    """The steps of several tracks, one after the other; those of a track are a run."""

    before: Columns
    """FIX rows; at an asset's first fix that fix itself."""
    after: Columns
    first: Bools
    bridged: Bools
    begins: Indices
    """(runs + 1,) where each run's begin."""


def steps(work: Sequence[Work], bridge: int) -> Steps:
    """The steps to the fixes of `work`; those within `bridge` microseconds are bridged."""
    after = [item.track.fixes[item.first :] for item in work]
    lengths = np.fromiter(map(len, after), np.intp, len(after))
    before = [
        item.track.fixes[item.first - 1 : -1]
        if item.first
        else item.track.fixes[np.maximum(np.arange(len(item.track.fixes)) - 1, 0)]
        for item in work
    ]
    begins = np.append(0, np.cumsum(lengths))
    first = np.zeros(begins[-1], np.bool_)
    first[begins[:-1]] = [item.first == 0 for item in work]
    befores, afters = joined(before), joined(after)
    turned = np.abs(afters["longitude"] - befores["longitude"]) > 180  # the antimeridian
    bridged = ~first & ~turned & (afters["time"] - befores["time"] <= bridge)
    return Steps(befores, afters, first, bridged, begins)


def pairs(
    fences: Compiled, members: Members, work: Sequence[Work], way: Steps, only: Bools | None
) -> tuple[Indices, Indices]:
    """Pairs (run, fence) to be judged, sorted.

    Those that touch a fence's box, those in a breach, and all for whom a keep-in is meant.
    """
    count = len(fences)
    run_of = np.repeat(np.arange(len(work)), np.diff(way.begins))
    assets = np.fromiter((item.asset for item in work), np.int64, len(work))
    cover = members.cover(fences, assets)
    step, near = fences.near(_boxes(way))
    near_run = run_of[step]
    wanted = cover[near_run, fences.scope_of[near]] & ~fences.keep_in[near]
    keep_ins = np.flatnonzero(fences.keep_in)
    kept_run, kept = np.nonzero(cover[:, fences.scope_of[keep_ins]])
    breached = [
        run * count + fences.index[key]
        for run, item in enumerate(work)
        for key, state in item.track.states.items()
        if state.breach and key in fences.index
    ]
    keys = np.unique(
        np.concatenate(
            [
                near_run[wanted] * count + near[wanted],
                kept_run * count + keep_ins[kept],
                np.array(breached, np.intp),
            ]
        )
    )
    run, which = np.divmod(keys, count)
    if only is not None:
        run, which = run[only[which]], which[only[which]]
    return run, which


def _boxes(way: Steps) -> NDArray[np.object_]:
    """What each step touches: its way, or only its end where there is none."""
    end = np.column_stack([way.after["longitude"], way.after["latitude"]])
    start = np.column_stack([way.before["longitude"], way.before["latitude"]])
    boxes = shapely.linestrings(np.stack([np.where(way.bridged[:, None], start, end), end], axis=1))
    return np.asarray(boxes, object)


def reckon(
    fences: Compiled,
    members: Members,
    work: Sequence[Work],
    ground: Ground | None,
    bridge: int,
    only: Bools | None = None,
) -> list[list[Entry]]:
    """The entries that each of `work` adds to its track's log; the tracks are not changed."""
    made: list[list[Entry]] = [[] for _ in work]
    if not work or not len(fences):
        return made
    way = steps(work, bridge)
    run, which = pairs(fences, members, work, way, only)
    if not len(run):
        return made
    lengths = np.diff(way.begins)[run]
    begins = np.cumsum(lengths) - lengths
    pair = np.repeat(np.arange(len(run)), lengths)
    step = way.begins[run][pair] + np.arange(len(pair)) - begins[pair]
    begin = np.zeros(len(pair), np.bool_)
    begin[begins] = True
    none = State()
    states = [
        work[r].track.states.get(fences.fences[f].key, none)
        for r, f in zip(run.tolist(), which.tolist(), strict=True)
    ]
    known = np.fromiter((state.breach for state in states), np.bool_, len(states))
    before, after = way.before[step], way.after[step]
    accuracies = before["accuracy"].astype(np.float64), after["accuracy"].astype(np.float64)
    rows = Rows(
        fences=which[pair],
        begins=begin,
        known=known[pair],
        before=points(before),
        after=points(after),
        accuracies=accuracies,
        first=way.first[step],
        bridged=way.bridged[step],
    )
    judged = judge(fences, rows, ground)
    assets = [work[r].asset for r in run.tolist()]
    for number, entries in told(fences, rows, judged, pair, states, assets, after["source"]):
        made[run[number]] += entries
    for entries in made:
        entries.sort(key=lambda entry: entry.seen)  # stable: of one fence they stay in order
    return made
