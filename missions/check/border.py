"""The border: no leg over it or near it, and the authority it is flown under."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.check.case import Case, one_a_leg, where
from missions.check.geodesy import Floats
from missions.check.report import Finding
from missions.check.rules import PLACE_TOLERANCE
from missions.check.track import Track


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rules `border` and `authority`."""
    if case.border is not None:
        for track in case.tracks:
            yield from one_a_leg(_line(case, track, case.border))
    if case.plan.border is not None or case.plan.pattern == "border":
        yield from _authority(case)


def _line(case: Case, track: Track, line: BaseGeometry) -> Iterator[Finding]:
    border = case.plan.border
    assert border is not None
    shapely.prepare(line)
    ours = 1 if border.side == "left" else -1
    corners = shapely.get_coordinates(line)
    near = shapely.dwithin(line, track.lines, border.buffer - PLACE_TOLERANCE)
    over = ours * left_of(track.samples.place[track.nodes], corners) < 0
    near[track.samples.piece[track.nodes[over]]] = True
    pieces = where(near)
    if not pieces:
        return
    looks = [track.close(piece, line).place for piece in pieces]
    sides = ours * left_of(np.concatenate(looks), corners)
    each = np.split(sides, np.cumsum([len(look) for look in looks])[:-1])
    for piece, look, side in zip(pieces, looks, each, strict=True):
        worst = int(side.argmin())
        amount = float(side[worst])
        if amount >= border.buffer - PLACE_TOLERANCE:
            continue
        yield case.at(
            "border",
            track,
            track.pieces.waypoint[piece],
            look[worst],
            _where(amount, border.buffer),
            amount=amount,
            limit=border.buffer,
        )


def _where(amount: float, buffer: float) -> str:
    if amount < 0:
        return sentence(
            "check.border.beyond",
            "{beyond:.1f} m beyond the line; {buffer:g} m on our side is the nearest allowed",
            beyond=-amount,
            buffer=buffer,
        )
    return sentence(
        "check.border",
        "{from_:.1f} m from the line; {buffer:g} m on our side is the nearest allowed",
        from_=amount,
        buffer=buffer,
    )


def left_of(points: Floats, line: Floats) -> Floats:
    """Metres from a line of (M, 2) corners to (N, 2) points, negative on its right.

    The line counts as going on straight at its ends. At a corner the side is that of the mean of
    both edges' normals, which is right for sharp corners too (Bærentzen and Aanæs 2005).
    """
    keep = np.append(True, np.hypot(*np.diff(line, axis=0).T) > 0)
    line = line[keep]
    begin, way = line[:-1], np.diff(line, axis=0)
    length = np.hypot(*way.T)
    along = way / length[:, None]
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    tree = shapely.STRtree([shapely.LineString(pair) for pair in pairwise(line)])
    _, edge = tree.query_nearest(shapely.points(points), all_matches=False)
    offset = points - begin[edge]
    reached = np.einsum("ij,ij->i", offset, along[edge])
    other = np.where(reached <= 0, edge - 1, np.where(reached >= length[edge], edge + 1, edge))
    other = np.clip(other, 0, len(begin) - 1)
    away = offset - along[edge] * np.clip(reached, 0, length[edge])[:, None]
    side = np.einsum("ij,ij->i", away, normal[edge] + normal[other])
    return np.asarray(np.where(side >= 0, 1.0, -1.0) * np.hypot(*away.T))


def _authority(case: Case) -> Iterator[Finding]:
    plan, authority = case.plan, case.plan.authority
    if authority is None:
        yield Finding(
            rule="authority",
            message=sentence(
                "check.authority.none",
                "a border plan has to name the authority and the order it is flown under",
            ),
        )
        return
    order = {"order": authority.order_number, "name": authority.name}
    if authority.valid_to <= authority.valid_from:
        message = sentence(
            "check.authority.exchanged", "order {order} of {name} ends before it begins", **order
        )
        yield Finding(rule="authority", message=message)
        return
    if case.now is not None and authority.valid_to <= case.now:
        yield Finding(
            rule="authority",
            message=sentence(
                "check.authority.ended",
                "order {order} of {name} ended at {until:%Y-%m-%d %H:%M %Z}",
                until=authority.valid_to,
                **order,
            ),
            amount=(case.now - authority.valid_to).total_seconds(),
            limit=0,
            unit="s",
        )
    if plan.start is None:
        yield Finding(
            rule="authority",
            severity="warning",
            message=sentence(
                "check.authority.start",
                "the plan has no start, so that order {order} of {name} is valid then cannot be "
                "proved",
                **order,
            ),
        )
        return
    from_, to = (
        (moment - plan.start).total_seconds()
        for moment in (authority.valid_from, authority.valid_to)
    )
    for track in case.tracks:
        early, late = from_ - track.begin, track.end - to
        if early > 0:
            yield case.at(
                "authority",
                track,
                0,
                track.home,
                sentence(
                    "check.authority.early",
                    "takes off {early:.0f} s before order {order} of {name} begins",
                    early=early,
                    **order,
                ),
                amount=early,
                limit=0,
                unit="s",
            )
        if late > 0:
            sample = int(np.argmax(track.samples.time > to))
            yield case.at(
                "authority",
                track,
                track.waypoint[sample],
                track.samples.place[sample],
                sentence(
                    "check.authority.late",
                    "is in the air up to {late:.0f} s after order {order} of {name} ended",
                    late=late,
                    **order,
                ),
                amount=late,
                limit=0,
                unit="s",
            )
