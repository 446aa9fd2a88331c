"""What many assets' ways do to many fences: where they cross an edge, where a breach is certain.

A row is a step of one asset (from a fix to the next) and one fence. Rows stand in runs of one asset
and one fence, in the order of time, and are judged all at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.geofences.compiled import Bools, Compiled, Floats, Indices
from fleet.geofences.crossing import Pieces, Ways, crossing, pieces
from fleet.geofences.looking import Ground, Look, Points, look, verdicts

CAUSES = ("crossing", "height", "schedule", "first", "gap")
CROSSING, HEIGHT, SCHEDULE, FIRST, GAP = range(5)


class Rows(NamedTuple):
    """n rows to judge."""

    fences: Indices
    begins: Bools
    """Where a run begins."""
    known: Bools
    """Whether there was a breach before the run; looked at where one begins."""
    before: Points
    after: Points
    accuracies: tuple[Floats, Floats]
    """Of the fixes before and after."""
    first: Bools
    """There is no fix before; the one after stands in its place."""
    bridged: Bools
    """The fixes are near enough in time for a straight way between them."""


class Flips(NamedTuple):
    """Where the best estimate changes, by row and place."""

    rows: Indices
    places: Floats
    """On the way, as a part of it."""
    into: Bools
    """Into a breach."""
    causes: NDArray[np.int8]
    """Index into CAUSES."""


class Proofs(NamedTuple):
    """Where a breach, or its end, becomes certain."""

    rows: Indices
    places: Floats
    into: Bools


class Judged(NamedTuple):
    """What came of rows."""

    flips: Flips
    proofs: Proofs
    lasting: Indices
    """Rows whose fix is in a breach, by certainty and by best estimate alike."""


def judge(fences: Compiled, rows: Rows, ground: Ground | None) -> Judged:
    """Judge rows; the result is in the order of rows, and of places within one."""
    first = look(fences, rows.fences, rows.before, ground)
    second = look(fences, rows.fences, rows.after, ground)
    margins = [fences.margins(rows.fences, accuracy) for accuracy in rows.accuracies]
    fresh = rows.first | ~first.active
    proved = verdicts(fences, rows.fences, rows.after, second, margins[1], fresh)

    usable = np.flatnonzero(rows.bridged)
    ways = Ways(rows.fences, rows.before, rows.after, (first, second)).of(usable)
    crossed = crossing(fences, ways)
    ways, crossed = ways.of(crossed), usable[crossed]
    cut = pieces(fences, ways, ground)

    flips = _flips(rows, first, second, crossed, cut)
    inner = _inner(cut)
    which = crossed[cut.ways[inner]]
    between = verdicts(
        fences,
        rows.fences[which],
        cut.points.of(inner),
        cut.seen.of(inner),
        np.maximum(*margins)[which],
        ~first.active[which] & ~_ever(cut.seen.active, cut.ways)[inner],
    )
    proofs, breach = _proofs(rows, proved, which, cut.middles[inner], between)
    return Judged(flips, proofs, np.flatnonzero(breach & second.breach))


def _ever(active: Bools, ways: Indices) -> Bools:
    """Whether a fence was in force in an earlier piece of the same way."""
    behind: NDArray[np.int64] = np.cumsum(active) - active
    begins = np.flatnonzero(np.append(True, ways[1:] != ways[:-1])[: len(ways)])
    lengths = np.diff(np.append(begins, len(ways)))
    return np.asarray(behind - np.repeat(behind[begins], lengths) > 0)


def _inner(cut: Pieces) -> Indices:
    """Pieces that hold neither of their way's fixes: those are judged by the fixes themselves."""
    if not len(cut.ways):
        return np.zeros(0, np.intp)
    change = cut.ways[1:] != cut.ways[:-1]
    return np.flatnonzero(~(np.append(True, change) | np.append(change, True)))


def _flips(rows: Rows, first: Look, second: Look, crossed: Indices, cut: Pieces) -> Flips:
    """Between all that was looked at, in order: fix, middles of pieces, fix."""
    before = first.breach & ~rows.first  # before the first fix there was none
    some = before != second.breach
    some[crossed] = True
    ends = np.flatnonzero(some)
    which = np.concatenate([ends, crossed[cut.ways], ends])
    places = np.concatenate([np.zeros(len(ends)), cut.starts, np.ones(len(ends))])
    rank = np.repeat([0, 1, 2], [len(ends), len(cut.ways), len(ends)])
    seen = [
        np.concatenate([before[ends], cut.seen.breach, second.breach[ends]]),
        np.concatenate([first.inside[ends], cut.seen.inside, second.inside[ends]]),
        np.concatenate([first.active[ends], cut.seen.active, second.active[ends]]),
    ]
    order = np.lexsort((places, rank, which))
    which, places = which[order], places[order]
    breach, inside, active = (column[order] for column in seen)
    flipped = 1 + np.flatnonzero((which[1:] == which[:-1]) & (breach[1:] != breach[:-1]))
    row = which[flipped]
    cause = np.where(
        active[flipped] != active[flipped - 1],
        SCHEDULE,
        np.where(inside[flipped] != inside[flipped - 1], CROSSING, HEIGHT),
    )
    cause = np.where(~rows.bridged[row] & (cause != SCHEDULE), GAP, cause)
    cause = np.where(rows.first[row], FIRST, cause)
    return Flips(row, places[flipped], breach[flipped], cause.astype(np.int8))


def _proofs(
    rows: Rows,
    proved: NDArray[np.int8],
    which: Indices,
    places: Floats,
    between: NDArray[np.int8],
) -> tuple[Proofs, Bools]:
    """Where what is certain changes, and whether there is a breach after each row."""
    count = len(rows.fences)
    row = np.concatenate([np.arange(count), which])
    place = np.concatenate([np.ones(count), places])
    told = np.concatenate([proved, between])
    order = np.lexsort((place, row))
    row, place, told = row[order], place[order], told[order]
    begins = rows.begins[row] & np.append(True, row[1:] != row[:-1])[: len(row)]
    known = np.where(rows.known[row], 1, -1).astype(np.int8)
    told = np.where(begins & (told == 0), known, told)
    last_told = np.maximum.accumulate(np.where(told != 0, np.arange(len(told)), 0))
    breach = told[last_told] > 0 if len(told) else np.zeros(0, np.bool_)
    before = np.append(False, breach[:-1])[: len(breach)]
    before = np.where(begins, rows.known[row], before)
    changed = np.flatnonzero(breach != before)
    at_fix = place == 1.0
    return Proofs(row[changed], place[changed], breach[changed]), breach[at_fix]
